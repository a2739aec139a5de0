#pragma once
// "Transform Type 2 - Pseudorandom Function Transform IDs".
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 16-bit value is a legal PrfId; some have names.
enum class PrfId : std::uint16_t {
    hmac_md5 = 1,
    hmac_sha1 = 2,
    hmac_tiger = 3,
    aes128_xcbc = 4,
    hmac_sha2_256 = 5,
    hmac_sha2_384 = 6,
    hmac_sha2_512 = 7,
    aes128_cmac = 8,
    hmac_streebog_512 = 9,
};
/// The registry, by value.
inline constexpr auto prf_ids = registry<PrfId>(
    {
        {PrfId::hmac_md5, "PRF_HMAC_MD5", "RFC 2104, RFC 9395"},
        {PrfId::hmac_sha1, "PRF_HMAC_SHA1", "RFC 2104"},
        {PrfId::hmac_tiger, "PRF_HMAC_TIGER", "RFC 2104, RFC 9395"},
        {PrfId::aes128_xcbc, "PRF_AES128_XCBC", "RFC 4434"},
        {PrfId::hmac_sha2_256, "PRF_HMAC_SHA2_256", "RFC 4868"},
        {PrfId::hmac_sha2_384, "PRF_HMAC_SHA2_384", "RFC 4868"},
        {PrfId::hmac_sha2_512, "PRF_HMAC_SHA2_512", "RFC 4868"},
        {PrfId::aes128_cmac, "PRF_AES128_CMAC", "RFC 4615"},
        {PrfId::hmac_streebog_512, "PRF_HMAC_STREEBOG_512", "RFC 9385"},
    },
    {{0, 0, RangeKind::reserved}, {1024, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(PrfId) { return prf_ids; }

}  // namespace ike
