// CREATE_CHILD_SA for the IKE SA's successor (RFC 7296 sections 1.3.2, 2.8.2, 2.18 and 2.25.2).
#include <fmt/format.h>

#include "libike/engine/exchanges/create_child_sa.hpp"
#include "libike/engine/exchanges/followup.hpp"
#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/exchanges/offers.hpp"
#include "libike/engine/mobike.hpp"
#include "libike/engine/sa_table.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike::engine {
namespace {

// The peer that began the rekey deletes the old SA; it gets this long to do so.
constexpr Duration patience_with_old = 90s;

Bytes ike_spi_octets(IkeSpi spi) { return Writer{}.number(spi).take(); }
IkeSpi ike_spi(ByteView octets) { return octets.size() == 8 ? Reader{octets}.number<IkeSpi>("spi") : 0; }

/// The successor with its keys, without Child SAs, in the table; the handle still means the old one.
Result<IkeSa*> make_successor(IkeSa& old, Turn& turn, Making making) {
    auto& from = std::get<AgreedIke>(making.what);
    auto made = std::make_unique<IkeSa>(old.id, from.role, *old.peer);
    made->first_role = old.first_role;
    made->phase = Phase::established;
    made->spi_i = from.spi_i;
    made->spi_r = from.spi_r;
    made->suite = std::move(from.suite);
    made->path = old.path;
    made->local_id = old.local_id;
    made->remote_id = old.remote_id;
    made->eap = old.eap;
    made->nat = old.nat;
    made->nat_traversal = old.nat_traversal;
    made->encapsulation = old.encapsulation;
    made->peer_fragments = old.peer_fragments;
    made->follows_redirects = old.follows_redirects;
    made->established = made->last_heard = turn.now;
    made->window.own_size = old.window.own_size;
    auto keys =
        derive_rekeyed_ike_keys(old.suite->prf, old.sk_d, *made->suite, from.secret,
                                {making.nonce_i, making.nonce_r, from.spi_i, from.spi_r}, making.additional);
    const auto taken = made->take_keys(turn, std::move(keys), from.secret, making.nonce_i, making.nonce_r);
    if (!taken) return std::unexpected{taken.error()};
    made->sk_pi = {};
    made->sk_pr = {};
    return &turn.table.add(std::move(made));
}

/// What the peer has not answered on the old SA, and may not have seen, is said on the new one.
void ask_again(IkeSa& old, IkeSa& successor, Turn& turn) {
    if (old.in_flight<AnnounceExchange>() != nullptr) successor.ask(turn, AnnounceExchange{});
    for (const auto& request : old.window.in_flight) {
        const auto* closing = std::get_if<DeleteChildExchange>(&request.exchange);
        if (closing == nullptr) continue;
        // Where it was answered already the peer knows nothing of them, and says so.
        for (const auto spi : closing->spis_in) {
            if (auto* child = successor.child(spi)) child->state = ChildSa::State::replaced;
        }
        successor.ask(turn, DeleteChildExchange{closing->spis_in});
    }
    const auto* check = old.in_flight<LivenessExchange>();
    if (check != nullptr && check->purpose == LivenessExchange::Purpose::return_routability) {
        LivenessExchange next;
        next.purpose = LivenessExchange::Purpose::return_routability;
        successor.ask(turn, std::move(next));
    }
}

/// Whoever closed the IKE SA while it was being rekeyed meant the line of IKE SAs, not the old one alone.
void close_too(IkeSa& successor, Turn& turn) {
    const bool asked = std::ranges::any_of(successor.queue, [](const Exchange& each) {
        return std::holds_alternative<DeleteIkeExchange>(each);
    });
    successor.enter(turn, Phase::deleting);
    if (!asked) successor.ask(turn, DeleteIkeExchange{});
}

/// The successor takes over everything: handle, Child SAs, what waits to be asked (section 2.8).
enum class Who : std::uint8_t { us, peer };
void adopt(IkeSa& old, IkeSa& successor, Turn& turn, Who began) {
    const bool closing = old.phase == Phase::deleting;
    successor.children = std::move(old.children);
    successor.approach = std::move(old.approach);
    successor.inner_addresses = std::exchange(old.inner_addresses, {});
    successor.is_waiting = false;
    successor.reauth_at = std::exchange(old.reauth_at, std::nullopt);
    successor.expires_at = std::exchange(old.expires_at, std::nullopt);
    successor.keepalive_at = std::exchange(old.keepalive_at, std::nullopt);
    old.children.clear();
    old.awaited.clear();
    for (auto& exchange : std::exchange(old.queue, {})) {
        if (std::holds_alternative<RekeyIkeExchange>(exchange)) continue;
        if (auto* followup = std::get_if<FollowupExchange>(&exchange)) {
            // What it follows was agreed on with the old SA.
            const auto* child = std::get_if<ChildExchange>(&followup->origin);
            if (child != nullptr) successor.queue.push_back(again(*child));
            continue;
        }
        successor.queue.push_back(std::move(exchange));
    }
    for (auto& exchange : std::exchange(old.retry, {})) {
        if (!std::holds_alternative<RekeyIkeExchange>(exchange))
            successor.retry.push_back(std::move(exchange));
    }
    successor.retry_at = std::exchange(old.retry_at, std::nullopt);
    ask_again(old, successor, turn);
    inherit_mobike(old, successor);
    successor.path = old.path;
    old.phase = Phase::replaced;
    old.mobike.pending_update = false;
    old.rekey_at.reset();
    old.linger_until = turn.now + patience_with_old;
    successor.linger_until.reset();
    turn.table.make_current(successor);
    turn.table.touch(successor);
    successor.schedule_rekey(turn);
    turn.say(IkeRekeyed{successor.id, successor.spi_i, successor.spi_r, began == Who::us});
    if (closing) close_too(successor, turn);
}

/// A successor that lost against the other one: its maker deletes it.
void retire(IkeSa& loser, Turn& turn, Who deletes) {
    loser.phase = Phase::replaced;
    loser.is_waiting = false;
    loser.linger_until = turn.now + patience_with_old;
    turn.table.touch(loser);
    if (deletes == Who::us) loser.ask(turn, DeleteIkeExchange{});
}

}  // namespace

IkeSa* rival_of(IkeSa& sa, Turn& turn) {
    const auto* mine = sa.in_flight<RekeyIkeExchange>();
    if (mine == nullptr && sa.concluding != nullptr)
        mine = std::get_if<RekeyIkeExchange>(&sa.concluding->exchange);
    if (mine == nullptr || mine->rival == 0 || !turn.table.is_current(sa)) return nullptr;
    auto* rival = turn.table.find(mine->rival);
    return rival == nullptr || rival->phase != Phase::established ? nullptr : rival;
}

bool adopt_rival(IkeSa& sa, Turn& turn) {
    auto* rival = rival_of(sa, turn);
    if (rival != nullptr) adopt(sa, *rival, turn, Who::peer);
    return rival != nullptr;
}

void take_over_if_used(IkeSa& waiting, Turn& turn, const Message& request) {
    const bool ends = std::ranges::any_of(request.payloads, [](const Payload& each) {
        const auto* body = std::get_if<DeletePayload>(&each.body);
        return body != nullptr && body->protocol == ProtocolId::ike;
    });
    auto* old = turn.table.find(waiting.id);
    if (ends || old == nullptr || rival_of(*old, turn) != &waiting) return;
    adopt(*old, waiting, turn, Who::peer);
    turn.table.touch(*old);
}

std::optional<Payloads> RekeyIkeExchange::request(IkeSa& sa, Turn& turn) {
    if (sa.phase != Phase::established || is_rekeying(sa)) return std::nullopt;
    if (is_changing_children(sa) || is_being_rekeyed(sa)) {
        retry_later(sa, turn, std::move(*this), ++tries);
        return std::nullopt;
    }
    const auto wanted = group ? group : std::optional{sa.suite->ke};
    auto ke = crypto::KeyExchange::generate(*wanted, turn.rng);
    if (!ke) return std::nullopt;
    offer = std::make_unique<IkeOffer>();
    offer->spi = turn.table.fresh_ike_spi(turn.rng);
    offer->proposals = with_spi(sa.peer->ike_proposals, ike_spi_octets(offer->spi), KeyExchanges::keep);
    offer->nonce = turn.rng.bytes(nonce_size);
    offer->ke.emplace(std::move(*ke));
    Payloads payloads;
    payloads.push_back(payload(SaPayload{offer->proposals}));
    payloads.push_back(payload(NoncePayload{offer->nonce}));
    payloads.push_back(payload(KePayload{offer->ke->id(), 0, to_bytes(offer->ke->public_value())}));
    return payloads;
}

RekeyIkeExchange again(const RekeyIkeExchange& failed) {
    RekeyIkeExchange next;
    next.group = failed.group;
    next.tries = failed.tries + 1;
    return next;
}

void conclude_refused(IkeSa& sa, Turn& turn, const RekeyIkeExchange& exchange, const Refusal& refusal) {
    if (auto* rival = turn.table.find(exchange.rival)) return adopt(sa, *rival, turn, Who::peer);
    if (sa.phase == Phase::deleting) return;
    const bool for_now =
        refusal.notify == NotifyType::temporary_failure || refusal.notify == NotifyType::state_not_found;
    if (for_now && retry_later(sa, turn, again(exchange), exchange.tries)) return;
    const auto group = refusal.notify == NotifyType::invalid_ke_payload
                           ? wanted_group(Notify{ProtocolId::none, refusal.notify, {}, refusal.data})
                           : std::nullopt;
    if (group && group != exchange.group && offers_group(exchange.offer->proposals, *group)) {
        auto next = again(exchange);
        next.group = group;
        return sa.ask(turn, std::move(next));
    }
    turn.say(IkeStateChanged{
        sa.id, IkeState::established,
        fmt::format("the peer answered the rekey of the IKE SA with {}", to_string(refusal.notify))});
}

namespace {

/// What our request and its reply agree on; the error says what is wrong with the reply.
Result<Making> read_reply(const IkeOffer& offer, const Message& reply) {
    const auto* chosen = reply.get<SaPayload>();
    const auto* nonce = reply.get<NoncePayload>();
    const auto* ke = reply.get<KePayload>();
    if (chosen == nullptr || ke == nullptr || !is_nonce(nonce) || chosen->proposals.size() != 1) {
        return failure("the reply lacks SA, KE or Nonce");
    }
    const auto spi = ike_spi(chosen->proposals.front().spi);
    if (spi == 0 || !is_valid_choice(chosen->proposals.front(), offer.proposals)) {
        return failure("the reply chooses what was not offered");
    }
    auto suite = ike_suite(chosen->proposals.front());
    if (!suite) return std::unexpected{std::move(suite.error())};
    if (ke->group != suite->ke || ke->group != offer.ke->id())
        return failure("the reply's KE payload does not fit");
    auto secret = offer.ke->agree(ke->data);
    if (!secret) return std::unexpected{secret.error()};
    Making making;
    making.what = AgreedIke{Role::initiator, offer.spi, spi, std::move(*suite), std::move(*secret)};
    making.nonce_i = offer.nonce;
    making.nonce_r = nonce->data;
    return making;
}

/// RFC 9370 section 2.2.4: between the first key exchange and the next. Of two rekeys the one with the lowest
/// nonce is not gone on with.
void go_on(IkeSa& sa, Turn& turn, RekeyIkeExchange& exchange, Making making, const Message& reply) {
    auto* other = turn.table.find(exchange.rival);
    const auto* awaited = awaited_ike(sa, exchange.rival);
    const auto lower = lower_nonce(making.nonce_i, making.nonce_r);
    if ((other != nullptr || awaited != nullptr) &&
        std::ranges::lexicographical_compare(lower, exchange.rival_nonce)) {
        if (other != nullptr) return adopt(sa, *other, turn, Who::peer);
        if (sa.phase == Phase::deleting) return;
        // Should the peer not go on either, we ask again.
        retry_later(sa, turn, again(exchange), exchange.tries);
        return;
    }
    if (other != nullptr) retire(*other, turn, Who::peer);
    forget(sa, awaited);
    if (sa.phase == Phase::deleting) return;
    auto origin = std::move(exchange);
    origin.rival = 0;
    if (!follow_up(sa, turn, std::make_unique<Making>(std::move(making)), std::move(origin), reply)) {
        sa.fail(turn, Failure::invalid_syntax,
                "rekey of the IKE SA: the reply has no ADDITIONAL_KEY_EXCHANGE");
    }
}

}  // namespace

void RekeyIkeExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    // Closed or replaced meanwhile: what the peer made of our request is there all the same, and has to be
    // closed, too.
    if (sa.phase == Phase::gone) return;
    if (const auto* error = first_error(reply); error != nullptr && reply.get<SaPayload>() == nullptr) {
        if (sa.phase == Phase::replaced) return;
        auto refusal = refuse(error->type, {}, error->data);
        return conclude_refused(sa, turn, *this, refusal.error());
    }
    auto making = read_reply(*offer, reply);
    if (!making) return sa.fail(turn, Failure::invalid_syntax, "rekey of the IKE SA: " + making.error().what);
    const bool complete = making->is_complete();
    if (sa.phase == Phase::replaced) {
        const auto made = complete ? make_successor(sa, turn, std::move(*making)) : nullptr;
        if (made && *made != nullptr) retire(**made, turn, Who::us);
        return;
    }
    if (!complete) return go_on(sa, turn, *this, std::move(*making), reply);
    finish(sa, turn, *this, std::move(*making));
}

void finish(IkeSa& sa, Turn& turn, const RekeyIkeExchange& exchange, Making making) {
    const auto lower = lower_nonce(making.nonce_i, making.nonce_r);
    const auto made = make_successor(sa, turn, std::move(making));
    if (!made) return sa.fail(turn, Failure::invalid_syntax, "rekey of the IKE SA: " + made.error().what);
    auto* other = turn.table.find(exchange.rival);
    const auto* awaited = awaited_ike(sa, exchange.rival);
    if ((other != nullptr || awaited != nullptr) &&
        std::ranges::lexicographical_compare(lower, exchange.rival_nonce)) {
        // Section 2.8.2: ours has the lowest nonce; we delete it, and the peer deletes the old one.
        retire(**made, turn, Who::us);
        if (other != nullptr) adopt(sa, *other, turn, Who::peer);
        return;
    }
    if (other != nullptr) retire(*other, turn, Who::peer);
    adopt(sa, **made, turn, Who::us);
    sa.ask(turn, DeleteIkeExchange{});
}

namespace {

/// What the peer's request and our answer agree on, and the answer. The proposal has the peer's SPI.
struct Agreed {
    Making making;
    Payloads payloads;
};
std::expected<Agreed, Refusal> agree(const IkeSa& sa, Turn& turn, const Message& request) {
    auto chosen =
        choose(request.get<SaPayload>()->proposals, with_spi(sa.peer->ike_proposals, {}, KeyExchanges::keep));
    const auto theirs = chosen ? ike_spi(chosen->spi) : 0;
    auto suite = chosen ? ike_suite(*chosen) : failure("no proposal for the IKE SA is acceptable");
    if (!suite || theirs == 0) {
        return refuse(NotifyType::no_proposal_chosen,
                      suite ? "a proposal without an IKE SPI" : suite.error().what);
    }
    const auto* ke = request.get<KePayload>();
    if (ke == nullptr || ke->group != suite->ke) return refuse_ke(suite->ke);
    auto own = crypto::KeyExchange::respond(suite->ke, ke->data, turn.rng);
    if (!own) return refuse(NotifyType::invalid_syntax, own.error().what);
    Agreed agreed;
    auto& making = agreed.making;
    making.nonce_i = request.get<NoncePayload>()->data;
    making.nonce_r = turn.rng.bytes(nonce_size);
    const auto spi = turn.table.fresh_ike_spi(turn.rng);
    chosen->spi = ike_spi_octets(spi);
    agreed.payloads.push_back(payload(SaPayload{{std::move(*chosen)}}));
    agreed.payloads.push_back(payload(NoncePayload{making.nonce_r}));
    agreed.payloads.push_back(payload(KePayload{suite->ke, 0, std::move(own->public_value)}));
    making.what = AgreedIke{Role::responder, theirs, spi, std::move(*suite), std::move(own->shared_secret)};
    return agreed;
}

}  // namespace

Answer answer_rekey_ike(IkeSa& sa, Turn& turn, const Message& request) {
    if (is_changing_children(sa)) {
        return refuse(NotifyType::temporary_failure,
                      "a rekey of the IKE SA while a Child SA is being changed");
    }
    auto* mine = sa.in_flight<RekeyIkeExchange>();
    // RFC 9370 section 2.2.4: no second one between the key exchanges of our own.
    if ((mine == nullptr && is_rekeying(sa)) || (mine != nullptr && mine->rival != 0))
        return refuse(NotifyType::temporary_failure, "a second rekey of the IKE SA");
    auto agreed = agree(sa, turn, request);
    if (!agreed) return std::unexpected{std::move(agreed.error())};
    auto& making = agreed->making;
    if (mine != nullptr) {
        // Section 2.25.2: answered as usual; the nonces decide when our own reply is there.
        mine->rival = std::get<AgreedIke>(making.what).own_spi();
        mine->rival_nonce = lower_nonce(making.nonce_i, making.nonce_r);
    }
    if (!making.is_complete()) {
        agreed->payloads.push_back(await_followup(sa, turn, std::move(making)));
        return std::move(agreed->payloads);
    }
    const auto made = make_successor(sa, turn, std::move(making));
    if (!made) return refuse(NotifyType::no_proposal_chosen, made.error().what);
    (*made)->is_waiting = mine != nullptr;
    if (mine == nullptr) adopt(sa, **made, turn, Who::peer);
    return std::move(agreed->payloads);
}

std::optional<Refusal> finish_rekey_for_peer(IkeSa& sa, Turn& turn, Making making) {
    const auto made = make_successor(sa, turn, std::move(making));
    if (!made) return refuse(NotifyType::no_proposal_chosen, made.error().what).error();
    // Should a rekey of our own be on its way still: the peer has seen that its own is the one that stays, or
    // will refuse ours.
    adopt(sa, **made, turn, Who::peer);
    return std::nullopt;
}

}  // namespace ike::engine
