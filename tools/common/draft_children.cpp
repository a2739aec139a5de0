// What a profile says of Child SAs: their kinds, and what holds for all of them.
#include <fmt/format.h>

#include "libike/sa/traffic_selectors.hpp"
#include "tools/common/draft.hpp"

namespace {

void read_mode(YamlMap& map, ike::ChildMode& mode) {
    const auto given = map.text("mode");
    if (!given) return;
    if (given->value == "tunnel")
        mode = ike::ChildMode::tunnel;
    else if (given->value == "transport")
        mode = ike::ChildMode::transport;
    else if (given->value == "transport-only")
        mode = ike::ChildMode::transport_only;
    else
        map.fail("mode", "\"" + given->value + "\" is none of tunnel, transport and transport-only");
}

void read_df(YamlMap& map, ike::DfBit& df) {
    const auto given = map.text("df");
    if (!given) return;
    if (given->value == "clear")
        df = ike::DfBit::clear;
    else if (given->value == "set")
        df = ike::DfBit::set;
    else if (given->value == "copy")
        df = ike::DfBit::copy;
    else
        map.fail("df", "\"" + given->value + "\" is none of clear, set and copy");
}

void read_selectors(YamlMap& map, const char* key, std::vector<ike::TrafficSelector>& into) {
    const auto given = map.texts(key);
    if (!given) {
        into = {ike::everything(ike::Address::Family::v4), ike::everything(ike::Address::Family::v6)};
        return;
    }
    auto selectors = ike::parse_selectors(fmt::format("{}", fmt::join(given->value, ",")));
    if (!selectors) return map.fail(key, selectors.error().what, selectors.error().advice);
    if (selectors->empty()) return map.fail(key, "no traffic selector", "write prefixes such as 10.0.0.0/24");
    into = std::move(*selectors);
}

void read_proposals(YamlMap& map, std::vector<ike::Proposal>& into) {
    const auto given = map.texts("esp_proposals");
    if (!given) return;
    auto proposals =
        ike::parse_proposals(ike::ProtocolId::esp, fmt::format("{}", fmt::join(given->value, ",")));
    if (!proposals) return map.fail("esp_proposals", proposals.error().what, proposals.error().advice);
    into = std::move(*proposals);
}

/// `ordinary` is what it is where the mapping says nothing.
ike::ChildConfig read_child(YamlMap& map, const ike::ChildConfig& ordinary) {
    auto child = ordinary;
    if (const auto name = map.text("name")) child.name = name->value;
    if (child.name.empty()) map.fail("name", "is missing", "give each of the children a name of its own");
    read_mode(map, child.mode);
    read_selectors(map, "ts_local", child.ts_local);
    read_selectors(map, "ts_remote", child.ts_remote);
    read_proposals(map, child.esp_proposals);
    return child;
}

void read_limits(YamlMap& map, ike::ChildLimits& limits) {
    constexpr auto most = std::uint64_t{1} << 62;
    const auto take = [&](const char* key, std::uint64_t& into) {
        if (const auto given = map.number(key, 1, most)) into = given->value;
    };
    take("rekey_octets", limits.soft_octets);
    take("octets", limits.hard_octets);
    take("rekey_packets", limits.soft_packets);
    take("packets", limits.hard_packets);
    if (limits.hard_octets != 0 && limits.soft_octets > limits.hard_octets)
        map.fail("rekey_octets", "are more than octets: the SA would be gone before");
    if (limits.hard_packets != 0 && limits.soft_packets > limits.hard_packets)
        map.fail("rekey_packets", "are more than packets: the SA would be gone before");
}

}  // namespace

void read_children(YamlMap& top, ChildrenDraft& draft) {
    read_mode(top, draft.mode);
    ike::ChildConfig ordinary;
    ordinary.mode = draft.mode;
    read_proposals(top, ordinary.esp_proposals);
    for (auto& map : top.maps("children")) {
        auto child = read_child(map, ordinary);
        if (std::ranges::find(draft.kinds, child.name, &ike::ChildConfig::name) != draft.kinds.end())
            map.fail("name", "\"" + child.name + "\" is another one's");
        draft.kinds.push_back(std::move(child));
        top.adopt(map);
    }
    for (const char* key : {"ts_local", "ts_remote"}) {
        if (!draft.kinds.empty() && top.has(key))
            top.fail(key, "beside children", "write it for each of the children");
    }
    auto map = top.map("child");
    if (!map) return;
    auto& policy = draft.policy;
    if (const auto given = map->yes_no("ipcomp")) policy.ipcomp = given->value;
    if (const auto given = map->number("tfc_size", 0, 65535)) policy.tfc_size = given->value;
    if (const auto given = map->yes_no("accept_tfc")) policy.accept_tfc = given->value;
    if (const auto given = map->yes_no("later_fragments")) policy.later_fragments = given->value;
    if (const auto given = map->yes_no("single_pair")) policy.single_pair = given->value;
    if (const auto given = map->number("most", 1, 10000)) policy.most = given->value;
    read_df(*map, policy.df);
    read_limits(*map, policy.limits);
    top.adopt(*map);
}
