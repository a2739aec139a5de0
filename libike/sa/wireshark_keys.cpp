#include "libike/sa/wireshark_keys.hpp"

#include <fmt/format.h>

#include <charconv>

namespace ike {

namespace {

// ---- names ----------------------------------------------------------------------------------------------

template <class Code>
struct Name {
    Code id;
    std::string_view text;
};
constexpr Name<IntegId> ike_integ_names[] = {
    {IntegId::hmac_md5_96, "HMAC_MD5_96 [RFC2403]"},
    {IntegId::hmac_sha1_96, "HMAC_SHA1_96 [RFC2404]"},
    {IntegId::hmac_md5_128, "HMAC_MD5_128 [RFC4595]"},
    {IntegId::hmac_sha1_160, "HMAC_SHA1_160 [RFC4595]"},
    {IntegId::hmac_sha2_256_128, "HMAC_SHA2_256_128 [RFC4868]"},
    {IntegId::hmac_sha2_384_192, "HMAC_SHA2_384_192 [RFC4868]"},
    {IntegId::hmac_sha2_512_256, "HMAC_SHA2_512_256 [RFC4868]"},
    {IntegId::none, "NONE [RFC4306]"},
};
constexpr Name<IntegId> esp_integ_names[] = {
    {IntegId::none, "NULL"},
    {IntegId::hmac_sha1_96, "HMAC-SHA-1-96 [RFC2404]"},
    {IntegId::hmac_sha2_256_128, "HMAC-SHA-256-128 [RFC4868]"},
    {IntegId::hmac_sha2_384_192, "HMAC-SHA-384-192 [RFC4868]"},
    {IntegId::hmac_sha2_512_256, "HMAC-SHA-512-256 [RFC4868]"},
    {IntegId::hmac_md5_96, "HMAC-MD5-96 [RFC2403]"},
};
constexpr Name<EncrId> esp_encr_names[] = {
    {EncrId::null_encr, "NULL"},
    {EncrId::triple_des, "TripleDES-CBC [RFC2451]"},
    {EncrId::aes_cbc, "AES-CBC [RFC3602]"},
    {EncrId::aes_ctr, "AES-CTR [RFC3686]"},
    {EncrId::des, "DES-CBC [RFC2405]"},
    {EncrId::cast, "CAST5-CBC [RFC2144]"},
    {EncrId::blowfish, "BLOWFISH-CBC [RFC2451]"},
    {EncrId::aes_gcm_8, "AES-GCM with 8 octet ICV [RFC4106]"},
    {EncrId::aes_gcm_12, "AES-GCM with 12 octet ICV [RFC4106]"},
    {EncrId::aes_gcm_16, "AES-GCM with 16 octet ICV [RFC4106]"},
    // The name in versions before and after, the ICV in the authentication column.
    {EncrId::aes_gcm_16, "AES-GCM [RFC4106]"},
};
/// Names of IKE ciphers: `head`, the key length where there is one, `tail`.
struct CipherName {
    EncrId id;
    std::string_view head;
    std::string_view tail;
};
constexpr CipherName ike_encr_names[] = {
    {EncrId::aes_cbc, "AES-CBC-", " [RFC3602]"},
    {EncrId::aes_ctr, "AES-CTR-", " [RFC5930]"},
    {EncrId::aes_gcm_8, "AES-GCM-", " with 8 octet ICV [RFC5282]"},
    {EncrId::aes_gcm_12, "AES-GCM-", " with 12 octet ICV [RFC5282]"},
    {EncrId::aes_gcm_16, "AES-GCM-", " with 16 octet ICV [RFC5282]"},
    {EncrId::aes_ccm_8, "AES-CCM-", " with 8 octet ICV [RFC5282]"},
    {EncrId::aes_ccm_12, "AES-CCM-", " with 12 octet ICV [RFC5282]"},
    {EncrId::aes_ccm_16, "AES-CCM-", " with 16 octet ICV [RFC5282]"},
    {EncrId::triple_des, "3DES", " [RFC2451]"},
    {EncrId::null_encr, "NULL", " [RFC2410]"},
};

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
/// A name without the reference in brackets, which versions differ in.
std::string_view bare(std::string_view name) { return name.substr(0, name.find(" [")); }
bool is_same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(bare(a), bare(b), {}, fold, fold);
}

template <class Code, std::size_t N>
std::optional<std::string_view> name_of(const Name<Code> (&names)[N], Code id) {
    const auto* found = std::ranges::find(names, id, &Name<Code>::id);
    if (found == std::end(names)) return std::nullopt;
    return found->text;
}
template <class Code, std::size_t N>
std::optional<Code> id_of(const Name<Code> (&names)[N], std::string_view text) {
    const auto* found =
        std::ranges::find_if(names, [&](const auto& each) { return is_same_name(each.text, text); });
    if (found == std::end(names)) return std::nullopt;
    return found->id;
}
bool has_key_length_in_name(EncrId id) { return id != EncrId::triple_des && id != EncrId::null_encr; }

std::optional<std::string> ike_encr_name(const IkeSuite& suite) {
    const auto* found = std::ranges::find(ike_encr_names, suite.encr, &CipherName::id);
    if (found == std::end(ike_encr_names)) return std::nullopt;
    if (!has_key_length_in_name(suite.encr)) return fmt::format("{}{}", found->head, found->tail);
    return fmt::format("{}{}{}", found->head, suite.key_bits, found->tail);
}

bool read_ike_encr(std::string_view text, IkeSuite& suite) {
    for (const auto& each : ike_encr_names) {
        for (const std::uint16_t bits : std::initializer_list<std::uint16_t>{0, 128, 192, 256}) {
            if ((bits != 0) != has_key_length_in_name(each.id)) continue;
            const auto name = bits != 0 ? fmt::format("{}{}{}", each.head, bits, each.tail)
                                        : fmt::format("{}{}", each.head, each.tail);
            if (!is_same_name(name, text)) continue;
            suite.encr = each.id;
            suite.key_bits = bits;
            return true;
        }
    }
    return false;
}

constexpr std::string_view any_head = "ANY ";
/// "ANY 96 bit authentication [no checking]" -> 12; nothing for other names.
std::optional<std::uint8_t> any_icv(std::string_view text) {
    // Two historical algorithms have no code point of 96 bits that could be checked.
    if (is_same_name(text, "HMAC-SHA-256-96") || is_same_name(text, "MAC-RIPEMD-160-96"))
        return std::uint8_t{12};
    if (!text.starts_with(any_head)) return std::nullopt;
    unsigned bits = 0;
    const auto digits = text.substr(any_head.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (bits == 0 || bits % 8 != 0 || bits > 512) return std::nullopt;
    return static_cast<std::uint8_t>(bits / 8);
}

// ---- columns --------------------------------------------------------------------------------------------

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}
/// Columns between commas, quotes taken off. No column of these tables has a quote or comma of its own.
std::vector<std::string_view> columns(std::string_view line) {
    std::vector<std::string_view> found;
    while (found.size() <= 10) {
        line = trim(line);
        const bool quoted = line.starts_with('"');
        const auto close = quoted ? line.find('"', 1) : std::string_view::npos;
        if (quoted && close != std::string_view::npos) {
            found.push_back(line.substr(1, close - 1));
            line.remove_prefix(close + 1);
        } else {
            found.push_back(trim(line.substr(0, line.find(','))));
        }
        const auto comma = line.find(',');
        if (comma == std::string_view::npos) break;
        line.remove_prefix(comma + 1);
    }
    return found;
}

std::optional<SecretBytes> secret_from_hex(std::string_view text) {
    auto octets = from_hex(text);
    if (!octets) return std::nullopt;
    SecretBytes secret{*octets};
    wipe(*octets);
    return secret;
}
/// A key of esp_sa: hexadecimal after 0x, else the characters themselves.
std::optional<SecretBytes> esp_key(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) return secret_from_hex(text);
    return SecretBytes{ByteView{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}};
}
std::optional<IkeSpi> ike_spi(std::string_view text) {
    if (text.starts_with("0x")) text.remove_prefix(2);
    IkeSpi spi = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), spi, 16);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return spi;
}
/// Decimal, or hexadecimal after 0x; "*" is 0.
std::optional<std::uint32_t> esp_spi(std::string_view text) {
    if (text == "*") return 0u;
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    if (is_hex) text.remove_prefix(2);
    std::uint32_t spi = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), spi, is_hex ? 16 : 10);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return spi;
}

std::unexpected<Error> refuse(std::string_view table, std::string_view column, std::string_view wanted) {
    return failure(fmt::format("key line of {}: {}: expected {}", table, column, wanted));
}

Result<KeyRecord> parse_ike_row(std::span<const std::string_view> row) {
    constexpr std::string_view table = "ikev2_decryption_table";
    if (row.size() != 8) return refuse(table, "row", "8 columns");
    IkeKeyRecord record;
    const auto spi_i = ike_spi(row[0]);
    const auto spi_r = ike_spi(row[1]);
    if (!spi_i || !spi_r) return refuse(table, "SPI", "16 hexadecimal digits");
    if (*spi_i == 0) return refuse(table, "initiator's SPI", "one that is not 0 (RFC 7296 section 3.1)");
    record.spi_i = *spi_i;
    record.spi_r = *spi_r;
    for (auto [text, key] : {std::pair{row[2], &record.keys.ei}, std::pair{row[3], &record.keys.er},
                             std::pair{row[5], &record.keys.ai}, std::pair{row[6], &record.keys.ar}}) {
        auto octets = secret_from_hex(text);
        if (!octets) return refuse(table, "key", "hexadecimal octets");
        *key = std::move(*octets);
    }
    if (!read_ike_encr(row[4], record.suite))
        return refuse(table, "encryption algorithm", "one of Wireshark's names");
    const auto integ = id_of(ike_integ_names, row[7]);
    if (!integ) return refuse(table, "integrity algorithm", "one of Wireshark's names that can be checked");
    record.suite.integ = *integ;
    return record;
}

/// Cipher and key length from the name and the key at hand.
bool read_esp_encr(std::string_view text, std::size_t key_size, EspSuite& suite) {
    const auto encr = id_of(esp_encr_names, text);
    if (!encr) return false;
    suite.encr = *encr;
    std::size_t salt = 0;
    switch (*encr) {
        case EncrId::null_encr:
        case EncrId::triple_des:
        case EncrId::des:
            return true;
        case EncrId::aes_ctr:
        case EncrId::aes_gcm_8:
        case EncrId::aes_gcm_12:
        case EncrId::aes_gcm_16:
            salt = 4;
            break;
        default:
            break;
    }
    if (key_size <= salt || key_size > 256) return false;
    suite.key_bits = static_cast<std::uint16_t>((key_size - salt) * 8);
    return true;
}

bool read_esp_integ(std::string_view text, EspSuite& suite) {
    const auto icv = any_icv(text);
    if (is_aead(suite.encr)) {
        // "AES-GCM [RFC4106]" says the length of its ICV here.
        if (icv == 8) suite.encr = EncrId::aes_gcm_8;
        if (icv == 12) suite.encr = EncrId::aes_gcm_12;
        return icv || is_same_name(text, "NULL");
    }
    if (icv) {
        suite.unchecked_icv = *icv;
        return true;
    }
    const auto integ = id_of(esp_integ_names, text);
    suite.integ = integ.value_or(IntegId::none);
    return integ.has_value();
}

Result<KeyRecord> parse_esp_row(std::span<const std::string_view> row) {
    constexpr std::string_view table = "esp_sa";
    if (row.size() != 8 && row.size() != 10) return refuse(table, "row", "8 columns, or 10 with ESN");
    EspKeyRecord record;
    const bool v6 = is_same_name(row[0], "IPv6");
    const auto any = v6 ? Address::v6({}) : Address::v4({});
    // Patterns with prefixes or stars are taken for any address.
    record.source = Address::parse(row[1]).value_or(any);
    record.destination = Address::parse(row[2]).value_or(any);
    const auto spi = esp_spi(row[3]);
    if (!spi) return refuse(table, "SPI", "a number or *");
    record.spi = *spi;
    auto encr_key = esp_key(row[5]);
    auto integ_key = esp_key(row[7]);
    if (!encr_key || !integ_key) return refuse(table, "key", "0x and hexadecimal octets, or characters");
    record.encr_key = std::move(*encr_key);
    record.integ_key = std::move(*integ_key);
    if (!read_esp_encr(row[4], record.encr_key.size(), record.suite)) {
        return refuse(table, "encryption algorithm",
                      "one of Wireshark's names that IKEv2 has a number for, and its key");
    }
    if (!read_esp_integ(row[6], record.suite))
        return refuse(table, "authentication algorithm", "one of Wireshark's names");
    record.suite.esn = row.size() == 10 && row[8].find("64") != std::string_view::npos;
    return record;
}

}  // namespace

Result<KeyRecord> parse_wireshark_row(std::string_view line) {
    const auto row = columns(line);
    if (row.size() < 8)
        return failure("key line: expected \"ike ...\", \"esp ...\" or a row of Wireshark's with 8 columns");
    if (is_same_name(row[0], "IPv4") || is_same_name(row[0], "IPv6")) return parse_esp_row(row);
    return parse_ike_row(row);
}

std::optional<std::string> wireshark_line(const IkeKeyRecord& record) {
    const auto encr = ike_encr_name(record.suite);
    const auto integ = name_of(ike_integ_names, record.suite.integ);
    if (!encr || !integ) return std::nullopt;
    const auto& keys = record.keys;
    return fmt::format("{},{},{},{},\"{}\",{},{},\"{}\"", spi_text(record.spi_i), spi_text(record.spi_r),
                       hex(keys.ei), hex(keys.er), *encr, hex(keys.ai), hex(keys.ar), *integ);
}

std::optional<std::string> wireshark_line(const EspKeyRecord& record) {
    const auto& suite = record.suite;
    const auto encr = name_of(esp_encr_names, suite.encr);
    if (!encr) return std::nullopt;
    auto integ = std::string{name_of(esp_integ_names, suite.integ).value_or("")};
    const auto icv = suite.integ == IntegId::none ? suite.unchecked_icv : crypto::icv_size(suite.integ);
    // An ICV that Wireshark cannot check is one it can step over.
    if (integ.empty() || (suite.integ == IntegId::none && icv > 0)) {
        if (icv != 8 && icv != 12 && icv != 16 && icv != 24 && icv != 32) return std::nullopt;
        integ = fmt::format("ANY {} bit authentication [no checking]", icv * 8);
    }
    const auto key = [](const SecretBytes& octets) { return octets.empty() ? "" : "0x" + hex(octets); };
    return fmt::format("\"{}\",\"*\",\"*\",\"0x{:08x}\",\"{}\",\"{}\",\"{}\",\"{}\"",
                       record.source.is_v4() ? "IPv4" : "IPv6", record.spi, *encr, key(record.encr_key),
                       integ, key(record.integ_key));
}

}  // namespace ike
