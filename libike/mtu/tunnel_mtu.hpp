#pragma once
// What a path's MTU leaves: for a datagram, for what a tunnel carries, for TCP inside it.
#include "libike/base/address.hpp"

namespace ike {

/// What an IKE or ESP datagram travels in.
enum class Outer : std::uint8_t {
    ip,   ///< IP alone: native ESP
    udp,  ///< IP and UDP: IKE (its non-ESP marker not counted), ESP in UDP (RFC 3948)
};

/// Octets of the headers before the datagram: IP without options, and UDP.
constexpr std::size_t outer_headers(Address::Family family, Outer outer) {
    const std::size_t ip = family == Address::Family::v4 ? 20 : 40;
    return ip + (outer == Outer::udp ? 8 : 0);
}
/// The largest datagram (UDP payload, or IP payload where there is no UDP) in IP packets of `mtu` octets.
constexpr std::size_t datagram_capacity(std::size_t mtu, Address::Family family, Outer outer) {
    const auto headers = outer_headers(family, outer);
    return mtu > headers ? mtu - headers : 0;
}
/// The largest TCP segment in inner packets of `inner_mtu` octets, without options (RFC 6691: the MSS does
/// not count them).
constexpr std::size_t tcp_mss(std::size_t inner_mtu, Address::Family inner) {
    const std::size_t headers = (inner == Address::Family::v4 ? 20 : 40) + 20;
    return inner_mtu > headers ? inner_mtu - headers : 0;
}

/// What ESP adds to an inner packet of a suite: `fixed` octets (SPI, sequence number, IV, ICV) and `trailer`
/// (pad length, next header) after padding to `alignment` (RFC 4303 section 2.4).
struct EspCost {
    std::size_t fixed = 0;
    std::size_t trailer = 2;
    std::size_t alignment = 4;

    constexpr std::size_t datagram(std::size_t inner) const {
        return fixed + (inner + trailer + alignment - 1) / alignment * alignment;
    }
    constexpr std::size_t inner(std::size_t datagram) const {
        const auto room = datagram > fixed ? (datagram - fixed) / alignment * alignment : 0;
        return room > trailer ? room - trailer : 0;
    }
};

}  // namespace ike
