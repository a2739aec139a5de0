#include "libike/capture/algorithm_words.hpp"

#include <charconv>

namespace ike {
namespace {

template <class Code>
struct Word {
    std::string_view text;
    Code code;
};
template <class Code, std::size_t count>
std::optional<Code> find(const Word<Code> (&words)[count], std::string_view text) {
    for (const auto& each : words) {
        if (each.text == text) return each.code;
    }
    return std::nullopt;
}

/// Names that a key length may follow, "_256".
constexpr Word<EncrId> ciphers[] = {
    {"3DES_CBC", EncrId::triple_des},
    {"DES_CBC", EncrId::des},
    {"CAST_CBC", EncrId::cast},
    {"BLOWFISH_CBC", EncrId::blowfish},
    {"NULL", EncrId::null_encr},
    {"AES_CBC", EncrId::aes_cbc},
    {"AES_CTR", EncrId::aes_ctr},
    {"AES_CCM_8", EncrId::aes_ccm_8},
    {"AES_CCM_12", EncrId::aes_ccm_12},
    {"AES_CCM_16", EncrId::aes_ccm_16},
    {"AES_CCM_A", EncrId::aes_ccm_8},
    {"AES_CCM_B", EncrId::aes_ccm_12},
    {"AES_CCM_C", EncrId::aes_ccm_16},
    {"AES_GCM_8", EncrId::aes_gcm_8},
    {"AES_GCM_12", EncrId::aes_gcm_12},
    {"AES_GCM_16", EncrId::aes_gcm_16},
    {"AES_GCM_A", EncrId::aes_gcm_8},
    {"AES_GCM_B", EncrId::aes_gcm_12},
    {"AES_GCM_C", EncrId::aes_gcm_16},
    {"NULL_AES_GMAC", EncrId::null_auth_aes_gmac},
    {"NULL_AUTH_AES_GMAC", EncrId::null_auth_aes_gmac},
    {"CAMELLIA_CBC", EncrId::camellia_cbc},
    {"CAMELLIA_CTR", EncrId::camellia_ctr},
    {"CHACHA20_POLY1305", EncrId::chacha20_poly1305},
};
constexpr Word<IntegId> integrities[] = {
    {"NONE", IntegId::none},
    {"HMAC_MD5_96", IntegId::hmac_md5_96},
    {"HMAC_SHA1_96", IntegId::hmac_sha1_96},
    {"AES_XCBC_96", IntegId::aes_xcbc_96},
    {"AES_CMAC_96", IntegId::aes_cmac_96},
    {"HMAC_SHA2_256_128", IntegId::hmac_sha2_256_128},
    {"HMAC_SHA2_384_192", IntegId::hmac_sha2_384_192},
    {"HMAC_SHA2_512_256", IntegId::hmac_sha2_512_256},
};
constexpr Word<PrfId> prfs[] = {
    {"HMAC_MD5", PrfId::hmac_md5},           {"HMAC_SHA1", PrfId::hmac_sha1},
    {"AES128_XCBC", PrfId::aes128_xcbc},     {"AES128_CMAC", PrfId::aes128_cmac},
    {"HMAC_SHA2_256", PrfId::hmac_sha2_256}, {"HMAC_SHA2_384", PrfId::hmac_sha2_384},
    {"HMAC_SHA2_512", PrfId::hmac_sha2_512},
};
constexpr Word<KeId> groups[] = {
    {"MODP_768", KeId{1}},       {"MODP_1024", KeId{2}},      {"MODP_1536", KeId{5}},
    {"MODP_2048", KeId{14}},     {"MODP_3072", KeId{15}},     {"MODP_4096", KeId{16}},
    {"MODP_6144", KeId{17}},     {"MODP_8192", KeId{18}},     {"ECP_256", KeId{19}},
    {"ECP_384", KeId{20}},       {"ECP_521", KeId{21}},       {"MODP_1024_160", KeId{22}},
    {"MODP_2048_224", KeId{23}}, {"MODP_2048_256", KeId{24}}, {"ECP_192", KeId{25}},
    {"ECP_224", KeId{26}},       {"ECP_224_BP", KeId{27}},    {"ECP_256_BP", KeId{28}},
    {"ECP_384_BP", KeId{29}},    {"ECP_512_BP", KeId{30}},    {"CURVE_25519", KeId{31}},
    {"CURVE_448", KeId{32}},     {"ML_KEM_512", KeId{35}},    {"ML_KEM_768", KeId{36}},
    {"ML_KEM_1024", KeId{37}},
};

/// Takes the transforms apart and gives each to `take`; false once one has no meaning.
template <class Take>
bool each_word(std::string_view text, Take take) {
    while (!text.empty()) {
        const auto end = std::min(text.find('/'), text.size());
        if (!take(text.substr(0, end))) return false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

}  // namespace

std::optional<CipherWord> cipher_word(std::string_view name) {
    if (const auto whole = find(ciphers, name)) return CipherWord{*whole, 0};
    const auto at = name.rfind('_');
    if (at == name.npos) return std::nullopt;
    std::uint16_t bits = 0;
    const auto digits = name.substr(at + 1);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const auto head = find(ciphers, name.substr(0, at));
    if (!head || failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    // These have but one length, which is no attribute of theirs.
    const bool fixed = *head == EncrId::chacha20_poly1305 || *head == EncrId::triple_des ||
                       *head == EncrId::null_encr || *head == EncrId::des;
    return CipherWord{*head, fixed ? std::uint16_t{0} : bits};
}

std::optional<IntegId> integrity_word(std::string_view name) { return find(integrities, name); }

std::optional<PrfId> prf_word(std::string_view name) {
    if (name.starts_with("PRF_")) name.remove_prefix(4);
    return find(prfs, name);
}

std::optional<KeId> ke_word(std::string_view name) { return find(groups, name); }

std::optional<IkeSuite> ike_suite_words(std::string_view text) {
    IkeSuite suite;
    const bool all = each_word(text, [&](std::string_view word) {
        if (const auto cipher = cipher_word(word)) {
            suite.encr = cipher->encr;
            suite.key_bits = cipher->key_bits;
        } else if (const auto prf = prf_word(word); prf && word.starts_with("PRF_")) {
            suite.prf = *prf;
        } else if (const auto integ = integrity_word(word)) {
            suite.integ = *integ;
        } else if (const auto ke = ke_word(word)) {
            suite.ke = *ke;
        } else if (word.starts_with("KE") && word.find('_') != word.npos) {
            const auto more = ke_word(word.substr(word.find('_') + 1));
            if (more) suite.additional.push_back(*more);
            return more.has_value();
        } else {
            return false;
        }
        return true;
    });
    const bool complete = suite.encr != EncrId{} && suite.prf != PrfId{};
    return all && complete ? std::optional{suite} : std::nullopt;
}

std::optional<EspSuite> esp_suite_words(std::string_view text) {
    EspSuite suite;
    const bool all = each_word(text, [&](std::string_view word) {
        if (const auto cipher = cipher_word(word)) {
            suite.encr = cipher->encr;
            suite.key_bits = cipher->key_bits;
        } else if (const auto integ = integrity_word(word)) {
            suite.integ = *integ;
        } else if (word == "EXT_SEQ" || word == "NO_EXT_SEQ") {
            suite.esn = word == "EXT_SEQ";
        } else if (const auto ke =
                       ke_word(word.starts_with("KE") && word.size() > 4 ? word.substr(4) : word)) {
            (word.starts_with("KE") ? suite.additional.emplace_back() : suite.ke) = *ke;
        } else {
            return false;
        }
        return true;
    });
    return all && suite.encr != EncrId{} ? std::optional{suite} : std::nullopt;
}

std::optional<CipherWord> kernel_cipher(std::string_view name, std::size_t key_size, unsigned icv_bits) {
    struct Row {
        std::string_view text;
        EncrId encr;
        unsigned icv_bits;  // 0: no AEAD
        std::size_t salt;
        bool has_length;
    };
    static constexpr Row rows[] = {
        {"cbc(aes)", EncrId::aes_cbc, 0, 0, true},
        {"aes", EncrId::aes_cbc, 0, 0, true},
        {"rfc3686(ctr(aes))", EncrId::aes_ctr, 0, 4, true},
        {"cbc(des3_ede)", EncrId::triple_des, 0, 0, false},
        {"des3_ede", EncrId::triple_des, 0, 0, false},
        {"cbc(des)", EncrId::des, 0, 0, false},
        {"cbc(cast5)", EncrId::cast, 0, 0, true},
        {"cbc(blowfish)", EncrId::blowfish, 0, 0, true},
        {"cbc(camellia)", EncrId::camellia_cbc, 0, 0, true},
        {"ecb(cipher_null)", EncrId::null_encr, 0, 0, false},
        {"cipher_null", EncrId::null_encr, 0, 0, false},
        {"rfc4106(gcm(aes))", EncrId::aes_gcm_8, 64, 4, true},
        {"rfc4106(gcm(aes))", EncrId::aes_gcm_12, 96, 4, true},
        {"rfc4106(gcm(aes))", EncrId::aes_gcm_16, 128, 4, true},
        {"rfc4309(ccm(aes))", EncrId::aes_ccm_8, 64, 3, true},
        {"rfc4309(ccm(aes))", EncrId::aes_ccm_12, 96, 3, true},
        {"rfc4309(ccm(aes))", EncrId::aes_ccm_16, 128, 3, true},
        {"rfc4543(gcm(aes))", EncrId::null_auth_aes_gmac, 128, 4, true},
        {"rfc7539esp(chacha20,poly1305)", EncrId::chacha20_poly1305, 128, 4, false},
    };
    for (const auto& row : rows) {
        if (row.text != name || row.icv_bits != icv_bits || key_size < row.salt) continue;
        const auto bits = row.has_length ? (key_size - row.salt) * 8 : 0;
        return CipherWord{row.encr, static_cast<std::uint16_t>(std::min<std::size_t>(bits, 65535))};
    }
    return std::nullopt;
}

std::optional<IntegId> kernel_integrity(std::string_view name, unsigned icv_bits) {
    if (name == "digest_null") return IntegId::none;
    struct Row {
        std::string_view text;
        unsigned icv_bits;
        IntegId integ;
    };
    static constexpr Row rows[] = {
        {"hmac(md5)", 96, IntegId::hmac_md5_96},
        {"hmac(sha1)", 96, IntegId::hmac_sha1_96},
        {"hmac(sha256)", 128, IntegId::hmac_sha2_256_128},
        {"hmac(sha384)", 192, IntegId::hmac_sha2_384_192},
        {"hmac(sha512)", 256, IntegId::hmac_sha2_512_256},
        {"xcbc(aes)", 96, IntegId::aes_xcbc_96},
        {"cmac(aes)", 96, IntegId::aes_cmac_96},
        {"md5", 96, IntegId::hmac_md5_96},
        {"sha1", 96, IntegId::hmac_sha1_96},
        {"sha256", 128, IntegId::hmac_sha2_256_128},
    };
    for (const auto& row : rows) {
        if (row.text == name && row.icv_bits == icv_bits) return row.integ;
    }
    return std::nullopt;
}

}  // namespace ike
