#include "libike/sa/key_material.hpp"

namespace ike {

IkeKeys IkeKeys::clone() const {
    return {d.clone(), ai.clone(), ar.clone(), ei.clone(), er.clone(), pi.clone(), pr.clone()};
}
ChildKeys ChildKeys::clone() const { return {ei.clone(), ai.clone(), er.clone(), ar.clone()}; }

std::size_t encr_key_size(EncrId id, unsigned key_bits) {
    const auto shape = crypto::cipher_shape(id, key_bits);
    return shape ? shape->key + shape->salt : 0;
}

namespace {

std::size_t integ_size(IntegId id) { return id == IntegId::none ? 0 : crypto::integ_key_size(id); }

/// Hands out consecutive parts of derived octets.
class Cutter {
public:
    explicit Cutter(const SecretBytes& octets) : octets_{octets} {}
    SecretBytes next(std::size_t size) {
        auto part = octets_.slice(at_, size);
        at_ += size;
        return part;
    }

private:
    const SecretBytes& octets_;
    std::size_t at_ = 0;
};

/// {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)
IkeKeys expand(const IkeSuite& suite, ByteView skeyseed, const KeySeed& seed) {
    const auto prf = crypto::prf_size(suite.prf);
    const auto integ = integ_size(suite.integ);
    const auto encr = encr_key_size(suite.encr, suite.key_bits);
    Writer text;
    text.octets(seed.nonce_i).octets(seed.nonce_r).number(seed.spi_i).number(seed.spi_r);
    const auto octets = crypto::prf_plus(suite.prf, skeyseed, text.view(), 3 * prf + 2 * integ + 2 * encr);
    Cutter cut{octets};
    IkeKeys keys;
    keys.d = cut.next(prf);
    keys.ai = cut.next(integ);
    keys.ar = cut.next(integ);
    keys.ei = cut.next(encr);
    keys.er = cut.next(encr);
    keys.pi = cut.next(prf);
    keys.pr = cut.next(prf);
    return keys;
}

/// first | Ni | Nr | additional ...
SecretBytes seed_octets(ByteView first, ByteView nonce_i, ByteView nonce_r,
                        std::span<const SecretBytes> additional) {
    auto size = first.size() + nonce_i.size() + nonce_r.size();
    for (const auto& secret : additional) size += secret.size();
    SecretBytes joined{size};
    auto at = joined.mutable_view().begin();
    for (const auto part : {first, nonce_i, nonce_r}) at = std::ranges::copy(part, at).out;
    for (const auto& secret : additional) at = std::ranges::copy(secret.view(), at).out;
    return joined;
}

}  // namespace

IkeKeys derive_ike_keys(const IkeSuite& suite, ByteView shared_secret, const KeySeed& seed) {
    // A PRF whose key has one length takes half of it from either nonce (RFC 7296 section 2.14).
    const auto half = [&](ByteView nonce) {
        return crypto::prf_has_fixed_key(suite.prf) ? nonce.first(std::min<std::size_t>(8, nonce.size()))
                                                    : nonce;
    };
    const auto key = concat(half(seed.nonce_i), half(seed.nonce_r));
    return expand(suite, crypto::prf(suite.prf, key, shared_secret), seed);
}

IkeKeys derive_rekeyed_ike_keys(PrfId old_prf, ByteView old_sk_d, const IkeSuite& suite,
                                ByteView shared_secret, const KeySeed& seed,
                                std::span<const SecretBytes> additional) {
    const auto data = seed_octets(shared_secret, seed.nonce_i, seed.nonce_r, additional);
    return expand(suite, crypto::prf(old_prf, old_sk_d, data.view()), seed);
}

IkeKeys derive_intermediate_keys(const IkeSuite& suite, ByteView sk_d, ByteView shared_secret,
                                 const KeySeed& seed) {
    return derive_rekeyed_ike_keys(suite.prf, sk_d, suite, shared_secret, seed);
}

void mix_ppk(PrfId prf, ByteView ppk, IkeKeys& keys) {
    for (auto* key : {&keys.d, &keys.pi, &keys.pr}) *key = crypto::prf_plus(prf, ppk, *key, key->size());
}

ChildKeys derive_child_keys(PrfId prf, ByteView sk_d, const EspSuite& suite, ByteView shared_secret,
                            ByteView nonce_i, ByteView nonce_r, std::span<const SecretBytes> additional) {
    const auto integ = integ_size(suite.integ);
    const auto encr = encr_key_size(suite.encr, suite.key_bits);
    const auto data = seed_octets(shared_secret, nonce_i, nonce_r, additional);
    // Section 2.17: the initiator's direction first, encryption before integrity.
    const auto octets = crypto::prf_plus(prf, sk_d, data, 2 * (encr + integ));
    Cutter cut{octets};
    ChildKeys keys;
    keys.ei = cut.next(encr);
    keys.ai = cut.next(integ);
    keys.er = cut.next(encr);
    keys.ar = cut.next(integ);
    return keys;
}

}  // namespace ike
