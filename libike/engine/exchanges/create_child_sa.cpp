// CREATE_CHILD_SA for Child SAs: new ones and successors (RFC 7296 sections 1.3.1 and 1.3.3).
#include "libike/engine/exchanges/create_child_sa.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/child_negotiation.hpp"
#include "libike/engine/exchanges/followup.hpp"
#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/exchanges/offers.hpp"
#include "libike/engine/sa_table.hpp"
#include "libike/sa/notify_data.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::engine {

// RFC 7296 section 2.25: over a period of several minutes.
constexpr unsigned most_tries = 10;
constexpr Duration shortest_wait = 2s;
constexpr Duration longest_wait = 30s;
// A replaced SA whose Delete never comes is deleted by us.
constexpr Duration patience_with_old = 90s;

Bytes lower_nonce(ByteView a, ByteView b) {
    const bool first = std::ranges::lexicographical_compare(a, b);
    return to_bytes(first ? a : b);
}

bool retry_later(IkeSa& sa, Turn& turn, Exchange exchange, unsigned tries) {
    if (tries >= most_tries) return false;
    const auto wait = std::min(longest_wait, shortest_wait * (1u << std::min(tries, 4u)));
    // Jitter, so that two peers that ask at once do not do so for ever.
    const auto at = turn.now + wait + std::chrono::milliseconds{turn.rng.below(1000)};
    sa.retry.push_back(std::move(exchange));
    if (!sa.retry_at || *sa.retry_at > at) sa.retry_at = at;
    return true;
}

void prefer_successor(IkeSa& sa, Turn& turn, const ChildSa& old) {
    for (const auto& each : sa.children) {
        if (each.id != old.id || each.spi_in == old.spi_in || each.state != ChildSa::State::installed)
            continue;
        turn.order(PreferChild{each.spi_in});
        return;
    }
}

void replace_transport_children(IkeSa& sa, Turn& turn, const Path& from) {
    if (from.local.address == sa.path.local.address && from.remote.address == sa.path.remote.address) return;
    for (const auto& each : sa.children) {
        if (each.terms.mode != EspMode::transport || each.state != ChildSa::State::installed) continue;
        ChildExchange anew;
        anew.child = each.id;
        anew.name = each.terms.name;
        sa.ask(turn, DeleteChildExchange{{each.spi_in}});
        sa.ask(turn, std::move(anew));
    }
}

std::optional<Payloads> ChildExchange::request(IkeSa& sa, Turn& turn) {
    if (sa.phase != Phase::established) return std::nullopt;
    const auto* old = replaces_in == 0 ? nullptr : sa.child(replaces_in);
    if (replaces_in != 0 && (old == nullptr || old->state != ChildSa::State::installed)) return std::nullopt;
    const bool taken = replaces_in != 0 && is_being_rekeyed(sa, replaces_in);
    if (taken || is_rekeying(sa) || is_being_rekeyed(sa)) {
        retry_later(sa, turn, std::move(*this), ++tries);
        return std::nullopt;
    }
    auto made = make_child_offer(sa, turn, Within::create_child_sa, this);
    if (!made) {
        turn.say(ChildFailed{sa.id, child, Failure::not_possible, {}, made.error().what});
        return std::nullopt;
    }
    offer = std::make_unique<ChildOffer>(std::move(*made));
    Payloads payloads;
    // The SPI that we expect in inbound packets (RFC 7296 section 1.3.3).
    if (old != nullptr) {
        payloads.push_back(
            payload(Notify{ProtocolId::esp, NotifyType::rekey_sa, spi_octets(replaces_in), {}}));
    }
    add_child_offer(*offer, payloads);
    return payloads;
}

ChildExchange again(const ChildExchange& failed) {
    ChildExchange next;
    next.child = failed.child;
    next.replaces_in = failed.replaces_in;
    next.ts_local = failed.ts_local;
    next.ts_remote = failed.ts_remote;
    next.name = failed.name;
    next.mode = failed.mode;
    next.packet = failed.packet;
    next.group = failed.group;
    next.tries = failed.tries + 1;
    return next;
}

void conclude_refused(IkeSa& sa, Turn& turn, const ChildExchange& exchange, const Refusal& refusal) {
    if (exchange.rival_in != 0) return;  // RFC 7296 section 2.8.1: the peer's successor is there
    auto next = again(exchange);
    const bool for_now =
        refusal.notify == NotifyType::temporary_failure || refusal.notify == NotifyType::state_not_found;
    if (for_now && retry_later(sa, turn, std::move(next), exchange.tries)) return;
    if (refusal.notify == NotifyType::child_sa_not_found && exchange.replaces_in != 0) {
        // Section 2.25: gone on the peer's side; made anew under the same handle.
        next = again(exchange);
        next.replaces_in = 0;
        sa.remove_child(turn, exchange.replaces_in);
        return sa.ask(turn, std::move(next));
    }
    if (refusal.notify == NotifyType::single_pair_required && exchange.packet) {
        // RFC 7296 section 2.9: then for the traffic that waits alone.
        next = again(exchange);
        next.ts_local = {host_selector(exchange.packet->source)};
        next.ts_remote = {host_selector(exchange.packet->destination)};
        next.packet.reset();
        return sa.ask(turn, std::move(next));
    }
    if (refusal.notify == NotifyType::invalid_ke_payload && exchange.tries < most_tries) {
        const auto group = wanted_group(Notify{ProtocolId::none, refusal.notify, {}, refusal.data});
        if (group && offers_group(exchange.offer->proposals, *group) && group != exchange.group) {
            next = again(exchange);
            next.group = group;
            return sa.ask(turn, std::move(next));
        }
    }
    turn.say(ChildFailed{sa.id, exchange.child, failure_of(refusal.notify), refusal.notify, refusal.what});
}

namespace {

void mark_replaced(ChildSa* child, Instant now) {
    if (child == nullptr || child->state != ChildSa::State::installed) return;
    child->state = ChildSa::State::replaced;
    child->rekey_at.reset();
    child->give_up_at = now + patience_with_old;
}

/// Whether the peer's rekey of the same Child SA is the one that stays (RFC 7296 section 2.8.1): ours has the
/// lowest nonce.
bool is_lost(const ChildExchange& exchange, const Bytes& lower) {
    return exchange.rival_in != 0 && std::ranges::lexicographical_compare(lower, exchange.rival_nonce);
}

}  // namespace

void ChildExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    const auto* nonce = reply.get<NoncePayload>();
    auto agreed = conclude_child(sa, turn, *offer, reply,
                                 {offer->nonce, nonce == nullptr ? ByteView{} : ByteView{nonce->data}});
    if (agreed && !is_nonce(nonce)) agreed = refuse(NotifyType::invalid_syntax, "the reply has no Nonce");
    if (!agreed) {
        if (reply.get<SaPayload>() != nullptr) sa.ask(turn, disown(*offer));
        return conclude_refused(sa, turn, *this, agreed.error());
    }
    const auto lower = lower_nonce(offer->nonce, nonce->data);
    if (agreed->child.suite.additional.empty()) {
        return finish(sa, turn, *this, Making{std::move(*agreed), offer->nonce, nonce->data, {}, {}, 0, {}});
    }
    if (is_lost(*this, lower)) {
        // RFC 9370 section 2.2.4: there is nothing to delete yet, we just do not go on. Should the peer not
        // either, we ask again.
        if (sa.child(rival_in) == nullptr) retry_later(sa, turn, again(*this), tries);
        return;
    }
    forget(sa, awaited_child(sa, rival_in));
    auto making =
        std::make_unique<Making>(Making{std::move(*agreed), offer->nonce, nonce->data, {}, {}, 0, {}});
    auto origin = std::move(*this);
    origin.rival_in = 0;
    const auto wanted = again(origin);
    if (follow_up(sa, turn, std::move(making), std::move(origin), reply)) return;
    conclude_refused(sa, turn, wanted,
                     refuse(NotifyType::invalid_syntax, "the reply has no ADDITIONAL_KEY_EXCHANGE").error());
}

void finish(IkeSa& sa, Turn& turn, const ChildExchange& exchange, Making making) {
    auto& agreed = std::get<AgreedChild>(making.what);
    if (!making.additional.empty()) {
        give_keys(sa, turn, agreed, {making.nonce_i, making.nonce_r}, Role::initiator, making.additional);
    }
    const auto spi_in = agreed.child.spi_in, replaces_in = exchange.replaces_in;
    const bool is_gone =
        std::ranges::find(exchange.deleted_ahead, agreed.child.spi_out) != exchange.deleted_ahead.end();
    agreed.child.id = exchange.child == ChildSaId::none ? turn.table.next_child() : exchange.child;
    sa.install(turn, std::move(agreed.child), std::move(agreed.keys), true);
    if (is_gone) {
        // The peer made it and deleted it before its answer came. Of a rekey the old one is left for us to
        // delete.
        sa.remove_child(turn, spi_in);
        if (auto* old = sa.child(replaces_in); old != nullptr && old->state == ChildSa::State::installed) {
            sa.ask(turn, DeleteChildExchange{{replaces_in}});
        }
        return;
    }
    if (replaces_in == 0) return;
    DeleteChildExchange closing;
    if (is_lost(exchange, lower_nonce(exchange.offer->nonce, making.nonce_r))) {
        // Section 2.8.1: the SA with the lowest nonce is closed by who made it; the peer deletes the old one,
        // at once or when its own further key exchanges are done.
        sa.child(spi_in)->state = ChildSa::State::replaced;
        const bool awaited = awaited_child(sa, exchange.rival_in) != nullptr;
        if (!awaited) mark_replaced(sa.child(replaces_in), turn.now);
        turn.order(PreferChild{awaited ? replaces_in : exchange.rival_in});
        closing.spis_in = {spi_in};
    } else {
        forget(sa, awaited_child(sa, exchange.rival_in));
        mark_replaced(sa.child(replaces_in), turn.now);
        mark_replaced(sa.child(exchange.rival_in), turn.now);
        turn.order(PreferChild{spi_in});
        closing.spis_in = {replaces_in};
    }
    sa.ask(turn, std::move(closing));
}

// ---- answers
// -----------------------------------------------------------------------------------------------------------

namespace {

std::unexpected<Refusal> temporary(std::string what) {
    return refuse(NotifyType::temporary_failure, std::move(what));
}

/// The Child SA that the peer wants to rekey, nothing for a new one; or why not (RFC 7296 section 2.25.1).
std::expected<ChildSa*, Refusal> find_rekeyed(IkeSa& sa, const Message& request) {
    const auto* rekey = request.notify(NotifyType::rekey_sa);
    if (rekey == nullptr) return nullptr;
    const auto spi_out = esp_spi(rekey->spi);
    auto* old = spi_out ? sa.child_by_outbound(*spi_out) : nullptr;
    if (old == nullptr) {
        // The answer that made it may have been lost; then it is ours as soon as we have asked again.
        if (is_making_child(sa)) return temporary("a rekey of a Child SA that is not known yet");
        auto refusal = refuse(NotifyType::child_sa_not_found, "a rekey of a Child SA that does not exist");
        refusal.error().protocol = rekey->protocol;
        refusal.error().spi = rekey->spi;
        return refusal;
    }
    if (old->state != ChildSa::State::installed)
        return temporary("a rekey of a Child SA that is being closed");
    // RFC 9370 section 2.2.4.
    if (is_between_exchanges(sa, old->spi_in))
        return temporary("a rekey of a Child SA between the key exchanges of our own rekey");
    return old;
}

/// The Child SA that the peer made; the one it replaces is the peer's to close.
void install_for_peer(IkeSa& sa, Turn& turn, Making& making) {
    auto& agreed = std::get<AgreedChild>(making.what);
    sa.install(turn, std::move(agreed.child), std::move(agreed.keys), false);
    if (making.replaces_in != 0) mark_replaced(sa.child(making.replaces_in), turn.now);
}

}  // namespace

Answer answer_create_child_sa(IkeSa& sa, Turn& turn, const Message& request) {
    if (sa.phase != Phase::established) return temporary("CREATE_CHILD_SA on an IKE SA that is being closed");
    const auto* offered = request.get<SaPayload>();
    const auto* theirs = request.get<NoncePayload>();
    if (offered == nullptr || offered->proposals.empty() || !is_nonce(theirs)) {
        return refuse(NotifyType::invalid_syntax, "CREATE_CHILD_SA without SA or Nonce");
    }
    if (offered->proposals.front().protocol == ProtocolId::ike) return answer_rekey_ike(sa, turn, request);
    if (is_rekeying(sa) || is_being_rekeyed(sa))
        return temporary("a Child SA while the IKE SA is being rekeyed");
    const auto old = find_rekeyed(sa, request);
    if (!old) return std::unexpected{old.error()};
    if (*old == nullptr && sa.children.size() >= sa.peer->child_policy.most)
        return refuse(NotifyType::no_additional_sas, "one Child SA more than this peer may have");
    const auto replaced_in = *old == nullptr ? 0 : (*old)->spi_in;
    const auto handle = *old == nullptr ? turn.table.next_child() : (*old)->id;
    const auto ours = turn.rng.bytes(nonce_size);
    auto answer = answer_child(sa, turn, request, Within::create_child_sa, {theirs->data, ours}, *old);
    if (!answer) return std::unexpected{std::move(answer.error())};
    const auto spi_in = answer->agreed.child.spi_in;
    const bool complete = answer->agreed.child.suite.additional.empty();
    answer->agreed.child.id = handle;
    Making making{std::move(answer->agreed), theirs->data, ours, {}, {}, replaced_in, {}};
    if (complete) {
        install_for_peer(sa, turn, making);
    } else {
        answer->payloads.push_back(await_followup(sa, turn, std::move(making)));
    }
    if (replaced_in == 0) return std::move(answer->payloads);
    for (auto& each : sa.window.in_flight) {
        auto* mine = std::get_if<ChildExchange>(&each.exchange);
        if (mine == nullptr || mine->replaces_in != replaced_in) continue;
        mine->rival_in = spi_in;
        mine->rival_nonce = lower_nonce(theirs->data, ours);
    }
    return std::move(answer->payloads);
}

std::optional<Refusal> finish_for_peer(IkeSa& sa, Turn& turn, Making making) {
    const auto* old = making.replaces_in == 0 ? nullptr : sa.child(making.replaces_in);
    if (making.replaces_in != 0 && (old == nullptr || old->state == ChildSa::State::deleting)) {
        return refuse(NotifyType::state_not_found, "IKE_FOLLOWUP_KE for a Child SA that was closed meanwhile")
            .error();
    }
    give_keys(sa, turn, std::get<AgreedChild>(making.what), {making.nonce_i, making.nonce_r}, Role::responder,
              making.additional);
    install_for_peer(sa, turn, making);
    return std::nullopt;
}

}  // namespace ike::engine
