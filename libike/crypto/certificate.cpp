#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

#include <chrono>

#include "libike/base/address.hpp"

#include "libike/crypto/openssl/pki.hpp"

namespace ike::crypto {

KeyKind kind_of(const EVP_PKEY* key) {
    switch (key == nullptr ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key)) {
        case EVP_PKEY_RSA:
        case EVP_PKEY_RSA_PSS:
            return KeyKind::rsa;
        case EVP_PKEY_EC:
            return KeyKind::ecdsa;
        case EVP_PKEY_ED25519:
            return KeyKind::ed25519;
        case EVP_PKEY_ED448:
            return KeyKind::ed448;
        default:
            return KeyKind::other;
    }
}

std::string text_of(const X509_NAME* name) {
    BioHandle out{BIO_new(BIO_s_mem())};
    must(out != nullptr, "a name's text");
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ);
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return size > 0 ? std::string{text, static_cast<std::size_t>(size)} : std::string{};
}

std::int64_t seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    using namespace std::chrono;
    const auto day = sys_days{year{parts.tm_year + 1900} / month{static_cast<unsigned>(parts.tm_mon + 1)} /
                              std::chrono::day{static_cast<unsigned>(parts.tm_mday)}};
    return duration_cast<seconds>(day.time_since_epoch()).count() + parts.tm_hour * 3600 + parts.tm_min * 60 +
           parts.tm_sec;
}

BioHandle memory(std::string_view text) {
    BioHandle bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
    must(bio != nullptr, "a memory file");
    return bio;
}

namespace {

/// True once a PEM text has no further object, rather than a bad one.
bool at_end_of_pem() {
    const auto code = ERR_peek_last_error();
    const bool end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
    if (end) ERR_clear_error();
    return end;
}

template <class Visit>
void each_name(const Certificate::State& state, Visit&& visit) {
    Handle<GENERAL_NAMES, GENERAL_NAMES_free> names{static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(state.x509.get(), NID_subject_alt_name, nullptr, nullptr))};
    ERR_clear_error();
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) visit(*sk_GENERAL_NAME_value(names.get(), i));
}
std::string_view text_of(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}
ByteView octets_of(const ASN1_STRING* string) {
    return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}
/// Printable as it is, others as \xNN: what a stranger wrote must not steer a terminal.
std::string shown(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c >= 0x20 && c < 0x7f) {
            out += c;
        } else {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    return out;
}
std::string address_text(ByteView octets) {
    if (octets.size() == 4) return fmt::format("{}.{}.{}.{}", octets[0], octets[1], octets[2], octets[3]);
    if (octets.size() != 16) return hex(octets);
    std::array<std::uint8_t, 16> fixed{};
    std::ranges::copy(octets, fixed.begin());
    return to_string(Address::v6(fixed));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same_name(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

}  // namespace

Result<Certificate> Certificate::from_der(ByteView der) {
    const auto* at = der.data();
    X509Handle x509{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
    if (!x509) return failure("read a certificate: not DER of an X.509 certificate: " + openssl_reason());
    if (at != der.data() + der.size()) return failure("read a certificate: octets after its end");
    // Fills in what OpenSSL reads of the extensions, while no one else has the certificate.
    X509_check_purpose(x509.get(), -1, 0);
    ERR_clear_error();
    return Certificate{std::make_shared<const State>(State{std::move(x509), to_bytes(der)})};
}

Result<std::vector<Certificate>> Certificate::from_pem(std::string_view pem) {
    const auto bio = memory(pem);
    std::vector<Certificate> all;
    for (;;) {
        ERR_clear_error();
        X509Handle x509{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
        if (!x509 && at_end_of_pem()) break;
        if (!x509)
            return failure(
                fmt::format("read certificate {} of a PEM text: {}", all.size() + 1, openssl_reason()));
        unsigned char* octets = nullptr;
        const int size = i2d_X509(x509.get(), &octets);
        must(size > 0, "a certificate's DER");
        auto one = from_der({octets, static_cast<std::size_t>(size)});
        OPENSSL_free(octets);
        if (!one) return std::unexpected{std::move(one.error())};
        all.push_back(std::move(*one));
    }
    if (all.empty()) return failure("read certificates: no BEGIN CERTIFICATE line in the text");
    return all;
}

ByteView Certificate::der() const { return state_->der; }
std::string Certificate::subject() const { return text_of(X509_get_subject_name(state_->x509.get())); }
std::string Certificate::issuer() const { return text_of(X509_get_issuer_name(state_->x509.get())); }

ByteView Certificate::subject_der() const {
    const unsigned char* octets = nullptr;
    std::size_t size = 0;
    if (X509_NAME_get0_der(X509_get_subject_name(state_->x509.get()), &octets, &size) != 1) return {};
    return {octets, size};
}

std::array<std::uint8_t, 20> Certificate::key_hash() const {
    unsigned char* octets = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(state_->x509.get()), &octets);
    must(size > 0, "a public key's DER");
    const ByteView parts[] = {{octets, static_cast<std::size_t>(size)}};
    const auto hash = sha1(parts);
    OPENSSL_free(octets);
    return hash;
}

KeyKind Certificate::key_kind() const {
    const auto kind = kind_of(X509_get0_pubkey(state_->x509.get()));
    ERR_clear_error();
    return kind;
}
unsigned Certificate::key_bits() const {
    const auto* key = X509_get0_pubkey(state_->x509.get());
    ERR_clear_error();
    return key == nullptr ? 0 : static_cast<unsigned>(std::max(0, EVP_PKEY_get_bits(key)));
}
std::int64_t Certificate::not_before() const { return seconds_of(X509_get0_notBefore(state_->x509.get())); }
std::int64_t Certificate::not_after() const { return seconds_of(X509_get0_notAfter(state_->x509.get())); }

std::vector<std::string> Certificate::alternative_names() const {
    std::vector<std::string> names;
    each_name(*state_, [&](const GENERAL_NAME& name) {
        switch (name.type) {
            case GEN_DNS:
                return names.push_back("dns:" + shown(text_of(name.d.dNSName)));
            case GEN_EMAIL:
                return names.push_back("email:" + shown(text_of(name.d.rfc822Name)));
            case GEN_IPADD:
                return names.push_back("ip:" + address_text(octets_of(name.d.iPAddress)));
            case GEN_URI:
                return names.push_back("uri:" + shown(text_of(name.d.uniformResourceIdentifier)));
            case GEN_DIRNAME:
                return names.push_back("dn:" + text_of(name.d.directoryName));
            default:
                return names.push_back("other:");
        }
    });
    return names;
}

// RFC 4945 section 3.1: an identity is compared as a whole; domain names without regard to case, no
// wildcards.
bool Certificate::has_email(std::string_view address) const {
    bool found = false;
    each_name(*state_, [&](const GENERAL_NAME& name) {
        found = found || (name.type == GEN_EMAIL && same_name(text_of(name.d.rfc822Name), address));
    });
    return found;
}
bool Certificate::has_dns(std::string_view wanted) const {
    bool found = false;
    each_name(*state_, [&](const GENERAL_NAME& name) {
        found = found || (name.type == GEN_DNS && same_name(text_of(name.d.dNSName), wanted));
    });
    return found;
}
bool Certificate::has_address(ByteView octets) const {
    bool found = false;
    each_name(*state_, [&](const GENERAL_NAME& name) {
        found = found || (name.type == GEN_IPADD && equal(octets_of(name.d.iPAddress), octets));
    });
    return found;
}

Result<RevocationList> RevocationList::from_der(ByteView der) {
    const auto* at = der.data();
    CrlHandle crl{d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size()))};
    if (!crl) return failure("read a revocation list: not DER of an X.509 CRL: " + openssl_reason());
    if (at != der.data() + der.size()) return failure("read a revocation list: octets after its end");
    return RevocationList{std::make_shared<const State>(State{std::move(crl)})};
}

Result<std::vector<RevocationList>> RevocationList::from_pem(std::string_view pem) {
    const auto bio = memory(pem);
    std::vector<RevocationList> all;
    for (;;) {
        ERR_clear_error();
        CrlHandle crl{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)};
        if (!crl && at_end_of_pem()) break;
        if (!crl)
            return failure(
                fmt::format("read revocation list {} of a PEM text: {}", all.size() + 1, openssl_reason()));
        all.push_back(RevocationList{std::make_shared<const State>(State{std::move(crl)})});
    }
    if (all.empty()) return failure("read revocation lists: no BEGIN X509 CRL line in the text");
    return all;
}

std::string RevocationList::issuer() const { return text_of(X509_CRL_get_issuer(state_->crl.get())); }
std::int64_t RevocationList::this_update() const {
    return seconds_of(X509_CRL_get0_lastUpdate(state_->crl.get()));
}
std::optional<std::int64_t> RevocationList::next_update() const {
    const auto* time = X509_CRL_get0_nextUpdate(state_->crl.get());
    if (time == nullptr) return std::nullopt;
    return seconds_of(time);
}
std::size_t RevocationList::size() const {
    return static_cast<std::size_t>(
        std::max(0, sk_X509_REVOKED_num(X509_CRL_get_REVOKED(state_->crl.get()))));
}

}  // namespace ike::crypto
