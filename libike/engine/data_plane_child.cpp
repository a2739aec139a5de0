#include "libike/engine/data_plane_child.hpp"

#include <bit>
#include <stdexcept>

namespace ike::data_plane {

std::unique_ptr<Child> make_child(InstallChild order, std::uint64_t number) {
    auto in =
        esp::Inbound::create(order.spi_in, order.suite, order.encr_in, order.integ_in, order.replay_window);
    auto out = esp::Outbound::create(order.spi_out, order.suite, order.encr_out, order.integ_out);
    if (!in) throw std::invalid_argument{in.error().what};
    if (!out) throw std::invalid_argument{out.error().what};
    auto child = std::make_unique<Child>(Child{std::move(*in),
                                               std::move(*out),
                                               std::move(order.ts_local),
                                               std::move(order.ts_remote),
                                               number,
                                               std::move(order.terms),
                                               order.original,
                                               {},
                                               order.limits,
                                               order.tfc_size,
                                               order.df});
    child->traffic.child = order.child;
    child->traffic.spi_in = order.spi_in;
    child->traffic.spi_out = order.spi_out;
    child->traffic.path = order.path;
    child->traffic.udp_encapsulation = order.udp_encapsulation;
    child->traffic.mode = child->terms.mode;
    return child;
}

namespace {

/// How much a selector pins down: first the bits of address that are fixed, then ports and protocol.
int narrowness(const TrafficSelector& selector) {
    int fixed = 0;
    const auto start = selector.start.octets(), end = selector.end.octets();
    for (std::size_t i = 0; i < std::min(start.size(), end.size()); ++i) {
        const auto same = std::countl_zero(static_cast<std::uint8_t>(start[i] ^ end[i]));
        fixed += same;
        if (same != 8) break;
    }
    const bool ports = selector.start_port != 0 || selector.end_port != 65535;
    return fixed * 4 + (ports ? 2 : 0) + (selector.protocol != 0 ? 1 : 0);
}

TrafficSelector portless(TrafficSelector selector) {
    selector.start_port = 0;
    selector.end_port = 65535;
    return selector;
}

/// An end of an inner packet, as selectors see it.
struct End {
    const Address& address;
    std::uint16_t port;
};
/// The narrowness of the narrowest selector that matches; nothing when none does.
std::optional<int> best_match(const Child& child, std::span<const TrafficSelector> selectors,
                              const PacketFields& packet, End end) {
    std::optional<int> best;
    for (const auto& selector : selectors) {
        // NON_FIRST_FRAGMENTS_ALSO: ports that a fragment does not have are no obstacle.
        const bool later = !packet.ports_known && child.terms.later_fragments &&
                           matches(portless(selector), end.address, packet.protocol, 0, false);
        if (!later && !matches(selector, end.address, packet.protocol, end.port, packet.ports_known))
            continue;
        best = std::max(best.value_or(-1), narrowness(selector));
    }
    return best;
}

}  // namespace

std::optional<int> outbound_match(const Child& child, const PacketFields& packet) {
    const auto remote =
        best_match(child, child.ts_remote, packet, {packet.destination, packet.destination_port});
    if (!remote) return std::nullopt;
    const auto local = best_match(child, child.ts_local, packet, {packet.source, packet.source_port});
    return local ? std::optional{*local + *remote} : std::nullopt;
}
bool inbound_match(const Child& child, const PacketFields& packet) {
    return best_match(child, child.ts_remote, packet, {packet.source, packet.source_port}) &&
           best_match(child, child.ts_local, packet, {packet.destination, packet.destination_port});
}

}  // namespace ike::data_plane
