#include "libike/diagnose/page/page.hpp"

#include <algorithm>

#include "libike/diagnose/views.hpp"
#include "libike/render/describe.hpp"

namespace ike::diagnose {
namespace page {

void put_escaped(TextBuffer& out, std::string_view text, std::size_t limit) {
    TextBuffer printable;
    put_printable(printable, text, limit);  // control characters and what is no UTF-8 are gone after this
    for (const auto character : std::string_view{printable.data(), printable.size()}) {
        switch (character) {
            case '&':
                put(out, "&amp;");
                break;
            case '<':
                put(out, "&lt;");
                break;
            case '>':
                put(out, "&gt;");
                break;
            case '"':
                put(out, "&quot;");
                break;
            case '\'':
                put(out, "&#39;");
                break;
            default:
                put(out, character);
        }
    }
}

std::string anchor(FrameRef ref) { return fmt::format("f{}-{}", ref.file, ref.frame); }

std::vector<std::size_t> findings_of(const Report& report, FrameRef ref) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        const auto& each = report.findings[i];
        if (each.severity != Severity::note && std::ranges::count(each.frames, ref) > 0)
            found.push_back(i + 1);
    }
    return found;
}

}  // namespace page

namespace {

std::string_view base_name(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == path.npos ? path : path.substr(slash + 1);
}

/// "1 error", "2 errors"
std::string counted(std::ptrdiff_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void put_frames(TextBuffer& out, const Diagnosis& finding, FileNames files) {
    if (finding.frames.empty()) return;
    put(out, "<p class=frames><small>Frames</small> ");
    for (const auto& each : finding.frames) {
        put(out, fmt::format("<a href=\"#{}\">", page::anchor(each)));
        if (files.size() > 1 && each.file < files.size()) {
            page::put_escaped(out, base_name(files[each.file]), 60);
            put(out, ' ');
        }
        put(out, fmt::format("{}</a>", each.frame));
    }
    put(out, "</p>\n");
}

void put_card(TextBuffer& out, const Diagnosis& finding, std::size_t number, FileNames files) {
    put(out, fmt::format("<article class=\"card {}\" id=\"finding-{}\">\n<h3><span class=severity>{}</span> "
                         "<code>{}</code> <small>({})</small></h3>\n<p>",
                         to_string(finding.severity), number, to_string(finding.severity), finding.id,
                         to_string(finding.grade)));
    page::put_escaped(out, finding.message, 2000);
    put(out, "</p>\n");
    if (!finding.advice.empty()) {
        put(out, "<p><b>Try:</b> ");
        page::put_escaped(out, finding.advice, 1000);
        put(out, "</p>\n");
    }
    put_frames(out, finding, files);
    put(out, "<p><small>");
    if (!finding.sa.empty()) {
        put(out, "SA <code>");
        page::put_escaped(out, finding.sa);
        put(out, "</code> ");
    }
    put(out, finding.reference);
    put(out, "</small></p>\n</article>\n");
}

void put_findings(TextBuffer& out, const Report& report, FileNames files) {
    put(out, "<h2>Findings</h2>\n");
    std::ptrdiff_t notes = 0, alarms = 0;
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        const auto& each = report.findings[i];
        if (each.severity == Severity::note) {
            ++notes;
            continue;
        }
        ++alarms;
        put_card(out, each, i + 1, files);
    }
    if (alarms == 0) put(out, "<p class=verdict>Nothing is wrong as far as this tells.</p>\n");
    if (notes == 0) return;
    put(out, fmt::format("<details{}><summary>{}</summary>\n", alarms == 0 ? " open" : "",
                         counted(notes, "note")));
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        if (report.findings[i].severity == Severity::note) put_card(out, report.findings[i], i + 1, files);
    }
    put(out, "</details>\n");
}

void put_capture(TextBuffer& out, const Report& report, std::size_t index, FileNames files) {
    const auto& facts = report.facts[index];
    put(out, "<section>\n<h2>");
    page::put_escaped(out, base_name(files[index]), 120);
    put(out, "</h2>\n");
    put(out, fmt::format("<p class=dim>{} packets in {}; {} IKE messages, {} ESP packets", facts.frames,
                         duration_text(between(facts.begin, facts.end)), facts.ike, facts.esp));
    if (facts.frames > 0)
        put(out,
            "; from " +
                date_text(std::chrono::floor<std::chrono::seconds>(facts.begin.time_since_epoch()).count()));
    put(out, "</p>\n");
    page::put_timeline(out, facts);
    page::put_ladder(out, report, facts);
    put(out, "</section>\n");
}

}  // namespace

void put_page(TextBuffer& out, const Report& report, FileNames files) {
    const auto count = [&](Severity severity) {
        return std::ranges::count(report.findings, severity, &Diagnosis::severity);
    };
    put(out,
        "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n"
        "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n<title>");
    page::put_escaped(out, base_name(files[0]), 120);
    put(out, " - ikedump</title>\n<style>");
    put(out, page::style());
    put(out, "</style>\n</head>\n<body>\n<h1>");
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (i > 0) put(out, " and ");
        page::put_escaped(out, base_name(files[i]), 120);
    }
    put(out,
        fmt::format("</h1>\n<p class=verdict>{}, {}, {}</p>\n", counted(count(Severity::error), "error"),
                    counted(count(Severity::warning), "warning"), counted(count(Severity::note), "note")));
    put_findings(out, report, files);
    for (std::size_t i = 0; i < report.facts.size() && i < files.size(); ++i)
        put_capture(out, report, i, files);
    put(out, "</body>\n</html>\n");
}

}  // namespace ike::diagnose
