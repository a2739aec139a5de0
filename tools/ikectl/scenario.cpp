#include "tools/ikectl/scenario.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace scenario {

using ike::Result;

namespace {

Result<Host> read_host(YamlMap& map, const std::string& name) {
    Host host{name, Role::initiator, {}, map.where()};
    if (const auto role = map.text("role")) {
        if (role->value != "initiator" && role->value != "responder")
            map.fail("role", fmt::format("\"{}\" is neither initiator nor responder", role->value));
        host.role = role->value == "responder" ? Role::responder : Role::initiator;
    }
    const auto profile = map.text("profile");
    auto draft = read_draft(map);
    if (profile) {
        if (map.keys().size() > (map.has("role") ? 2u : 1u))
            map.fail("profile", "stands beside keys of its own", "put everything into the one or the other");
        const auto path = std::filesystem::path{map.file()}.parent_path() / profile->value;
        auto read = read_draft(path.string());
        if (!read) return std::unexpected{read.error()};
        draft = std::move(*read);
    }
    if (const auto done = map.finish(); !done) return std::unexpected{done.error()};
    host.draft = std::move(draft);
    return host;
}

/// Steps that name no host mean the one initiator, or else the only host.
std::string usual_host(const Scenario& scenario) {
    std::string found;
    for (const auto& host : scenario.hosts) {
        if (host.role != Role::initiator) continue;
        if (!found.empty()) return {};
        found = host.name;
    }
    if (found.empty() && scenario.hosts.size() == 1) return scenario.hosts.front().name;
    return found;
}

Result<bool> assign_host(Step& step, const Scenario& scenario) {
    if (std::holds_alternative<Wait>(step.action)) return true;
    if (step.host.empty()) step.host = usual_host(scenario);
    if (step.host.empty())
        return ike::failure(fmt::format("{}: {}: no host is named", step.where, step.kind), "add host: NAME");
    if (std::ranges::find(scenario.hosts, step.host, &Host::name) == scenario.hosts.end()) {
        std::vector<std::string> names;
        for (const auto& host : scenario.hosts) names.push_back(host.name);
        return ike::failure(fmt::format("{}: {}: there is no host {}", step.where, step.kind, step.host),
                            fmt::format("hosts are: {}", fmt::join(names, ", ")));
    }
    return true;
}

}  // namespace

Result<Scenario> load(const std::string& file) {
    auto top = YamlMap::load(file);
    if (!top) return std::unexpected{top.error()};
    Scenario scenario;
    scenario.file = file;
    if (const auto text = top->text("description")) scenario.description = text->value;
    if (auto hosts = top->map("hosts")) {
        for (const auto& name : hosts->keys()) {
            auto map = hosts->map(name);
            if (!map) return std::unexpected{hosts->finish().error()};
            auto host = read_host(*map, name);
            if (!host) return std::unexpected{host.error()};
            scenario.hosts.push_back(std::move(*host));
        }
        top->adopt(*hosts);
    }
    for (auto& map : top->maps("steps")) {
        auto step = read_step(map);
        if (const auto done = map.finish(); !done) return std::unexpected{done.error()};
        step.number = scenario.steps.size() + 1;
        if (const auto assigned = assign_host(step, scenario); !assigned)
            return std::unexpected{assigned.error()};
        scenario.steps.push_back(std::move(step));
    }
    if (const auto done = top->finish(); !done) return std::unexpected{done.error()};
    if (scenario.hosts.empty())
        return ike::failure(file + ": no hosts", "a scenario has hosts: and steps:, see ikectl(1)");
    if (scenario.steps.empty())
        return ike::failure(file + ": no steps", "a scenario has hosts: and steps:, see ikectl(1)");
    return scenario;
}

}  // namespace scenario
