#pragma once
// ICMP errors, and the IPsec packet that one quotes (RFC 792, RFC 4443, RFC 4884).
#include "libike/capture/recognise.hpp"

namespace ike {

/// The beginning of a packet that an ICMP error quotes.
struct QuotedPacket {
    Endpoint source, destination;
    std::uint8_t protocol = 0;
    Kind kind = Kind::other;
    std::size_t length = 0;  ///< of the whole IP packet, as its header says
    /// ESP and AH, as far as quoted.
    std::optional<std::uint32_t> spi, sequence;
    /// IKE, as far as quoted.
    std::optional<Header> ike;
};

/// An ICMP message of either family.
struct IcmpObservation {
    bool readable = false;
    bool v6 = false;
    std::uint8_t type = 0, code = 0;
    std::string_view name;  ///< "fragmentation needed"; empty where there is none here
    bool error = false;     ///< it quotes the packet it is about
    std::optional<std::uint32_t> mtu;
    std::optional<QuotedPacket> quoted;
};
/// `octets` after the IP header.
IcmpObservation read_icmp(ByteView octets, bool v6);
/// "echo request", "port unreachable", "packet too big"; empty where there is no name here.
std::string_view icmp_name(std::uint8_t type, std::uint8_t code, bool v6);

}  // namespace ike
