#include "tools/ikectl/player.hpp"

#include <fmt/format.h>

namespace scenario {

using ike::Result;

namespace {

using Hosts = std::vector<std::unique_ptr<PlayedHost>>;

PlayedHost* find(const Hosts& hosts, const std::string& name) {
    const auto found = std::ranges::find(hosts, name, [](const auto& host) { return host->name(); });
    return found == hosts.end() ? nullptr : found->get();
}

/// Responders first: initiators ask them for their ports.
Result<Hosts> open_hosts(const Scenario& scenario, const CommonOptions& options, ike::io::Loop& loop,
                         Output& output) {
    Hosts hosts;
    bool captured = false;
    for (const auto role : {Role::responder, Role::initiator}) {
        for (const auto& host : scenario.hosts) {
            if (host.role != role) continue;
            auto own = options;
            // One capture, seen from the first initiator where there is one: two would show each datagram
            // twice.
            const bool captures = !captured && (role == Role::initiator ||
                                                std::ranges::all_of(scenario.hosts, [](const auto& one) {
                                                    return one.role == Role::responder;
                                                }));
            captured = captured || captures;
            if (!captures) own.capture.clear();
            // Hosts with one seed would have one nonce.
            if (own.seed) *own.seed += hosts.size();
            const auto* gateway = host.draft.gateway ? find(hosts, host.draft.gateway->value) : nullptr;
            auto played = PlayedHost::open(loop, host, gateway, own, output);
            if (!played) return std::unexpected{played.error()};
            hosts.push_back(std::move(*played));
        }
    }
    return hosts;
}

}  // namespace

Result<Verdict> play(const Scenario& scenario, const CommonOptions& options, Output& output) {
    ike::io::Loop loop;
    loop.catch_interrupts();
    auto hosts = open_hosts(scenario, options, loop, output);
    if (!hosts) return std::unexpected{hosts.error()};
    Verdict verdict;
    for (const auto& step : scenario.steps) {
        const auto done = take_step(step, find(*hosts, step.host), loop);
        const auto now = ike::io::now();
        const auto remark = done ? *done : done.error().what;
        output.json(now, "step",
                    {{"scenario", scenario.file},
                     {"step", step.number},
                     {"kind", step.kind},
                     {"host", step.host},
                     {"passed", done.has_value()},
                     {"detail", remark}});
        if (!done) {
            verdict.failed = step.number;
            verdict.where = step.where;
            verdict.kind = step.kind;
            verdict.difference = remark;
            break;
        }
        ++verdict.steps;
        output.text(fmt::format("{:8.3f} step {} {}{}{}", output.seconds(now), step.number, step.kind,
                                remark.empty() ? "" : ": ", remark));
    }
    // Quietly: the scenario itself deletes what it wants to see deleted.
    for (const auto& host : *hosts) {
        if (host->gateway()) host->session().close(std::chrono::milliseconds{200});
    }
    return verdict;
}

}  // namespace scenario
