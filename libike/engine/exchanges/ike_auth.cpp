// IKE_AUTH as initiator (RFC 7296 section 1.2).
#include <fmt/format.h>

#include "libike/engine/exchanges/ike_auth.hpp"

#include "libike/engine/exchanges/child_negotiation.hpp"
#include "libike/engine/exchanges/configuration.hpp"
#include "libike/engine/exchanges/eap.hpp"
#include "libike/engine/exchanges/establishment.hpp"
#include "libike/engine/exchanges/ike_sa_init.hpp"
#include "libike/engine/exchanges/init_notifies.hpp"
#include "libike/engine/exchanges/intermediate.hpp"
#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/exchanges/ppk.hpp"
#include "libike/engine/exchanges/proof.hpp"
#include "libike/engine/exchanges/redirect.hpp"
#include "libike/engine/mobike.hpp"
#include "libike/engine/sa_table.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike::engine {

Result<ProofPayloads> make_proof(IkeSa& sa, Turn& turn) {
    auto proof = prove(sa, turn);
    const auto without_ppk = proof ? proof->auth.data : Bytes{};
    if (is_ppk_agreed(sa)) {
        mix_ppk(sa);
        proof = prove(sa, turn);
    } else if (sa.peer->ppk && sa.peer->ppk->required) {
        proof = failure("the responder does not use post-quantum preshared keys and one is required");
    }
    if (!proof) return std::unexpected{std::move(proof.error())};
    sa.negotiation->how = proof->method;
    ProofPayloads made;
    for (auto& each : proof->certificates) made.certificates.push_back(payload(std::move(each)));
    made.auth.push_back(payload(std::move(proof->auth)));
    if (is_ppk_agreed(sa)) {
        made.auth.push_back(ppk_identity(*sa.peer->ppk));
        if (!sa.peer->ppk->required) made.auth.push_back(notify(NotifyType::no_ppk_auth, without_ppk));
    }
    return made;
}

std::optional<Payloads> AuthExchange::request(IkeSa& sa, Turn& turn) {
    auto& negotiation = *sa.negotiation;
    negotiation.id_i = id_body(sa.local_id.payload());
    close_transcript(sa, sa.window.next_request);
    // RFC 7296 section 2.16: without AUTH we ask for EAP.
    auto proof = sa.peer->eap ? Result<ProofPayloads>{ProofPayloads{}} : make_proof(sa, turn);
    const bool childless = sa.peer->childless == Childless::ask && negotiation.childless_allowed;
    auto offer = childless ? Result<ChildOffer>{ChildOffer{}} : make_child_offer(sa, turn, Within::ike_auth);
    if (!proof || !offer) {
        sa.fail(turn, Failure::not_possible, proof ? offer.error().what : proof.error().what);
        return std::nullopt;
    }
    sa.window.own_size = sa.peer->window;
    Payloads payloads{payload(PayloadType::idi, sa.local_id.payload())};
    std::ranges::move(proof->certificates, std::back_inserter(payloads));
    if (sa.peer->send_initial_contact && turn.table.others_between(sa).empty()) {
        payloads.push_back(notify(NotifyType::initial_contact));
    }
    if (sa.peer->remote && !sa.peer->remote->trusted.empty()) add_certificate_requests(*sa.peer, payloads);
    if (sa.peer->remote_id) payloads.push_back(payload(PayloadType::idr, sa.peer->remote_id->payload()));
    std::ranges::move(proof->auth, std::back_inserter(payloads));
    if (sa.peer->eap && sa.peer->eap_only) payloads.push_back(notify(NotifyType::eap_only_authentication));
    add_configuration_request(*sa.peer, payloads);
    if (!childless) add_child_offer(*offer, payloads);
    add_auth_notifies(sa, payloads);
    if (sa.peer->mobike.enabled) add_mobike_support(sa, payloads);
    if (sa.peer->mobike.enabled && !sa.nat_traversal)
        payloads.push_back(no_nats_allowed(sa.path.local, sa.path.remote));
    negotiation.child = std::move(*offer);
    return payloads;
}

Result<Identity> read_responder(const IkeSa& sa, const Message& reply) {
    const auto* id = reply.get<IdPayload>(PayloadType::idr);
    if (id == nullptr) return failure("the responder did not say who it is");
    auto identity = Identity::from(*id);
    if (sa.peer->remote_id && *sa.peer->remote_id != identity) {
        return failure(
            fmt::format("the responder is {}, not {}", to_string(identity), to_string(*sa.peer->remote_id)));
    }
    return identity;
}

namespace {

/// The kinds of Child SA after the first.
void ask_for_the_others(IkeSa& sa, Turn& turn) {
    const auto& kinds = sa.peer->children;
    for (std::size_t i = 1; i < kinds.size(); ++i) {
        ChildExchange next;
        next.name = kinds[i].name;
        sa.ask(turn, std::move(next));
    }
}

/// RFC 7296 section 1.2: the IKE SA stands even where the Child SA does not come about.
void conclude_first_child(IkeSa& sa, Turn& turn, const Message& reply) {
    const auto negotiation = std::move(sa.negotiation);
    if (negotiation->child.spi_in == 0) return;  // RFC 6023: none was asked for
    auto agreed =
        conclude_child(sa, turn, negotiation->child, reply, {negotiation->nonce_i, negotiation->nonce_r});
    if (agreed) {
        agreed->child.id = turn.table.next_child();
        return sa.install(turn, std::move(agreed->child), std::move(agreed->keys), true);
    }
    const auto& refusal = agreed.error();
    turn.say(ChildFailed{sa.id, ChildSaId::none, failure_of(refusal.notify), refusal.notify, refusal.what});
    // The peer believes that it has the Child SA that we do not take.
    if (reply.get<SaPayload>() != nullptr) sa.ask(turn, disown(negotiation->child));
}

}  // namespace

void AuthExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    sa.peer->eap ? begin_eap(sa, turn, reply) : conclude_auth(sa, turn, reply);
}

void conclude_auth(IkeSa& sa, Turn& turn, const Message& reply) {
    const auto eap = sa.negotiation->eap;
    if (reply.get<AuthPayload>() == nullptr) {
        const auto* error = first_error(reply);
        if (error == nullptr)
            return sa.fail(turn, Failure::invalid_syntax, "the IKE_AUTH response has no AUTH payload");
        if (error->type == NotifyType::unexpected_nat_detected && try_again_after_nat(sa, turn)) return;
        return sa.fail(turn, failure_of(error->type),
                       fmt::format("the responder answered IKE_AUTH with {}", to_string(error->type)),
                       error->type);
    }
    // After EAP the responder has said who it is already.
    auto identity = eap ? Result<Identity>{eap->responder} : read_responder(sa, reply);
    if (is_ppk_agreed(sa) && reply.notify(NotifyType::ppk_identity) == nullptr) {
        if (sa.peer->ppk->required) return refuse_responder(sa, turn, "the responder did not use the PPK");
        unmix_ppk(sa);
    }
    Result<std::string> proof = std::unexpected{Error{}};
    if (identity) {
        if (!eap) sa.negotiation->id_r = id_body(*reply.get<IdPayload>(PayloadType::idr));
        proof = check_proof(sa, turn, reply, *identity);
    }
    if (!identity || !proof)
        return refuse_responder(sa, turn, identity ? proof.error().what : identity.error().what);
    if (take_redirect(sa, turn, reply, Stage::auth)) return;
    sa.remote_id = std::move(*identity);
    if (eap) sa.eap = outcome_of(*eap);
    sa.negotiation->how += " / " + *proof;
    if (sa.peer->mobike.enabled) take_mobike_support(sa, turn, reply);
    take_auth_notifies(sa, turn, reply);
    take_configuration(sa, reply);
    establish(sa, turn);
    const bool childless = sa.negotiation->child.spi_in == 0;
    conclude_first_child(sa, turn, reply);
    if (!childless) ask_for_the_others(sa, turn);
}

}  // namespace ike::engine
