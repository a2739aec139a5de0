#pragma once
// CREATE_CHILD_SA: what its kinds have in common (RFC 7296 sections 1.3, 2.8 and 2.25).
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// The lower of two nonces, octet by octet (section 2.8.1).
Bytes lower_nonce(ByteView a, ByteView b);
/// Asks again after a while, as TEMPORARY_FAILURE wants it (section 2.25). False when it was asked too often.
bool retry_later(IkeSa& sa, Turn& turn, Exchange exchange, unsigned tries);
/// The peer's request to rekey the IKE SA.
Answer answer_rekey_ike(IkeSa& sa, Turn& turn, const Message& request);
/// Where both sides rekeyed the IKE SA and the peer's successor is the only one left: it takes over.
bool adopt_rival(IkeSa& sa, Turn& turn);
/// Traffic leaves `old` for another SA of its handle, where there is one.
void prefer_successor(IkeSa& sa, Turn& turn, const ChildSa& old);

}  // namespace ike::engine
