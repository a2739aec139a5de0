#include "tools/ikectl/options.hpp"

#include <CLI/CLI.hpp>

#include "libike/base/version.hpp"

namespace {

void declare_control(CLI::App& app, Options& options) {
    app.add_option("--control", options.control, "control socket, for ikectl status")->option_text("PATH");
}

void declare_data_plane(CLI::App& app, Options& options) {
    app.add_option("--dataplane", options.common.dataplane, "ESP in user (default) or kernel")
        ->check(CLI::IsMember({"user", "kernel"}))
        ->option_text("WHERE");
}

void declare_connect(CLI::App& app, Options& options) {
    auto* connect = app.add_subcommand("connect", "bring up a tunnel and hold it until interrupted");
    connect->add_option("GATEWAY", options.gateway, "name or address; may come from the profile");
    connect->add_option("--ping", options.ping, "ping through it; default: the gateway's side")
        ->option_text("[ADDR]")
        ->expected(0, 1);
    connect->add_option("--count", options.count, "end after N pings")
        ->option_text("N")
        ->check(CLI::Range(1, 1000000000));
    connect->add_option("--interval", options.interval, "seconds between pings (1)")
        ->option_text("S")
        ->check(CLI::Range(0.001, 3600.0));
    connect->add_flag("--once", options.once, "end as soon as the tunnel is up");
    declare_control(*connect, options);
    declare_data_plane(*connect, options);
    declare_common(*connect, options.common);
    connect->callback([&options] { options.command = Command::connect; });
}

void declare_serve(CLI::App& app, Options& options) {
    auto* serve = app.add_subcommand("serve", "answer initiators until interrupted");
    declare_control(*serve, options);
    declare_data_plane(*serve, options);
    declare_common(*serve, options.common, Profiles::several);
    serve->callback([&options] { options.command = Command::serve; });
}

void declare_status(CLI::App& app, Options& options) {
    auto* status = app.add_subcommand("status", "what a running ikectl connect or serve holds");
    declare_control(*status, options);
    status->add_flag("--json", options.common.json, "one JSON object");
    status->callback([&options] { options.command = Command::status; });
}

void declare_run(CLI::App& app, Options& options) {
    auto* run = app.add_subcommand("run", "play a scenario and check what it expects");
    run->add_option("SCENARIO", options.scenarios, "YAML file, see ikectl(1) (repeatable)")->required();
    run->add_option("--keylog", options.common.keylog, "folder for keys, ours and Wireshark's")
        ->option_text("DIR");
    run->add_option("--capture", options.common.capture, "pcapng of all datagrams")->option_text("FILE");
    run->add_flag("--json", options.common.json, "events and the verdict, one JSON object a line");
    run->add_option("--seed", options.common.seed, "repeat a run; its keys are no secret")->option_text("N");
    run->add_flag("--verbose", options.common.verbose, "every message, too");
    run->add_option("--color", options.common.colour, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->option_text("WHEN");
    run->callback([&options] { options.command = Command::run; });
}

}  // namespace

void declare(CLI::App& app, Options& options) {
    app.set_version_flag("--version", std::string{"ikectl "} + ike::version);
    app.require_subcommand(1);
    declare_connect(app, options);
    declare_serve(app, options);
    declare_status(app, options);
    declare_run(app, options);
}

std::optional<std::string> contradiction(const Options& options) {
    if (options.common.dataplane == "kernel" && options.common.tun) return "--tun is for ESP in user space";
    if (options.command != Command::connect) return std::nullopt;
    if (options.common.dataplane == "kernel" && options.ping)
        return "--ping is for ESP in user space: ping(8) goes through the kernel's";
    if (options.count != 0 && !options.ping) return "--count goes with --ping";
    if (options.once && options.ping) return "--once ends before any --ping: take --ping --count N";
    return std::nullopt;
}
