#include "libike/engine/exchanges/child_kinds.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/configuration.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::engine {

std::vector<ChildKind> child_kinds(const PeerConfig& peer) {
    std::vector<ChildKind> kinds;
    for (const auto& each : peer.children) {
        kinds.push_back({each.name, each.ts_local, each.ts_remote, each.esp_proposals, each.mode});
    }
    if (kinds.empty()) kinds.push_back({{}, peer.ts_local, peer.ts_remote, peer.esp_proposals, peer.mode});
    return kinds;
}

ChildKind child_kind(const PeerConfig& peer, std::string_view name) {
    auto kinds = child_kinds(peer);
    const auto found = std::ranges::find(kinds, name, &ChildKind::name);
    return found == kinds.end() ? kinds.front() : *found;
}

std::optional<ChildKind> kind_for(const PeerConfig& peer, const PacketFields& packet) {
    const auto covers = [&](std::span<const TrafficSelector> selectors, const Address& address,
                            std::uint16_t port) {
        return std::ranges::any_of(selectors, [&](const TrafficSelector& each) {
            return matches(each, address, packet.protocol, port, packet.ports_known);
        });
    };
    for (const auto& kind : child_kinds(peer)) {
        if (covers(kind.ts_local, packet.source, packet.source_port) &&
            covers(kind.ts_remote, packet.destination, packet.destination_port))
            return kind;
    }
    return std::nullopt;
}

namespace {

/// The selectors that contain `host`, of that address alone.
std::vector<TrafficSelector> of_host(std::span<const TrafficSelector> wide, const Address& host) {
    const auto only = host_selector(host);
    return narrow(wide, {&only, 1});
}

void set_address(std::vector<TrafficSelector>& selectors, const Address& address) {
    for (auto& each : selectors) {
        // RFC 7296 section 2.23.1: all entries have one address, the same in each.
        if (each.start == each.end && each.start.family() == address.family())
            each.start = each.end = address;
    }
}

bool is_one_host(std::span<const TrafficSelector> selectors, const Address& host) {
    return !selectors.empty() && std::ranges::all_of(selectors, [&](const TrafficSelector& each) {
        return each.start == host && each.end == host;
    });
}
bool is_one_host(std::span<const TrafficSelector> selectors) {
    return !selectors.empty() && is_one_host(selectors, selectors.front().start);
}

Selectors narrowed(const IkeSa& sa, const ChildKind& kind, const Selectors& offered) {
    return {narrow(offered.local, kind.ts_local), narrow(offered.remote, allowed_remote(sa, kind.ts_remote))};
}

std::unexpected<Refusal> not_for_this_peer(const Selectors& offered) {
    return refuse(NotifyType::ts_unacceptable,
                  fmt::format("traffic selectors {} and {} are not for this peer",
                              to_string(std::span{offered.remote}), to_string(std::span{offered.local})));
}

/// RFC 7296 section 2.9: one pair of addresses, that of the packet which the offer names first, or none.
std::expected<Selectors, Refusal> single_pair(const Selectors& offered, const Selectors& allowed) {
    if (is_one_host(allowed.local) && is_one_host(allowed.remote)) return allowed;
    const std::span first_local{offered.local.data(), 1}, first_remote{offered.remote.data(), 1};
    Selectors pair;
    if (is_one_host(first_local)) pair.local = narrow(first_local, allowed.local);
    if (is_one_host(first_remote)) pair.remote = narrow(first_remote, allowed.remote);
    if (pair.local.empty() || pair.remote.empty())
        return refuse(NotifyType::single_pair_required, "a Child SA is for one pair of addresses here");
    return pair;
}

}  // namespace

Selectors between_hosts(const Selectors& wide, const Path& path) {
    return {of_host(wide.local, path.local.address), of_host(wide.remote, path.remote.address)};
}

Selectors substituted(const IkeSa& sa, Selectors received) {
    if (sa.nat.local) set_address(received.local, sa.path.local.address);
    if (sa.nat.remote) set_address(received.remote, sa.path.remote.address);
    return received;
}

std::optional<OriginalAddresses> original_addresses(const Selectors& received, const Selectors& substituted) {
    if (received.local.empty() || received.remote.empty()) return std::nullopt;
    const OriginalAddresses before{received.remote.front().start, received.local.front().start};
    const bool same = before.source == substituted.remote.front().start &&
                      before.destination == substituted.local.front().start;
    return same ? std::nullopt : std::optional{before};
}

std::expected<Acceptable, Refusal> acceptable(const IkeSa& sa, const ChildKind& kind,
                                              const Selectors& offered, Asked asked) {
    if (asked == Asked::transport && kind.mode != ChildMode::tunnel) {
        const auto ours = substituted(sa, offered);
        Acceptable found;
        found.selectors = narrowed(sa, kind, ours);
        found.mode = EspMode::transport;
        found.original = original_addresses(offered, ours);
        if (is_one_host(found.selectors.local, sa.path.local.address) &&
            is_one_host(found.selectors.remote, sa.path.remote.address))
            return found;
    }
    // Not asked for, not our policy, or not between the hosts: the selectors as they came, in tunnel mode.
    if (kind.mode == ChildMode::transport_only) {
        if (asked == Asked::transport) return not_for_this_peer(offered);
        return refuse(NotifyType::no_proposal_chosen,
                      "a Child SA in tunnel mode, and only transport mode is acceptable");
    }
    Acceptable found;
    found.selectors = narrowed(sa, kind, offered);
    if (found.selectors.local.empty() || found.selectors.remote.empty()) return not_for_this_peer(offered);
    if (!sa.peer->child_policy.single_pair) return found;
    auto pair = single_pair(offered, found.selectors);
    if (!pair) return std::unexpected{std::move(pair.error())};
    found.one_pair_of_several =
        !contains(pair->local, found.selectors.local) || !contains(pair->remote, found.selectors.remote);
    found.selectors = std::move(*pair);
    return found;
}

TrafficSelector packet_selector(const PacketFields& packet, const Address& address, std::uint16_t port) {
    auto selector = host_selector(address);
    selector.protocol = packet.protocol;
    if (packet.ports_known && (packet.source_port != 0 || packet.destination_port != 0))
        selector.start_port = selector.end_port = port;
    return selector;
}

}  // namespace ike::engine
