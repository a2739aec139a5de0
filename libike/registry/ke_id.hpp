#pragma once
// "Transform Type 4 - Key Exchange Method Transform IDs": also of types 6 to 12 and of the KE payload.
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 16-bit value is a legal KeId; some have names.
enum class KeId : std::uint16_t {
    none = 0,
    modp_768 = 1,
    modp_1024 = 2,
    modp_1536 = 5,
    modp_2048 = 14,
    modp_3072 = 15,
    modp_4096 = 16,
    modp_6144 = 17,
    modp_8192 = 18,
    ecp_256 = 19,
    ecp_384 = 20,
    ecp_521 = 21,
    modp_1024_160 = 22,
    modp_2048_224 = 23,
    modp_2048_256 = 24,
    ecp_192 = 25,
    ecp_224 = 26,
    brainpool_p224 = 27,
    brainpool_p256 = 28,
    brainpool_p384 = 29,
    brainpool_p512 = 30,
    x25519 = 31,
    x448 = 32,
    gost3410_2012_256 = 33,
    gost3410_2012_512 = 34,
    ml_kem_512 = 35,
    ml_kem_768 = 36,
    ml_kem_1024 = 37,
};
/// The registry, by value.
inline constexpr auto ke_ids = registry<KeId>(
    {
        {KeId::none, "NONE", "RFC 7296"},
        {KeId::modp_768, "768-bit MODP Group", "RFC 6989, RFC 9395"},
        {KeId::modp_1024, "1024-bit MODP Group", "RFC 6989"},
        {KeId::modp_1536, "1536-bit MODP Group", "RFC 3526"},
        {KeId::modp_2048, "2048-bit MODP Group", "RFC 3526"},
        {KeId::modp_3072, "3072-bit MODP Group", "RFC 3526"},
        {KeId::modp_4096, "4096-bit MODP Group", "RFC 3526"},
        {KeId::modp_6144, "6144-bit MODP Group", "RFC 3526"},
        {KeId::modp_8192, "8192-bit MODP Group", "RFC 3526"},
        {KeId::ecp_256, "256-bit random ECP group", "RFC 5903"},
        {KeId::ecp_384, "384-bit random ECP group", "RFC 5903"},
        {KeId::ecp_521, "521-bit random ECP group", "RFC 5903"},
        {KeId::modp_1024_160, "1024-bit MODP Group with 160-bit Prime Order Subgroup", "RFC 5114, RFC 9395"},
        {KeId::modp_2048_224, "2048-bit MODP Group with 224-bit Prime Order Subgroup", "RFC 5114"},
        {KeId::modp_2048_256, "2048-bit MODP Group with 256-bit Prime Order Subgroup", "RFC 5114"},
        {KeId::ecp_192, "192-bit Random ECP Group", "RFC 5114"},
        {KeId::ecp_224, "224-bit Random ECP Group", "RFC 5114"},
        {KeId::brainpool_p224, "brainpoolP224r1", "RFC 6954"},
        {KeId::brainpool_p256, "brainpoolP256r1", "RFC 6954"},
        {KeId::brainpool_p384, "brainpoolP384r1", "RFC 6954"},
        {KeId::brainpool_p512, "brainpoolP512r1", "RFC 6954"},
        {KeId::x25519, "Curve25519", "RFC 8031"},
        {KeId::x448, "Curve448", "RFC 8031"},
        {KeId::gost3410_2012_256, "GOST3410_2012_256", "RFC 9385"},
        {KeId::gost3410_2012_512, "GOST3410_2012_512", "RFC 9385"},
        {KeId::ml_kem_512, "ml-kem-512", "draft-ietf-ipsecme-ikev2-mlkem"},
        {KeId::ml_kem_768, "ml-kem-768", "draft-ietf-ipsecme-ikev2-mlkem"},
        {KeId::ml_kem_1024, "ml-kem-1024", "draft-ietf-ipsecme-ikev2-mlkem"},
    },
    {{3, 4, RangeKind::reserved}, {6, 13, RangeKind::reserved}, {1024, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(KeId) { return ke_ids; }

}  // namespace ike
