#include "libike/esp/transport.hpp"

#include "libike/base/checksum.hpp"
#include "libike/base/in_place.hpp"

namespace ike::esp {
namespace {

constexpr std::size_t v4_header = 20, v6_header = 40;
constexpr std::uint8_t hop_limit = 64;
enum Protocol : std::uint8_t { hop_by_hop = 0, tcp = 6, udp = 17, routing = 43, fragment = 44, icmp6 = 58 };

std::size_t get16(ByteView octets, std::size_t at) { return std::size_t{octets[at]} << 8 | octets[at + 1]; }

/// Where in a header of that protocol the checksum is; nothing where there is none that covers addresses.
std::optional<std::size_t> checksum_at(std::uint8_t protocol) {
    switch (protocol) {
        case tcp:
            return 16;
        case udp:
            return 6;
        case icmp6:
            return 2;
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<Carried> transport_payload(ByteView packet) {
    if (packet.size() < v4_header) return std::nullopt;
    if (packet[0] >> 4 == 4) {
        const bool fragmented = (get16(packet, 6) & 0x3fff) != 0;
        const auto size = get16(packet, 2);
        if (packet[0] != 0x45 || fragmented || size < v4_header || size > packet.size()) return std::nullopt;
        return Carried{packet.subspan(v4_header, size - v4_header), packet[9]};
    }
    if (packet[0] >> 4 != 6 || packet.size() < v6_header) return std::nullopt;
    const auto size = get16(packet, 4);
    const auto next = packet[6];
    if (next == hop_by_hop || next == routing || next == fragment || size > packet.size() - v6_header)
        return std::nullopt;
    return Carried{packet.subspan(v6_header, size), next};
}

MutableBytes wrap_transport(const TransportHeader& header, MutableBytes octets) {
    constexpr std::size_t most = 65535;
    const auto payload = octets.size() - transport_room;
    const bool v4 = header.source.is_v4();
    const auto size = v4 ? v4_header : v6_header;
    if (payload + (v4 ? size : 0) > most || header.destination.is_v4() != v4) return {};
    const auto packet = octets.subspan(transport_room - size);
    std::ranges::fill(packet.first(size), std::uint8_t{0});
    if (v4) {
        packet[0] = 0x45;
        packet[1] = header.traffic_class;
        put16(packet, 2, size + payload);
        packet[6] = 0x40;  // whole datagrams only
        packet[8] = hop_limit;
        packet[9] = header.protocol;
    } else {
        packet[0] = static_cast<std::uint8_t>(0x60 | header.traffic_class >> 4);
        packet[1] = static_cast<std::uint8_t>(header.traffic_class << 4);
        put16(packet, 4, payload);
        packet[6] = header.protocol;
        packet[7] = hop_limit;
    }
    const auto addresses = packet.subspan(v4 ? 12 : 8);
    const auto source = header.source.octets(), destination = header.destination.octets();
    std::ranges::copy(source, addresses.begin());
    std::ranges::copy(destination, addresses.subspan(source.size()).begin());
    if (v4) put16(packet, 10, checksum_finish(checksum_add(0, packet.first(size))));
    return packet;
}

void fix_checksum(MutableBytes packet, const Address& from_source, const Address& from_destination) {
    const bool v4 = packet[0] >> 4 == 4;
    const auto size = v4 ? v4_header : v6_header;
    const auto protocol = packet[v4 ? 9 : 6];
    const auto at = checksum_at(protocol);
    if (!at || packet.size() < size + *at + 2) return;
    const auto field = size + *at;
    const auto before = get16(packet, field);
    if (protocol == udp && before == 0) return;
    const auto addresses = packet.subspan(v4 ? 12 : 8, v4 ? 8 : 32);
    // RFC 1624 equation 3: HC' = ~(~HC + ~m + m'); each m is a sum of 16-bit words here.
    std::uint64_t sum = static_cast<std::uint16_t>(~before);
    sum += checksum_finish(checksum_add(checksum_add(0, from_source.octets()), from_destination.octets()));
    const auto after = checksum_finish(checksum_add(sum, addresses));
    put16(packet, field, protocol == udp && after == 0 ? 0xffff : after);
}

}  // namespace ike::esp
