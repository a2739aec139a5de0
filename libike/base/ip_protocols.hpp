#pragma once
// What an IPv4 header's Protocol and an IPv6 header's Next Header call what follows (IANA, Protocol Numbers).
#include <cstdint>

namespace ike {

inline constexpr std::uint8_t protocol_icmp = 1, protocol_tcp = 6, protocol_udp = 17, protocol_esp = 50,
                              protocol_ah = 51, protocol_icmp6 = 58;
/// Extension headers of IPv6 (RFC 8200 section 4, RFC 7045 section 4).
inline constexpr std::uint8_t protocol_hop_by_hop = 0, protocol_routing = 43, protocol_fragment = 44,
                              protocol_destination_options = 60, protocol_mobility = 135, protocol_hip = 139,
                              protocol_shim6 = 140;

}  // namespace ike
