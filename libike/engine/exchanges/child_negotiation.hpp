#pragma once
// A Child SA's negotiation, the same in IKE_AUTH and CREATE_CHILD_SA (RFC 7296 sections 1.2, 1.3, 2.9
// and 2.17).
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

enum class Within : std::uint8_t { ike_auth, create_child_sa };
/// The nonces that enter KEYMAT.
struct Nonces {
    ByteView initiator, responder;
};

/// Makes the keys and tells them, where they are to be told. KEYMAT goes to the initiator of the exchange
/// first (RFC 7296 section 2.17); `additional` are the secrets of the key exchanges after CREATE_CHILD_SA
/// (RFC 9370 section 2.2.4).
void give_keys(const IkeSa& sa, Turn& turn, AgreedChild& agreed, Nonces nonces, Role in_exchange,
               std::span<const SecretBytes> additional = {});

/// Our offer; selectors as given or, where empty, the peer's configuration. The error says what cannot be
/// offered.
Result<ChildOffer> make_child_offer(const IkeSa& sa, Turn& turn, Within within,
                                    const ChildExchange* wishes = nullptr);
/// SA, and in CREATE_CHILD_SA Ni and KE, then TSi and TSr.
void add_child_offer(const ChildOffer& offer, Payloads& to);
/// Judges the reply to our offer. Where more key exchanges are to follow there are no keys yet. The Refusal
/// holds the peer's notification or, in other_notify's place, our own complaint.
std::expected<AgreedChild, Refusal> conclude_child(IkeSa& sa, Turn& turn, const ChildOffer& offer,
                                                   const Message& reply, Nonces nonces);
/// Answers the peer's offer, without keys where more key exchanges are to follow; `rekeyed` is the Child SA
/// that the new one is to replace, if any.
struct ChildAnswer {
    AgreedChild agreed;
    Payloads payloads;
};
std::expected<ChildAnswer, Refusal> answer_child(IkeSa& sa, Turn& turn, const Message& request, Within within,
                                                 Nonces nonces, const ChildSa* rekeyed = nullptr);

/// Deletes, on the peer's side, the Child SA that its reply made and we do not take.
PlainInformational disown(const ChildOffer& offer);
/// A Delete for Child SAs, by our inbound SPIs (RFC 7296 section 3.11).
Payload delete_children(std::span<const std::uint32_t> spis_in);

}  // namespace ike::engine
