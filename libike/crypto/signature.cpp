#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "libike/crypto/openssl/pki.hpp"

namespace ike::crypto {

namespace {

std::unexpected<Error> refused(std::string_view why) {
    return failure(fmt::format("verify a signature: {}", why));
}

/// RSA or ECDSA over a digest. `algorithm.kind` is the key's.
bool is_right(EVP_PKEY* key, const SignatureAlgorithm& algorithm, ByteView signature, ByteView hashed) {
    PkeyContext context{EVP_PKEY_CTX_new(key, nullptr)};
    const auto* hash = message_digest(algorithm.hash);
    bool ready = context && EVP_PKEY_verify_init(context.get()) == 1;
    if (ready && algorithm.kind == KeyKind::rsa) {
        ready = EVP_PKEY_CTX_set_rsa_padding(context.get(),
                                             algorithm.pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1;
    }
    ready = ready && EVP_PKEY_CTX_set_signature_md(context.get(), hash) == 1;
    if (ready && algorithm.pss) {
        ready = EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), message_digest(algorithm.mask)) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), static_cast<int>(algorithm.salt)) == 1;
    }
    const bool right = ready && EVP_PKEY_verify(context.get(), signature.data(), signature.size(),
                                                hashed.data(), hashed.size()) == 1;
    ERR_clear_error();
    return right;
}

bool is_right_eddsa(EVP_PKEY* key, ByteView signature, ByteView message) {
    DigestContext context{EVP_MD_CTX_new()};
    const bool right = context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
                       EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                                        message.size()) == 1;
    ERR_clear_error();
    return right;
}

Result<SignatureScheme> verify_digital_signature(EVP_PKEY* key, ByteView data,
                                                 std::span<const ByteView> parts) {
    // RFC 7427 section 3: a length octet, the AlgorithmIdentifier, the signature.
    if (data.empty() || data.size() < 1u + data[0])
        return refused("the AUTH data ends within its AlgorithmIdentifier");
    const auto algorithm = read_algorithm(data.subspan(1, data[0]));
    if (!algorithm) return refused(algorithm.error().what);
    const auto signature = data.subspan(1u + data[0]);
    if (algorithm->kind != kind_of(key))
        return refused("the AlgorithmIdentifier does not fit the certificate's key");
    const auto hashed = digest(algorithm->hash, parts);
    const bool right = algorithm->hash == Hash::identity ? is_right_eddsa(key, signature, hashed)
                                                         : is_right(key, *algorithm, signature, hashed);
    if (!right) return refused("the signature is wrong");
    return SignatureScheme{AuthMethod::digital_signature, algorithm->hash, algorithm->pss};
}

/// Method 1: RFC 7296 section 3.8 names SHA-1 as the default and leaves others open.
Result<SignatureScheme> verify_rsa(EVP_PKEY* key, ByteView signature, std::span<const ByteView> parts) {
    if (kind_of(key) != KeyKind::rsa) return refused("the certificate's key is not RSA");
    for (const auto hash : {Hash::sha1, Hash::sha2_256, Hash::sha2_384, Hash::sha2_512}) {
        if (is_right(key, {KeyKind::rsa, hash}, signature, digest(hash, parts)))
            return SignatureScheme{AuthMethod::rsa_digital_signature, hash, false};
    }
    return refused("the signature is wrong");
}

Result<SignatureScheme> verify_ecdsa(EVP_PKEY* key, const EcdsaMethod& method, ByteView signature,
                                     std::span<const ByteView> parts) {
    if (curve_of(key) != method.curve)
        return refused("the curve of the certificate's key is not the method's");
    // RFC 4754 section 7: two numbers of the curve's size, joined.
    if (signature.size() != 2 * method.coordinate) return refused("the signature has the wrong length");
    const auto der = ecdsa_der(signature);
    if (!der || !is_right(key, {KeyKind::ecdsa, method.hash}, *der, digest(method.hash, parts)))
        return refused("the signature is wrong");
    return SignatureScheme{method.method, method.hash, false};
}

Result<SignatureScheme> verify_with(EVP_PKEY* key, AuthMethod method, ByteView data,
                                    std::span<const ByteView> parts) {
    if (method == AuthMethod::digital_signature) return verify_digital_signature(key, data, parts);
    if (method == AuthMethod::rsa_digital_signature) return verify_rsa(key, data, parts);
    if (const auto* ecdsa = ecdsa_method(method)) return verify_ecdsa(key, *ecdsa, data, parts);
    return refused(fmt::format("{} is not supported", to_string(method)));
}

}  // namespace

Result<SignatureScheme> verify(const Certificate& certificate, AuthMethod method, ByteView auth_data,
                               std::span<const ByteView> parts) {
    auto* key = X509_get0_pubkey(certificate.state().x509.get());
    ERR_clear_error();
    if (key == nullptr) return refused("the certificate's key cannot be read");
    return verify_with(key, method, auth_data, parts);
}

Result<SignatureScheme> verify(ByteView public_key, AuthMethod method, ByteView auth_data,
                               std::span<const ByteView> parts) {
    const auto* at = public_key.data();
    const PkeyHandle key{d2i_PUBKEY(nullptr, &at, static_cast<long>(public_key.size()))};
    ERR_clear_error();
    if (!key || at != public_key.data() + public_key.size()) return refused("the public key cannot be read");
    return verify_with(key.get(), method, auth_data, parts);
}

std::string to_string(const SignatureScheme& scheme) {
    const auto* hash = [&] {
        switch (scheme.hash) {
            case Hash::sha1:
                return "SHA-1";
            case Hash::sha2_256:
                return "SHA2-256";
            case Hash::sha2_384:
                return "SHA2-384";
            case Hash::sha2_512:
                return "SHA2-512";
            case Hash::identity:
                break;
        }
        return "EdDSA";
    }();
    if (scheme.method != AuthMethod::digital_signature) {
        if (scheme.method == AuthMethod::rsa_digital_signature)
            return fmt::format("{} with RSA PKCS #1 v1.5", hash);
        return to_string(scheme.method);
    }
    if (scheme.hash == Hash::identity) return hash;
    return scheme.pss ? fmt::format("{} with RSA-PSS", hash) : fmt::format("{} in a digital signature", hash);
}

}  // namespace ike::crypto
