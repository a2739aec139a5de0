#pragma once
// "IKEv2 Hash Algorithms": in SIGNATURE_HASH_ALGORITHMS notifications (RFC 7427 section 4).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 16-bit value is a legal SignatureHash; some have names.
enum class SignatureHash : std::uint16_t {
    sha1 = 1,
    sha2_256 = 2,
    sha2_384 = 3,
    sha2_512 = 4,
    identity = 5,
    streebog_256 = 6,
    streebog_512 = 7,
};
/// The registry, by value.
inline constexpr auto signature_hashes = registry<SignatureHash>(
    {
        {SignatureHash::sha1, "SHA1", "RFC 7427"},
        {SignatureHash::sha2_256, "SHA2-256", "RFC 7427"},
        {SignatureHash::sha2_384, "SHA2-384", "RFC 7427"},
        {SignatureHash::sha2_512, "SHA2-512", "RFC 7427"},
        {SignatureHash::identity, "Identity", "RFC 8420"},
        {SignatureHash::streebog_256, "STREEBOG_256", "RFC 9385"},
        {SignatureHash::streebog_512, "STREEBOG_512", "RFC 9385"},
    },
    {{0, 0, RangeKind::reserved}, {1024, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(SignatureHash) { return signature_hashes; }

}  // namespace ike
