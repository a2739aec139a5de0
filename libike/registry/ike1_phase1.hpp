#pragma once
// What phase 1 of IKEv1 negotiates: the attributes of RFC 2409 appendix A and their values.
#include "libike/registry/registry.hpp"

namespace ike::ike1 {

/// "Attribute Classes" of "Internet Key Exchange (IKE) Attributes".
enum class Phase1Attribute : std::uint16_t {
    encryption_algorithm = 1,
    hash_algorithm = 2,
    authentication_method = 3,
    group_description = 4,
    group_type = 5,
    group_prime = 6,
    group_generator_one = 7,
    group_generator_two = 8,
    group_curve_a = 9,
    group_curve_b = 10,
    life_type = 11,
    life_duration = 12,
    prf = 13,
    key_length = 14,
    field_size = 15,
    group_order = 16,
};
/// The registry, by value.
inline constexpr auto phase1_attributes = registry<Phase1Attribute>(
    {
        {Phase1Attribute::encryption_algorithm, "Encryption Algorithm", "RFC 2409"},
        {Phase1Attribute::hash_algorithm, "Hash Algorithm", "RFC 2409"},
        {Phase1Attribute::authentication_method, "Authentication Method", "RFC 2409"},
        {Phase1Attribute::group_description, "Group Description", "RFC 2409"},
        {Phase1Attribute::group_type, "Group Type", "RFC 2409"},
        {Phase1Attribute::group_prime, "Group Prime/Irreducible Polynomial", "RFC 2409"},
        {Phase1Attribute::group_generator_one, "Group Generator One", "RFC 2409"},
        {Phase1Attribute::group_generator_two, "Group Generator Two", "RFC 2409"},
        {Phase1Attribute::group_curve_a, "Group Curve A", "RFC 2409"},
        {Phase1Attribute::group_curve_b, "Group Curve B", "RFC 2409"},
        {Phase1Attribute::life_type, "Life Type", "RFC 2409"},
        {Phase1Attribute::life_duration, "Life Duration", "RFC 2409"},
        {Phase1Attribute::prf, "PRF", "RFC 2409"},
        {Phase1Attribute::key_length, "Key Length", "RFC 2409"},
        {Phase1Attribute::field_size, "Field Size", "RFC 2409"},
        {Phase1Attribute::group_order, "Group Order", "RFC 2409"},
    },
    {{0, 0, RangeKind::reserved}, {16384, 32767, RangeKind::private_use}});
constexpr const auto& registry_of(Phase1Attribute) { return phase1_attributes; }

/// "Encryption Algorithm Class Values (Value 1)".
enum class Encryption : std::uint16_t {
    des_cbc = 1,
    idea_cbc = 2,
    blowfish_cbc = 3,
    rc5_r16_b64_cbc = 4,
    triple_des_cbc = 5,
    cast_cbc = 6,
    aes_cbc = 7,
    camellia_cbc = 8,
};
/// The registry, by value.
inline constexpr auto encryptions = registry<Encryption>(
    {
        {Encryption::des_cbc, "DES-CBC", "RFC 2409"},
        {Encryption::idea_cbc, "IDEA-CBC", "RFC 2409"},
        {Encryption::blowfish_cbc, "Blowfish-CBC", "RFC 2409"},
        {Encryption::rc5_r16_b64_cbc, "RC5-R16-B64-CBC", "RFC 2409"},
        {Encryption::triple_des_cbc, "3DES-CBC", "RFC 2409"},
        {Encryption::cast_cbc, "CAST-CBC", "RFC 2409"},
        {Encryption::aes_cbc, "AES-CBC", "RFC 3602"},
        {Encryption::camellia_cbc, "CAMELLIA-CBC", "RFC 4312"},
    },
    {{0, 0, RangeKind::reserved}, {65001, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(Encryption) { return encryptions; }

/// "Hash Algorithm (Value 2)".
enum class Hash : std::uint16_t {
    md5 = 1,
    sha = 2,
    tiger = 3,
    sha2_256 = 4,
    sha2_384 = 5,
    sha2_512 = 6,
};
/// The registry, by value.
inline constexpr auto hashes = registry<Hash>(
    {
        {Hash::md5, "MD5", "RFC 2409"},
        {Hash::sha, "SHA", "RFC 2409"},
        {Hash::tiger, "Tiger", "RFC 2409"},
        {Hash::sha2_256, "SHA2-256", "RFC 4868"},
        {Hash::sha2_384, "SHA2-384", "RFC 4868"},
        {Hash::sha2_512, "SHA2-512", "RFC 4868"},
    },
    {{0, 0, RangeKind::reserved}, {65001, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(Hash) { return hashes; }

/// "IPSEC Authentication Methods (Value 3)", with those of XAUTH and hybrid authentication from the private
/// range.
enum class AuthMethod : std::uint16_t {
    pre_shared_key = 1,
    dss_signatures = 2,
    rsa_signatures = 3,
    encryption_with_rsa = 4,
    revised_encryption_with_rsa = 5,
    ecdsa_sha256_p256 = 9,
    ecdsa_sha384_p384 = 10,
    ecdsa_sha512_p521 = 11,
    hybrid_init_rsa = 64221,
    hybrid_resp_rsa = 64222,
    hybrid_init_dss = 64223,
    hybrid_resp_dss = 64224,
    xauth_init_psk = 65001,
    xauth_resp_psk = 65002,
    xauth_init_dss = 65003,
    xauth_resp_dss = 65004,
    xauth_init_rsa = 65005,
    xauth_resp_rsa = 65006,
    xauth_init_rsa_encryption = 65007,
    xauth_resp_rsa_encryption = 65008,
    xauth_init_rsa_revised_encryption = 65009,
    xauth_resp_rsa_revised_encryption = 65010,
};
/// The registry, by value.
inline constexpr auto auth_methods = registry<AuthMethod>(
    {
        {AuthMethod::pre_shared_key, "pre-shared key", "RFC 2409"},
        {AuthMethod::dss_signatures, "DSS signatures", "RFC 2409"},
        {AuthMethod::rsa_signatures, "RSA signatures", "RFC 2409"},
        {AuthMethod::encryption_with_rsa, "Encryption with RSA", "RFC 2409"},
        {AuthMethod::revised_encryption_with_rsa, "Revised encryption with RSA", "RFC 2409"},
        {AuthMethod::ecdsa_sha256_p256, "ECDSA with SHA-256 on the P-256 curve", "RFC 4754"},
        {AuthMethod::ecdsa_sha384_p384, "ECDSA with SHA-384 on the P-384 curve", "RFC 4754"},
        {AuthMethod::ecdsa_sha512_p521, "ECDSA with SHA-512 on the P-521 curve", "RFC 4754"},
        {AuthMethod::hybrid_init_rsa, "HybridInitRSA", "draft-zegman-ike-hybrid-auth"},
        {AuthMethod::hybrid_resp_rsa, "HybridRespRSA", "draft-zegman-ike-hybrid-auth"},
        {AuthMethod::hybrid_init_dss, "HybridInitDSS", "draft-zegman-ike-hybrid-auth"},
        {AuthMethod::hybrid_resp_dss, "HybridRespDSS", "draft-zegman-ike-hybrid-auth"},
        {AuthMethod::xauth_init_psk, "XAUTHInitPreShared", "draft-ietf-ipsec-isakmp-xauth"},
        {AuthMethod::xauth_resp_psk, "XAUTHRespPreShared", "draft-ietf-ipsec-isakmp-xauth"},
        {AuthMethod::xauth_init_dss, "XAUTHInitDSS", "draft-ietf-ipsec-isakmp-xauth"},
        {AuthMethod::xauth_resp_dss, "XAUTHRespDSS", "draft-ietf-ipsec-isakmp-xauth"},
        {AuthMethod::xauth_init_rsa, "XAUTHInitRSA", "draft-ietf-ipsec-isakmp-xauth"},
        {AuthMethod::xauth_resp_rsa, "XAUTHRespRSA", "draft-ietf-ipsec-isakmp-xauth"},
        {AuthMethod::xauth_init_rsa_encryption, "XAUTHInitRSAEncryption", "draft-ietf-ipsec-isakmp-xauth"},
        {AuthMethod::xauth_resp_rsa_encryption, "XAUTHRespRSAEncryption", "draft-ietf-ipsec-isakmp-xauth"},
        {AuthMethod::xauth_init_rsa_revised_encryption, "XAUTHInitRSARevisedEncryption",
         "draft-ietf-ipsec-isakmp-xauth"},
        {AuthMethod::xauth_resp_rsa_revised_encryption, "XAUTHRespRSARevisedEncryption",
         "draft-ietf-ipsec-isakmp-xauth"},
    },
    {{0, 0, RangeKind::reserved}, {6, 8, RangeKind::reserved}, {65011, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(AuthMethod) { return auth_methods; }

/// "Group Description (Value 4)".
enum class Group : std::uint16_t {
    modp_768 = 1,
    modp_1024 = 2,
    ec2n_155 = 3,
    ec2n_185 = 4,
    modp_1536 = 5,
    ec2n_163_6 = 6,
    ec2n_163_7 = 7,
    ec2n_283_8 = 8,
    ec2n_283_9 = 9,
    ec2n_409_10 = 10,
    ec2n_409_11 = 11,
    ec2n_571_12 = 12,
    ec2n_571_13 = 13,
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
};
/// The registry, by value. The groups of 6 to 13 never left their draft.
inline constexpr auto groups = registry<Group>(
    {
        {Group::modp_768, "default 768-bit MODP group", "RFC 2409"},
        {Group::modp_1024, "alternate 1024-bit MODP group", "RFC 2409"},
        {Group::ec2n_155, "EC2N group on GP[2^155]", "RFC 2409"},
        {Group::ec2n_185, "EC2N group on GP[2^185]", "RFC 2409"},
        {Group::modp_1536, "1536-bit MODP group", "RFC 3526"},
        {Group::ec2n_163_6, "EC2N group over GF[2^163]", "draft-ietf-ipsec-ike-ecc-groups"},
        {Group::ec2n_163_7, "EC2N group over GF[2^163]", "draft-ietf-ipsec-ike-ecc-groups"},
        {Group::ec2n_283_8, "EC2N group over GF[2^283]", "draft-ietf-ipsec-ike-ecc-groups"},
        {Group::ec2n_283_9, "EC2N group over GF[2^283]", "draft-ietf-ipsec-ike-ecc-groups"},
        {Group::ec2n_409_10, "EC2N group over GF[2^409]", "draft-ietf-ipsec-ike-ecc-groups"},
        {Group::ec2n_409_11, "EC2N group over GF[2^409]", "draft-ietf-ipsec-ike-ecc-groups"},
        {Group::ec2n_571_12, "EC2N group over GF[2^571]", "draft-ietf-ipsec-ike-ecc-groups"},
        {Group::ec2n_571_13, "EC2N group over GF[2^571]", "draft-ietf-ipsec-ike-ecc-groups"},
        {Group::modp_2048, "2048-bit MODP group", "RFC 3526"},
        {Group::modp_3072, "3072-bit MODP group", "RFC 3526"},
        {Group::modp_4096, "4096-bit MODP group", "RFC 3526"},
        {Group::modp_6144, "6144-bit MODP group", "RFC 3526"},
        {Group::modp_8192, "8192-bit MODP group", "RFC 3526"},
        {Group::ecp_256, "256-bit random ECP group", "RFC 5903"},
        {Group::ecp_384, "384-bit random ECP group", "RFC 5903"},
        {Group::ecp_521, "521-bit random ECP group", "RFC 5903"},
        {Group::modp_1024_160, "1024-bit MODP Group with 160-bit Prime Order Subgroup", "RFC 5114"},
        {Group::modp_2048_224, "2048-bit MODP Group with 224-bit Prime Order Subgroup", "RFC 5114"},
        {Group::modp_2048_256, "2048-bit MODP Group with 256-bit Prime Order Subgroup", "RFC 5114"},
        {Group::ecp_192, "192-bit Random ECP Group", "RFC 5114"},
        {Group::ecp_224, "224-bit Random ECP Group", "RFC 5114"},
        {Group::brainpool_p224, "224-bit Brainpool ECP group", "RFC 6932"},
        {Group::brainpool_p256, "256-bit Brainpool ECP group", "RFC 6932"},
        {Group::brainpool_p384, "384-bit Brainpool ECP group", "RFC 6932"},
        {Group::brainpool_p512, "512-bit Brainpool ECP group", "RFC 6932"},
    },
    {{0, 0, RangeKind::reserved}, {32768, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(Group) { return groups; }

/// "Group Type (Value 5)".
enum class GroupType : std::uint16_t {
    modp = 1,
    ecp = 2,
    ec2n = 3,
};
/// The registry, by value.
inline constexpr auto group_types = registry<GroupType>(
    {
        {GroupType::modp, "MODP (modular exponentiation group)", "RFC 2409"},
        {GroupType::ecp, "ECP (elliptic curve group over GF[P])", "RFC 2409"},
        {GroupType::ec2n, "EC2N (elliptic curve group over GF[2^N])", "RFC 2409"},
    },
    {{0, 0, RangeKind::reserved}, {65001, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(GroupType) { return group_types; }

/// "Life Type (Value 11)"; the IPsec DOI has the same two.
enum class LifeType : std::uint16_t {
    seconds = 1,
    kilobytes = 2,
};
/// The registry, by value.
inline constexpr auto life_types = registry<LifeType>(
    {
        {LifeType::seconds, "seconds", "RFC 2409"},
        {LifeType::kilobytes, "kilobytes", "RFC 2409"},
    },
    {{0, 0, RangeKind::reserved}, {65001, 65535, RangeKind::private_use}});
constexpr const auto& registry_of(LifeType) { return life_types; }

}  // namespace ike::ike1
