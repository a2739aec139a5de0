#include "tools/ikeroam/options.hpp"

#include <CLI/CLI.hpp>

#include "libike/base/version.hpp"

void declare(CLI::App& app, Options& options) {
    app.set_version_flag("--version", std::string{"ikeroam "} + ike::version);
    app.add_option("GATEWAY", options.gateway, "name or address; may be in the profile");
    app.add_option("--count", options.moves.count, "moves; default: once around")
        ->check(CLI::Range(1U, 1'000'000U))
        ->option_text("N");
    app.add_option("--interval", options.moves.interval, "from one move to the next (2)")
        ->check(CLI::Range(0.01, 86400.0))
        ->option_text("SECONDS");
    declare_moves(app, options.moves);
    declare_common(app, options.common);
}

std::optional<std::string> contradiction(const Options& options) {
    return contradiction(options.moves, options.common);
}
