#include "tools/ikemtu/options.hpp"

#include <CLI/CLI.hpp>

#include "libike/base/version.hpp"

void declare(CLI::App& app, Options& options) {
    app.set_version_flag("--version", std::string{"ikemtu "} + ike::version);
    app.add_option("GATEWAY", options.gateway, "name or address; may be in the profile");
    app.add_option("--max", options.most, "largest IP packet to try (1500)")
        ->check(CLI::Range(300U, 65535U))
        ->option_text("OCTETS");
    app.add_option("--min", options.least, "smallest (576; IPv6: 1280)")
        ->check(CLI::Range(200U, 65535U))
        ->option_text("OCTETS");
    app.add_option("--losses", options.losses, "in a row, at least, for a verdict (3)")
        ->check(CLI::Range(1U, 16U))
        ->option_text("N");
    auto* ike = app.add_flag_callback(
        "--ike-only", [&options] { options.what = Options::What::ike; }, "no ESP probes");
    auto* esp = app.add_flag_callback(
        "--esp-only", [&options] { options.what = Options::What::esp; }, "no IKE probes");
    ike->excludes(esp);
    app.add_option("--ping", options.ping, "whom to probe in the tunnel")->type_name("ADDR");
    declare_common(app, options.common);
}

std::optional<std::string> contradiction(const Options& options) {
    if (!options.ping.empty() && !ike::Address::parse(options.ping))
        return "--ping " + options.ping + ": no address";
    if (options.least > options.most) return "--min is larger than --max";
    return std::nullopt;
}
