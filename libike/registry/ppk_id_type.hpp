#pragma once
// "IKEv2 Post-quantum Preshared Key ID Types": in PPK_IDENTITY notifications (RFC 8784 section 5.1).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal PpkIdType; some have names.
enum class PpkIdType : std::uint8_t {
    opaque = 1,
    fixed = 2,
};
/// The registry, by value.
inline constexpr auto ppk_id_types = registry<PpkIdType>(
    {
        {PpkIdType::opaque, "PPK_ID_OPAQUE", "RFC 8784"},
        {PpkIdType::fixed, "PPK_ID_FIXED", "RFC 8784"},
    },
    {{0, 0, RangeKind::reserved}, {128, 255, RangeKind::private_use}});
constexpr const auto& registry_of(PpkIdType) { return ppk_id_types; }

}  // namespace ike
