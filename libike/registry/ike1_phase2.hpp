#pragma once
// What phase 2 of IKEv1 negotiates: transforms and attributes of the IPsec DOI (RFC 2407 section 4).
#include "libike/registry/registry.hpp"

namespace ike::ike1 {

/// "IPSEC ESP Transform Identifiers".
enum class EspTransform : std::uint8_t {
    esp_des_iv64 = 1,
    esp_des = 2,
    esp_3des = 3,
    esp_rc5 = 4,
    esp_idea = 5,
    esp_cast = 6,
    esp_blowfish = 7,
    esp_3idea = 8,
    esp_des_iv32 = 9,
    esp_rc4 = 10,
    esp_null = 11,
    esp_aes_cbc = 12,
    esp_aes_ctr = 13,
    esp_aes_ccm_8 = 14,
    esp_aes_ccm_12 = 15,
    esp_aes_ccm_16 = 16,
    esp_aes_gcm_8 = 18,
    esp_aes_gcm_12 = 19,
    esp_aes_gcm_16 = 20,
    esp_seed_cbc = 21,
    esp_camellia = 22,
    esp_null_auth_aes_gmac = 23,
};
/// The registry, by value.
inline constexpr auto esp_transforms = registry<EspTransform>(
    {
        {EspTransform::esp_des_iv64, "ESP_DES_IV64", "RFC 2407"},
        {EspTransform::esp_des, "ESP_DES", "RFC 2407"},
        {EspTransform::esp_3des, "ESP_3DES", "RFC 2407"},
        {EspTransform::esp_rc5, "ESP_RC5", "RFC 2407"},
        {EspTransform::esp_idea, "ESP_IDEA", "RFC 2407"},
        {EspTransform::esp_cast, "ESP_CAST", "RFC 2407"},
        {EspTransform::esp_blowfish, "ESP_BLOWFISH", "RFC 2407"},
        {EspTransform::esp_3idea, "ESP_3IDEA", "RFC 2407"},
        {EspTransform::esp_des_iv32, "ESP_DES_IV32", "RFC 2407"},
        {EspTransform::esp_rc4, "ESP_RC4", "RFC 2407"},
        {EspTransform::esp_null, "ESP_NULL", "RFC 2407"},
        {EspTransform::esp_aes_cbc, "ESP_AES-CBC", "RFC 3602"},
        {EspTransform::esp_aes_ctr, "ESP_AES-CTR", "RFC 3686"},
        {EspTransform::esp_aes_ccm_8, "ESP_AES-CCM_8", "RFC 4309"},
        {EspTransform::esp_aes_ccm_12, "ESP_AES-CCM_12", "RFC 4309"},
        {EspTransform::esp_aes_ccm_16, "ESP_AES-CCM_16", "RFC 4309"},
        {EspTransform::esp_aes_gcm_8, "ESP_AES-GCM_8", "RFC 4106"},
        {EspTransform::esp_aes_gcm_12, "ESP_AES-GCM_12", "RFC 4106"},
        {EspTransform::esp_aes_gcm_16, "ESP_AES-GCM_16", "RFC 4106"},
        {EspTransform::esp_seed_cbc, "ESP_SEED_CBC", "RFC 4196"},
        {EspTransform::esp_camellia, "ESP_CAMELLIA", "RFC 4312"},
        {EspTransform::esp_null_auth_aes_gmac, "ESP_NULL_AUTH_AES-GMAC", "RFC 4543"},
    },
    {{0, 0, RangeKind::reserved}, {249, 255, RangeKind::private_use}});
constexpr const auto& registry_of(EspTransform) { return esp_transforms; }

/// "IPSEC AH Transform Identifiers".
enum class AhTransform : std::uint8_t {
    ah_md5 = 2,
    ah_sha = 3,
    ah_des = 4,
    ah_sha2_256 = 5,
    ah_sha2_384 = 6,
    ah_sha2_512 = 7,
    ah_ripemd = 8,
    ah_aes_xcbc_mac = 9,
    ah_rsa = 10,
    ah_aes_128_gmac = 11,
    ah_aes_192_gmac = 12,
    ah_aes_256_gmac = 13,
};
/// The registry, by value.
inline constexpr auto ah_transforms = registry<AhTransform>(
    {
        {AhTransform::ah_md5, "AH_MD5", "RFC 2407"},
        {AhTransform::ah_sha, "AH_SHA", "RFC 2407"},
        {AhTransform::ah_des, "AH_DES", "RFC 2407"},
        {AhTransform::ah_sha2_256, "AH_SHA2-256", "RFC 4868"},
        {AhTransform::ah_sha2_384, "AH_SHA2-384", "RFC 4868"},
        {AhTransform::ah_sha2_512, "AH_SHA2-512", "RFC 4868"},
        {AhTransform::ah_ripemd, "AH_RIPEMD", "RFC 2857"},
        {AhTransform::ah_aes_xcbc_mac, "AH_AES-XCBC-MAC", "RFC 3566"},
        {AhTransform::ah_rsa, "AH_RSA", "RFC 4359"},
        {AhTransform::ah_aes_128_gmac, "AH_AES-128-GMAC", "RFC 4543"},
        {AhTransform::ah_aes_192_gmac, "AH_AES-192-GMAC", "RFC 4543"},
        {AhTransform::ah_aes_256_gmac, "AH_AES-256-GMAC", "RFC 4543"},
    },
    {{0, 1, RangeKind::reserved}, {249, 255, RangeKind::private_use}});
constexpr const auto& registry_of(AhTransform) { return ah_transforms; }

/// "IPSEC Security Association Attributes".
enum class Phase2Attribute : std::uint16_t {
    sa_life_type = 1,
    sa_life_duration = 2,
    group_description = 3,
    encapsulation_mode = 4,
    authentication_algorithm = 5,
    key_length = 6,
    key_rounds = 7,
    compress_dictionary_size = 8,
    compress_private_algorithm = 9,
    ecn_tunnel = 10,
    extended_64_bit_sequence_number = 11,
    authentication_key_length = 12,
    signature_encoding_algorithm = 13,
    address_preservation = 14,
    sa_direction = 15,
};
/// The registry, by value.
inline constexpr auto phase2_attributes = registry<Phase2Attribute>(
    {
        {Phase2Attribute::sa_life_type, "SA Life Type", "RFC 2407"},
        {Phase2Attribute::sa_life_duration, "SA Life Duration", "RFC 2407"},
        {Phase2Attribute::group_description, "Group Description", "RFC 2407"},
        {Phase2Attribute::encapsulation_mode, "Encapsulation Mode", "RFC 2407"},
        {Phase2Attribute::authentication_algorithm, "Authentication Algorithm", "RFC 2407"},
        {Phase2Attribute::key_length, "Key Length", "RFC 2407"},
        {Phase2Attribute::key_rounds, "Key Rounds", "RFC 2407"},
        {Phase2Attribute::compress_dictionary_size, "Compress Dictionary Size", "RFC 2407"},
        {Phase2Attribute::compress_private_algorithm, "Compress Private Algorithm", "RFC 2407"},
        {Phase2Attribute::ecn_tunnel, "ECN Tunnel", "RFC 3168"},
        {Phase2Attribute::extended_64_bit_sequence_number, "Extended (64-bit) Sequence Number", "RFC 4304"},
        {Phase2Attribute::authentication_key_length, "Authentication Key Length", "RFC 4359"},
        {Phase2Attribute::signature_encoding_algorithm, "Signature Encoding Algorithm", "RFC 4359"},
        {Phase2Attribute::address_preservation, "Address Preservation", "RFC 6407"},
        {Phase2Attribute::sa_direction, "SA Direction", "RFC 6407"},
    },
    {{0, 0, RangeKind::reserved}, {32001, 32767, RangeKind::private_use}});
constexpr const auto& registry_of(Phase2Attribute) { return phase2_attributes; }

/// "Encapsulation Mode (Value 4)", with what the NAT traversal drafts took from the private range.
enum class EncapsulationMode : std::uint16_t {
    tunnel = 1,
    transport = 2,
    udp_encapsulated_tunnel = 3,
    udp_encapsulated_transport = 4,
    udp_encapsulated_tunnel_draft = 61443,
    udp_encapsulated_transport_draft = 61444,
};
/// The registry, by value.
inline constexpr auto encapsulation_modes = registry<EncapsulationMode>(
    {
        {EncapsulationMode::tunnel, "Tunnel", "RFC 2407"},
        {EncapsulationMode::transport, "Transport", "RFC 2407"},
        {EncapsulationMode::udp_encapsulated_tunnel, "UDP-Encapsulated-Tunnel", "RFC 3947"},
        {EncapsulationMode::udp_encapsulated_transport, "UDP-Encapsulated-Transport", "RFC 3947"},
        {EncapsulationMode::udp_encapsulated_tunnel_draft, "UDP-Encapsulated-Tunnel (draft)",
         "draft-ietf-ipsec-nat-t-ike"},
        {EncapsulationMode::udp_encapsulated_transport_draft, "UDP-Encapsulated-Transport (draft)",
         "draft-ietf-ipsec-nat-t-ike"},
    },
    {{0, 0, RangeKind::reserved},
     {61440, 61442, RangeKind::private_use},
     {61445, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(EncapsulationMode) { return encapsulation_modes; }

/// "Authentication Algorithm (Value 5)".
enum class AuthAlgorithm : std::uint16_t {
    hmac_md5 = 1,
    hmac_sha = 2,
    des_mac = 3,
    kpdk = 4,
    hmac_sha2_256 = 5,
    hmac_sha2_384 = 6,
    hmac_sha2_512 = 7,
    hmac_ripemd = 8,
    aes_xcbc_mac = 9,
    sig_rsa = 10,
    aes_128_gmac = 11,
    aes_192_gmac = 12,
    aes_256_gmac = 13,
};
/// The registry, by value.
inline constexpr auto auth_algorithms = registry<AuthAlgorithm>(
    {
        {AuthAlgorithm::hmac_md5, "HMAC-MD5", "RFC 2407"},
        {AuthAlgorithm::hmac_sha, "HMAC-SHA", "RFC 2407"},
        {AuthAlgorithm::des_mac, "DES-MAC", "RFC 2407"},
        {AuthAlgorithm::kpdk, "KPDK", "RFC 2407"},
        {AuthAlgorithm::hmac_sha2_256, "HMAC-SHA2-256", "RFC 4868"},
        {AuthAlgorithm::hmac_sha2_384, "HMAC-SHA2-384", "RFC 4868"},
        {AuthAlgorithm::hmac_sha2_512, "HMAC-SHA2-512", "RFC 4868"},
        {AuthAlgorithm::hmac_ripemd, "HMAC-RIPEMD", "RFC 2857"},
        {AuthAlgorithm::aes_xcbc_mac, "AES-XCBC-MAC", "RFC 3566"},
        {AuthAlgorithm::sig_rsa, "SIG-RSA", "RFC 4359"},
        {AuthAlgorithm::aes_128_gmac, "AES-128-GMAC", "RFC 4543"},
        {AuthAlgorithm::aes_192_gmac, "AES-192-GMAC", "RFC 4543"},
        {AuthAlgorithm::aes_256_gmac, "AES-256-GMAC", "RFC 4543"},
    },
    {{0, 0, RangeKind::reserved}, {61440, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(AuthAlgorithm) { return auth_algorithms; }

}  // namespace ike::ike1
