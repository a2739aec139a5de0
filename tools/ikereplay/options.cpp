#include "tools/ikereplay/options.hpp"

#include <CLI/CLI.hpp>

#include "libike/base/version.hpp"

void declare(CLI::App& app, Options& options) {
    app.set_version_flag("--version", std::string{"ikereplay "} + ike::version);
    app.add_option("FILE", options.file, "capture")->required();
    app.add_option("GATEWAY", options.gateway, "name or address; may be in the profile");
    app.add_flag_callback(
        "--rekeyed", [&options] { options.mode = Options::Mode::rekeyed; },
        "the same exchanges, with fresh keys");
    app.add_option("--keys", options.keys, "keys of the capture: file or folder (repeatable)")
        ->allow_extra_args(false)
        ->type_name("PATH");
    app.add_option("--spi", options.spi, "of the IKE SA's initiator, hex; default: the first")
        ->type_name("SPI");
    app.add_option("--speed", options.speed, "times as fast as captured (1)")
        ->check(CLI::Range(0.001, 1e6))
        ->option_text("FACTOR");
    app.add_option("--wait", options.wait, "for the last answers (2)")
        ->check(CLI::Range(0.0, 3600.0))
        ->option_text("SECONDS");
    declare_common(app, options.common);
}

std::optional<std::string> contradiction(const Options& options) {
    const auto octets = ike::from_hex(options.spi);
    if (!options.spi.empty() && (!octets || octets->size() != 8)) return "--spi wants 16 hexadecimal digits";
    if (options.mode == Options::Mode::rekeyed && options.keys.empty())
        return "--rekeyed needs the capture's --keys, to see what is to be re-enacted";
    return std::nullopt;
}
