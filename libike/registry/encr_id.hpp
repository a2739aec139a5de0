#pragma once
// "Transform Type 1 - Encryption Algorithm Transform IDs".
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 16-bit value is a legal EncrId; some have names.
enum class EncrId : std::uint16_t {
    des_iv64 = 1,
    des = 2,
    triple_des = 3,
    rc5 = 4,
    idea = 5,
    cast = 6,
    blowfish = 7,
    triple_idea = 8,
    des_iv32 = 9,
    null_encr = 11,
    aes_cbc = 12,
    aes_ctr = 13,
    aes_ccm_8 = 14,
    aes_ccm_12 = 15,
    aes_ccm_16 = 16,
    aes_gcm_8 = 18,
    aes_gcm_12 = 19,
    aes_gcm_16 = 20,
    null_auth_aes_gmac = 21,
    camellia_cbc = 23,
    camellia_ctr = 24,
    camellia_ccm_8 = 25,
    camellia_ccm_12 = 26,
    camellia_ccm_16 = 27,
    chacha20_poly1305 = 28,
    aes_ccm_8_iiv = 29,
    aes_gcm_16_iiv = 30,
    chacha20_poly1305_iiv = 31,
    kuznyechik_mgm_ktree = 32,
    magma_mgm_ktree = 33,
    kuznyechik_mgm_mac_ktree = 34,
    magma_mgm_mac_ktree = 35,
};
/// The registry, by value. Where IANA has no specification the reference is empty.
inline constexpr auto encr_ids = registry<EncrId>(
    {
        {EncrId::des_iv64, "ENCR_DES_IV64", ""},
        {EncrId::des, "ENCR_DES", "RFC 2405, RFC 9395"},
        {EncrId::triple_des, "ENCR_3DES", "RFC 2451"},
        {EncrId::rc5, "ENCR_RC5", "RFC 2451, RFC 9395"},
        {EncrId::idea, "ENCR_IDEA", "RFC 2451, RFC 9395"},
        {EncrId::cast, "ENCR_CAST", "RFC 2451, RFC 9395"},
        {EncrId::blowfish, "ENCR_BLOWFISH", "RFC 2451, RFC 9395"},
        {EncrId::triple_idea, "ENCR_3IDEA", "RFC 2451, RFC 9395"},
        {EncrId::des_iv32, "ENCR_DES_IV32", ""},
        {EncrId::null_encr, "ENCR_NULL", "RFC 2410"},
        {EncrId::aes_cbc, "ENCR_AES_CBC", "RFC 3602"},
        {EncrId::aes_ctr, "ENCR_AES_CTR", "RFC 5930"},
        {EncrId::aes_ccm_8, "ENCR_AES_CCM_8", "RFC 5282"},
        {EncrId::aes_ccm_12, "ENCR_AES_CCM_12", "RFC 5282"},
        {EncrId::aes_ccm_16, "ENCR_AES_CCM_16", "RFC 5282"},
        {EncrId::aes_gcm_8, "ENCR_AES_GCM_8", "RFC 5282"},
        {EncrId::aes_gcm_12, "ENCR_AES_GCM_12", "RFC 5282"},
        {EncrId::aes_gcm_16, "ENCR_AES_GCM_16", "RFC 5282"},
        {EncrId::null_auth_aes_gmac, "ENCR_NULL_AUTH_AES_GMAC", "RFC 4543"},
        {EncrId::camellia_cbc, "ENCR_CAMELLIA_CBC", "RFC 5529"},
        {EncrId::camellia_ctr, "ENCR_CAMELLIA_CTR", "RFC 5529"},
        {EncrId::camellia_ccm_8, "ENCR_CAMELLIA_CCM_8", "RFC 5529"},
        {EncrId::camellia_ccm_12, "ENCR_CAMELLIA_CCM_12", "RFC 5529"},
        {EncrId::camellia_ccm_16, "ENCR_CAMELLIA_CCM_16", "RFC 5529"},
        {EncrId::chacha20_poly1305, "ENCR_CHACHA20_POLY1305", "RFC 7634"},
        {EncrId::aes_ccm_8_iiv, "ENCR_AES_CCM_8_IIV", "RFC 8750"},
        {EncrId::aes_gcm_16_iiv, "ENCR_AES_GCM_16_IIV", "RFC 8750"},
        {EncrId::chacha20_poly1305_iiv, "ENCR_CHACHA20_POLY1305_IIV", "RFC 8750"},
        {EncrId::kuznyechik_mgm_ktree, "ENCR_KUZNYECHIK_MGM_KTREE", "RFC 9227"},
        {EncrId::magma_mgm_ktree, "ENCR_MAGMA_MGM_KTREE", "RFC 9227"},
        {EncrId::kuznyechik_mgm_mac_ktree, "ENCR_KUZNYECHIK_MGM_MAC_KTREE", "RFC 9227"},
        {EncrId::magma_mgm_mac_ktree, "ENCR_MAGMA_MGM_MAC_KTREE", "RFC 9227"},
    },
    {{0, 0, RangeKind::reserved},
     {10, 10, RangeKind::reserved},
     {22, 22, RangeKind::reserved},
     {1024, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(EncrId) { return encr_ids; }

}  // namespace ike
