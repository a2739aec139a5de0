#include <fmt/format.h>

#include "libike/crypto/openssl/key_exchange.hpp"
#include "libike/crypto/openssl/modp_groups.hpp"

namespace ike::crypto {

struct ModpGroup {
    BignumHandle prime;
    BignumHandle generator;
    BignumHandle order;  ///< of the subgroup where it is not (p - 1) / 2, else null
    MontgomeryHandle montgomery;
    std::size_t size;        ///< octets of the prime
    unsigned exponent_bits;  ///< of a private value
};

namespace {

BignumHandle from_hex_text(const char* text) {
    BIGNUM* number = nullptr;
    must(BN_hex2bn(&number, text) != 0, "a MODP group");
    return BignumHandle{number};
}

ModpGroup finished(BignumHandle prime, BignumHandle generator, BignumHandle order, unsigned exponent_bits) {
    BignumContext context{BN_CTX_new()};
    MontgomeryHandle montgomery{BN_MONT_CTX_new()};
    must(context && montgomery && BN_MONT_CTX_set(montgomery.get(), prime.get(), context.get()) == 1,
         "a MODP group");
    const auto size = static_cast<std::size_t>(BN_num_bytes(prime.get()));
    return {std::move(prime), std::move(generator), std::move(order), std::move(montgomery), size,
            exponent_bits};
}

/// A safe prime with generator 2. An exponent of twice the group's strength is as good as a full one (RFC
/// 7919 section 5.2); the strengths are the larger estimates of RFC 3526 section 8 up to 2048 bits, then
/// those of RFC 7919 appendix A, all rounded up.
ModpGroup safe(BIGNUM* (*prime)(BIGNUM*), unsigned exponent_bits) {
    BignumHandle two{BN_new()};
    must(two && BN_set_word(two.get(), 2) == 1, "a MODP group");
    return finished(BignumHandle{prime(nullptr)}, std::move(two), nullptr, exponent_bits);
}
ModpGroup subgroup(const ModpNumbers& numbers) {
    auto order = from_hex_text(numbers.order);
    const auto bits = static_cast<unsigned>(BN_num_bits(order.get()));
    return finished(from_hex_text(numbers.prime), from_hex_text(numbers.generator), std::move(order), bits);
}

template <auto prime, unsigned exponent_bits>
const ModpGroup* safe_group() {
    static const ModpGroup group = safe(prime, exponent_bits);
    return &group;
}
template <auto numbers>
const ModpGroup* subgroup_group() {
    static const ModpGroup group = subgroup(*numbers);
    return &group;
}

std::unexpected<Error> refused(const char* why) {
    return failure(fmt::format("MODP key exchange: the peer's public value {}", why));
}

}  // namespace

const ModpGroup* modp_group(KeId id) {
    switch (id) {
        case KeId::modp_768:
            return safe_group<BN_get_rfc2409_prime_768, 256>();
        case KeId::modp_1024:
            return safe_group<BN_get_rfc2409_prime_1024, 256>();
        case KeId::modp_1536:
            return safe_group<BN_get_rfc3526_prime_1536, 256>();
        case KeId::modp_2048:
            return safe_group<BN_get_rfc3526_prime_2048, 256>();
        case KeId::modp_3072:
            return safe_group<BN_get_rfc3526_prime_3072, 320>();
        case KeId::modp_4096:
            return safe_group<BN_get_rfc3526_prime_4096, 384>();
        case KeId::modp_6144:
            return safe_group<BN_get_rfc3526_prime_6144, 448>();
        case KeId::modp_8192:
            return safe_group<BN_get_rfc3526_prime_8192, 512>();
        case KeId::modp_1024_160:
            return subgroup_group<&modp_1024_160_numbers>();
        case KeId::modp_2048_224:
            return subgroup_group<&modp_2048_224_numbers>();
        case KeId::modp_2048_256:
            return subgroup_group<&modp_2048_256_numbers>();
        default:
            return nullptr;
    }
}

std::size_t modp_size(const ModpGroup& group) { return group.size; }

namespace {

BignumHandle power(const ModpGroup& group, const BIGNUM* base, const BIGNUM* exponent, BN_CTX* context) {
    BignumHandle result{BN_new()};
    must(result && BN_mod_exp_mont_consttime(result.get(), base, exponent, group.prime.get(), context,
                                             group.montgomery.get()) == 1,
         "a MODP power");
    return result;
}

}  // namespace

ModpKey::ModpKey(const ModpGroup& group, BignumHandle secret)
    : group_{&group}, secret_{std::move(secret)}, public_(group.size) {
    BignumContext context{BN_CTX_new()};
    const auto value = power(group, group.generator.get(), secret_.get(), context.get());
    must(BN_bn2binpad(value.get(), public_.data(), static_cast<int>(public_.size())) > 0, "a MODP value");
}

Result<ModpKey> ModpKey::generate(const ModpGroup& group, Rng& rng) {
    if (group.order) {
        BignumContext context{BN_CTX_new()};
        return ModpKey{group, random_scalar(rng, group.order.get(), context.get())};
    }
    auto secret = random_number(rng, group.exponent_bits);
    must(BN_set_bit(secret.get(), static_cast<int>(group.exponent_bits) - 1) == 1, "a MODP exponent");
    return ModpKey{group, std::move(secret)};
}

Result<ModpKey> ModpKey::from_private(const ModpGroup& group, ByteView value) {
    auto secret = bignum(value);
    if (BN_is_zero(secret.get()) || BN_cmp(secret.get(), group.prime.get()) >= 0)
        return failure("MODP key exchange: the private value is not between zero and the prime");
    BN_set_flags(secret.get(), BN_FLG_CONSTTIME);
    return ModpKey{group, std::move(secret)};
}

Result<SecretBytes> ModpKey::agree(ByteView peer) const {
    if (peer.size() != group_->size) return refused("has the wrong length");
    const auto value = bignum(peer);
    BignumContext context{BN_CTX_new()};
    BignumHandle last{BN_dup(group_->prime.get())};
    must(last && BN_sub_word(last.get(), 1) == 1, "a MODP check");
    // RFC 6989 section 2.1: 1 < y < p - 1.
    if (BN_cmp(value.get(), BN_value_one()) <= 0 || BN_cmp(value.get(), last.get()) >= 0)
        return refused("is out of range");
    // RFC 6989 section 2.2: y^q = 1 in groups with small subgroups.
    if (group_->order) {
        const auto one = power(*group_, value.get(), group_->order.get(), context.get());
        if (!BN_is_one(one.get())) return refused("is not in the group's subgroup");
    }
    const auto shared = power(*group_, value.get(), secret_.get(), context.get());
    SecretBytes secret{group_->size};
    must(BN_bn2binpad(shared.get(), secret.mutable_view().data(), static_cast<int>(secret.size())) > 0,
         "a MODP secret");
    return secret;
}

}  // namespace ike::crypto
