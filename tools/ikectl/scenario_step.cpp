// Steps of a scenario, from YAML.
#include <fmt/format.h>

#include "libike/sa/traffic_selectors.hpp"
#include "tools/ikectl/scenario.hpp"

namespace scenario {

namespace {

std::vector<std::string> texts(YamlMap& map, const std::string& key) {
    auto given = map.texts(key);
    return given ? std::move(given->value) : std::vector<std::string>{};
}

bool wait_of(YamlMap& map) {
    const auto given = map.yes_no("wait");
    return !given || given->value;
}

std::optional<ike::Address> address(YamlMap& map, const std::string& key) {
    const auto given = map.text(key);
    if (!given) return std::nullopt;
    const auto found = ike::Address::parse(given->value);
    if (!found) map.fail(key, fmt::format("\"{}\" is no address", given->value));
    return found;
}

std::vector<ike::TrafficSelector> selectors(YamlMap& map, const std::string& key) {
    const auto given = map.texts(key);
    if (!given) return {};
    auto found = ike::parse_selectors(fmt::format("{}", fmt::join(given->value, ",")));
    if (!found) {
        map.fail(key, found.error().what, found.error().advice);
        return {};
    }
    return std::move(*found);
}

What what_of(YamlMap& map, What otherwise) {
    const auto given = map.text("what");
    if (!given) return otherwise;
    if (given->value != "ike" && given->value != "child")
        map.fail("what", fmt::format("\"{}\" is neither ike nor child", given->value));
    return given->value == "ike" ? What::ike : What::child;
}

std::vector<Wanted> wanted(YamlMap& map) {
    std::vector<Wanted> all;
    for (const auto& key : map.keys()) {
        if (auto given = map.texts(key)) all.push_back({key, std::move(given->value)});
    }
    return all;
}

Expect read_expect(YamlMap& map) {
    Expect expect;
    if (const auto absent = map.yes_no("absent")) expect.absent = absent->value;
    const int kinds = map.has("event") + map.has("message") + map.has("status");
    if (kinds != 1) {
        map.fail(kinds == 0 ? "event" : "message", "wants exactly one of event, message and status");
        return expect;
    }
    if (const auto event = map.text("event")) {
        expect.subject = Expect::Subject::event;
        expect.event = event->value;
        if (auto with = map.map("with")) {
            expect.fields = wanted(*with);
            map.adopt(*with);
        }
    } else if (auto message = map.map("message")) {
        expect.subject = Expect::Subject::message;
        expect.event = "message";
        expect.payloads = texts(*message, "payloads");
        expect.notifies = texts(*message, "notifies");
        expect.without = texts(*message, "without");
        for (auto& one : wanted(*message)) {
            if (one.field != "payloads" && one.field != "notifies" && one.field != "without")
                expect.fields.push_back(std::move(one));
        }
        map.adopt(*message);
    } else if (auto status = map.map("status")) {
        expect.subject = Expect::Subject::status;
        expect.fields = wanted(*status);
        map.adopt(*status);
    }
    return expect;
}

Ping read_ping(YamlMap& map) {
    Ping ping;
    ping.to = address(map, "to");
    if (const auto given = map.number("count", 1, 1000000)) ping.count = given->value;
    if (const auto given = map.duration("interval"))
        ping.interval = std::max<ike::Duration>(given->value, std::chrono::microseconds{10});
    if (const auto given = map.number("size", 28, 65000)) ping.size = given->value;
    if (const auto given = map.number("may_lose", 0, 1000000)) ping.may_lose = given->value;
    return ping;
}

Move read_move(YamlMap& map) {
    const auto local = address(map, "local");
    if (!local) map.fail("local", "is missing", "say where to move to");
    return {local.value_or(ike::Address{}), address(map, "remote"), wait_of(map)};
}

Send read_send(YamlMap& map) {
    Send send;
    for (auto& one : map.maps("payloads")) {
        if (auto payload = read_payload(one)) send.payloads.push_back(std::move(*payload));
        map.adopt(one);
    }
    return send;
}

Announce read_announce(YamlMap& map) {
    Announce announce;
    for (const auto& text : texts(map, "additional")) {
        const auto found = ike::Address::parse(text);
        if (!found) map.fail("additional", fmt::format("\"{}\" is no address", text));
        if (found) announce.additional.push_back(*found);
    }
    return announce;
}

using Action = decltype(Step::action);
struct Kind {
    std::string_view name;
    Action (*read)(YamlMap& map);
};
constexpr Kind kinds[] = {
    {"initiate", [](YamlMap& map) -> Action { return Initiate{wait_of(map)}; }},
    {"expect", [](YamlMap& map) -> Action { return read_expect(map); }},
    {"send", [](YamlMap& map) -> Action { return read_send(map); }},
    {"ping", [](YamlMap& map) -> Action { return read_ping(map); }},
    {"move", [](YamlMap& map) -> Action { return read_move(map); }},
    {"rekey",
     [](YamlMap& map) -> Action {
         return Rekey{what_of(map, What::child), wait_of(map)};
     }},
    {"delete",
     [](YamlMap& map) -> Action {
         return Delete{what_of(map, What::ike), wait_of(map)};
     }},
    {"create_child",
     [](YamlMap& map) -> Action {
         return CreateChild{selectors(map, "ts_local"), selectors(map, "ts_remote"), wait_of(map)};
     }},
    {"announce", [](YamlMap& map) -> Action { return read_announce(map); }},
    {"liveness", [](YamlMap&) -> Action { return Liveness{}; }},
    {"abandon", [](YamlMap&) -> Action { return Abandon{}; }},
};

/// One text instead of a mapping is the host.
void read_action(YamlMap& map, const Kind& kind, Step& step) {
    const std::string key{kind.name};
    if (map.is_text(key)) {
        step.host = map.text(key).value_or(Setting<std::string>{}).value;
        YamlMap nothing{map.file(), YAML::Node{YAML::NodeType::Map}};
        step.action = kind.read(nothing);
        if (const auto done = nothing.finish(); !done)
            map.fail(key, "wants a mapping: " + done.error().what, done.error().advice);
        return;
    }
    auto inner = map.map(key);
    if (!inner) return;
    if (const auto host = inner->text("host")) step.host = host->value;
    if (const auto within = inner->duration("within")) step.time = within->value;
    step.action = kind.read(*inner);
    map.adopt(*inner);
}

}  // namespace

Step read_step(YamlMap& map) {
    Step step;
    step.where = map.where();
    if (const auto time = map.duration("wait")) {
        step.kind = "wait";
        step.time = time->value;
        step.action = Wait{};
        return step;
    }
    for (const auto& kind : kinds) {
        if (!map.has(std::string{kind.name})) continue;
        step.kind = kind.name;
        read_action(map, kind, step);
        return step;
    }
    // So that finish() can say what there is.
    for (const auto& kind : kinds) (void)map.text(std::string{kind.name});
    if (map.keys().empty()) map.fail("step", "is empty");
    return step;
}

}  // namespace scenario
