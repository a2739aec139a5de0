#pragma once
// Post-quantum preshared keys (RFC 8784): mixed into SK_d, SK_pi and SK_pr before IKE_AUTH.
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// Both sides sent USE_PPK. What to do with that IKE_AUTH tells.
bool is_ppk_agreed(const IkeSa& sa);
/// SK_d = prf+(PPK, SK_d') and so on (section 3); the keys as they were are kept in the Negotiation.
void mix_ppk(IkeSa& sa);
/// The peer does without.
void unmix_ppk(IkeSa& sa);
/// PPK_IDENTITY of the initiator.
Payload ppk_identity(const Ppk& ppk);
bool is_same_ppk(const Ppk& ppk, const Notify& identity);

}  // namespace ike::engine
