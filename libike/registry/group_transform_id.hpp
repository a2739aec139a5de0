#pragma once
// The transform types that only Group IKEv2 uses (RFC 9838).
#include "libike/registry/registry.hpp"

namespace ike {

/// "Transform Type 13 - Key Wrap Algorithm Transform IDs".
enum class KeyWrapId : std::uint16_t {
    kw_5649_128 = 1,
    kw_5649_192 = 2,
    kw_5649_256 = 3,
    kw_arx = 4,
};
/// The registry, by value.
inline constexpr auto key_wrap_ids = registry<KeyWrapId>(
    {
        {KeyWrapId::kw_5649_128, "KW_5649_128", "RFC 9838"},
        {KeyWrapId::kw_5649_192, "KW_5649_192", "RFC 9838"},
        {KeyWrapId::kw_5649_256, "KW_5649_256", "RFC 9838"},
        {KeyWrapId::kw_arx, "KW_ARX", "RFC 9838"},
    },
    {{0, 0, RangeKind::reserved}, {1024, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(KeyWrapId) { return key_wrap_ids; }

/// "Transform Type 14 - Group Controller Authentication Method Transform IDs".
enum class GroupControllerAuth : std::uint16_t {
    implicit = 1,
    digital_signature = 2,
};
/// The registry, by value.
inline constexpr auto group_controller_auths = registry<GroupControllerAuth>(
    {
        {GroupControllerAuth::implicit, "Implicit", "RFC 9838"},
        {GroupControllerAuth::digital_signature, "Digital Signature", "RFC 9838"},
    },
    {{0, 0, RangeKind::reserved}, {1024, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(GroupControllerAuth) { return group_controller_auths; }

}  // namespace ike
