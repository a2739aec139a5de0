#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstring>

#include "libike/crypto/openssl/pki.hpp"

namespace ike::crypto {

PrivateKey::PrivateKey(std::unique_ptr<State> state) : state_{std::move(state)} {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

namespace {

struct Passphrase {
    std::string_view text;
    bool asked = false;
};
int give_passphrase(char* buffer, int size, int, void* user) {
    auto& passphrase = *static_cast<Passphrase*>(user);
    passphrase.asked = true;
    if (passphrase.text.empty() || passphrase.text.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(buffer, passphrase.text.data(), passphrase.text.size());
    return static_cast<int>(passphrase.text.size());
}

std::optional<Error> objection(const EVP_PKEY* key) {
    if (kind_of(key) == KeyKind::other)
        return Error{"read a private key: not an RSA, ECDSA, Ed25519 or Ed448 key", {}};
    if (kind_of(key) == KeyKind::ecdsa && curve_of(key) == 0)
        return Error{"read a private key: its curve has no name", {}};
    return std::nullopt;
}

}  // namespace

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem, std::string_view given) {
    ERR_clear_error();
    const auto bio = memory(pem);
    Passphrase passphrase{given};
    PkeyHandle key{PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &passphrase)};
    if (!key) {
        const auto why = openssl_reason();
        if (passphrase.asked && given.empty())
            return failure("read a private key: it is encrypted",
                           "give its passphrase, or decrypt it with openssl pkey");
        if (passphrase.asked) return failure("read a private key: the passphrase does not open it");
        if (pem.find("PRIVATE KEY-----") == std::string_view::npos)
            return failure("read a private key: no BEGIN ... PRIVATE KEY line in the text");
        return failure("read a private key: " + why);
    }
    if (auto error = objection(key.get())) return std::unexpected{std::move(*error)};
    return PrivateKey{std::unique_ptr<State>{new State{std::move(key)}}};
}

Result<PrivateKey> PrivateKey::from_der(ByteView der) {
    const auto* at = der.data();
    PkeyHandle key{d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size()))};
    if (!key) return failure("read a private key: " + openssl_reason());
    if (auto error = objection(key.get())) return std::unexpected{std::move(*error)};
    return PrivateKey{std::unique_ptr<State>{new State{std::move(key)}}};
}

KeyKind PrivateKey::kind() const { return kind_of(state_->key.get()); }
unsigned PrivateKey::bits() const { return static_cast<unsigned>(EVP_PKEY_get_bits(state_->key.get())); }

bool PrivateKey::matches(const Certificate& certificate) const {
    const auto* key = X509_get0_pubkey(certificate.state().x509.get());
    const bool same = key != nullptr && EVP_PKEY_eq(key, state_->key.get()) == 1;
    ERR_clear_error();
    return same;
}

namespace {

std::unexpected<Error> cannot(std::string_view why) { return failure(fmt::format("sign: {}", why)); }

/// The key as plain RSA: OpenSSL allows no bare operation with one that says it is for PSS only (RFC 4055
/// section 1.2).
PkeyHandle plain_rsa(EVP_PKEY* key) {
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA_PSS) {
        EVP_PKEY_up_ref(key);
        return PkeyHandle{key};
    }
    OSSL_PARAM* parts = nullptr;
    EVP_PKEY* made = nullptr;
    PkeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr)};
    must(context && EVP_PKEY_todata(key, EVP_PKEY_KEYPAIR, &parts) == 1, "an RSA-PSS key");
    const bool done = EVP_PKEY_fromdata_init(context.get()) == 1 &&
                      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, parts) == 1;
    OSSL_PARAM_free(parts);
    must(done, "an RSA-PSS key");
    return PkeyHandle{made};
}

/// RSASSA-PKCS1-v1_5, or with no hash the bare private operation on an encoded message.
Result<Bytes> rsa_sign(EVP_PKEY* key, const EVP_MD* digest, ByteView message) {
    PkeyContext context{EVP_PKEY_CTX_new(key, nullptr)};
    must(context && EVP_PKEY_sign_init(context.get()) == 1, "an RSA signature");
    const int padding = digest != nullptr ? RSA_PKCS1_PADDING : RSA_NO_PADDING;
    if (EVP_PKEY_CTX_set_rsa_padding(context.get(), padding) != 1 ||
        (digest != nullptr && EVP_PKEY_CTX_set_signature_md(context.get(), digest) != 1))
        return cannot("the key is for RSASSA-PSS alone");
    std::size_t size = 0;
    if (EVP_PKEY_sign(context.get(), nullptr, &size, message.data(), message.size()) != 1)
        return cannot(openssl_reason());
    Bytes signature(size);
    if (EVP_PKEY_sign(context.get(), signature.data(), &size, message.data(), message.size()) != 1)
        return cannot(openssl_reason());
    signature.resize(size);
    return signature;
}

Result<Bytes> pss_sign(EVP_PKEY* key, Hash hash, ByteView digest, Rng& rng) {
    const auto salt = rng.bytes(digest.size());
    const auto bits = static_cast<unsigned>(EVP_PKEY_get_bits(key));
    auto encoded = pss_encode(hash, digest, salt, bits);
    if (!encoded) return cannot("the RSA key is too short for PSS with this hash");
    // A modulus of 8n + 1 bits: the encoding is an octet shorter than it.
    const auto size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
    encoded->insert(encoded->begin(), size - encoded->size(), 0);
    return rsa_sign(plain_rsa(key).get(), nullptr, *encoded);
}

Result<Bytes> eddsa_sign(EVP_PKEY* key, ByteView message) {
    DigestContext context{EVP_MD_CTX_new()};
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
    Bytes signature(size);
    must(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
             EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1,
         "an EdDSA signature");
    signature.resize(size);
    return signature;
}

Result<Bytes> ecdsa_method_sign(const EVP_PKEY* key, const EcdsaMethod& method,
                                std::span<const ByteView> parts, Rng& rng) {
    if (curve_of(key) != method.curve)
        return cannot(fmt::format("the key's curve is not that of {}", to_string(method.method)));
    return ecdsa_halves(ecdsa_sign(key, method.hash, digest(method.hash, parts), rng), method.coordinate);
}

/// RFC 7427 section 3: a length octet, the AlgorithmIdentifier, the signature.
Bytes with_algorithm(ByteView algorithm, ByteView signature) {
    const auto size = static_cast<std::uint8_t>(algorithm.size());
    return concat(ByteView{&size, 1}, algorithm, signature);
}

}  // namespace

Result<Bytes> PrivateKey::sign(const SignatureScheme& scheme, std::span<const ByteView> parts,
                               Rng& rng) const {
    auto* key = state_->key.get();
    const auto kind = kind_of(key);
    if (scheme.method == AuthMethod::rsa_digital_signature) {
        if (kind != KeyKind::rsa) return cannot("the key is not RSA");
        if (scheme.hash == Hash::identity) return cannot("RSA needs a hash");
        return rsa_sign(key, message_digest(scheme.hash), digest(scheme.hash, parts));
    }
    if (const auto* method = ecdsa_method(scheme.method)) return ecdsa_method_sign(key, *method, parts, rng);
    if (scheme.method != AuthMethod::digital_signature)
        return cannot(fmt::format("{} is no signature", to_string(scheme.method)));
    const bool is_eddsa = kind == KeyKind::ed25519 || kind == KeyKind::ed448;
    // RFC 8420 section 2: EdDSA hashes for itself, and only it.
    if (is_eddsa != (scheme.hash == Hash::identity)) return cannot("the hash does not go with the key");
    const auto hashed = digest(scheme.hash, parts);
    auto signature = is_eddsa                 ? eddsa_sign(key, hashed)
                     : kind == KeyKind::ecdsa ? Result<Bytes>{ecdsa_sign(key, scheme.hash, hashed, rng)}
                     : scheme.pss             ? pss_sign(key, scheme.hash, hashed, rng)
                                              : rsa_sign(key, message_digest(scheme.hash), hashed);
    if (!signature) return signature;
    return with_algorithm(algorithm_der(kind, scheme.hash, scheme.pss && kind == KeyKind::rsa), *signature);
}

namespace {

std::optional<Hash> hash_of(SignatureHash hash) {
    switch (hash) {
        case SignatureHash::sha1:
            return Hash::sha1;
        case SignatureHash::sha2_256:
            return Hash::sha2_256;
        case SignatureHash::sha2_384:
            return Hash::sha2_384;
        case SignatureHash::sha2_512:
            return Hash::sha2_512;
        case SignatureHash::identity:
            return Hash::identity;
        default:
            return std::nullopt;
    }
}

/// The hashes to sign with, best first: as strong as the key, then stronger, then weaker; SHA-1 last.
std::vector<Hash> preferred(KeyKind kind, unsigned bits) {
    if (kind == KeyKind::ed25519 || kind == KeyKind::ed448) return {Hash::identity};
    const bool is_curve = kind == KeyKind::ecdsa;
    if (is_curve && bits > 384) return {Hash::sha2_512, Hash::sha2_384, Hash::sha2_256, Hash::sha1};
    if ((is_curve && bits > 256) || bits > 7680)
        return {Hash::sha2_384, Hash::sha2_512, Hash::sha2_256, Hash::sha1};
    return {Hash::sha2_256, Hash::sha2_384, Hash::sha2_512, Hash::sha1};
}

}  // namespace

bool is_wanted(const SignatureScheme& scheme, SignatureWish wish, KeyKind kind) {
    const bool digital = scheme.method == AuthMethod::digital_signature;
    switch (wish) {
        case SignatureWish::best:
            return true;
        case SignatureWish::classic:
            return !digital;
        case SignatureWish::pss:
            return kind != KeyKind::rsa || (digital && scheme.pss);
        case SignatureWish::pkcs1:
            break;
    }
    return kind != KeyKind::rsa || (digital && !scheme.pss);
}

std::optional<SignatureScheme> PrivateKey::scheme_for(AuthMethod method, ByteView algorithm) const {
    if (method == AuthMethod::rsa_digital_signature && kind() == KeyKind::rsa)
        return SignatureScheme{method, Hash::sha1, false};
    if (const auto* ecdsa = ecdsa_method(method);
        ecdsa != nullptr && curve_of(state_->key.get()) == ecdsa->curve)
        return SignatureScheme{method, ecdsa->hash, false};
    if (method != AuthMethod::digital_signature) return std::nullopt;
    const auto read = read_algorithm(algorithm);
    if (!read || read->kind != kind()) return std::nullopt;
    // Our salts are as long as the hash, our masks use it too.
    return SignatureScheme{method, read->hash, read->pss};
}

Result<SignatureScheme> PrivateKey::choose(std::span<const SignatureHash> peer_hashes,
                                           SignatureWish wish) const {
    const auto key_kind = kind();
    const bool classic = wish == SignatureWish::classic;
    for (const auto hash : preferred(key_kind, bits())) {
        const bool known =
            std::ranges::any_of(peer_hashes, [&](SignatureHash each) { return hash_of(each) == hash; });
        // RFC 8247 section 3.2: PSS rather than PKCS #1 v1.5.
        const bool pss = key_kind == KeyKind::rsa && wish != SignatureWish::pkcs1;
        if (known && !classic) return SignatureScheme{AuthMethod::digital_signature, hash, pss};
    }
    if (key_kind == KeyKind::rsa && (wish == SignatureWish::pss || wish == SignatureWish::pkcs1))
        return failure("sign: the peer does not know RFC 7427, and no older signature is wanted");
    if (key_kind == KeyKind::rsa)
        return SignatureScheme{AuthMethod::rsa_digital_signature, Hash::sha1, false};
    const auto* method = ecdsa_method_for_curve(curve_of(state_->key.get()));
    if (method != nullptr) return SignatureScheme{method->method, method->hash, false};
    return failure("sign: the peer announced no hash algorithm that goes with this key",
                   key_kind == KeyKind::ecdsa ? "" : "EdDSA needs a peer that knows RFC 8420");
}

}  // namespace ike::crypto
