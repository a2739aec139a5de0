#pragma once
// "IKEv2 Transform Attribute Types" (RFC 7296 section 3.3.5).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 15-bit value is a legal AttributeType; some have names.
enum class AttributeType : std::uint16_t {
    key_length = 14,
    signature_algorithm_identifier = 18,
};
/// The registry, by value.
inline constexpr auto attribute_types = registry<AttributeType>(
    {
        {AttributeType::key_length, "Key Length (in bits)", "RFC 7296"},
        {AttributeType::signature_algorithm_identifier, "Signature Algorithm Identifier", "RFC 9838"},
    },
    {{0, 13, RangeKind::reserved}, {15, 17, RangeKind::reserved}, {16384, 32767, RangeKind::private_use}});
constexpr const auto& registry_of(AttributeType) { return attribute_types; }

}  // namespace ike
