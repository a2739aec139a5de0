#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "libike/crypto/openssl/pki.hpp"

namespace ike::crypto {

namespace {

using StoreHandle = Handle<X509_STORE, X509_STORE_free>;
using StoreContext = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;
/// Certificates that someone else owns.
struct StackFree {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
struct CrlStackFree {
    void operator()(STACK_OF(X509_CRL) * stack) const { sk_X509_CRL_free(stack); }
};

std::unexpected<Error> refused(const X509* certificate, std::string_view why) {
    const auto name = certificate == nullptr ? std::string{} : text_of(X509_get_subject_name(certificate));
    return failure(fmt::format("certificate \"{}\": {}", name, why));
}

std::string date_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "a time that cannot be read";
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// OpenSSL's verdict in words that name what to look at.
std::string reason(int code, const X509* certificate) {
    switch (code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "expired on " + date_of(X509_get0_notAfter(certificate));
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "not valid before " + date_of(X509_get0_notBefore(certificate));
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return fmt::format("its issuer \"{}\" is neither trusted nor in the chain",
                               text_of(X509_get_issuer_name(certificate)));
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "self-signed and not trusted";
        case X509_V_ERR_INVALID_CA:
        case X509_V_ERR_INVALID_NON_CA:
            return "signs a certificate but is not a CA (basic constraints)";
        case X509_V_ERR_PATH_LENGTH_EXCEEDED:
            return "has more CAs below it than its path length allows";
        case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
            return "signs a certificate, which its key usage does not allow";
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return "its signature is wrong";
        case X509_V_ERR_CERT_REVOKED:
            return "revoked";
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            return fmt::format("no revocation list of \"{}\" at hand",
                               text_of(X509_get_issuer_name(certificate)));
        case X509_V_ERR_CRL_HAS_EXPIRED:
            return fmt::format("the revocation list of \"{}\" is past its next update",
                               text_of(X509_get_issuer_name(certificate)));
        default:
            return X509_verify_cert_error_string(code);
    }
}

/// For Revocation::if_known: what a missing or old list would object to is let pass.
int tolerate_missing_lists(int ok, X509_STORE_CTX* context) {
    switch (X509_STORE_CTX_get_error(context)) {
        case X509_V_ERR_UNABLE_TO_GET_CRL:
        case X509_V_ERR_CRL_HAS_EXPIRED:
        case X509_V_ERR_CRL_NOT_YET_VALID:
            X509_STORE_CTX_set_error(context, X509_V_OK);
            return 1;
        default:
            return ok;
    }
}

/// RFC 4945 section 5.1.3.2: where there is a key usage, it has digitalSignature or nonRepudiation.
bool may_sign_ike(const X509* leaf) {
    return (X509_get_key_usage(const_cast<X509*>(leaf)) &
            (X509v3_KU_DIGITAL_SIGNATURE | X509v3_KU_NON_REPUDIATION)) != 0;
}

/// Signatures that anyone may forge are none.
const X509* broken_signature(STACK_OF(X509) * chain) {
    // The last is trusted for what it is, not for its signature.
    for (int i = 0; i + 1 < sk_X509_num(chain); ++i) {
        int digest = NID_undef;
        const X509* each = sk_X509_value(chain, i);
        if (X509_get_signature_info(const_cast<X509*>(each), &digest, nullptr, nullptr, nullptr) == 1 &&
            (digest == NID_md5 || digest == NID_md4 || digest == NID_md2))
            return each;
    }
    return nullptr;
}

Result<bool> run(X509_STORE_CTX* context, const X509* leaf) {
    const int verdict = X509_verify_cert(context);
    const int code = X509_STORE_CTX_get_error(context);
    ERR_clear_error();
    if (verdict != 1) {
        const X509* at = X509_STORE_CTX_get_current_cert(context);
        return refused(at == nullptr ? leaf : at, reason(code, at == nullptr ? leaf : at));
    }
    if (const auto* weak = broken_signature(X509_STORE_CTX_get0_chain(context)))
        return refused(weak, "signed with a hash that is broken (MD5 or older)");
    if (!may_sign_ike(leaf)) return refused(leaf, "its key usage allows no signatures");
    return true;
}

}  // namespace

Result<bool> verify_chain(const Certificate& leaf, std::span<const Certificate> intermediates,
                          std::span<const Certificate> trusted, std::int64_t now) {
    return verify_chain(leaf, intermediates, trusted, now, {}, Revocation::if_known);
}

Result<bool> verify_chain(const Certificate& leaf, std::span<const Certificate> intermediates,
                          std::span<const Certificate> trusted, std::int64_t now,
                          std::span<const RevocationList> lists, Revocation revocation) {
    StoreHandle store{X509_STORE_new()};
    StoreContext context{X509_STORE_CTX_new()};
    std::unique_ptr<STACK_OF(X509), StackFree> between{sk_X509_new_null()};
    std::unique_ptr<STACK_OF(X509_CRL), CrlStackFree> revoked{sk_X509_CRL_new_null()};
    must(store && context && between && revoked, "a certificate store");
    for (const auto& each : trusted)
        must(X509_STORE_add_cert(store.get(), each.state().x509.get()) == 1, "a trusted certificate");
    for (const auto& each : intermediates)
        must(sk_X509_push(between.get(), each.state().x509.get()) > 0, "a certificate");
    for (const auto& each : lists)
        must(sk_X509_CRL_push(revoked.get(), each.state().crl.get()) > 0, "a revocation list");
    must(X509_STORE_CTX_init(context.get(), store.get(), leaf.state().x509.get(), between.get()) == 1,
         "a certificate store");
    X509_STORE_CTX_set0_crls(context.get(), revoked.get());
    auto* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, now);
    // RFC 5280 section 6.1: what is trusted ends a path, whether it signed itself or not.
    unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
    if (!lists.empty() || revocation == Revocation::required)
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    X509_VERIFY_PARAM_set_flags(parameters, flags);
    if (revocation == Revocation::if_known)
        X509_STORE_CTX_set_verify_cb(context.get(), tolerate_missing_lists);
    return run(context.get(), leaf.state().x509.get());
}

}  // namespace ike::crypto
