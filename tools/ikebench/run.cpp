#include "tools/ikebench/run.hpp"

#include <fmt/format.h>

#include "tools/common/embedded_gateway.hpp"
#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/common/roamer.hpp"
#include "tools/ikebench/show.hpp"

using namespace ike;

namespace {

Duration milliseconds_of(double value) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>{value});
}

RoamPlan plan_of(const Options& options) {
    auto moves = options.moves;
    // Linux has all of 127.0.0.0/8 on its loopback interface.
    if (moves.via.empty()) moves.via = {"127.0.0.2", "127.0.0.3"};
    auto plan = ::plan_of(moves);
    plan.interval = milliseconds_of(moves.interval);
    return plan;
}

Result<int> measure(Tunnel& tunnel, const RoamPlan& plan, Output& output, const std::string& gateway) {
    const auto up = establish_at(tunnel, plan.via.front(), output.tool());
    if (!up) return std::unexpected{up.error()};
    if (*up == Begun::no) return exit_negative;
    output.quieten();
    Roamer roamer{tunnel, plan};
    const auto result = roamer.run([&](const MoveRecord& record) {
        show_move(output, record);
        show_progress(record, plan.count);
    });
    show_end_of_progress();
    show_distribution(output, result, plan, gateway);
    if (result.sent > 0 && result.answered == 0)
        output.remark(
            fmt::format("no probe to {} was answered: the outages say nothing; --ping ADDR names a host "
                        "behind the gateway that answers",
                        to_string(result.probed)));
    tunnel.loop().forget_interrupt();
    tunnel.close();
    return result.good() ? exit_ok : exit_negative;
}

}  // namespace

Result<int> run(const Options& options) {
    const auto plan = plan_of(options);
    const auto common = come_from(plan.via.front(), options.common);
    io::Loop loop;
    loop.catch_interrupts();
    Output output{"ikebench", common};
    std::optional<EmbeddedGateway> embedded;
    std::optional<Profile> profile;
    if (options.peer == Options::Peer::self) {
        auto opened = EmbeddedGateway::open(loop, options.common);
        if (!opened) return std::unexpected{opened.error()};
        embedded.emplace(std::move(*opened));
        profile = embedded->client();
        if (const auto local = Address::parse(plan.via.front().text())) profile->local = {*local};
    } else {
        auto resolved = resolve_profile(common, Role::initiator, options.gateway);
        if (!resolved) return std::unexpected{resolved.error()};
        profile = std::move(*resolved);
    }
    auto tunnel = Tunnel::open(loop, *profile, common, output);
    if (!tunnel) return std::unexpected{tunnel.error()};
    const auto gateway = embedded ? embedded->text() + " (ours, in this process)" : profile->gateway;
    return measure(*tunnel, plan, output, gateway);
}
