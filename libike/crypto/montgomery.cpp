#include <fmt/format.h>
#include <openssl/err.h>

#include "libike/crypto/openssl/key_exchange.hpp"

namespace ike::crypto {

std::size_t montgomery_size(KeId id) { return id == KeId::x25519 ? 32 : id == KeId::x448 ? 56 : 0; }

namespace {

int type_of(KeId id) { return id == KeId::x25519 ? EVP_PKEY_X25519 : EVP_PKEY_X448; }
const char* name_of(KeId id) { return id == KeId::x25519 ? "Curve25519" : "Curve448"; }

}  // namespace

Result<MontgomeryKey> MontgomeryKey::generate(KeId id, Rng& rng) {
    SecretBytes octets{montgomery_size(id)};
    rng.fill(octets.mutable_view());
    return from_private(id, octets);
}

Result<MontgomeryKey> MontgomeryKey::from_private(KeId id, ByteView value) {
    if (value.size() != montgomery_size(id)) {
        return failure(
            fmt::format("{} key exchange: a private value has {} octets", name_of(id), montgomery_size(id)));
    }
    PkeyHandle key{EVP_PKEY_new_raw_private_key(type_of(id), nullptr, value.data(), value.size())};
    Bytes octets(value.size());
    auto size = octets.size();
    must(key && EVP_PKEY_get_raw_public_key(key.get(), octets.data(), &size) == 1,
         "a Curve25519 or Curve448 key");
    return MontgomeryKey{id, std::move(key), std::move(octets)};
}

Result<SecretBytes> MontgomeryKey::agree(ByteView peer) const {
    if (peer.size() != montgomery_size(id_))
        return failure(
            fmt::format("{} key exchange: the peer's public value has the wrong length", name_of(id_)));
    PkeyHandle other{EVP_PKEY_new_raw_public_key(type_of(id_), nullptr, peer.data(), peer.size())};
    PkeyContext context{EVP_PKEY_CTX_new(key_.get(), nullptr)};
    SecretBytes secret{peer.size()};
    auto size = secret.size();
    must(other && context && EVP_PKEY_derive_init(context.get()) == 1 &&
             EVP_PKEY_derive_set_peer_ex(context.get(), other.get(), 0) == 1,
         "a Curve25519 or Curve448 agreement");
    // RFC 8031 section 2 and RFC 7748 section 6: an all-zero secret, which OpenSSL refuses to give, comes
    // from a point of small order.
    if (EVP_PKEY_derive(context.get(), secret.mutable_view().data(), &size) != 1) {
        ERR_clear_error();
        return failure(
            fmt::format("{} key exchange: the peer's public value leads to a secret of zeros", name_of(id_)));
    }
    static constexpr std::array<std::uint8_t, 56> zeros{};
    if (equal_secret(secret, ByteView{zeros}.first(secret.size())))
        return failure(
            fmt::format("{} key exchange: the peer's public value leads to a secret of zeros", name_of(id_)));
    return secret;
}

}  // namespace ike::crypto
