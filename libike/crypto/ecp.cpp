#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "libike/crypto/openssl/key_exchange.hpp"

namespace ike::crypto {

struct EcpGroup {
    GroupHandle group;
    BignumHandle prime;
    std::size_t size;  ///< octets of a coordinate
};

namespace {

template <int nid>
const EcpGroup* named() {
    static const EcpGroup made = [] {
        EcpGroup found{GroupHandle{EC_GROUP_new_by_curve_name(nid)}, BignumHandle{BN_new()}, 0};
        if (found.group) {
            must(EC_GROUP_get_curve(found.group.get(), found.prime.get(), nullptr, nullptr, nullptr) == 1,
                 "a curve");
            found.size = static_cast<std::size_t>(BN_num_bytes(found.prime.get()));
        }
        ERR_clear_error();
        return found;
    }();
    return made.group ? &made : nullptr;
}

std::unexpected<Error> refused(const char* why) {
    return failure(fmt::format("ECP key exchange: the peer's public value {}", why));
}

}  // namespace

const EcpGroup* ecp_group(KeId id) {
    switch (id) {
        case KeId::ecp_192:
            return named<NID_X9_62_prime192v1>();
        case KeId::ecp_224:
            return named<NID_secp224r1>();
        case KeId::ecp_256:
            return named<NID_X9_62_prime256v1>();
        case KeId::ecp_384:
            return named<NID_secp384r1>();
        case KeId::ecp_521:
            return named<NID_secp521r1>();
        case KeId::brainpool_p224:
            return named<NID_brainpoolP224r1>();
        case KeId::brainpool_p256:
            return named<NID_brainpoolP256r1>();
        case KeId::brainpool_p384:
            return named<NID_brainpoolP384r1>();
        case KeId::brainpool_p512:
            return named<NID_brainpoolP512r1>();
        default:
            return nullptr;
    }
}

std::size_t ecp_size(const EcpGroup& group) { return group.size; }

EcpKey::EcpKey(const EcpGroup& group, BignumHandle secret)
    : group_{&group}, secret_{std::move(secret)}, public_(1 + 2 * group.size) {
    BignumContext context{BN_CTX_new()};
    const auto* curve = group.group.get();
    PointHandle point{EC_POINT_new(curve)};
    must(point && EC_POINT_mul(curve, point.get(), secret_.get(), nullptr, nullptr, context.get()) == 1 &&
             EC_POINT_point2oct(curve, point.get(), POINT_CONVERSION_UNCOMPRESSED, public_.data(),
                                public_.size(), context.get()) == public_.size(),
         "an ECP value");
    // RFC 5903 section 7: x | y, without the octet that says so.
    public_.erase(public_.begin());
}

Result<EcpKey> EcpKey::generate(const EcpGroup& group, Rng& rng) {
    BignumContext context{BN_CTX_new()};
    return EcpKey{group, random_scalar(rng, EC_GROUP_get0_order(group.group.get()), context.get())};
}

Result<EcpKey> EcpKey::from_private(const EcpGroup& group, ByteView value) {
    auto secret = bignum(value);
    if (BN_is_zero(secret.get()) || BN_cmp(secret.get(), EC_GROUP_get0_order(group.group.get())) >= 0)
        return failure("ECP key exchange: the private value is not between zero and the group's order");
    BN_set_flags(secret.get(), BN_FLG_CONSTTIME);
    return EcpKey{group, std::move(secret)};
}

Result<SecretBytes> EcpKey::agree(ByteView peer) const {
    if (peer.size() != 2 * group_->size) return refused("has the wrong length");
    const auto* curve = group_->group.get();
    const auto x = bignum(peer.first(group_->size)), y = bignum(peer.subspan(group_->size));
    // RFC 6989 section 2.3: both coordinates below the prime, and on the curve.
    if (BN_cmp(x.get(), group_->prime.get()) >= 0 || BN_cmp(y.get(), group_->prime.get()) >= 0)
        return refused("is out of range");
    BignumContext context{BN_CTX_new()};
    PointHandle point{EC_POINT_new(curve)};
    must(context && point, "an ECP point");
    if (EC_POINT_set_affine_coordinates(curve, point.get(), x.get(), y.get(), context.get()) != 1) {
        ERR_clear_error();
        return refused("is not on the curve");
    }
    must(EC_POINT_mul(curve, point.get(), nullptr, point.get(), secret_.get(), context.get()) == 1,
         "an ECP secret");
    // The groups have prime order: a point on the curve times 0 < d < n is not the one at infinity.
    BignumHandle shared{BN_secure_new()};
    must(shared &&
             EC_POINT_get_affine_coordinates(curve, point.get(), shared.get(), nullptr, context.get()) == 1,
         "an ECP secret");
    SecretBytes secret{group_->size};
    must(BN_bn2binpad(shared.get(), secret.mutable_view().data(), static_cast<int>(secret.size())) >= 0,
         "an ECP secret");
    return secret;
}

}  // namespace ike::crypto
