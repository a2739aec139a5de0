#include "tools/common/move_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/common/options.hpp"

void declare_moves(CLI::App& app, MoveOptions& moves) {
    app.add_option("--via", moves.via, "local address or interface, in turn (repeatable)")
        ->allow_extra_args(false)
        ->type_name("ADDR|IFACE");
    app.add_option("--probe-interval", moves.probe_interval,
                   fmt::format("between probes ({})", moves.probe_interval))
        ->check(CLI::Range(0.5, 10000.0))
        ->option_text("MS");
    app.add_option("--probe-size", moves.size, fmt::format("inner packet of a probe ({})", moves.size))
        ->check(CLI::Range(64U, 65535U))
        ->option_text("OCTETS");
    app.add_option("--ping", moves.ping, "whom to probe in the tunnel")->type_name("ADDR");
}

std::optional<std::string> contradiction(const MoveOptions& moves, const CommonOptions& common) {
    if (moves.via.size() < 2) return "at least two --via are needed to move between";
    if (!moves.ping.empty() && !ike::Address::parse(moves.ping))
        return "--ping " + moves.ping + ": no address";
    if (common.no_mobike) return "--no-mobike: without MOBIKE nothing moves";
    return std::nullopt;
}

RoamPlan plan_of(const MoveOptions& moves) {
    RoamPlan plan;
    for (const auto& text : moves.via) plan.via.emplace_back(text);
    plan.count = moves.count > 0 ? moves.count : static_cast<unsigned>(plan.via.size());
    plan.probe_interval = std::chrono::duration_cast<ike::Duration>(
        std::chrono::duration<double, std::milli>{moves.probe_interval});
    plan.probe_size = moves.size;
    plan.ping = ike::Address::parse(moves.ping);
    return plan;
}
