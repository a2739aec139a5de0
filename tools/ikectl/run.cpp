#include "tools/ikectl/run.hpp"

#include <fmt/format.h>

#include "tools/common/exit_codes.hpp"
#include "tools/ikectl/player.hpp"

namespace {

void show(const scenario::Scenario& played, const scenario::Verdict& verdict, Output& output) {
    nlohmann::ordered_json object{{"scenario", played.file},
                                  {"passed", verdict.passed()},
                                  {"steps", played.steps.size()},
                                  {"steps_passed", verdict.steps}};
    if (verdict.failed) {
        object.update({{"failed_step", *verdict.failed},
                       {"where", verdict.where},
                       {"kind", verdict.kind},
                       {"difference", verdict.difference}});
        output.remark(fmt::format("{}: step {} ({}): {}", verdict.where, *verdict.failed, verdict.kind,
                                  verdict.difference));
    } else {
        output.text(fmt::format("{}: passed, {} steps", played.file, verdict.steps));
    }
    output.json(ike::io::now(), "verdict", object);
}

}  // namespace

ike::Result<int> run(const Options& options) {
    // All are read before the first is played: a mistake in the last one shows at once.
    std::vector<scenario::Scenario> scenarios;
    for (const auto& file : options.scenarios) {
        auto loaded = scenario::load(file);
        if (!loaded) return std::unexpected{loaded.error()};
        scenarios.push_back(std::move(*loaded));
    }
    int code = exit_ok;
    Output output{"ikectl", options.common};
    for (const auto& one : scenarios) {
        const auto verdict = scenario::play(one, options.common, output);
        if (!verdict) return std::unexpected{verdict.error()};
        show(one, *verdict, output);
        if (!verdict->passed()) code = exit_negative;
    }
    return code;
}
