// CREATE_CHILD_SA for the IKE SA's successor (RFC 7296 sections 1.3.2, 2.8.2, 2.18 and 2.25.2).
#include <fmt/format.h>

#include "libike/engine/exchanges/create_child_sa.hpp"
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

/// What makes a successor.
struct Ingredients {
    Role role{};
    IkeSpi spi_i = 0, spi_r = 0;
    IkeSuite suite;
    ByteView secret, nonce_i, nonce_r;
};
/// The successor with its keys, without Child SAs, in the table; the handle still means the old one.
Result<IkeSa*> make_successor(IkeSa& old, Turn& turn, Ingredients from) {
    auto made = std::make_unique<IkeSa>(old.id, from.role, *old.peer);
    made->first_role = old.first_role;
    made->phase = Phase::established;
    made->spi_i = from.spi_i;
    made->spi_r = from.spi_r;
    made->suite = std::move(from.suite);
    made->path = old.path;
    made->local_id = old.local_id;
    made->remote_id = old.remote_id;
    made->nat = old.nat;
    made->nat_traversal = old.nat_traversal;
    made->encapsulation = old.encapsulation;
    made->peer_fragments = old.peer_fragments;
    made->established = made->last_heard = turn.now;
    made->window.own_size = old.window.own_size;
    made->reauth_at = old.reauth_at;
    made->expires_at = old.expires_at;
    made->keepalive_at = old.keepalive_at;
    auto keys = derive_rekeyed_ike_keys(old.suite->prf, old.sk_d, *made->suite, from.secret,
                                        {from.nonce_i, from.nonce_r, from.spi_i, from.spi_r});
    const auto taken = made->take_keys(turn, std::move(keys), from.secret, from.nonce_i, from.nonce_r);
    if (!taken) return std::unexpected{taken.error()};
    made->sk_pi = {};
    made->sk_pr = {};
    return &turn.table.add(std::move(made));
}

/// What the peer has not answered on the old SA, and may not have seen, is said on the new one.
void ask_again(IkeSa& old, IkeSa& successor, Turn& turn) {
    if (old.in_flight<AnnounceExchange>() != nullptr) successor.ask(turn, AnnounceExchange{});
    const auto* check = old.in_flight<LivenessExchange>();
    if (check != nullptr && check->purpose == LivenessExchange::Purpose::return_routability) {
        LivenessExchange next;
        next.purpose = LivenessExchange::Purpose::return_routability;
        successor.ask(turn, std::move(next));
    }
}

/// The successor takes over everything: handle, Child SAs, what waits to be asked (section 2.8).
enum class Who : std::uint8_t { us, peer };
void adopt(IkeSa& old, IkeSa& successor, Turn& turn, Who began) {
    successor.children = std::move(old.children);
    successor.inner_addresses = std::exchange(old.inner_addresses, {});
    old.reauth_at.reset();
    old.expires_at.reset();
    old.children.clear();
    for (auto& exchange : std::exchange(old.queue, {})) {
        if (!std::holds_alternative<RekeyIkeExchange>(exchange))
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
    old.keepalive_at.reset();
    old.linger_until = turn.now + patience_with_old;
    successor.linger_until.reset();
    turn.table.make_current(successor);
    turn.table.touch(successor);
    successor.schedule_rekey(turn);
    turn.say(IkeRekeyed{successor.id, successor.spi_i, successor.spi_r, began == Who::us});
}

/// A successor that lost against the other one: its maker deletes it.
void retire(IkeSa& loser, Turn& turn, Who deletes) {
    loser.phase = Phase::replaced;
    loser.linger_until = turn.now + patience_with_old;
    turn.table.touch(loser);
    if (deletes == Who::us) loser.ask(turn, DeleteIkeExchange{});
}

}  // namespace

bool adopt_rival(IkeSa& sa, Turn& turn) {
    auto* mine = sa.in_flight<RekeyIkeExchange>();
    auto* rival = mine == nullptr || mine->rival == 0 ? nullptr : turn.table.find(mine->rival);
    if (rival == nullptr || rival->phase != Phase::established) return false;
    mine->rival = 0;
    adopt(sa, *rival, turn, Who::peer);
    return true;
}

std::optional<Payloads> RekeyIkeExchange::request(IkeSa& sa, Turn& turn) {
    if (sa.phase != Phase::established || sa.in_flight<RekeyIkeExchange>() != nullptr) return std::nullopt;
    const bool busy =
        sa.in_flight<ChildExchange>() != nullptr || sa.in_flight<DeleteChildExchange>() != nullptr;
    if (busy) {
        retry_later(sa, turn, std::move(*this), ++tries);
        return std::nullopt;
    }
    const auto wanted = group ? group : std::optional{sa.suite->ke};
    auto ke = crypto::KeyExchange::generate(*wanted, turn.rng);
    if (!ke) return std::nullopt;
    offer = std::make_unique<IkeOffer>();
    offer->spi = turn.table.fresh_ike_spi(turn.rng);
    offer->proposals = with_spi(sa.peer->ike_proposals, ike_spi_octets(offer->spi), KeyExchanges::keep_first);
    offer->nonce = turn.rng.bytes(nonce_size);
    offer->ke.emplace(std::move(*ke));
    Payloads payloads;
    payloads.push_back(payload(SaPayload{offer->proposals}));
    payloads.push_back(payload(NoncePayload{offer->nonce}));
    payloads.push_back(payload(KePayload{offer->ke->id(), 0, to_bytes(offer->ke->public_value())}));
    return payloads;
}

namespace {

RekeyIkeExchange again(const RekeyIkeExchange& failed) {
    RekeyIkeExchange next;
    next.group = failed.group;
    next.tries = failed.tries + 1;
    return next;
}

void conclude_refused(IkeSa& sa, Turn& turn, RekeyIkeExchange& exchange, const Notify& error) {
    if (auto* rival = turn.table.find(exchange.rival)) return adopt(sa, *rival, turn, Who::peer);
    if (error.type == NotifyType::temporary_failure && retry_later(sa, turn, again(exchange), exchange.tries))
        return;
    const auto group = error.type == NotifyType::invalid_ke_payload ? wanted_group(error) : std::nullopt;
    if (group && group != exchange.group && offers_group(exchange.offer->proposals, *group)) {
        auto next = again(exchange);
        next.group = group;
        return sa.ask(turn, std::move(next));
    }
    turn.say(IkeStateChanged{
        sa.id, IkeState::established,
        fmt::format("the peer answered the rekey of the IKE SA with {}", to_string(error.type))});
}

/// The successor that our request and its reply make; the error says what is wrong with the reply.
Result<IkeSa*> read_reply(IkeSa& sa, Turn& turn, const IkeOffer& offer, const Message& reply) {
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
    const auto secret = offer.ke->agree(ke->data);
    if (!secret) return std::unexpected{secret.error()};
    return make_successor(
        sa, turn, {Role::initiator, offer.spi, spi, std::move(*suite), *secret, offer.nonce, nonce->data});
}

}  // namespace

void RekeyIkeExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    if (sa.phase != Phase::established) return;
    if (const auto* error = first_error(reply); error != nullptr && reply.get<SaPayload>() == nullptr) {
        return conclude_refused(sa, turn, *this, *error);
    }
    const auto made = read_reply(sa, turn, *offer, reply);
    if (!made) return sa.fail(turn, Failure::invalid_syntax, "rekey of the IKE SA: " + made.error().what);
    auto* other = turn.table.find(rival);
    const auto lower = lower_nonce(offer->nonce, reply.get<NoncePayload>()->data);
    if (other != nullptr && std::ranges::lexicographical_compare(lower, rival_nonce)) {
        // Section 2.8.2: ours has the lowest nonce; we delete it, and the peer deletes the old one.
        retire(**made, turn, Who::us);
        return adopt(sa, *other, turn, Who::peer);
    }
    if (other != nullptr) retire(*other, turn, Who::peer);
    adopt(sa, **made, turn, Who::us);
    sa.ask(turn, DeleteIkeExchange{});
}

Answer answer_rekey_ike(IkeSa& sa, Turn& turn, const Message& request) {
    const bool busy =
        sa.in_flight<ChildExchange>() != nullptr || sa.in_flight<DeleteChildExchange>() != nullptr;
    if (busy)
        return refuse(NotifyType::temporary_failure,
                      "a rekey of the IKE SA while a Child SA is being changed");
    auto* mine = sa.in_flight<RekeyIkeExchange>();
    if (mine != nullptr && mine->rival != 0)
        return refuse(NotifyType::temporary_failure, "a second rekey of the IKE SA");
    auto chosen = choose(request.get<SaPayload>()->proposals,
                         with_spi(sa.peer->ike_proposals, {}, KeyExchanges::keep_first));
    const auto theirs = chosen ? ike_spi(chosen->spi) : 0;
    auto suite = chosen ? ike_suite(*chosen) : failure("no proposal for the IKE SA is acceptable");
    if (!suite || theirs == 0) {
        return refuse(NotifyType::no_proposal_chosen,
                      suite ? "a proposal without an IKE SPI" : suite.error().what);
    }
    const auto* ke = request.get<KePayload>();
    if (ke == nullptr || ke->group != suite->ke) return refuse_ke(suite->ke);
    auto own = crypto::KeyExchange::generate(suite->ke, turn.rng);
    if (!own) return refuse(NotifyType::no_proposal_chosen, own.error().what);
    const auto secret = own->agree(ke->data);
    if (!secret) return refuse(NotifyType::invalid_syntax, secret.error().what);
    const auto& nonce_i = request.get<NoncePayload>()->data;
    const auto nonce_r = turn.rng.bytes(nonce_size);
    const auto spi = turn.table.fresh_ike_spi(turn.rng);
    const auto made = make_successor(
        sa, turn, {Role::responder, theirs, spi, std::move(*suite), *secret, nonce_i, nonce_r});
    if (!made) return refuse(NotifyType::no_proposal_chosen, made.error().what);
    if (mine != nullptr) {
        // Section 2.25.2: answered as usual; the nonces decide when our own reply is there.
        mine->rival = spi;
        mine->rival_nonce = lower_nonce(nonce_i, nonce_r);
    } else {
        adopt(sa, **made, turn, Who::peer);
    }
    chosen->spi = ike_spi_octets(spi);
    Payloads payloads;
    payloads.push_back(payload(SaPayload{{std::move(*chosen)}}));
    payloads.push_back(payload(NoncePayload{nonce_r}));
    payloads.push_back(payload(KePayload{own->id(), 0, to_bytes(own->public_value())}));
    return payloads;
}

}  // namespace ike::engine
