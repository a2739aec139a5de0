#include "tools/ikeroam/run.hpp"

#include <fmt/format.h>

#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/common/roamer.hpp"
#include "tools/ikeroam/show.hpp"

using namespace ike;

namespace {

Duration seconds(double value) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{value});
}

RoamPlan plan_of(const Options& options) {
    auto plan = ::plan_of(options.moves);
    plan.interval = seconds(options.moves.interval);
    plan.settle = std::min<Duration>(plan.interval, std::chrono::milliseconds{500});
    return plan;
}

std::size_t widest(const RoamPlan& plan, const Address& gateway) {
    std::size_t width = gateway.is_v4() ? 15 : 24;
    for (const auto& via : plan.via) width = std::max(width, via.text().size());
    return width;
}

/// Nothing comes back through the tunnel: the moves can be measured, the data cannot.
void warn_of_silence(Output& output, const RoamReport& report) {
    if (report.sent == 0 || report.answered > 0) return;
    output.remark(
        fmt::format("no probe from {} to {} was answered: the data gaps say nothing; --ping ADDR names "
                    "a host behind the gateway that answers",
                    to_string(report.probed_from), to_string(report.probed)));
}

}  // namespace

Result<int> run(const Options& options) {
    const auto plan = plan_of(options);
    const auto common = come_from(plan.via.front(), options.common);
    auto profile = resolve_profile(common, Role::initiator, options.gateway);
    if (!profile) return std::unexpected{profile.error()};
    io::Loop loop;
    loop.catch_interrupts();
    Output output{"ikeroam", common};
    auto tunnel = Tunnel::open(loop, *profile, common, output);
    if (!tunnel) return std::unexpected{tunnel.error()};
    const auto up = establish_at(*tunnel, plan.via.front(), output.tool());
    if (!up) return std::unexpected{up.error()};
    if (*up == Begun::no) return exit_negative;
    Show show{output, widest(plan, tunnel->gateway())};
    output.quieten();
    show.head();
    Roamer roamer{*tunnel, plan};
    const auto result = roamer.run([&](const MoveRecord& record) { show.row(record); });
    show.summary(result, roamer.probes());
    warn_of_silence(output, result);
    loop.forget_interrupt();
    tunnel->close();
    return result.good() ? exit_ok : exit_negative;
}
