// What ESP carries in the data plane: IP packets whole, or without their header, or compressed.
#include "libike/engine/data_plane_child.hpp"
#include "libike/esp/ecn.hpp"
#include "libike/esp/transport.hpp"
#include "libike/mtu/tunnel_mtu.hpp"

namespace ike::data_plane {
namespace {

using InFailure = DataPlane::InFailure;
using OutFailure = DataPlane::OutFailure;

constexpr std::size_t largest_packet = 65535;
/// RFC 8200 section 5.
constexpr std::size_t least_v6_mtu = 1280;
/// RFC 791: every host takes as much.
constexpr std::size_t least_v4_mtu = 68;

/// The octets of the IP packet that begins here, without what follows it (TFC padding); empty when it is none
/// of this version.
MutableBytes ip_packet(MutableBytes octets, std::uint8_t next_header) {
    const bool v4 = next_header == esp::next_header_ipv4;
    if (!v4 && next_header != esp::next_header_ipv6) return {};
    if (octets.size() < (v4 ? 20u : 40u) || octets[0] >> 4 != (v4 ? 4 : 6)) return {};
    const auto at = v4 ? 2u : 4u;
    const auto size = (v4 ? 0u : 40u) + (std::size_t{octets[at]} << 8 | octets[at + 1]);
    return size < (v4 ? 20u : 40u) || size > octets.size() ? MutableBytes{} : octets.first(size);
}

/// The IP packet that tunnel mode carried.
std::expected<MutableBytes, InFailure> tunnelled(const Child& child, MutableBytes octets,
                                                 std::uint8_t next_header, std::uint8_t outer_class) {
    const auto packet = ip_packet(octets, next_header);
    const auto fields = packet_fields(packet);
    if (!fields) return std::unexpected{InFailure::malformed};
    if (!data_plane::inbound_match(child, *fields)) return std::unexpected{InFailure::selectors};
    if ((outer_class & 3) == 0) return packet;
    const auto inner = static_cast<esp::Ecn>(esp::traffic_class(packet) & 3);
    const auto combined = esp::decapsulated(inner, static_cast<esp::Ecn>(outer_class & 3));
    if (!combined) return std::unexpected{InFailure::congestion};
    if (*combined != inner) esp::set_ecn(packet, *combined);
    return packet;
}

/// The IP packet whose payload transport mode carried; the octets before `payload` have room for its header.
std::expected<MutableBytes, InFailure> transported(const Child& child, MutableBytes room,
                                                   std::uint8_t next_header, std::uint8_t outer_class) {
    // Of the SA's selectors all have one address at each end (RFC 7296 section 2.23.1).
    const esp::TransportHeader header{child.ts_remote.front().start, child.ts_local.front().start,
                                      next_header, outer_class};
    const auto packet = esp::wrap_transport(header, room);
    if (packet.empty()) return std::unexpected{InFailure::malformed};
    const auto fields = packet_fields(packet);
    if (!fields) return std::unexpected{InFailure::malformed};
    if (!inbound_match(child, *fields)) return std::unexpected{InFailure::selectors};
    if (child.original) esp::fix_checksum(packet, child.original->source, child.original->destination);
    return packet;
}

MutableBytes room_in(Bytes& scratch) {
    if (scratch.empty()) scratch.resize(esp::transport_room + largest_packet);
    return scratch;
}

bool must_not_be_fragmented(ByteView packet) { return packet[0] >> 4 == 6 || (packet[6] & 0x40) != 0; }

}  // namespace

std::expected<MutableBytes, InFailure> inner_packet(Child& child, Scratch& scratch, MutableBytes payload,
                                                    std::uint8_t next_header, std::uint8_t outer_class) {
    if (next_header == esp::next_header_none) return std::unexpected{InFailure::dummy};
    const bool transport = child.terms.mode == EspMode::transport;
    if (next_header != esp::next_header_ipcomp || !child.terms.ipcomp) {
        if (!transport && next_header == esp::next_header_ipcomp)
            return std::unexpected{InFailure::compression};
        if (!transport) return tunnelled(child, payload, next_header, outer_class);
        const auto room = room_in(scratch.in);
        std::ranges::copy(payload, room.subspan(esp::transport_room).begin());
        return transported(child, room.first(esp::transport_room + payload.size()), next_header, outer_class);
    }
    const auto room = room_in(scratch.in);
    const auto done = scratch.ipcomp.decompress(payload, room.subspan(esp::transport_room));
    if (!done) return std::unexpected{InFailure::compression};
    const auto cpi = done->header.cpi;
    if (cpi != child.terms.ipcomp->cpi_in && cpi != esp::cpi_deflate)
        return std::unexpected{InFailure::compression};
    ++child.traffic.decompressed_in;
    if (transport)
        return transported(child, room.first(esp::transport_room + done->size), done->header.next_header,
                           outer_class);
    return tunnelled(child, room.subspan(esp::transport_room, done->size), done->header.next_header,
                     outer_class);
}

std::expected<Outgoing, OutFailure> outgoing(Child& child, Scratch& scratch, ByteView packet) {
    Outgoing out{packet, packet[0] >> 4 == 4 ? esp::next_header_ipv4 : esp::next_header_ipv6};
    if (child.terms.mode == EspMode::transport) {
        const auto carried = esp::transport_payload(packet);
        if (!carried) return std::unexpected{OutFailure::not_transport};
        out = {carried->octets, carried->protocol};
    }
    if (!child.terms.ipcomp) return out;
    const auto room = room_in(scratch.out);
    const auto size = scratch.ipcomp.compress(out.octets, out.next_header, child.terms.ipcomp->cpi_out, room);
    if (size == 0) return out;
    ++child.traffic.compressed_out;
    return Outgoing{room.first(size), esp::next_header_ipcomp};
}

std::optional<LimitReached::Limit> limit_met(Child& child) {
    // RFC 4303 section 3.3.3: the number must not cycle; a new SA in time before that.
    constexpr std::uint64_t near_the_end = 0xffffffffu - (std::uint64_t{1} << 24);
    const auto& limits = child.limits;
    const auto octets = std::max(child.traffic.octets_in, child.traffic.octets_out);
    const auto packets = std::max(child.traffic.packets_in, child.traffic.packets_out);
    const auto met = [](std::uint64_t limit, std::uint64_t count) { return limit != 0 && count >= limit; };
    const auto next = child.out.next_sequence();
    const bool esn = child.out.suite().esn;
    if (!child.hard_told && (met(limits.hard_octets, octets) || met(limits.hard_packets, packets) ||
                             (!esn && next > 0xffffffffu))) {
        child.hard_told = child.soft_told = true;
        return LimitReached::Limit::hard;
    }
    if (!child.soft_told && (met(limits.soft_octets, octets) || met(limits.soft_packets, packets) ||
                             (!esn && next > near_the_end))) {
        child.soft_told = true;
        return LimitReached::Limit::soft;
    }
    return std::nullopt;
}

void set_path_mtu(Child& child, std::size_t mtu) {
    const auto& traffic = child.traffic;
    const auto outer = traffic.udp_encapsulation ? Outer::udp : Outer::ip;
    child.largest_datagram =
        mtu == 0
            ? 0
            : std::max<std::size_t>(datagram_capacity(mtu, traffic.path.remote.address.family(), outer), 1);
}

bool is_too_big(const Child& child, ByteView packet) {
    const auto most = inner_mtu(child, packet);
    return most && packet.size() > *most && must_not_be_fragmented(packet);
}

bool outer_df(const Child& child, ByteView packet, std::size_t datagram) {
    if (child.df == DfBit::clear || (child.largest_datagram != 0 && datagram > child.largest_datagram))
        return false;
    return child.df == DfBit::set || must_not_be_fragmented(packet);
}

std::optional<std::size_t> inner_mtu(const Child& child, ByteView packet) {
    if (child.largest_datagram == 0) return std::nullopt;
    const bool v4 = packet[0] >> 4 == 4;
    auto fits = child.out.overhead().inner_capacity(child.largest_datagram);
    // In transport mode the packet's own header is outside.
    if (child.terms.mode == EspMode::transport) fits += v4 ? 20 : 40;
    return std::max(fits, v4 ? least_v4_mtu : least_v6_mtu);
}

}  // namespace ike::data_plane
