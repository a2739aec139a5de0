#include "tools/ikeroam/options.hpp"

#include <CLI/CLI.hpp>

#include "libike/base/version.hpp"

void declare(CLI::App& app, Options& options) {
    app.set_version_flag("--version", std::string{"ikeroam "} + ike::version);
    app.add_option("GATEWAY", options.gateway, "name or address; may be in the profile");
    app.add_option("--via", options.via, "local address or interface, in turn (repeatable)")
        ->allow_extra_args(false)
        ->type_name("ADDR|IFACE");
    app.add_option("--count", options.count, "moves; default: once around")
        ->check(CLI::Range(1U, 1'000'000U))
        ->option_text("N");
    app.add_option("--interval", options.interval, "from one move to the next (2)")
        ->check(CLI::Range(0.01, 86400.0))
        ->option_text("SECONDS");
    app.add_option("--probe-interval", options.probe_interval, "between probes (10)")
        ->check(CLI::Range(0.5, 10000.0))
        ->option_text("MS");
    app.add_option("--probe-size", options.size, "inner packet of a probe (84)")
        ->check(CLI::Range(64U, 65535U))
        ->option_text("OCTETS");
    app.add_option("--ping", options.ping, "whom to probe in the tunnel")->type_name("ADDR");
    declare_common(app, options.common);
}

std::optional<std::string> contradiction(const Options& options) {
    if (options.via.size() < 2) return "at least two --via are needed to move between";
    if (!options.ping.empty() && !ike::Address::parse(options.ping))
        return "--ping " + options.ping + ": no address";
    if (options.common.no_mobike) return "--no-mobike: without MOBIKE nothing moves";
    return std::nullopt;
}
