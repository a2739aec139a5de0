// ECDSA with nonces of RFC 6979 section 3.6, whose extra input comes from the Rng: a seeded run repeats octet
// for octet, and yet two messages never share a nonce, even if the Rng gives the same octets twice.
// OpenSSL 3.0 lets no one choose a nonce.
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/objects.h>

#include "libike/crypto/openssl/pki.hpp"

namespace ike::crypto {

namespace {

PrfId hmac_of(Hash hash) {
    switch (hash) {
        case Hash::sha1:
            return PrfId::hmac_sha1;
        case Hash::sha2_384:
            return PrfId::hmac_sha2_384;
        case Hash::sha2_512:
            return PrfId::hmac_sha2_512;
        default:
            return PrfId::hmac_sha2_256;
    }
}

/// bits2int of RFC 6979 section 2.3.2: the leftmost bits, as many as the order has.
BignumHandle leftmost(ByteView octets, const BIGNUM* order) {
    auto number = bignum(octets);
    const int excess = static_cast<int>(octets.size()) * 8 - BN_num_bits(order);
    if (excess > 0) must(BN_rshift(number.get(), number.get(), excess) == 1, "an ECDSA digest");
    return number;
}
SecretBytes padded(const BIGNUM* number, const BIGNUM* order) {
    SecretBytes octets{static_cast<std::size_t>(BN_num_bytes(order))};
    must(BN_bn2binpad(number, octets.mutable_view().data(), static_cast<int>(octets.size())) >= 0,
         "an ECDSA number");
    return octets;
}

/// The HMAC_DRBG of RFC 6979 section 3.2.
class NonceSource {
public:
    NonceSource(Hash hash, const BIGNUM* order, const BIGNUM* secret, const BIGNUM* digest, ByteView extra)
        : prf_{hmac_of(hash)}, order_{order}, key_{prf_size(prf_)}, value_{prf_size(prf_)} {
        std::ranges::fill(value_.mutable_view(), std::uint8_t{1});
        const auto x = padded(secret, order), h = padded(digest, order);
        for (const auto round : {std::uint8_t{0}, std::uint8_t{1}}) {
            const ByteView parts[] = {value_, {&round, 1}, x, h, extra};
            key_ = prf(prf_, key_, parts);
            value_ = prf(prf_, key_, value_);
        }
    }
    /// The next number in [1, order - 1].
    BignumHandle next() {
        for (;;) {
            SecretBytes octets{(static_cast<std::size_t>(BN_num_bits(order_)) + 7) / 8};
            for (std::size_t at = 0; at < octets.size(); at += value_.size()) {
                value_ = prf(prf_, key_, value_);
                const auto count = std::min(value_.size(), octets.size() - at);
                std::copy_n(value_.view().begin(), count,
                            octets.mutable_view().begin() + static_cast<std::ptrdiff_t>(at));
            }
            auto number = leftmost(octets, order_);
            static constexpr std::uint8_t zero = 0;
            const ByteView parts[] = {value_, {&zero, 1}};
            key_ = prf(prf_, key_, parts);
            value_ = prf(prf_, key_, value_);
            BN_set_flags(number.get(), BN_FLG_CONSTTIME);
            if (!BN_is_zero(number.get()) && BN_cmp(number.get(), order_) < 0) return number;
        }
    }

private:
    PrfId prf_;
    const BIGNUM* order_;
    SecretBytes key_;
    SecretBytes value_;
};

BignumHandle private_scalar(const EVP_PKEY* key) {
    BIGNUM* secret = nullptr;
    must(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &secret) == 1, "an ECDSA key");
    BN_set_flags(secret, BN_FLG_CONSTTIME);
    return BignumHandle{secret};
}

/// r = (k G).x mod n
BignumHandle first_half(const EC_GROUP* group, const BIGNUM* nonce, BN_CTX* context) {
    PointHandle point{EC_POINT_new(group)};
    BignumHandle x{BN_new()};
    must(point && x && EC_POINT_mul(group, point.get(), nonce, nullptr, nullptr, context) == 1 &&
             EC_POINT_get_affine_coordinates(group, point.get(), x.get(), nullptr, context) == 1 &&
             BN_nnmod(x.get(), x.get(), EC_GROUP_get0_order(group), context) == 1,
         "an ECDSA signature");
    return x;
}

/// s = (b k)^-1 (b z + b r d) mod n; b hides d and k from what can be measured of the arithmetic.
BignumHandle second_half(const BIGNUM* nonce, const BIGNUM* digest, const BIGNUM* r, const BIGNUM* secret,
                         const BIGNUM* blind, const BIGNUM* order, BN_CTX* context) {
    BignumHandle s{BN_new()}, part{BN_new()}, inverse{BN_new()}, exponent{BN_dup(order)};
    must(s && part && inverse && exponent && BN_sub_word(exponent.get(), 2) == 1 &&
             BN_mod_mul(s.get(), blind, secret, order, context) == 1 &&
             BN_mod_mul(s.get(), s.get(), r, order, context) == 1 &&
             BN_mod_mul(part.get(), blind, digest, order, context) == 1 &&
             BN_mod_add(s.get(), s.get(), part.get(), order, context) == 1 &&
             BN_mod_mul(part.get(), blind, nonce, order, context) == 1 &&
             BN_mod_exp_mont_consttime(inverse.get(), part.get(), exponent.get(), order, context, nullptr) ==
                 1 &&
             BN_mod_mul(s.get(), s.get(), inverse.get(), order, context) == 1,
         "an ECDSA signature");
    return s;
}

using Signature = Handle<ECDSA_SIG, ECDSA_SIG_free>;

Bytes der_of(BignumHandle r, BignumHandle s) {
    Signature signature{ECDSA_SIG_new()};
    must(signature && ECDSA_SIG_set0(signature.get(), r.get(), s.get()) == 1, "an ECDSA signature");
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    Bytes der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)));
    auto* at = der.data();
    i2d_ECDSA_SIG(signature.get(), &at);
    return der;
}

}  // namespace

Bytes ecdsa_sign(const EVP_PKEY* key, Hash hash, ByteView digest, Rng& rng) {
    const GroupHandle group{EC_GROUP_new_by_curve_name(curve_of(key))};
    BignumContext context{BN_CTX_new()};
    must(group && context, "an ECDSA curve");
    const auto* order = EC_GROUP_get0_order(group.get());
    const auto secret = private_scalar(key);
    auto number = leftmost(digest, order);
    must(BN_nnmod(number.get(), number.get(), order, context.get()) == 1, "an ECDSA digest");
    SecretBytes extra{32};
    rng.fill(extra.mutable_view());
    NonceSource nonces{hash, order, secret.get(), number.get(), extra};
    for (;;) {
        const auto nonce = nonces.next(), blind = nonces.next();
        auto r = first_half(group.get(), nonce.get(), context.get());
        if (BN_is_zero(r.get())) continue;
        auto s =
            second_half(nonce.get(), number.get(), r.get(), secret.get(), blind.get(), order, context.get());
        if (!BN_is_zero(s.get())) return der_of(std::move(r), std::move(s));
    }
}

Bytes ecdsa_halves(ByteView der, std::size_t coordinate) {
    const auto* at = der.data();
    Signature signature{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
    Bytes halves(2 * coordinate);
    const auto size = static_cast<int>(coordinate);
    must(signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), halves.data(), size) == size &&
             BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), halves.data() + coordinate, size) == size,
         "an ECDSA signature");
    return halves;
}

std::optional<Bytes> ecdsa_der(ByteView halves) {
    if (halves.empty() || halves.size() % 2 != 0) return std::nullopt;
    return der_of(bignum(halves.first(halves.size() / 2)), bignum(halves.subspan(halves.size() / 2)));
}

int curve_of(const EVP_PKEY* key) {
    std::array<char, 64> name{};
    std::size_t size = 0;
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
        EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) != 1)
        return 0;
    const int curve = OBJ_sn2nid(name.data());
    return curve != NID_undef ? curve : EC_curve_nist2nid(name.data());
}

namespace {
constexpr EcdsaMethod methods[] = {
    {AuthMethod::ecdsa_sha256_p256, Hash::sha2_256, NID_X9_62_prime256v1, 32},
    {AuthMethod::ecdsa_sha384_p384, Hash::sha2_384, NID_secp384r1, 48},
    {AuthMethod::ecdsa_sha512_p521, Hash::sha2_512, NID_secp521r1, 66},
};
}  // namespace

const EcdsaMethod* ecdsa_method(AuthMethod method) {
    const auto* found = std::ranges::find(methods, method, &EcdsaMethod::method);
    return found == std::ranges::end(methods) ? nullptr : found;
}
const EcdsaMethod* ecdsa_method_for_curve(int curve) {
    const auto* found = std::ranges::find(methods, curve, &EcdsaMethod::curve);
    return found == std::ranges::end(methods) ? nullptr : found;
}

}  // namespace ike::crypto
