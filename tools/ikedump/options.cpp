#include "tools/ikedump/options.hpp"

#include <CLI/CLI.hpp>

#include "libike/base/version.hpp"

View Options::view() const {
    if (tree) return View::tree;
    if (json) return View::json;
    return ladder ? View::ladder : View::lines;
}

void declare(CLI::App& app, Options& options) {
    app.set_version_flag("--version", std::string{"ikedump "} + ike::version);
    app.add_option("FILE", options.files, "captures, merged by time; - is standard input");
    app.add_option("-i,--interface", options.interface, "capture on an interface")->type_name("IFACE");
    app.add_option("--bpf", options.filter, "capture filter for the interface")->type_name("EXPR");
    auto* tree = app.add_flag("--tree", options.tree, "every field, with offsets");
    auto* json = app.add_flag("--json", options.json, "one JSON object a packet");
    auto* ladder = app.add_flag("--ladder", options.ladder, "exchanges between hosts, drawn");
    tree->excludes(json)->excludes(ladder);
    json->excludes(ladder);
    app.add_option("--keys", options.keys, "keys: a file or folder (repeatable)")
        ->allow_extra_args(false)
        ->type_name("PATH");
    app.add_option("-w,--write", options.write, "write decrypted inner packets, pcapng")->type_name("FILE");
    app.add_option("-c,--count", options.count, "stop after N packets")->type_name("N");
    app.add_flag("--ipsec", options.ipsec_only, "leave out what is neither IKE, ESP nor AH");
    app.add_option("--color", options.colour, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->option_text("WHEN");
}

std::optional<std::string> contradiction(const Options& options) {
    if (options.files.empty() == options.interface.empty()) return "FILEs, or -i IFACE, are needed";
    if (!options.filter.empty() && options.interface.empty()) return "--bpf goes with -i";
    return std::nullopt;
}
