#include "tools/ikemtu/run.hpp"

#include <algorithm>

#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/ikemtu/search.hpp"
#include "tools/ikemtu/show.hpp"

using namespace ike;

namespace {

/// ESP first: it is quick, and tells IKE, whose losses are slow, where to look.
std::vector<Quest> quests(Options::What what) {
    if (what == Options::What::ike) return {Quest::ike_out};
    if (what == Options::What::esp) return {Quest::esp_out, Quest::esp_back};
    return {Quest::esp_out, Quest::esp_back, Quest::ike_out};
}

SearchPlan plan_of(const Options& options, Address::Family family) {
    SearchPlan plan;
    plan.most = options.most;
    plan.least = options.least > 0 ? options.least : family == Address::Family::v4 ? 576 : 1280;
    plan.losses = options.losses;
    plan.ping = Address::parse(options.ping);
    return plan;
}

/// What the path leaves inside, where both directions are known.
void conclude(Findings& findings, Tunnel& tunnel, std::optional<Address> ping) {
    const auto overhead = tunnel.session().data_plane().overhead_to(ping.value_or(tunnel.inner_remote()));
    const Measured* smallest = nullptr;
    for (const auto& each : findings.measured)
        if (each.quest != Quest::ike_out && each.complete() &&
            (smallest == nullptr || each.result.passes < smallest->result.passes))
            smallest = &each;
    if (!overhead || smallest == nullptr) return;
    findings.inner =
        inner_limits(smallest->result.passes, smallest->family, smallest->outer, cost_of(*overhead));
}

Result<Findings> measure(Rig& rig, const Options& options, Show& show) {
    Findings findings;
    auto tunnel = rig.tunnel();
    if (!tunnel) return std::unexpected{tunnel.error()};
    auto plan = plan_of(options, (*tunnel)->gateway().family());
    const SearchTalk talk{
        [&](Quest quest, std::size_t size, std::string_view became) { show.probe(quest, size, became); },
        [&](const IcmpHeard& heard) {
            const auto same = [&](const IcmpHeard& other) {
                return other.reporter == heard.reporter && other.mtu == heard.mtu;
            };
            if (std::none_of(findings.heard.begin(), findings.heard.end(), same))
                findings.heard.push_back(heard);
            show.icmp(heard);
        }};
    for (const auto quest : quests(options.what)) {
        const auto measured = search(rig, quest, plan, talk);
        if (!measured) return std::unexpected{measured.error()};
        findings.measured.push_back(*measured);
        show.result(*measured);
        if (measured->complete()) plan.hint = measured->result.passes;
        findings.interrupted = rig.loop().interrupted();
        if (findings.interrupted) break;
    }
    if (tunnel = rig.tunnel(); !tunnel) return std::unexpected{tunnel.error()};
    if (const auto status = (*tunnel)->status()) {
        findings.path = status->path;
        if (status->suite) findings.ike_suite = to_string(*status->suite);
        if (!status->children.empty()) findings.esp_suite = to_string(status->children.front().suite);
    }
    findings.largest_ike_in = rig.largest_ike_in();
    findings.sas_lost = rig.lost();
    conclude(findings, **tunnel, plan.ping);
    return findings;
}

}  // namespace

Result<int> run(const Options& options) {
    auto profile = resolve_profile(options.common, Role::initiator, options.gateway);
    if (!profile) return std::unexpected{profile.error()};
    io::Loop loop;
    loop.catch_interrupts();
    Output output{"ikemtu", options.common};
    Show show{output};
    Rig rig{loop, std::move(*profile), options.common, output};
    const auto findings = measure(rig, options, show);
    if (findings) show.summary(*findings);
    loop.forget_interrupt();
    rig.close();
    if (!findings) {
        report("ikemtu", std::unexpected{findings.error()});
        return rig.opened() ? exit_negative : exit_failure;
    }
    return findings->complete() ? exit_ok : exit_negative;
}
