#pragma once
// Certificates, private keys and signatures as IKE_AUTH uses them.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libike/base/error.hpp"
#include "libike/base/rng.hpp"
#include "libike/base/secret.hpp"
#include "libike/crypto/crypto.hpp"
#include "libike/registry/auth_method.hpp"
#include "libike/registry/signature_hash.hpp"

namespace ike::crypto {

/// What kind of key a certificate or private key holds.
enum class KeyKind : std::uint8_t { rsa, ecdsa, ed25519, ed448, other };

/// An X.509 certificate. Copies share.
class Certificate {
public:
    static Result<Certificate> from_der(ByteView der);
    /// All certificates of a PEM file's text, in order.
    static Result<std::vector<Certificate>> from_pem(std::string_view pem);
    ByteView der() const;
    std::string subject() const;  ///< RFC 2253 style, most specific last as in "C=.., O=.., CN=.."
    std::string issuer() const;
    ByteView subject_der() const;
    /// SHA-1 of the SubjectPublicKeyInfo, what CERTREQ carries for a CA (RFC 7296 section 3.7).
    std::array<std::uint8_t, 20> key_hash() const;
    KeyKind key_kind() const;
    unsigned key_bits() const;
    std::int64_t not_before() const;  ///< seconds since the epoch
    std::int64_t not_after() const;
    /// subjectAltName entries as text: "dns:gw.example", "email:a@b", "ip:192.0.2.1".
    std::vector<std::string> alternative_names() const;
    bool has_email(std::string_view address) const;
    bool has_dns(std::string_view name) const;
    bool has_address(ByteView octets) const;

    struct State;
    explicit Certificate(std::shared_ptr<const State> state) : state_{std::move(state)} {}
    const State& state() const { return *state_; }

private:
    std::shared_ptr<const State> state_;
};

/// An X.509 certificate revocation list. Copies share.
class RevocationList {
public:
    static Result<RevocationList> from_der(ByteView der);
    /// All lists of a PEM file's text, in order.
    static Result<std::vector<RevocationList>> from_pem(std::string_view pem);
    std::string issuer() const;
    std::int64_t this_update() const;                 ///< seconds since the epoch
    std::optional<std::int64_t> next_update() const;  ///< nothing where the list names none
    std::size_t size() const;                         ///< revoked certificates in it

    struct State;
    explicit RevocationList(std::shared_ptr<const State> state) : state_{std::move(state)} {}
    const State& state() const { return *state_; }

private:
    std::shared_ptr<const State> state_;
};
/// What it takes for a certificate to count as not revoked.
enum class Revocation : std::uint8_t {
    if_known,  ///< no list at hand, or one past its next update, is no objection
    required,  ///< a current list of every issuer in the chain
};

/// Checks that a chain leads from `leaf` over `intermediates` to one of `trusted` at `now` (seconds since the
/// epoch), RFC 5280. The error says which certificate and why.
Result<bool> verify_chain(const Certificate& leaf, std::span<const Certificate> intermediates,
                          std::span<const Certificate> trusted, std::int64_t now);
Result<bool> verify_chain(const Certificate& leaf, std::span<const Certificate> intermediates,
                          std::span<const Certificate> trusted, std::int64_t now,
                          std::span<const RevocationList> lists, Revocation revocation);

/// How an AUTH payload is signed.
struct SignatureScheme {
    AuthMethod method = AuthMethod::digital_signature;
    Hash hash = Hash::sha2_256;
    bool pss = false;  ///< RSA only
};

/// Which signatures we make where there is a choice. All but `best` are for peers that know no better.
enum class SignatureWish : std::uint8_t {
    best,     ///< what the peer can verify; RSASSA-PSS before PKCS #1 v1.5
    pss,      ///< RSA: RSASSA-PSS and nothing else
    pkcs1,    ///< RSA: PKCS #1 v1.5 in RFC 7427's Digital Signature
    classic,  ///< methods 1, 9, 10 and 11 whatever the peer announces
};
/// Whether a scheme for a key of this kind is what is wished for.
bool is_wanted(const SignatureScheme& scheme, SignatureWish wish, KeyKind kind);

class PrivateKey {
public:
    /// PKCS #8, encrypted or not, and the older RSA and EC forms. An encrypted key without its passphrase, or
    /// with a wrong one, is an error that says so.
    static Result<PrivateKey> from_pem(std::string_view pem, std::string_view passphrase = {});
    /// The same structures, not encrypted, as DER.
    static Result<PrivateKey> from_der(ByteView der);
    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;
    ~PrivateKey();
    KeyKind kind() const;
    unsigned bits() const;
    bool matches(const Certificate& certificate) const;
    /// The AUTH payload's data: for Digital Signature (RFC 7427) the length octet, the DER
    /// AlgorithmIdentifier and the signature; for methods 1, 9, 10, 11 the signature as those define it.
    /// `rng` feeds ECDSA nonces and PSS salts, so that a seeded run repeats.
    Result<Bytes> sign(const SignatureScheme& scheme, std::span<const ByteView> parts, Rng& rng) const;
    /// The scheme to use, given the hashes the peer announced (SIGNATURE_HASH_ALGORITHMS; empty: RFC 7427 is
    /// not supported, take methods 1, 9, 10 or 11). An error when nothing fits.
    Result<SignatureScheme> choose(std::span<const SignatureHash> peer_hashes,
                                   SignatureWish wish = SignatureWish::best) const;
    /// The scheme that the peer announced with a method and, of Digital Signature, an AlgorithmIdentifier in
    /// DER; nothing where this key cannot make it.
    std::optional<SignatureScheme> scheme_for(AuthMethod method, ByteView algorithm) const;

    struct State;
    const State& state() const { return *state_; }

private:
    explicit PrivateKey(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// AlgorithmIdentifiers in DER of all that verify() takes with Digital Signature, best first.
std::vector<Bytes> verifiable_algorithms();

/// Verifies AUTH data of a signature method against the certificate's key. The error says why not.
Result<SignatureScheme> verify(const Certificate& certificate, AuthMethod method, ByteView auth_data,
                               std::span<const ByteView> parts);

/// The same against a bare key, a SubjectPublicKeyInfo in DER (a raw public key, RFC 7670).
Result<SignatureScheme> verify(ByteView public_key, AuthMethod method, ByteView auth_data,
                               std::span<const ByteView> parts);

/// "SHA2-256 with RSA-PSS" and so on, for people.
std::string to_string(const SignatureScheme& scheme);

}  // namespace ike::crypto
