#include "libike/registry/keywords.hpp"

#include <algorithm>
#include <array>

#include "libike/registry/encr_id.hpp"
#include "libike/registry/ke_id.hpp"
#include "libike/registry/sequence_numbers.hpp"

namespace ike {
namespace {

constexpr Keyword row(std::string_view word, EncrId id) {
    return {word, TransformType::encr, static_cast<std::uint16_t>(id), {}};
}
constexpr Keyword row(std::string_view word, EncrId id, std::uint16_t key_length) {
    return {word, TransformType::encr, static_cast<std::uint16_t>(id), key_length};
}
constexpr Keyword row(std::string_view word, IntegId id) {
    return {word, TransformType::integ, static_cast<std::uint16_t>(id), {}};
}
constexpr Keyword row(std::string_view word, PrfId id) {
    return {word, TransformType::prf, static_cast<std::uint16_t>(id), {}};
}
constexpr Keyword row(std::string_view word, KeId id) {
    return {word, TransformType::ke, static_cast<std::uint16_t>(id), {}};
}
constexpr Keyword row(std::string_view word, SequenceNumbers id) {
    return {word, TransformType::sn, static_cast<std::uint16_t>(id), {}};
}

// "gcm16" counts the ICV in octets, "gcm128" in bits, "gcm" is the 16 octets of IKE. The compat word sends a
// key length that RFC 7634 section 4 forbids, as some old peers did.
constexpr std::array table{
    row("null", EncrId::null_encr),
    row("3des", EncrId::triple_des),
    row("des", EncrId::des),
    row("aes128", EncrId::aes_cbc, 128),
    row("aes192", EncrId::aes_cbc, 192),
    row("aes256", EncrId::aes_cbc, 256),
    row("aes", EncrId::aes_cbc, 128),
    row("aes128ctr", EncrId::aes_ctr, 128),
    row("aes192ctr", EncrId::aes_ctr, 192),
    row("aes256ctr", EncrId::aes_ctr, 256),
    row("aes128ccm16", EncrId::aes_ccm_16, 128),
    row("aes128ccm128", EncrId::aes_ccm_16, 128),
    row("aes128ccm12", EncrId::aes_ccm_12, 128),
    row("aes128ccm96", EncrId::aes_ccm_12, 128),
    row("aes128ccm8", EncrId::aes_ccm_8, 128),
    row("aes128ccm64", EncrId::aes_ccm_8, 128),
    row("aes128ccm", EncrId::aes_ccm_16, 128),
    row("aes192ccm16", EncrId::aes_ccm_16, 192),
    row("aes192ccm128", EncrId::aes_ccm_16, 192),
    row("aes192ccm12", EncrId::aes_ccm_12, 192),
    row("aes192ccm96", EncrId::aes_ccm_12, 192),
    row("aes192ccm8", EncrId::aes_ccm_8, 192),
    row("aes192ccm64", EncrId::aes_ccm_8, 192),
    row("aes192ccm", EncrId::aes_ccm_16, 192),
    row("aes256ccm16", EncrId::aes_ccm_16, 256),
    row("aes256ccm128", EncrId::aes_ccm_16, 256),
    row("aes256ccm12", EncrId::aes_ccm_12, 256),
    row("aes256ccm96", EncrId::aes_ccm_12, 256),
    row("aes256ccm8", EncrId::aes_ccm_8, 256),
    row("aes256ccm64", EncrId::aes_ccm_8, 256),
    row("aes256ccm", EncrId::aes_ccm_16, 256),
    row("aes128gcm16", EncrId::aes_gcm_16, 128),
    row("aes128gcm128", EncrId::aes_gcm_16, 128),
    row("aes128gcm12", EncrId::aes_gcm_12, 128),
    row("aes128gcm96", EncrId::aes_gcm_12, 128),
    row("aes128gcm8", EncrId::aes_gcm_8, 128),
    row("aes128gcm64", EncrId::aes_gcm_8, 128),
    row("aes128gcm", EncrId::aes_gcm_16, 128),
    row("aes192gcm16", EncrId::aes_gcm_16, 192),
    row("aes192gcm128", EncrId::aes_gcm_16, 192),
    row("aes192gcm12", EncrId::aes_gcm_12, 192),
    row("aes192gcm96", EncrId::aes_gcm_12, 192),
    row("aes192gcm8", EncrId::aes_gcm_8, 192),
    row("aes192gcm64", EncrId::aes_gcm_8, 192),
    row("aes192gcm", EncrId::aes_gcm_16, 192),
    row("aes256gcm16", EncrId::aes_gcm_16, 256),
    row("aes256gcm128", EncrId::aes_gcm_16, 256),
    row("aes256gcm12", EncrId::aes_gcm_12, 256),
    row("aes256gcm96", EncrId::aes_gcm_12, 256),
    row("aes256gcm8", EncrId::aes_gcm_8, 256),
    row("aes256gcm64", EncrId::aes_gcm_8, 256),
    row("aes256gcm", EncrId::aes_gcm_16, 256),
    // RFC 8750; strongSwan has no words for these.
    row("aes128ccm8iiv", EncrId::aes_ccm_8_iiv, 128),
    row("aes192ccm8iiv", EncrId::aes_ccm_8_iiv, 192),
    row("aes256ccm8iiv", EncrId::aes_ccm_8_iiv, 256),
    row("aes128gcm16iiv", EncrId::aes_gcm_16_iiv, 128),
    row("aes192gcm16iiv", EncrId::aes_gcm_16_iiv, 192),
    row("aes256gcm16iiv", EncrId::aes_gcm_16_iiv, 256),
    row("chacha20poly1305iiv", EncrId::chacha20_poly1305_iiv),
    row("aes128gmac", EncrId::null_auth_aes_gmac, 128),
    row("aes192gmac", EncrId::null_auth_aes_gmac, 192),
    row("aes256gmac", EncrId::null_auth_aes_gmac, 256),
    row("chacha20poly1305", EncrId::chacha20_poly1305),
    row("chacha20poly1305compat", EncrId::chacha20_poly1305, 256),
    row("camellia128", EncrId::camellia_cbc, 128),
    row("camellia192", EncrId::camellia_cbc, 192),
    row("camellia256", EncrId::camellia_cbc, 256),
    row("camellia", EncrId::camellia_cbc, 128),
    row("camellia128ctr", EncrId::camellia_ctr, 128),
    row("camellia192ctr", EncrId::camellia_ctr, 192),
    row("camellia256ctr", EncrId::camellia_ctr, 256),
    row("camellia128ccm16", EncrId::camellia_ccm_16, 128),
    row("camellia128ccm128", EncrId::camellia_ccm_16, 128),
    row("camellia128ccm12", EncrId::camellia_ccm_12, 128),
    row("camellia128ccm96", EncrId::camellia_ccm_12, 128),
    row("camellia128ccm8", EncrId::camellia_ccm_8, 128),
    row("camellia128ccm64", EncrId::camellia_ccm_8, 128),
    row("camellia192ccm16", EncrId::camellia_ccm_16, 192),
    row("camellia192ccm128", EncrId::camellia_ccm_16, 192),
    row("camellia192ccm12", EncrId::camellia_ccm_12, 192),
    row("camellia192ccm96", EncrId::camellia_ccm_12, 192),
    row("camellia192ccm8", EncrId::camellia_ccm_8, 192),
    row("camellia192ccm64", EncrId::camellia_ccm_8, 192),
    row("camellia256ccm16", EncrId::camellia_ccm_16, 256),
    row("camellia256ccm128", EncrId::camellia_ccm_16, 256),
    row("camellia256ccm12", EncrId::camellia_ccm_12, 256),
    row("camellia256ccm96", EncrId::camellia_ccm_12, 256),
    row("camellia256ccm8", EncrId::camellia_ccm_8, 256),
    row("camellia256ccm64", EncrId::camellia_ccm_8, 256),
    row("blowfish128", EncrId::blowfish, 128),
    row("blowfish192", EncrId::blowfish, 192),
    row("blowfish256", EncrId::blowfish, 256),
    row("blowfish", EncrId::blowfish, 128),
    row("cast128", EncrId::cast, 128),
    row("sha1", IntegId::hmac_sha1_96),
    row("sha", IntegId::hmac_sha1_96),
    row("sha256", IntegId::hmac_sha2_256_128),
    row("sha2_256", IntegId::hmac_sha2_256_128),
    row("sha384", IntegId::hmac_sha2_384_192),
    row("sha2_384", IntegId::hmac_sha2_384_192),
    row("sha512", IntegId::hmac_sha2_512_256),
    row("sha2_512", IntegId::hmac_sha2_512_256),
    row("md5", IntegId::hmac_md5_96),
    row("md5_128", IntegId::hmac_md5_128),
    row("sha1_160", IntegId::hmac_sha1_160),
    row("aesxcbc", IntegId::aes_xcbc_96),
    row("aescmac", IntegId::aes_cmac_96),
    row("prfsha1", PrfId::hmac_sha1),
    row("prfsha256", PrfId::hmac_sha2_256),
    row("prfsha384", PrfId::hmac_sha2_384),
    row("prfsha512", PrfId::hmac_sha2_512),
    row("prfmd5", PrfId::hmac_md5),
    row("prfaesxcbc", PrfId::aes128_xcbc),
    row("prfaescmac", PrfId::aes128_cmac),
    row("none", KeId::none),
    row("modpnone", KeId::none),
    row("modp768", KeId::modp_768),
    row("modp1024", KeId::modp_1024),
    row("modp1536", KeId::modp_1536),
    row("modp2048", KeId::modp_2048),
    row("modp3072", KeId::modp_3072),
    row("modp4096", KeId::modp_4096),
    row("modp6144", KeId::modp_6144),
    row("modp8192", KeId::modp_8192),
    row("modp1024s160", KeId::modp_1024_160),
    row("modp2048s224", KeId::modp_2048_224),
    row("modp2048s256", KeId::modp_2048_256),
    row("ecp192", KeId::ecp_192),
    row("ecp224", KeId::ecp_224),
    row("ecp256", KeId::ecp_256),
    row("ecp384", KeId::ecp_384),
    row("ecp521", KeId::ecp_521),
    row("ecp224bp", KeId::brainpool_p224),
    row("ecp256bp", KeId::brainpool_p256),
    row("ecp384bp", KeId::brainpool_p384),
    row("ecp512bp", KeId::brainpool_p512),
    row("x25519", KeId::x25519),
    row("curve25519", KeId::x25519),
    row("x448", KeId::x448),
    row("curve448", KeId::x448),
    row("mlkem512", KeId::ml_kem_512),
    row("mlkem768", KeId::ml_kem_768),
    row("mlkem1024", KeId::ml_kem_1024),
    row("noesn", SequenceNumbers::no_esn),
    row("esn", SequenceNumbers::esn),
};

constexpr std::string_view additional_prefix = "keN_";

/// 1 to 7 for "ke1_" to "ke7_", else 0.
unsigned additional_round(std::string_view word) {
    if (word.size() <= additional_prefix.size() || !word.starts_with("ke") || word[3] != '_') return 0;
    return word[2] >= '1' && word[2] <= '7' ? static_cast<unsigned>(word[2] - '0') : 0;
}

}  // namespace

std::span<const Keyword> keywords() { return table; }

std::optional<Keyword> find_keyword(std::string_view word) {
    const auto round = additional_round(word);
    const auto plain = round == 0 ? word : word.substr(additional_prefix.size());
    const auto* found = std::ranges::find(table, plain, &Keyword::word);
    if (found == table.end()) return std::nullopt;
    if (round == 0) return *found;
    if (found->type != TransformType::ke) return std::nullopt;
    Keyword additional = *found;
    additional.type = static_cast<TransformType>(static_cast<unsigned>(TransformType::sn) + round);
    return additional;
}

std::optional<Keyword> find_ah_keyword(std::string_view word) {
    const auto as_integ = [&](IntegId id) { return row(word, id); };
    if (word == "aes128gmac") return as_integ(IntegId::aes_128_gmac);
    if (word == "aes192gmac") return as_integ(IntegId::aes_192_gmac);
    if (word == "aes256gmac") return as_integ(IntegId::aes_256_gmac);
    return find_keyword(word);
}

std::string find_word(TransformType type, std::uint16_t id, std::optional<std::uint16_t> key_length) {
    std::string prefix;
    if (is_key_exchange(type) && type != TransformType::ke) {
        const auto round = static_cast<unsigned>(type) - static_cast<unsigned>(TransformType::sn);
        prefix = "ke" + std::to_string(round) + "_";
        type = TransformType::ke;
    }
    const auto* found = std::ranges::find_if(table, [&](const Keyword& keyword) {
        return keyword.type == type && keyword.id == id && keyword.key_length == key_length;
    });
    if (found != table.end()) return prefix + std::string{found->word};
    if (type == TransformType::integ && !key_length) {
        if (id == static_cast<std::uint16_t>(IntegId::aes_128_gmac)) return "aes128gmac";
        if (id == static_cast<std::uint16_t>(IntegId::aes_192_gmac)) return "aes192gmac";
        if (id == static_cast<std::uint16_t>(IntegId::aes_256_gmac)) return "aes256gmac";
    }
    return {};
}

std::optional<PrfId> implied_prf(IntegId integ) {
    switch (integ) {
        case IntegId::hmac_md5_96:
        case IntegId::hmac_md5_128:
            return PrfId::hmac_md5;
        case IntegId::hmac_sha1_96:
        case IntegId::hmac_sha1_160:
            return PrfId::hmac_sha1;
        case IntegId::hmac_sha2_256_128:
            return PrfId::hmac_sha2_256;
        case IntegId::hmac_sha2_384_192:
            return PrfId::hmac_sha2_384;
        case IntegId::hmac_sha2_512_256:
            return PrfId::hmac_sha2_512;
        case IntegId::aes_xcbc_96:
            return PrfId::aes128_xcbc;
        case IntegId::aes_cmac_96:
            return PrfId::aes128_cmac;
        default:
            return std::nullopt;
    }
}

}  // namespace ike
