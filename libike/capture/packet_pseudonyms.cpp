// Packets inside ESP, and those that ICMP errors quote.
#include "libike/base/checksum.hpp"
#include "libike/capture/payload_pseudonyms.hpp"
#include "libike/registry/ike1.hpp"
#include "libike/registry/vendor_id.hpp"

namespace ike {
namespace {

constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint8_t protocol_icmp6 = 58;

void put16(MutableBytes octets, std::size_t at, std::uint16_t value) {
    octets[at] = static_cast<std::uint8_t>(value >> 8);
    octets[at + 1] = static_cast<std::uint8_t>(value);
}

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

std::uint64_t pseudo_header(const IpHeaders& headers, std::size_t size, Pseudonyms& names) {
    if (headers.protocol == protocol_icmp) return 0;
    auto sum = checksum_add(0, names.address(headers.source).octets());
    sum = checksum_add(sum, names.address(headers.destination).octets());
    return sum + headers.protocol + size;
}

}  // namespace

bool anonymise_packet(MutableBytes packet, Pseudonyms& names) {
    const auto headers = read_ip(packet);
    if (!headers) return false;
    replace_addresses(packet, *headers, names);
    const auto at = static_cast<std::size_t>(headers->payload.data() - packet.data());
    auto payload = packet.subspan(at, headers->payload.size());
    const bool first = !headers->fragment || headers->fragment_offset == 0;
    const auto shape = first ? transport(headers->protocol, payload) : Transport4{};
    for (auto& octet : payload.subspan(std::min(shape.header, payload.size()))) octet = 0;
    if (shape.checksum_at == 0 || payload.size() < shape.header || headers->fragment || headers->cut)
        return true;
    put16(payload, shape.checksum_at, 0);
    const auto sum = checksum_add(pseudo_header(*headers, payload.size(), names), payload);
    const auto checksum = checksum_finish(sum);
    put16(payload, shape.checksum_at, checksum == 0 && headers->protocol == protocol_udp ? 0xffff : checksum);
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
    put16(payload, 2, checksum_finish(checksum_add(pseudo_header(*headers, payload.size(), names), payload)));
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

Bytes anonymise_icmp(ByteView octets, bool v6, Pseudonyms& names) {
    constexpr std::size_t header = 8;
    // UDP header, non-ESP marker and SPIs: 28 octets; SPI and sequence number of bare ESP: 8.
    constexpr std::size_t most_quoted = 28;
    auto made = to_bytes(octets.first(std::min(octets.size(), header)));
    if (octets.size() <= header || !read_icmp(octets, v6).error) {
        made.resize(octets.size());
    } else if (const auto quoted = read_ip(octets.subspan(header))) {
        const auto start = static_cast<std::size_t>(quoted->payload.data() - octets.data());
        append(made, octets.subspan(header, start - header));
        replace_addresses(MutableBytes{made}.subspan(header), *quoted, names);
        append(made, quoted->payload.first(std::min(quoted->payload.size(), most_quoted)));
    }
    if (made.size() < header) return made;
    put16(made, 2, 0);
    // With IPv6 the checksum also covers addresses; the caller has those.
    if (!v6) put16(made, 2, checksum_finish(checksum_add(0, made)));
    return made;
}

}  // namespace ike
