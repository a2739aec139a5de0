#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "libike/crypto/openssl/key_exchange.hpp"

namespace ike::crypto {

namespace {

// FIPS 203 section 8, table 3, and algorithm 16: d | z.
constexpr std::size_t seed_size = 64, message_size = 32, secret_size = 32;
constexpr MlKemShape shapes[] = {
    {"ML-KEM-512", 800, 768}, {"ML-KEM-768", 1184, 1088}, {"ML-KEM-1024", 1568, 1568}};

bool is_there(const char* name) {
    Handle<EVP_KEM, EVP_KEM_free> kem{EVP_KEM_fetch(nullptr, name, nullptr)};
    ERR_clear_error();
    return kem != nullptr;
}

OSSL_PARAM octets_param(const char* key, ByteView octets) {
    return OSSL_PARAM_construct_octet_string(key, const_cast<std::uint8_t*>(octets.data()), octets.size());
}
std::unexpected<Error> refused(const MlKemShape& shape, const char* why) {
    ERR_clear_error();
    return failure(fmt::format("{} key exchange: {}", shape.name, why));
}

}  // namespace

const MlKemShape* ml_kem_shape(KeId id) {
    const auto index = static_cast<unsigned>(id) - static_cast<unsigned>(KeId::ml_kem_512);
    if (index >= std::size(shapes)) return nullptr;
    static const bool there =
        is_there(shapes[0].name) && is_there(shapes[1].name) && is_there(shapes[2].name);
    return there ? &shapes[index] : nullptr;
}

Result<MlKemKey> MlKemKey::generate(const MlKemShape& shape, Rng& rng) {
    SecretBytes seed{seed_size};
    rng.fill(seed.mutable_view());
    return from_private(shape, seed);
}

Result<MlKemKey> MlKemKey::from_private(const MlKemShape& shape, ByteView seed) {
    if (seed.size() != seed_size) return refused(shape, "a private value is a seed of 64 octets");
    PkeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, shape.name, nullptr)};
    const OSSL_PARAM params[] = {octets_param("seed", seed), OSSL_PARAM_construct_end()};
    EVP_PKEY* made = nullptr;
    must(context && EVP_PKEY_keygen_init(context.get()) == 1 &&
             EVP_PKEY_CTX_set_params(context.get(), params) == 1 &&
             EVP_PKEY_generate(context.get(), &made) == 1,
         "an ML-KEM key");
    PkeyHandle key{made};
    Bytes octets(shape.public_key);
    auto size = octets.size();
    must(EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size(),
                                         &size) == 1 &&
             size == octets.size(),
         "an ML-KEM key");
    return MlKemKey{shape, std::move(key), std::move(octets)};
}

Result<SecretBytes> MlKemKey::agree(ByteView ciphertext) const {
    if (ciphertext.size() != shape_->ciphertext)
        return refused(*shape_, "the responder's ciphertext has the wrong length");
    PkeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr)};
    SecretBytes secret{secret_size};
    auto size = secret.size();
    must(context && EVP_PKEY_decapsulate_init(context.get(), nullptr) == 1, "an ML-KEM decapsulation");
    if (EVP_PKEY_decapsulate(context.get(), secret.mutable_view().data(), &size, ciphertext.data(),
                             ciphertext.size()) != 1 ||
        size != secret_size)
        return refused(*shape_, "the responder's ciphertext cannot be opened");
    return secret;
}

Result<KeyResponse> MlKemKey::respond(const MlKemShape& shape, ByteView peer, Rng& rng) {
    if (peer.size() != shape.public_key)
        return refused(shape, "the initiator's public value has the wrong length");
    // FIPS 203 section 7.2: OpenSSL makes the modulus check when it reads the key.
    PkeyHandle key{EVP_PKEY_new_raw_public_key_ex(nullptr, shape.name, nullptr, peer.data(), peer.size())};
    if (!key) return refused(shape, "the initiator's public value is not one");
    SecretBytes message{message_size};
    rng.fill(message.mutable_view());
    PkeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
    const OSSL_PARAM params[] = {octets_param("ikme", message), OSSL_PARAM_construct_end()};
    KeyResponse response{Bytes(shape.ciphertext), SecretBytes{secret_size}};
    auto ciphertext_size = shape.ciphertext, size = secret_size;
    must(context && EVP_PKEY_encapsulate_init(context.get(), params) == 1 &&
             EVP_PKEY_encapsulate(context.get(), response.public_value.data(), &ciphertext_size,
                                  response.shared_secret.mutable_view().data(), &size) == 1,
         "an ML-KEM encapsulation");
    return response;
}

}  // namespace ike::crypto
