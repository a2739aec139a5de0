#pragma once
// What certificates and private keys are made of, and the parts of signatures.
#include "libike/crypto/openssl/handle.hpp"
#include "libike/crypto/pki.hpp"

namespace ike::crypto {

struct Certificate::State {
    X509Handle x509;
    Bytes der;
};
struct RevocationList::State {
    CrlHandle crl;
};
struct PrivateKey::State {
    PkeyHandle key;
};

KeyKind kind_of(const EVP_PKEY* key);  ///< `other` for null
/// "C=CH, O=Example, CN=gw"; control and 8-bit octets escaped.
std::string text_of(const X509_NAME* name);
/// Seconds since the epoch; 0 for what is no time.
std::int64_t seconds_of(const ASN1_TIME* time);
/// Memory that OpenSSL reads a file from.
BioHandle memory(std::string_view text);

const EVP_MD* message_digest(Hash hash);  ///< null for identity
/// The curve of an EC key as OpenSSL's NID, 0 for other keys.
int curve_of(const EVP_PKEY* key);
/// Hash and curve of methods 9 to 11 (RFC 4754 section 3).
struct EcdsaMethod {
    AuthMethod method;
    Hash hash;
    int curve;
    std::size_t coordinate;  ///< octets of each half of a signature
};
const EcdsaMethod* ecdsa_method(AuthMethod method);
const EcdsaMethod* ecdsa_method_for_curve(int curve);

/// An ECDSA signature in DER, its nonce from key, digest and Rng.
Bytes ecdsa_sign(const EVP_PKEY* key, Hash hash, ByteView digest, Rng& rng);
/// The two halves, each padded to `coordinate` octets (RFC 4754 section 7), and back.
Bytes ecdsa_halves(ByteView der, std::size_t coordinate);
std::optional<Bytes> ecdsa_der(ByteView halves);
/// EMSA-PSS (RFC 8017 section 9.1.1) of a digest with a salt as long, for a modulus of `bits` bits.
std::optional<Bytes> pss_encode(Hash hash, ByteView digest, ByteView salt, unsigned bits);

/// What an AlgorithmIdentifier of RFC 7427 names.
struct SignatureAlgorithm {
    KeyKind kind{};
    Hash hash{};
    bool pss = false;
    Hash mask = Hash::sha1;  ///< of MGF1, for PSS
    unsigned salt = 0;       ///< octets, for PSS
};
/// DER of the AlgorithmIdentifier (RFC 7427 appendix A).
Bytes algorithm_der(KeyKind kind, Hash hash, bool pss);
Result<SignatureAlgorithm> read_algorithm(ByteView der);

}  // namespace ike::crypto
