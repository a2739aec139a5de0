#pragma once
// IKE_FOLLOWUP_KE (RFC 9370 section 2.2.4): the key exchanges that follow a CREATE_CHILD_SA, both roles.
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// Our own rekey of the IKE SA is under way, up to its last key exchange.
bool is_rekeying(const IkeSa& sa);
/// The peer's rekey of the IKE SA was answered and waits for its further key exchanges.
bool is_being_rekeyed(const IkeSa& sa);
/// A Child SA is being made by us, up to its last key exchange.
bool is_making_child(const IkeSa& sa);
/// The Child SA is between the key exchanges of a rekey of ours.
bool is_between_exchanges(const IkeSa& sa, std::uint32_t replaces_in);
/// Likewise of a rekey of the peer's.
bool is_being_rekeyed(const IkeSa& sa, std::uint32_t replaces_in);
/// A Child SA is being made, rekeyed or closed: no time for a rekey of the IKE SA (RFC 7296 section 2.25.2).
bool is_changing_children(const IkeSa& sa);

/// Goes on with what CREATE_CHILD_SA agreed on: the next key exchange goes before all else that waits. False
/// where the reply does not say how it is linked to the next.
bool follow_up(IkeSa& sa, Turn& turn, std::unique_ptr<Making> making, FollowupExchange::Origin origin,
               const Message& reply);
/// As responder: keeps it until the initiator goes on, and says how.
Payload await_followup(IkeSa& sa, Turn& turn, Making making);
/// The one that the peer's CREATE_CHILD_SA began, by our SPI: still waiting, or nullptr.
Making* awaited_child(IkeSa& sa, std::uint32_t spi_in);
Making* awaited_ike(IkeSa& sa, IkeSpi own);
void forget(IkeSa& sa, const Making* awaited);
/// Those that the initiator gave up.
void forget_overdue(IkeSa& sa, Instant now);
/// The peer's request.
Answer answer_followup(IkeSa& sa, Turn& turn, const Message& request);

}  // namespace ike::engine
