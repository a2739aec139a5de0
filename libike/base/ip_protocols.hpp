#pragma once
// What an IPv4 header's Protocol and an IPv6 header's Next Header call what follows (IANA, Protocol Numbers).
#include <cstdint>

namespace ike {

inline constexpr std::uint8_t protocol_icmp = 1, protocol_tcp = 6, protocol_udp = 17, protocol_esp = 50,
                              protocol_ah = 51, protocol_icmp6 = 58;

}  // namespace ike
