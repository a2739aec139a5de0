#pragma once
// ECN and DSCP of tunnelled packets (RFC 6040, RFC 4301 section 5.1.2).
#include <cstdint>
#include <optional>

#include "libike/base/octets.hpp"

namespace ike::esp {

/// The two bits of RFC 3168 section 5.
enum class Ecn : std::uint8_t { not_ect = 0, ect1 = 1, ect0 = 2, ce = 3 };

/// RFC 6040 figure 4: the ECN field that an inner packet leaves the tunnel with; nothing: it is dropped.
std::optional<Ecn> decapsulated(Ecn inner, Ecn outer);

/// DSCP and ECN of an IPv4 or IPv6 packet, which must have its whole header.
std::uint8_t traffic_class(ByteView packet);
/// Sets the ECN field; the IPv4 header checksum follows (RFC 1624).
void set_ecn(MutableBytes packet, Ecn ecn);

}  // namespace ike::esp
