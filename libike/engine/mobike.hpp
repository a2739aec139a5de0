#pragma once
// MOBIKE on an IKE SA (RFC 4555): support, moves of ours, moves of the peer, address lists.
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// MOBIKE_SUPPORTED and our list, for IKE_AUTH (sections 3.2 and 3.4).
void add_mobike_support(const IkeSa& sa, Payloads& to);
/// The same from the peer; nothing is taken where MOBIKE_SUPPORTED is missing.
void take_mobike_support(IkeSa& sa, Turn& turn, const Message& message);
/// Our list as it stands: ADDITIONAL_*_ADDRESS, or NO_ADDITIONAL_ADDRESSES in an INFORMATIONAL (section 3.6).
enum class EmptyList : std::uint8_t { say_nothing, say_so };
void add_address_list(const IkeSa& sa, Payloads& to, EmptyList empty);

/// The caller's order to change our side of the path.
void start_move(IkeSa& sa, Turn& turn, const MoveTo& order);
/// A request that goes unanswered is sent on the other pairs of both sides' addresses too (sections 3.5
/// and 3.10): as the one who decides, and only to learn which pairs work.
void probe_paths(IkeSa& sa, Turn& turn, Request& request);
/// The answer to a request sent so came on `from`: the SA moves there.
void take_probed_path(IkeSa& sa, Turn& turn, const Request& answered, const Path& from);
/// The Child SAs of the IKE SA go to its path.
void move_children(IkeSa& sa, Turn& turn);
/// The parts of an INFORMATIONAL request that concern addresses: an update, a list, NAT detection, COOKIE2.
Answer answer_addresses(IkeSa& sa, Turn& turn, const Message& request, const Path& from);
/// COOKIE2 of a reply, as ReturnCheck wants it.
std::optional<ByteView> echoed_cookie(const Message& reply);
/// The successor of a rekeyed IKE SA goes on where the old one stood.
void inherit_mobike(const IkeSa& old, IkeSa& successor);

}  // namespace ike::engine
