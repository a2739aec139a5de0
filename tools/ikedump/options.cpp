#include "tools/ikedump/options.hpp"

#include <CLI/CLI.hpp>

#include "libike/base/version.hpp"
#include "libike/diagnose/diagnosis.hpp"
#include "libike/render/filter.hpp"
#include "libike/render/follow.hpp"
#include "tools/ikedump/diagnose.hpp"

View Options::view() const {
    if (stats) return json ? View::stats_json : View::stats;
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
    auto* stats = app.add_flag("--stats", options.stats, "what there is, counted; also with --json");
    tree->excludes(json)->excludes(ladder)->excludes(stats);
    ladder->excludes(json)->excludes(stats);
    app.add_option("-Y,--filter", options.display_filter, "only packets that match, as 'notify == COOKIE2'")
        ->type_name("EXPR");
    app.add_option("--follow", options.follow, "only this SA and what comes of it")->type_name("SPI");
    app.add_flag("--diagnose", options.diagnose, "say what is wrong and why (1 or 2 FILEs)");
    app.add_option("--html", options.html, "write findings, ladder and timeline as a page")
        ->type_name("FILE");
    app.add_option("--keys", options.keys, "keys: a file or folder (repeatable)")
        ->allow_extra_args(false)
        ->type_name("PATH");
    app.add_option("-w,--write", options.write, "write decrypted inner packets, pcapng")->type_name("FILE");
    app.add_option("--write-plain", options.write_plain, "write packets with SK opened, pcapng")
        ->type_name("FILE");
    app.add_option("--export-keys", options.export_keys, "write the keys that opened something")
        ->type_name("DIR");
    app.add_option("--anonymise", options.anonymise, "write a capture that can be shared, with its keys")
        ->type_name("FILE");
    app.add_option("-c,--count", options.count, "stop after N packets")->type_name("N");
    app.add_flag("--ipsec", options.ipsec_only, "leave out what is neither IKE, ESP nor AH");
    app.add_option("--color", options.colour, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->option_text("WHEN");
}

namespace {

std::optional<std::string> diagnosis_contradiction(const Options& options) {
    if (!options.diagnose && options.html.empty()) return std::nullopt;
    if (options.files.empty() || options.files.size() > 2)
        return "--diagnose and --html take one FILE, or two from both ends";
    const bool writes = !options.write.empty() || !options.write_plain.empty() ||
                        !options.export_keys.empty() || !options.anonymise.empty();
    if (options.tree || options.ladder || options.stats || writes)
        return "--diagnose and --html show findings: --json and --keys go with them";
    return std::nullopt;
}

/// What a capture as a whole has to say is known of one file only, which is read twice.
std::optional<std::string> out_of_sight(const Options& options, const ike::Filter& filter) {
    if (options.files.size() == 1 && options.files.front() != "-") return std::nullopt;
    for (const auto& word : filter.words("finding")) {
        if (ike::diagnose::find_entry(word) == nullptr) continue;
        return "the filter asks for " + word +
               ", which takes a reading of the whole capture: give one FILE, no pipe or interface";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> contradiction(const Options& options) {
    if (options.files.empty() == options.interface.empty()) return "FILEs, or -i IFACE, are needed";
    if (const auto why = diagnosis_contradiction(options)) return why;
    if (!options.filter.empty() && options.interface.empty()) return "--bpf goes with -i";
    if (!options.display_filter.empty()) {
        const auto filter = ike::Filter::parse(options.display_filter, finding_ids());
        if (!filter) return "the filter, " + ike::to_string(filter.error(), options.display_filter);
        if (const auto why = out_of_sight(options, *filter)) return why;
    }
    if (!options.follow.empty() && !ike::Follow::parse(options.follow))
        return "--follow " + options.follow +
               ": expected up to 8 hexadecimal digits (a Child SA) or up to 16 (an IKE SA)";
    return std::nullopt;
}
