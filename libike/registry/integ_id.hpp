#pragma once
// "Transform Type 3 - Integrity Algorithm Transform IDs".
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 16-bit value is a legal IntegId; some have names.
enum class IntegId : std::uint16_t {
    none = 0,
    hmac_md5_96 = 1,
    hmac_sha1_96 = 2,
    des_mac = 3,
    kpdk_md5 = 4,
    aes_xcbc_96 = 5,
    hmac_md5_128 = 6,
    hmac_sha1_160 = 7,
    aes_cmac_96 = 8,
    aes_128_gmac = 9,
    aes_192_gmac = 10,
    aes_256_gmac = 11,
    hmac_sha2_256_128 = 12,
    hmac_sha2_384_192 = 13,
    hmac_sha2_512_256 = 14,
};
/// The registry, by value. Where IANA has no specification the reference is empty.
inline constexpr auto integ_ids = registry<IntegId>(
    {
        {IntegId::none, "NONE", "RFC 7296"},
        {IntegId::hmac_md5_96, "AUTH_HMAC_MD5_96", "RFC 2403, RFC 9395"},
        {IntegId::hmac_sha1_96, "AUTH_HMAC_SHA1_96", "RFC 2404"},
        {IntegId::des_mac, "AUTH_DES_MAC", "RFC 9395"},
        {IntegId::kpdk_md5, "AUTH_KPDK_MD5", "RFC 9395"},
        {IntegId::aes_xcbc_96, "AUTH_AES_XCBC_96", "RFC 3566"},
        {IntegId::hmac_md5_128, "AUTH_HMAC_MD5_128", "RFC 4595, RFC 9395"},
        {IntegId::hmac_sha1_160, "AUTH_HMAC_SHA1_160", "RFC 4595, RFC 9395"},
        {IntegId::aes_cmac_96, "AUTH_AES_CMAC_96", "RFC 4494"},
        {IntegId::aes_128_gmac, "AUTH_AES_128_GMAC", "RFC 4543"},
        {IntegId::aes_192_gmac, "AUTH_AES_192_GMAC", "RFC 4543"},
        {IntegId::aes_256_gmac, "AUTH_AES_256_GMAC", "RFC 4543"},
        {IntegId::hmac_sha2_256_128, "AUTH_HMAC_SHA2_256_128", "RFC 4868"},
        {IntegId::hmac_sha2_384_192, "AUTH_HMAC_SHA2_384_192", "RFC 4868"},
        {IntegId::hmac_sha2_512_256, "AUTH_HMAC_SHA2_512_256", "RFC 4868"},
    },
    {{1024, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(IntegId) { return integ_ids; }

}  // namespace ike
