#pragma once
// "IKEv2 Authentication Method" (RFC 7296 section 3.8).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal AuthMethod; some have names.
enum class AuthMethod : std::uint8_t {
    rsa_digital_signature = 1,
    shared_key_mic = 2,
    dss_digital_signature = 3,
    ecdsa_sha256_p256 = 9,
    ecdsa_sha384_p384 = 10,
    ecdsa_sha512_p521 = 11,
    generic_secure_password = 12,
    null_authentication = 13,
    digital_signature = 14,
};
/// The registry, by value.
inline constexpr auto auth_methods = registry<AuthMethod>(
    {
        {AuthMethod::rsa_digital_signature, "RSA Digital Signature", "RFC 7296"},
        {AuthMethod::shared_key_mic, "Shared Key Message Integrity Code", "RFC 7296"},
        {AuthMethod::dss_digital_signature, "DSS Digital Signature", "RFC 7296"},
        {AuthMethod::ecdsa_sha256_p256, "ECDSA with SHA-256 on the P-256 curve", "RFC 4754"},
        {AuthMethod::ecdsa_sha384_p384, "ECDSA with SHA-384 on the P-384 curve", "RFC 4754"},
        {AuthMethod::ecdsa_sha512_p521, "ECDSA with SHA-512 on the P-521 curve", "RFC 4754"},
        {AuthMethod::generic_secure_password, "Generic Secure Password Authentication Method", "RFC 6467"},
        {AuthMethod::null_authentication, "NULL Authentication", "RFC 7619"},
        {AuthMethod::digital_signature, "Digital Signature", "RFC 7427"},
    },
    {{0, 0, RangeKind::reserved}, {201, 255, RangeKind::private_use}});
constexpr const auto& registry_of(AuthMethod) { return auth_methods; }

}  // namespace ike
