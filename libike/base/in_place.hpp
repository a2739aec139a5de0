#pragma once
// Fields of packets that are there already, written in network order.
#include "libike/base/octets.hpp"

namespace ike {

/// The low 16 bits of `value` at octets `at` and `at + 1`, which must exist.
inline void put16(MutableBytes octets, std::size_t at, std::size_t value) {
    octets[at] = static_cast<std::uint8_t>(value >> 8);
    octets[at + 1] = static_cast<std::uint8_t>(value);
}

}  // namespace ike
