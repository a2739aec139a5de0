#pragma once
// "Transform Type 5 - Sequence Numbers Transform IDs", once "Extended Sequence Numbers".
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 16-bit value is a legal SequenceNumbers; some have names.
enum class SequenceNumbers : std::uint16_t {
    no_esn = 0,
    esn = 1,
    unspecified_32 = 2,
};
/// The registry, by value.
inline constexpr auto sequence_numbers = registry<SequenceNumbers>(
    {
        {SequenceNumbers::no_esn, "32-bit Sequential Numbers", "RFC 7296, RFC 9827"},
        {SequenceNumbers::esn, "Partially Transmitted 64-bit Sequential Numbers", "RFC 7296, RFC 9827"},
        {SequenceNumbers::unspecified_32, "32-bit Unspecified Numbers", "RFC 9827"},
    },
    {{1024, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(SequenceNumbers) { return sequence_numbers; }

}  // namespace ike
