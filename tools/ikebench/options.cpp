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
    roam.add_option("--via", options.via, "local address or interface, in turn (repeatable)")
        ->allow_extra_args(false)
        ->type_name("ADDR|IFACE");
    roam.add_option("--count", options.count, "moves (50)")
        ->check(CLI::Range(1U, 1'000'000U))
        ->option_text("N");
    roam.add_option("--interval", options.interval, "from one move to the next (300)")
        ->check(CLI::Range(1.0, 3'600'000.0))
        ->option_text("MS");
    roam.add_option("--probe-interval", options.probe_interval, "between probes (5)")
        ->check(CLI::Range(0.5, 10000.0))
        ->option_text("MS");
    roam.add_option("--probe-size", options.size, "inner packet of a probe (84)")
        ->check(CLI::Range(64U, 65535U))
        ->option_text("OCTETS");
    roam.add_option("--ping", options.ping, "whom to probe in the tunnel")->type_name("ADDR");
    declare_common(roam, options.common);
}

std::optional<std::string> contradiction(const Options& options) {
    const bool self = options.peer == Options::Peer::self;
    if (self && (!options.gateway.empty() || !options.common.profiles.empty()))
        return "--self is the gateway: no GATEWAY and no --peer with it";
    if (options.via.size() < (self ? 0U : 2U) || options.via.size() == 1)
        return "at least two --via are needed to move between";
    if (!options.ping.empty() && !ike::Address::parse(options.ping))
        return "--ping " + options.ping + ": no address";
    if (options.common.no_mobike) return "--no-mobike: without MOBIKE nothing moves";
    return std::nullopt;
}
