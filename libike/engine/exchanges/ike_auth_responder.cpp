// IKE_AUTH as responder (RFC 7296 section 1.2).
#include <fmt/format.h>

#include "libike/engine/exchanges/ike_auth.hpp"

#include "libike/engine/exchanges/child_negotiation.hpp"
#include "libike/engine/exchanges/configuration.hpp"
#include "libike/engine/exchanges/eap.hpp"
#include "libike/engine/exchanges/establishment.hpp"
#include "libike/engine/exchanges/intermediate.hpp"
#include "libike/engine/exchanges/methods.hpp"
#include "libike/engine/exchanges/ppk.hpp"
#include "libike/engine/exchanges/proof.hpp"
#include "libike/engine/exchanges/redirect.hpp"
#include "libike/engine/mobike.hpp"
#include "libike/engine/sa_table.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike::engine {

std::unexpected<Refusal> not_authenticated(std::string what) {
    return refuse_for_good(NotifyType::authentication_failed, Failure::peer_not_authenticated,
                           std::move(what));
}

namespace {

/// RFC 7296 section 2.16: an initiator that sends no AUTH payload wants EAP.
bool wants_eap(const Message& request) { return request.get<AuthPayload>() == nullptr; }

bool suits(const PeerConfig& peer, const IkeSa& sa, const Identity& theirs, const Message& request) {
    const auto* wanted = request.get<IdPayload>(PayloadType::idr);
    if ((peer.eap_server != nullptr) != wants_eap(request)) return false;
    if (peer.remote_id && *peer.remote_id != theirs) return false;
    if (wanted != nullptr && Identity::from(*wanted) != peer.local_id) return false;
    const auto proposal = to_proposal(*sa.suite);
    return choose({&proposal, 1}, peer.ike_proposals).has_value();
}

/// The configuration for who the initiator says it is, and whom it wants to speak to.
const PeerConfig* find_peer(const EngineConfig& config, const IkeSa& sa, const Identity& theirs,
                            const Message& request) {
    const auto found = std::ranges::find_if(
        config.peers, [&](const PeerConfig& peer) { return suits(peer, sa, theirs, request); });
    return found == config.peers.end() ? nullptr : &*found;
}

/// RFC 7296 section 2.4: the initiator has no other IKE SA with us than this one.
void forget_others(const IkeSa& sa, Turn& turn) {
    for (auto* other : turn.table.others_between(sa)) {
        turn.table.touch(*other);
        other->fail(turn, Failure::peer_deleted, "the peer made a new IKE SA and sent INITIAL_CONTACT");
    }
}

/// The Child SA of IKE_AUTH; where it is refused the IKE SA stands all the same.
void answer_first_child(IkeSa& sa, Turn& turn, const Message& request, Payloads& to) {
    if (request.get<SaPayload>() == nullptr && sa.peer->childless != Childless::refuse) return;  // RFC 6023
    const Nonces nonces{sa.negotiation->nonce_i, sa.negotiation->nonce_r};
    const auto configured = answer_configuration(sa, turn, request, to);
    auto answer = configured ? answer_child(sa, turn, request, Within::ike_auth, nonces)
                             : std::expected<ChildAnswer, Refusal>{std::unexpected{configured.error()}};
    if (!answer) {
        to.push_back(answer.error().payload());
        turn.say(ChildFailed{sa.id, ChildSaId::none, Failure::other_notify, answer.error().notify,
                             answer.error().what});
        return;
    }
    std::ranges::move(answer->payloads, std::back_inserter(to));
    answer->agreed.child.id = turn.table.next_child();
    sa.install(turn, std::move(answer->agreed.child), std::move(answer->agreed.keys), false);
}

/// RFC 4555 section 3.9: the addresses as the initiator sees them.
bool nat_where_none_may_be(const Message& request, const Path& path) {
    const auto* claim = request.notify(NotifyType::no_nats_allowed);
    if (claim == nullptr) return false;
    const auto seen = no_nats_allowed(*claim);
    return !seen || seen->source != path.remote || seen->destination != path.local;
}

/// RFC 8784 section 3: with the PPK where it is the one the initiator names, else without where both sides
/// allow that.
enum class PpkUse : std::uint8_t { none, mixed, declined };
Result<PpkUse> use_ppk(IkeSa& sa, const Message& request) {
    if (!is_ppk_agreed(sa)) {
        if (sa.peer->ppk && sa.peer->ppk->required)
            return failure("the initiator uses no post-quantum preshared key");
        return PpkUse::none;
    }
    const auto* identity = request.notify(NotifyType::ppk_identity);
    if (identity != nullptr && is_same_ppk(*sa.peer->ppk, *identity)) {
        mix_ppk(sa);
        return PpkUse::mixed;
    }
    const bool optional = !sa.peer->ppk->required && request.notify(NotifyType::no_ppk_auth) != nullptr;
    if (!optional) return failure("the initiator's post-quantum preshared key is not known");
    return PpkUse::declined;
}
/// Where the PPK is declined the proof is in NO_PPK_AUTH.
Message without_ppk(const Message& request) {
    auto proof = request;
    const auto* plain = request.notify(NotifyType::no_ppk_auth);
    for (auto& each : proof.payloads) {
        if (auto* auth = std::get_if<AuthPayload>(&each.body)) auth->data = plain->data;
    }
    return proof;
}

}  // namespace

Answer answer_auth(IkeSa& sa, Turn& turn, const Message& request) {
    if (sa.negotiation->eap) return answer_eap(sa, turn, request);
    const auto* id = request.get<IdPayload>(PayloadType::idi);
    if (id == nullptr) {
        return refuse_for_good(NotifyType::invalid_syntax, Failure::invalid_syntax, "IKE_AUTH without IDi");
    }
    if (nat_where_none_may_be(request, sa.path)) {
        return refuse_for_good(NotifyType::unexpected_nat_detected, Failure::unexpected_nat,
                               "a NAT changed the addresses of IKE_AUTH and none is allowed");
    }
    const auto identity = Identity::from(*id);
    const auto* peer = find_peer(turn.config, sa, identity, request);
    if (peer == nullptr)
        return not_authenticated(fmt::format("no peer {} is configured{}", to_string(identity),
                                             wants_eap(request) ? " that uses EAP" : ""));
    sa.peer = peer;
    sa.local_id = peer->local_id;
    sa.negotiation->id_i = id_body(*id);
    sa.negotiation->id_r = id_body(sa.local_id.payload());
    close_transcript(sa, request.header.message_id);
    take_supported_methods(sa, request);
    if (wants_eap(request)) return answer_eap_begin(sa, turn, request);
    return accept_initiator(sa, turn, request, request, identity);
}

Answer accept_initiator(IkeSa& sa, Turn& turn, const Message& with_auth, const Message& request,
                        const Identity& identity) {
    const auto with_ppk = use_ppk(sa, with_auth);
    if (!with_ppk) return not_authenticated(with_ppk.error().what);
    const auto plain = *with_ppk == PpkUse::declined ? std::optional{without_ppk(with_auth)} : std::nullopt;
    const auto believed = check_proof(sa, turn, plain ? *plain : with_auth, identity);
    if (!believed) return not_authenticated(believed.error().what);
    auto proof = prove(sa, turn);
    if (!proof) return not_authenticated(proof.error().what);
    sa.remote_id = identity;
    const auto eap = sa.negotiation->eap;
    if (eap) sa.eap = outcome_of(*eap);
    sa.negotiation->how = proof->method + " / " + *believed;
    // RFC 7619 section 2.3: who has proven nothing ends nobody's IKE SA.
    const bool proven = with_auth.get<AuthPayload>()->method != AuthMethod::null_authentication;
    if (proven && request.notify(NotifyType::initial_contact) != nullptr) forget_others(sa, turn);
    const bool mobike = sa.peer->mobike.enabled && request.notify(NotifyType::mobike_supported) != nullptr;
    if (mobike) take_mobike_support(sa, turn, request);
    take_auth_notifies(sa, turn, request);
    assign_addresses(sa, turn, request);
    establish(sa, turn);
    Payloads payloads;
    if (!eap) payloads.push_back(payload(PayloadType::idr, sa.local_id.payload()));  // after EAP it is known
    for (auto& each : proof->certificates) payloads.push_back(payload(std::move(each)));
    payloads.push_back(payload(std::move(proof->auth)));
    if (*with_ppk == PpkUse::mixed) payloads.push_back(notify(NotifyType::ppk_identity));
    if (redirects_after_auth(sa)) {
        add_redirect_after_auth(sa, turn, payloads);
    } else {
        answer_first_child(sa, turn, request, payloads);
    }
    add_auth_notifies(sa, payloads);
    if (mobike) add_mobike_support(sa, payloads);
    sa.negotiation.reset();
    return payloads;
}

}  // namespace ike::engine
