#include "tools/ikebench/options.hpp"

#include <CLI/CLI.hpp>

#include "libike/base/version.hpp"

void declare(CLI::App& app, Options& options) {
    app.set_version_flag("--version", std::string{"ikebench "} + ike::version);
    app.require_subcommand(1);
    auto& roam = *app.add_subcommand("roam", "latency of moves and what they cost the data");
    roam.add_option("GATEWAY", options.gateway, "name or address; may be in the profile");
    roam.add_flag_callback(
        "--self", [&options] { options.peer = Options::Peer::self; },
        "measure a gateway of our own, on loopback");
    roam.add_option("--count", options.moves.count, "moves (50)")
        ->check(CLI::Range(1U, 1'000'000U))
        ->option_text("N");
    roam.add_option("--interval", options.moves.interval, "from one move to the next (300)")
        ->check(CLI::Range(1.0, 3'600'000.0))
        ->option_text("MS");
    declare_moves(roam, options.moves);
    declare_common(roam, options.common);
}

std::optional<std::string> contradiction(const Options& options) {
    const bool self = options.peer == Options::Peer::self;
    if (self && (!options.gateway.empty() || !options.common.profiles.empty()))
        return "--self is the gateway: no GATEWAY and no --peer with it";
    if (self && options.moves.via.empty()) return std::nullopt;  // two addresses of our own
    return contradiction(options.moves, options.common);
}
