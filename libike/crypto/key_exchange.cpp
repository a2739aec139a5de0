#include <fmt/format.h>

#include <variant>

#include "libike/crypto/crypto.hpp"
#include "libike/crypto/openssl/key_exchange.hpp"

namespace ike::crypto {

BignumHandle random_number(Rng& rng, unsigned bits) {
    SecretBytes octets{(bits + 7) / 8};
    rng.fill(octets.mutable_view());
    if (bits % 8 != 0) octets.mutable_view()[0] &= static_cast<std::uint8_t>(0xff >> (8 - bits % 8));
    auto number = bignum(octets);
    must(number != nullptr, "a random number");
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    return number;
}

BignumHandle random_scalar(Rng& rng, const BIGNUM* order, BN_CTX* context) {
    auto scalar = random_number(rng, static_cast<unsigned>(BN_num_bits(order)) + 64);
    BignumHandle range{BN_dup(order)};
    must(range && BN_sub_word(range.get(), 1) == 1 &&
             BN_nnmod(scalar.get(), scalar.get(), range.get(), context) == 1 &&
             BN_add_word(scalar.get(), 1) == 1,
         "a random scalar");
    return scalar;
}

bool supported(KeId id) { return public_value_size(id) != 0; }

std::size_t public_value_size(KeId id) {
    if (const auto size = montgomery_size(id); size != 0) return size;
    if (const auto* group = ecp_group(id)) return 2 * ecp_size(*group);
    if (const auto* group = modp_group(id)) return modp_size(*group);
    if (const auto* shape = ml_kem_shape(id)) return shape->public_key;
    return 0;
}

std::size_t response_size(KeId id) {
    const auto* shape = ml_kem_shape(id);
    return shape != nullptr ? shape->ciphertext : public_value_size(id);
}

using Key = std::variant<MontgomeryKey, EcpKey, ModpKey, MlKemKey>;

struct KeyExchange::State {
    KeId id;
    Key key;
};

namespace {

std::unexpected<Error> unsupported(KeId id) {
    const bool is_ml_kem = id == KeId::ml_kem_512 || id == KeId::ml_kem_768 || id == KeId::ml_kem_1024;
    return failure(fmt::format("key exchange: {} is not supported", to_string(id)),
                   is_ml_kem ? "ML-KEM needs OpenSSL 3.5 or newer" : "");
}

/// A key of the family that has the group: from the Rng or from octets.
template <class Source>
Result<Key> make(KeId id, Source& source) {
    const auto from = [&]<class Family, class Group>(std::type_identity<Family>,
                                                     const Group& group) -> Result<Key> {
        auto key = [&] {
            if constexpr (std::is_base_of_v<Rng, Source>) {
                return Family::generate(group, source);
            } else {
                return Family::from_private(group, source);
            }
        }();
        if (!key) return std::unexpected{std::move(key.error())};
        return Key{std::move(*key)};
    };
    if (montgomery_size(id) != 0) return from(std::type_identity<MontgomeryKey>{}, id);
    if (const auto* group = ecp_group(id)) return from(std::type_identity<EcpKey>{}, *group);
    if (const auto* group = modp_group(id)) return from(std::type_identity<ModpKey>{}, *group);
    if (const auto* shape = ml_kem_shape(id)) return from(std::type_identity<MlKemKey>{}, *shape);
    return unsupported(id);
}

}  // namespace

KeyExchange::KeyExchange(std::unique_ptr<State> state) : state_{std::move(state)} {}
KeyExchange::KeyExchange(KeyExchange&&) noexcept = default;
KeyExchange& KeyExchange::operator=(KeyExchange&&) noexcept = default;
KeyExchange::~KeyExchange() = default;

Result<KeyExchange> KeyExchange::generate(KeId id, Rng& rng) {
    auto key = make(id, rng);
    if (!key) return std::unexpected{std::move(key.error())};
    return KeyExchange{std::unique_ptr<State>{new State{id, std::move(*key)}}};
}

Result<KeyExchange> KeyExchange::from_private(KeId id, ByteView private_value) {
    auto key = make(id, private_value);
    if (!key) return std::unexpected{std::move(key.error())};
    return KeyExchange{std::unique_ptr<State>{new State{id, std::move(*key)}}};
}

Result<KeyResponse> KeyExchange::respond(KeId id, ByteView peer_public_value, Rng& rng) {
    if (const auto* shape = ml_kem_shape(id)) return MlKemKey::respond(*shape, peer_public_value, rng);
    auto own = generate(id, rng);
    if (!own) return std::unexpected{std::move(own.error())};
    auto secret = own->agree(peer_public_value);
    if (!secret) return std::unexpected{std::move(secret.error())};
    return KeyResponse{to_bytes(own->public_value()), std::move(*secret)};
}

KeId KeyExchange::id() const { return state_->id; }

ByteView KeyExchange::public_value() const {
    return std::visit([](const auto& key) -> ByteView { return key.public_value(); }, state_->key);
}

Result<SecretBytes> KeyExchange::agree(ByteView peer_public_value) const {
    return std::visit([&](const auto& key) { return key.agree(peer_public_value); }, state_->key);
}

}  // namespace ike::crypto
