#pragma once
// The keys of an IKE SA and of a Child SA (RFC 7296 sections 2.14, 2.17, 2.18).
#include "libike/sa/suite.hpp"
#include "libike/wire/message.hpp"

namespace ike {

/// SK_d to SK_pr. Wiped when dropped, move-only.
struct IkeKeys {
    SecretBytes d, ai, ar, ei, er, pi, pr;
    IkeKeys clone() const;
};
/// Both nonces and both SPIs as every derivation wants them.
struct KeySeed {
    ByteView nonce_i;
    ByteView nonce_r;
    IkeSpi spi_i = 0;
    IkeSpi spi_r = 0;
};
/// SKEYSEED = prf(Ni | Nr, g^ir), then the seven keys (section 2.14; the first 64 bits of each nonce for
/// fixed-key PRFs).
IkeKeys derive_ike_keys(const IkeSuite& suite, ByteView shared_secret, const KeySeed& seed);
/// Section 2.18: SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr) with the old SA's PRF; keys with the new
/// SA's. The shared secret is followed by `additional` ones (RFC 9370), each after the nonces.
IkeKeys derive_rekeyed_ike_keys(PrfId old_prf, ByteView old_sk_d, const IkeSuite& suite,
                                ByteView shared_secret, const KeySeed& seed,
                                std::span<const SecretBytes> additional = {});
/// After IKE_INTERMEDIATE (RFC 9370): SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr).
IkeKeys derive_intermediate_keys(const IkeSuite& suite, ByteView sk_d, ByteView shared_secret,
                                 const KeySeed& seed);

/// RFC 8784 section 3: SK_d, SK_pi and SK_pr are replaced by prf+ of the post-quantum preshared key over
/// them.
void mix_ppk(PrfId prf, ByteView ppk, IkeKeys& keys);

/// KEYMAT of a Child SA: encryption key (salt included) and integrity key for each direction.
struct ChildKeys {
    SecretBytes ei, ai, er, ar;  ///< i: from the initiator of the exchange that made it to its responder
    ChildKeys clone() const;
};
/// Section 2.17: prf+(SK_d, [g^ir (new)] | Ni | Nr). `shared_secret` empty without PFS.
ChildKeys derive_child_keys(PrfId prf, ByteView sk_d, const EspSuite& suite, ByteView shared_secret,
                            ByteView nonce_i, ByteView nonce_r, std::span<const SecretBytes> additional = {});
std::size_t encr_key_size(EncrId id, unsigned key_bits);  ///< cipher key and salt, octets

}  // namespace ike
