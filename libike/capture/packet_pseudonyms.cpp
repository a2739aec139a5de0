// Packets inside ESP, and those that ICMP errors quote.
#include "libike/base/checksum.hpp"
#include "libike/base/in_place.hpp"
#include "libike/base/ip_protocols.hpp"
#include "libike/capture/payload_pseudonyms.hpp"
#include "libike/registry/ike1.hpp"
#include "libike/registry/vendor_id.hpp"

namespace ike {
namespace {

void replace_addresses(MutableBytes packet, const IpHeaders& headers, Pseudonyms& names) {
    const bool v4 = headers.source.is_v4();
    const std::size_t at = v4 ? 12 : 8, size = v4 ? 4 : 16;
    std::ranges::copy(names.address(headers.source).octets(),
                      packet.begin() + static_cast<std::ptrdiff_t>(at));
    std::ranges::copy(names.address(headers.destination).octets(),
                      packet.begin() + static_cast<std::ptrdiff_t>(at + size));
    if (!v4) return;
    const std::size_t header = (packet[0] & 15u) * 4;
    put16(packet, 10, 0);
    put16(packet, 10, checksum_finish(checksum_add(0, packet.first(header))));
}

struct Transport4 {
    std::size_t header = 0;       ///< octets that stay
    std::size_t checksum_at = 0;  ///< 0: none
};
/// What of a transport's header stays.
Transport4 transport(std::uint8_t protocol, ByteView payload) {
    switch (protocol) {
        case protocol_icmp:
        case protocol_icmp6:
            return {8, 2};
        case protocol_udp:
            return {8, 6};
        case protocol_tcp:
            return {payload.size() < 13 ? payload.size() : std::max<std::size_t>((payload[12] >> 4) * 4u, 20),
                    16};
        default:
            return {};
    }
}

/// The two ends of a packet, as they will be called.
struct Hosts {
    Address source, destination;
};

std::uint64_t pseudo_header(std::uint8_t protocol, const Hosts& hosts, std::size_t size) {
    if (protocol == protocol_icmp) return 0;
    const auto sum = checksum_add(checksum_add(0, hosts.source.octets()), hosts.destination.octets());
    return sum + protocol + size;
}

/// Options and extension headers name hosts of a route and who knows what: they become padding.
void clear_options(MutableBytes packet, const IpHeaders& headers, std::size_t payload_at) {
    constexpr std::size_t header4 = 20, header6 = 40;
    constexpr std::uint8_t no_operation = 1, hop_by_hop = 0, routing = 43, destination_options = 60;
    if (headers.source.is_v4()) {
        for (auto& octet : packet.subspan(header4, payload_at - header4)) octet = no_operation;
        return;
    }
    // RFC 8200 section 4: next header, length in units of eight octets beyond the first.
    auto next = packet[6];
    for (auto at = header6; at + 8 <= payload_at;) {
        const bool options = next == hop_by_hop || next == routing || next == destination_options;
        if (!options) return;
        const auto size = std::min<std::size_t>((packet[at + 1] + 1u) * 8u, payload_at - at);
        next = packet[at];
        for (auto& octet : packet.subspan(at + 2, size - 2)) octet = 0;
        at += size;
    }
}

/// Zeroes what is behind the transport header and, unless it cannot be right, makes the checksum so.
void clear_transport(MutableBytes payload, std::uint8_t protocol, const Hosts& hosts, bool whole) {
    const auto shape = transport(protocol, payload);
    for (auto& octet : payload.subspan(std::min(shape.header, payload.size()))) octet = 0;
    const bool cut = payload.size() < std::max(shape.header, shape.checksum_at + 2);
    if (shape.checksum_at == 0 || cut || !whole) return;
    put16(payload, shape.checksum_at, 0);
    const auto checksum =
        checksum_finish(checksum_add(pseudo_header(protocol, hosts, payload.size()), payload));
    put16(payload, shape.checksum_at, checksum == 0 && protocol == protocol_udp ? 0xffff : checksum);
}

}  // namespace

void anonymise_transport(MutableBytes payload, std::uint8_t protocol, const Address& source,
                         const Address& destination, Pseudonyms& names) {
    clear_transport(payload, protocol, {names.address(source), names.address(destination)}, true);
}

bool anonymise_packet(MutableBytes packet, Pseudonyms& names) {
    const auto headers = read_ip(packet);
    if (!headers) return false;
    const auto at = static_cast<std::size_t>(headers->payload.data() - packet.data());
    clear_options(packet, *headers, at);
    replace_addresses(packet, *headers, names);
    auto payload = packet.subspan(at, headers->payload.size());
    if (headers->fragment && headers->fragment_offset != 0) {
        for (auto& octet : payload) octet = 0;
        return true;
    }
    const Hosts hosts{names.address(headers->source), names.address(headers->destination)};
    clear_transport(payload, headers->protocol, hosts, !headers->fragment && !headers->cut);
    return true;
}

bool anonymise_addresses(MutableBytes packet, Pseudonyms& names) {
    const auto headers = read_ip(packet);
    if (!headers) return false;
    replace_addresses(packet, *headers, names);
    if (headers->protocol != protocol_icmp6 || headers->payload.size() < 4) return true;
    // ICMPv6's checksum covers the addresses too.
    const auto at = static_cast<std::size_t>(headers->payload.data() - packet.data());
    auto payload = packet.subspan(at);
    put16(payload, 2, 0);
    const Hosts hosts{names.address(headers->source), names.address(headers->destination)};
    put16(payload, 2,
          checksum_finish(checksum_add(pseudo_header(protocol_icmp6, hosts, payload.size()), payload)));
    return true;
}

Bytes anonymise_version1(ByteView datagram, Pseudonyms& names) {
    constexpr std::uint8_t flag_encrypted = 1;
    constexpr std::size_t flags_at = 19, generic = 4;
    auto made = to_bytes(datagram);
    const auto scramble = [&](std::size_t at, std::size_t size) {
        const auto other = names.octets(datagram.subspan(at, size), "version 1");
        std::ranges::copy(other, made.begin() + static_cast<std::ptrdiff_t>(at));
    };
    if (datagram.size() <= ike_header_size) return made;
    if ((datagram[flags_at] & flag_encrypted) != 0) {
        scramble(ike_header_size, datagram.size() - ike_header_size);
        return made;
    }
    auto type = static_cast<ike1::PayloadType>(datagram[16]);
    std::size_t at = ike_header_size;
    while (type != ike1::PayloadType::none && datagram.size() - at >= generic) {
        const std::size_t length = std::size_t{datagram[at + 2]} << 8 | datagram[at + 3];
        if (length < generic || length > datagram.size() - at) break;
        const auto body = datagram.subspan(at + generic, length - generic);
        const bool stays = type == ike1::PayloadType::sa || type == ike1::PayloadType::nonce ||
                           type == ike1::PayloadType::notification ||
                           type == ike1::PayloadType::delete_payload ||
                           (type == ike1::PayloadType::vendor_id && !vendor_id_text(body).empty());
        if (!stays) scramble(at + generic, body.size());
        type = static_cast<ike1::PayloadType>(datagram[at]);
        at += length;
    }
    if (at < datagram.size()) scramble(at, datagram.size() - at);
    return made;
}

namespace {

/// How much of a quoted packet says nothing of anybody: the UDP header, an IKE header behind it or its
/// marker, SPI and sequence number of ESP.
std::size_t harmless_octets(const IpHeaders& quoted) {
    constexpr std::size_t udp_header = 8, marker = 4, port_ike = 500;
    const auto payload = quoted.payload;
    if (quoted.protocol != protocol_udp || payload.size() < udp_header) return 8;
    const auto port = [&](std::size_t at) { return payload[at] << 8 | payload[at + 1]; };
    if (port(0) == port_ike || port(2) == port_ike) return udp_header + ike_header_size;
    const auto data = payload.subspan(udp_header);
    const bool ike = data.size() >= marker && equal(data.first(marker), Bytes(marker));
    return udp_header + (ike ? marker + ike_header_size : 8);
}

}  // namespace

Bytes anonymise_icmp(ByteView octets, bool v6, Pseudonyms& names) {
    constexpr std::size_t header = 8;
    auto made = to_bytes(octets.first(std::min(octets.size(), header)));
    if (octets.size() <= header || !read_icmp(octets, v6).error) {
        made.resize(octets.size());
    } else if (const auto quoted = read_ip(octets.subspan(header))) {
        const auto start = static_cast<std::size_t>(quoted->payload.data() - octets.data());
        append(made, octets.subspan(header, start - header));
        replace_addresses(MutableBytes{made}.subspan(header), *quoted, names);
        append(made, quoted->payload.first(std::min(quoted->payload.size(), harmless_octets(*quoted))));
    }
    if (made.size() < header) return made;
    put16(made, 2, 0);
    // With IPv6 the checksum also covers addresses; the caller has those.
    if (!v6) put16(made, 2, checksum_finish(checksum_add(0, made)));
    return made;
}

}  // namespace ike
