#pragma once
// Transport mode (RFC 4303 section 3.1.1): what ESP carries of an IP packet between two hosts, and the packet
// again at the other end, whose IP header is made anew.
#include <optional>

#include "libike/base/address.hpp"

namespace ike::esp {

/// Room that an IP header needs before the octets it is written for.
inline constexpr std::size_t transport_room = 40;

/// What is behind an IP header.
struct Carried {
    ByteView octets;
    std::uint8_t protocol = 0;
};
/// Nothing for fragments (ESP protects whole datagrams only, section 3.3.4), IPv4 options, and IPv6 extension
/// headers that would have to stay outside: they cannot be said in the outer header, which is the sockets'.
std::optional<Carried> transport_payload(ByteView packet);

/// The header of a packet as it left the tunnel.
struct TransportHeader {
    Address source, destination;  ///< of one family
    std::uint8_t protocol = 0;
    std::uint8_t traffic_class = 0;  ///< the outer header's
};
/// Writes the header into `octets` so that it ends where the payload begins, at transport_room; the packet.
/// Empty where the payload is beyond what IP can carry.
MutableBytes wrap_transport(const TransportHeader& header, MutableBytes octets);

/// Changes TCP, UDP and ICMPv6 checksums that cover `from` addresses to the packet's own (RFC 3948 section
/// 3.1.2). Checksums that were wrong stay so; a UDP checksum of 0 stays 0.
void fix_checksum(MutableBytes packet, const Address& from_source, const Address& from_destination);

}  // namespace ike::esp
