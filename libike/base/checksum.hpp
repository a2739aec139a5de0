#pragma once
// The Internet checksum (RFC 1071).
#include "libike/base/octets.hpp"

namespace ike {

/// Adds octets, an odd one padded with zero, to a running sum; only the last part may be odd.
inline std::uint64_t checksum_add(std::uint64_t sum, ByteView octets) {
    std::size_t i = 0;
    for (; i + 1 < octets.size(); i += 2) sum += static_cast<std::uint32_t>(octets[i] << 8 | octets[i + 1]);
    if (i < octets.size()) sum += static_cast<std::uint32_t>(octets[i] << 8);
    return sum;
}
/// The one's complement of the folded sum: 0 over data that carries a right checksum.
inline std::uint16_t checksum_finish(std::uint64_t sum) {
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

}  // namespace ike
