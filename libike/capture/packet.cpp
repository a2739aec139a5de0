#include "libike/capture/packet.hpp"

#include "libike/base/ip_protocols.hpp"
#include "libike/base/reader.hpp"

namespace ike {
namespace {

bool read_ipv4(ByteView octets, IpHeaders& headers) {
    if (octets.size() < 20) return false;
    const std::size_t header = (octets[0] & 0x0fu) * 4;
    std::size_t total = number16(octets, 2);
    if (total == 0) total = octets.size();  // segmentation left to the network card
    if (header < 20 || header > octets.size() || total < header) return false;
    headers.cut = total > octets.size();
    headers.whole = octets.first(std::min(total, octets.size()));
    headers.claimed = number16(octets, 2);
    headers.payload = headers.whole.subspan(header);
    headers.source = *Address::from_octets(octets.subspan(12, 4));
    headers.destination = *Address::from_octets(octets.subspan(16, 4));
    headers.protocol = octets[9];
    headers.hop_limit = octets[8];
    const auto fragment = number16(octets, 6);
    headers.more_fragments = (fragment & 0x2000) != 0;
    headers.dont_fragment = (fragment & 0x4000) != 0;
    headers.fragment_offset = (fragment & 0x1fffu) * 8;
    headers.fragment = headers.more_fragments || headers.fragment_offset != 0;
    headers.identification = number16(octets, 4);
    return true;
}

/// Those of RFC 7045 that begin with the number of the next and their length.
bool is_extension(std::uint8_t protocol) {
    return protocol == protocol_hop_by_hop || protocol == protocol_routing ||
           protocol == protocol_destination_options || protocol == protocol_mobility ||
           protocol == protocol_hip || protocol == protocol_shim6;
}

UpperLayer step_over(UpperLayer upper) {
    while (is_extension(upper.protocol) && upper.octets.size() >= 8) {
        const std::size_t size = (upper.octets[1] + 1u) * 8;
        if (size > upper.octets.size()) break;
        upper = {upper.octets[0], upper.octets.subspan(size)};
    }
    return upper;
}

/// Steps over extension headers (RFC 8200 section 4) until one that is not, or that of a fragment.
void skip_extensions(IpHeaders& headers) {
    constexpr std::size_t size = 8;
    UpperLayer upper{headers.protocol, headers.payload};
    while (!headers.fragment) {
        upper = step_over(upper);
        const auto octets = upper.octets;
        if (upper.protocol != protocol_fragment || octets.size() < size) break;
        const auto field = number16(octets, 2);
        headers.fragment_offset = field & 0xfff8u;
        headers.more_fragments = (field & 1) != 0;
        headers.fragment = headers.more_fragments || headers.fragment_offset != 0;
        headers.identification = std::uint32_t{number16(octets, 4)} << 16 | number16(octets, 6);
        upper = {octets[0], octets.subspan(size)};
    }
    headers.protocol = upper.protocol;
    headers.payload = upper.octets;
}

bool read_ipv6(ByteView octets, IpHeaders& headers) {
    if (octets.size() < 40) return false;
    std::size_t total = 40u + number16(octets, 4);
    if (total == 40) total = octets.size();  // a jumbogram, or segmentation left to the network card
    headers.cut = total > octets.size();
    headers.whole = octets.first(std::min(total, octets.size()));
    headers.claimed = number16(octets, 4) == 0 ? 0 : total;
    headers.payload = headers.whole.subspan(40);
    headers.source = *Address::from_octets(octets.subspan(8, 16));
    headers.destination = *Address::from_octets(octets.subspan(24, 16));
    headers.protocol = octets[6];
    headers.hop_limit = octets[7];
    headers.dont_fragment = true;
    skip_extensions(headers);
    return true;
}

}  // namespace

bool read_ip(ByteView octets, IpHeaders& headers) {
    if (octets.empty()) return false;
    const unsigned version = octets[0] >> 4;
    if (version == 4) return read_ipv4(octets, headers);
    return version == 6 && read_ipv6(octets, headers);
}

std::optional<IpHeaders> read_ip(ByteView octets) {
    IpHeaders headers;
    return read_ip(octets, headers) ? std::optional{headers} : std::nullopt;
}

bool is_ipv6_extension(std::uint8_t protocol) {
    return is_extension(protocol) || protocol == protocol_fragment;
}

UpperLayer behind_extensions(UpperLayer upper) { return step_over(upper); }

void PacketReader::read(const Frame& frame, Packet& packet) {
    std::destroy_at(&packet);
    std::construct_at(&packet);
    packet.frame = frame.number;
    packet.file = frame.file;
    packet.number_in_file = frame.number_in_file;
    packet.time = frame.time;
    packet.link = frame.link;
    packet.original_size = frame.original_size;
    packet.cut = frame.original_size > frame.octets.size();
    const auto network = network_layer(frame.link, frame.octets);
    packet.ether_type = network.ether_type;
    if (!network.ip.empty()) read_network(network.ip, packet);
}

void PacketReader::read_network(ByteView octets, Packet& packet) {
    IpHeaders headers;
    if (!read_ip(octets, headers)) return;
    packet.source.address = headers.source;
    packet.destination.address = headers.destination;
    packet.source.port = packet.destination.port = 0;
    packet.protocol = headers.protocol;
    packet.ip = headers.whole;
    packet.hop_limit = headers.hop_limit;
    packet.dont_fragment = headers.dont_fragment;
    // The frame may lack only padding; then the packet is whole.
    packet.cut = headers.cut;
    if (!headers.fragment) return read_transport(headers.protocol, headers.payload, packet);
    packet.octets = headers.payload;
    packet.transport = Transport::fragment;
    const bool has_ports = headers.protocol == protocol_udp || headers.protocol == protocol_tcp;
    if (headers.fragment_offset == 0 && has_ports && headers.payload.size() >= 4) {
        packet.source.port = number16(headers.payload, 0);
        packet.destination.port = number16(headers.payload, 2);
    }
    // Fragments that the capture cut off cannot be joined: the first one shows how the packet begins.
    if (headers.cut && headers.fragment_offset == 0)
        return read_transport(headers.protocol, headers.payload, packet);
    // A joined packet may itself be a part of one in a tunnel, but that is where it ends.
    if (headers.cut || packet.wrappings.size() >= reassemblers_.size()) return;
    if (const auto whole = reassemblers_[packet.wrappings.size()].add(packet.time, headers, packet.file)) {
        packet.reassembled = true;
        packet.protocol = whole->protocol;
        read_transport(whole->protocol, whole->octets, packet);
    }
}

void PacketReader::read_carried(const Carried& carried, Packet& packet) {
    auto wrapping = carried.tunnel;
    wrapping.source = packet.source.address;
    wrapping.destination = packet.destination.address;
    packet.wrappings.add(wrapping);
    read_network(carried.ip, packet);
}

namespace {

Transport transport_of(std::uint8_t protocol) {
    switch (protocol) {
        case protocol_esp:
            return Transport::esp;
        case protocol_ah:
            return Transport::ah;
        case protocol_icmp:
        case protocol_icmp6:
            return Transport::icmp;
        case protocol_tcp:
            return Transport::tcp;
        case protocol_udp:
            return Transport::udp;
        default:
            return Transport::other;
    }
}

void read_udp(ByteView payload, Packet& packet) {
    const std::size_t size = number16(payload, 4);
    // A length that makes no sense, 0 of a jumbogram included, leaves what IP carried.
    const bool sensible = size >= 8 && size <= payload.size();
    packet.octets = sensible ? payload.subspan(8, size - 8) : payload.subspan(8);
}

/// RFC 9293 section 3.1.
void read_tcp(ByteView payload, Packet& packet) {
    if (payload.size() < 20) return;
    const std::size_t header = (payload[12] >> 4) * std::size_t{4};
    if (header < 20 || header > payload.size()) return;
    packet.tcp.sequence = std::uint32_t{number16(payload, 4)} << 16 | number16(payload, 6);
    packet.tcp.flags = payload[13];
    packet.tcp.data = payload.subspan(header);
}

}  // namespace

void PacketReader::read_transport(std::uint8_t protocol, ByteView payload, Packet& packet) {
    packet.octets = payload;
    packet.transport = transport_of(protocol);
    const bool room = !packet.wrappings.full();
    if (packet.transport == Transport::other && room) {
        if (const auto carried = carried_by_ip(protocol, payload)) read_carried(*carried, packet);
        return;
    }
    const bool udp = packet.transport == Transport::udp;
    if (!udp && packet.transport != Transport::tcp) return;
    if (payload.size() < 8) {
        packet.transport = Transport::other;
        return;
    }
    packet.source.port = number16(payload, 0);
    packet.destination.port = number16(payload, 2);
    if (!udp) return read_tcp(payload, packet);
    read_udp(payload, packet);
    if (!room) return;
    auto carried = carried_by_udp(packet.destination.port, packet.octets);
    if (!carried) carried = carried_by_udp(packet.source.port, packet.octets);
    if (carried) read_carried(*carried, packet);
}

}  // namespace ike
