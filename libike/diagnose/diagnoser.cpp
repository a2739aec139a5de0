#include "libike/diagnose/diagnoser.hpp"

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

bool Report::alarming() const {
    return std::ranges::any_of(findings,
                               [](const Diagnosis& each) { return each.severity != Severity::note; });
}

Diagnoser::Diagnoser(std::size_t captures) {
    for (std::size_t i = 0; i < captures; ++i) gatherers_.emplace_back(static_cast<FileIndex>(i));
    if (captures == 2) traces_.resize(2);
}

void Diagnoser::keys_given(FileIndex file) { gatherers_.at(file).facts().keys_given = true; }

void Diagnoser::add(FileIndex file, const Observation& seen) {
    auto& gatherer = gatherers_.at(file);
    if (gatherer.full()) {
        auto oldest = gatherer.oldest();
        index_flows(oldest);
        judge_sas(oldest, nullptr, nullptr);
        gatherer.forget();
    }
    if (gatherer.add(seen) && !traces_.empty()) traces_[file].add(seen);
}

void Diagnoser::judge_sas(const Facts& facts, const Ends* ends, const Facts* other) {
    const Case in{facts, ends, other, findings_};
    for (const auto& sa : facts.sas) {
        judge_keys(in, sa);
        if (sa.version1) continue;
        judge_init(in, sa);
        judge_size(in, sa);
        judge_auth(in, sa);
        judge_negotiation(in, sa);
        judge_errors(in, sa);
        judge_mobility(in, sa);
        judge_paths(in, sa);
        judge_reach(in, sa);
        judge_data(in, sa);
        judge_crypto(in, sa);
    }
    judge_offers(in);
    for (const auto& flow : facts.flows) judge_flow(in, flow);
}

namespace {

/// A finding that explains others of the same SA: those say nothing more.
struct Explanation {
    std::string_view cause, effect;
};
constexpr Explanation explanations[] = {
    {"return-routability-failed", "esp-on-old-path"},
    {"return-routability-failed", "esp-dropped-one-way"},
    {"return-routability-failed", "esp-not-processed"},
    {"esp-on-old-path", "esp-dropped-one-way"},
    {"esp-on-old-path", "esp-not-processed"},
    {"esp-on-old-path", "nat-mapping-stale"},
    {"mobike-child-left-behind", "esp-dropped-one-way"},
    {"nat-mapping-stale", "esp-dropped-one-way"},
    {"nat-mapping-stale", "esp-not-processed"},
    {"ip-fragments-dropped", "udp4500-blocked"},
    {"ike-fragments-missing", "udp4500-blocked"},
    {"pmtu-black-hole", "esp-dropped-one-way"},
    {"pmtu-black-hole", "esp-not-processed"},
    {"path-black-hole", "esp-dropped-one-way"},
    {"peer-dead", "esp-dropped-one-way"},
    {"peer-dead", "esp-not-processed"},
    {"auth-certificate-expired", "auth-failed"},
    {"auth-unknown-ca", "auth-failed"},
    {"auth-id-mismatch", "auth-failed"},
    {"auth-eap", "auth-failed"},
    {"auth-psk", "auth-failed"},
};

void explain_away(Findings& findings) {
    for (const auto& each : explanations) findings.explain(each.cause, each.effect);
}

}  // namespace

Report Diagnoser::finish() {
    Report report;
    for (auto& gatherer : gatherers_) {
        gatherer.finish();
        index_flows(gatherer.facts());
    }
    if (traces_.size() == 2) {
        report.ends.emplace(std::move(traces_[0]), std::move(traces_[1]));
        judge_ends(*report.ends, gatherers_[0].facts(), gatherers_[1].facts(), findings_);
    }
    const auto* ends = report.ends && report.ends->related() ? &*report.ends : nullptr;
    for (auto& gatherer : gatherers_) {
        const auto& facts = gatherer.facts();
        const auto* other = ends == nullptr ? nullptr : &gatherers_[1 - facts.file].facts();
        judge_sas(facts, ends, other);
        const Case in{facts, ends, other, findings_};
        judge_fragments(in);
        judge_icmp(in);
        judge_capture(in);
    }
    explain_away(findings_);
    report.findings = findings_.take();
    for (auto& gatherer : gatherers_) report.facts.push_back(std::move(gatherer.facts()));
    return report;
}

}  // namespace ike::diagnose
