#pragma once
// "IKEv2 Secure Password Methods": in SECURE_PASSWORD_METHODS notifications (RFC 6467 section 3).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 16-bit value is a legal SecurePasswordMethod; some have names.
enum class SecurePasswordMethod : std::uint16_t {
    pace = 1,
    augpake = 2,
    secure_psk = 3,
};
/// The registry, by value.
inline constexpr auto secure_password_methods = registry<SecurePasswordMethod>(
    {
        {SecurePasswordMethod::pace, "PACE", "RFC 6631"},
        {SecurePasswordMethod::augpake, "AugPAKE", "RFC 6628"},
        {SecurePasswordMethod::secure_psk, "Secure PSK Authentication", "RFC 6617"},
    },
    {{0, 0, RangeKind::reserved}, {1024, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(SecurePasswordMethod) { return secure_password_methods; }

}  // namespace ike
