// The page and the other forms of a report: outside text cannot get out of its place.
#include "libike/diagnose/page/page.hpp"
#include "tests/catch.hpp"
#include "tests/diagnose/stage.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

std::string page_of(const diagnose::Report& report) {
    const std::vector<std::string> names{"a<b>&\"c\".pcapng"};
    TextBuffer out;
    diagnose::put_page(out, report, names);
    return {out.data(), out.size()};
}

/// A report with one finding whose message came from outside.
diagnose::Report report_with(std::string message) {
    diagnose::Findings findings;
    findings.add("auth-psk", Severity::error, diagnose::Grade::inferred, "1:2", std::move(message), 0, {3});
    diagnose::Report report;
    report.facts.emplace_back();
    report.findings = findings.take();
    return report;
}

}  // namespace

TEST_CASE("identities cannot put markup on the page", "[diagnose][page]") {
    const auto page = page_of(report_with("initiator <script>alert('x')</script>&\x1b[31m \xff"));
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("&lt;script&gt;alert(&#39;x&#39;)") != std::string::npos);
    CHECK(page.find('\x1b') == std::string::npos);
    CHECK(page.find("a&lt;b&gt;&amp;&quot;c&quot;") != std::string::npos);
    CHECK(page.find("default-src 'none'") != std::string::npos);
}

TEST_CASE("a finding on a terminal has no control characters", "[diagnose]") {
    const std::vector<std::string> names{"a.pcapng"};
    TextBuffer out;
    diagnose::put_text(out, report_with("bad \x1b]0;title\x07 text"), names, Colour::none);
    const std::string text{out.data(), out.size()};
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("auth-psk") != std::string::npos);
    CHECK(text.find("1 error, 0 warnings") != std::string::npos);
}

TEST_CASE("findings of one kind about one SA are one, and very many are counted", "[diagnose]") {
    diagnose::Findings findings;
    for (int i = 0; i < 100; ++i) {
        findings.add("peer-dead", Severity::warning, diagnose::Grade::unknown, "same", "text", 0, {7});
        findings.add("esp-loss", Severity::note, diagnose::Grade::observed, std::to_string(i), "lost", 0,
                     {7});
    }
    const auto all = findings.take();
    CHECK(std::ranges::count(all, "peer-dead", &diagnose::Diagnosis::id) == 1);
    CHECK(std::ranges::count(all, "esp-loss", &diagnose::Diagnosis::id) == 24);
    CHECK(all.front().id == "peer-dead");
    CHECK(std::ranges::any_of(
        all, [](const auto& each) { return each.message.find("76 more") != std::string::npos; }));
}

TEST_CASE("a ladder of many hosts says that some have no column of their own; time has a scale",
          "[diagnose][page]") {
    diagnose::Report report;
    auto& facts = report.facts.emplace_back();
    facts.end = facts.begin + std::chrono::milliseconds{12};
    auto& sa = facts.sas.emplace_back();
    for (unsigned i = 1; i <= 12; ++i) {
        diagnose::Sighting sent;
        sent.frame = i;
        sent.way.source = *parse_endpoint(fmt::format("192.0.2.{}:500", i));
        sent.way.destination = *parse_endpoint("203.0.113.1:500");
        auto& exchange = sa.exchanges.emplace_back();
        exchange.request.sent.push_back(sent);
    }
    const auto page = page_of(report);
    CHECK(page.find(">192.0.2.7</text>") != std::string::npos);
    CHECK(page.find(">192.0.2.8</text>") == std::string::npos);
    CHECK(page.find(">others</text>") != std::string::npos);
    CHECK(page.find(">12 ms</text>") != std::string::npos);
}
