#include "libike/base/checksum.hpp"
#include "libike/base/in_place.hpp"
#include "libike/base/ip_protocols.hpp"
#include "libike/inner/echo.hpp"

namespace ike::inner {
namespace {

constexpr std::size_t v4_header = 20, v6_header = 40, icmp_header = 8;
constexpr std::uint8_t hop_limit = 64;
/// RFC 8201 section 4: an IPv6 path carries at least that.
constexpr std::size_t least_v6_mtu = 1280;
/// RFC 1812 section 4.3.2.3: as much of the packet as fits in 576 octets; RFC 4443 section 2.4: in 1280.
constexpr std::size_t most_v4_error = 576, most_v6_error = least_v6_mtu;

/// RFC 1122 section 3.2.2, RFC 4443 section 2.4 (e): whose sender may not be told.
bool is_error_or_not_from_one_host_v4(ByteView packet) {
    const bool later_fragment = ((packet[6] & 0x1f) << 8 | packet[7]) != 0;
    const auto header = (packet[0] & 0x0fu) * 4;
    if (later_fragment || header < v4_header || packet.size() <= header) return true;
    const auto type = packet[header];
    const bool is_error =
        packet[9] == protocol_icmp && (type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
    const bool many = packet[16] >= 224 || packet[12] >= 224 || packet[12] == 0;
    return is_error || many;
}
bool is_error_or_not_from_one_host_v6(ByteView packet) {
    const bool is_error = packet[6] == protocol_icmp6 && packet.size() > v6_header && packet[v6_header] < 128;
    const auto source = packet.subspan(8, 16);
    const bool nobody = std::ranges::all_of(source, [](auto octet) { return octet == 0; });
    return is_error || source[0] == 0xff || nobody;
}

Bytes fragmentation_needed(ByteView packet, std::size_t mtu) {
    const auto quoted = packet.first(std::min(packet.size(), most_v4_error - v4_header - icmp_header));
    Bytes error(v4_header + icmp_header + quoted.size());
    std::ranges::copy(quoted, error.end() - static_cast<std::ptrdiff_t>(quoted.size()));
    error[0] = 0x45;
    put16(error, 2, error.size());
    error[8] = hop_limit;
    error[9] = protocol_icmp;
    std::ranges::copy(packet.subspan(16, 4), error.begin() + 12);
    std::ranges::copy(packet.subspan(12, 4), error.begin() + 16);
    error[v4_header] = 3;      // destination unreachable
    error[v4_header + 1] = 4;  // fragmentation needed and DF set
    put16(error, v4_header + 6, std::min<std::size_t>(mtu, 65535));
    put16(error, v4_header + 2, checksum_finish(checksum_add(0, ByteView{error}.subspan(v4_header))));
    put16(error, 10, checksum_finish(checksum_add(0, ByteView{error}.first(v4_header))));
    return error;
}

Bytes too_big_v6(ByteView packet, std::size_t mtu) {
    const auto quoted = packet.first(std::min(packet.size(), most_v6_error - v6_header - icmp_header));
    Bytes error(v6_header + icmp_header + quoted.size());
    std::ranges::copy(quoted, error.end() - static_cast<std::ptrdiff_t>(quoted.size()));
    error[0] = 0x60;
    const auto size = error.size() - v6_header;
    put16(error, 4, size);
    error[6] = protocol_icmp6;
    error[7] = hop_limit;
    std::ranges::copy(packet.subspan(24, 16), error.begin() + 8);
    std::ranges::copy(packet.subspan(8, 16), error.begin() + 24);
    error[v6_header] = 2;
    put16(error, v6_header + 6, std::clamp<std::size_t>(mtu, least_v6_mtu, 65535));
    // RFC 8200 section 8.1: a pseudo-header of addresses, length and next header.
    auto sum = checksum_add(0, ByteView{error}.subspan(8, 32)) + size + protocol_icmp6;
    put16(error, v6_header + 2, checksum_finish(checksum_add(sum, ByteView{error}.subspan(v6_header))));
    return error;
}

}  // namespace

Bytes packet_too_big(ByteView packet, std::size_t mtu) {
    if (packet.size() >= v4_header && packet[0] >> 4 == 4)
        return is_error_or_not_from_one_host_v4(packet) ? Bytes{} : fragmentation_needed(packet, mtu);
    if (packet.size() >= v6_header && packet[0] >> 4 == 6)
        return is_error_or_not_from_one_host_v6(packet) ? Bytes{} : too_big_v6(packet, mtu);
    return {};
}

}  // namespace ike::inner
