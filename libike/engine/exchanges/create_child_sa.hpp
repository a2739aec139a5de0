#pragma once
// CREATE_CHILD_SA: what its kinds have in common (RFC 7296 sections 1.3, 2.8 and 2.25).
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// The lower of two nonces, octet by octet (section 2.8.1).
Bytes lower_nonce(ByteView a, ByteView b);
/// Asks again after a while, as TEMPORARY_FAILURE wants it (section 2.25). False when it was asked too often.
bool retry_later(IkeSa& sa, Turn& turn, Exchange exchange, unsigned tries);
/// The same again, from scratch.
ChildExchange again(const ChildExchange& failed);
RekeyIkeExchange again(const RekeyIkeExchange& failed);
/// The peer refused, in CREATE_CHILD_SA or in a key exchange after it.
void conclude_refused(IkeSa& sa, Turn& turn, const ChildExchange& exchange, const Refusal& refusal);
void conclude_refused(IkeSa& sa, Turn& turn, const RekeyIkeExchange& exchange, const Refusal& refusal);
/// The last key exchange of ours is done: the SA comes to be, and what it replaces goes.
void finish(IkeSa& sa, Turn& turn, const ChildExchange& exchange, Making making);
void finish(IkeSa& sa, Turn& turn, const RekeyIkeExchange& exchange, Making making);
/// Likewise the peer's last one.
std::optional<Refusal> finish_for_peer(IkeSa& sa, Turn& turn, Making making);
std::optional<Refusal> finish_rekey_for_peer(IkeSa& sa, Turn& turn, Making making);
/// The peer's request to rekey the IKE SA.
Answer answer_rekey_ike(IkeSa& sa, Turn& turn, const Message& request);
/// The successor that the peer's own rekey made while ours has no reply yet (section 2.8.2), or nullptr.
IkeSa* rival_of(IkeSa& sa, Turn& turn);
/// Where both sides rekeyed the IKE SA and this one ends before the nonces can decide: the peer's successor
/// is the only one left, and takes over. False where there is none.
bool adopt_rival(IkeSa& sa, Turn& turn);
/// The peer asks for something on a successor that waits: for the peer it is the IKE SA already, and so it
/// is for us. Its Delete says the contrary.
void take_over_if_used(IkeSa& waiting, Turn& turn, const Message& request);
/// After a move from `from`: transport mode is between the outer addresses, and those are others now. RFC
/// 4555 leaves it out of its scope (section 1.2); as the side that decides on paths we put new Child SAs in
/// place of the old.
void replace_transport_children(IkeSa& sa, Turn& turn, const Path& from);
/// Traffic leaves `old` for another SA of its handle, where there is one.
void prefer_successor(IkeSa& sa, Turn& turn, const ChildSa& old);

}  // namespace ike::engine
