// INFORMATIONAL for MOBIKE: updates, address lists, checks of paths (RFC 4555 sections 3.5 to 3.10), and
// liveness.
#include <fmt/format.h>

#include "libike/engine/exchanges/create_child_sa.hpp"
#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/mobike.hpp"
#include "libike/engine/nat.hpp"
#include "libike/engine/sa_table.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike::engine {
namespace {

using mobike::ReturnCheck;

ReturnCheck fresh_check(Turn& turn) { return ReturnCheck{turn.rng.bytes(mobike::cookie2_size)}; }
Payload cookie_payload(const ReturnCheck& check) {
    return notify(NotifyType::cookie2, to_bytes(check.cookie()));
}

/// Section 3.7: a wrong COOKIE2, or none, closes the IKE SA.
void close_for_mismatch(IkeSa& sa, Turn& turn) {
    const std::string what = "the peer did not return our COOKIE2";
    turn.say(IkeFailed{sa.id, Failure::cookie2_mismatch, std::nullopt, what});
    sa.close(turn);
}

std::optional<NatHash> seen_hash(const Message& message) {
    const auto* hash = message.notify(NotifyType::nat_detection_destination_ip);
    NatHash value{};
    if (hash == nullptr || hash->data.size() != value.size()) return std::nullopt;
    std::ranges::copy(hash->data, value.begin());
    return value;
}

/// What guards addresses in the message: hashes, or the word that no NAT is allowed (section 3.9).
void add_address_guard(const IkeSa& sa, Payloads& to) {
    if (sa.nat_traversal)
        add_nat_detection(sa, sa.path, to);
    else
        to.push_back(no_nats_allowed(sa.path.local, sa.path.remote));
}

}  // namespace

// ---- UPDATE_SA_ADDRESSES
// -----------------------------------------------------------------------------------------------

std::optional<Payloads> UpdateExchange::request(IkeSa& sa, Turn& turn) {
    auto& state = sa.mobike;
    state.pending_update = false;
    if (sa.phase != Phase::established || !state.on || !sa.decides_paths()) return std::nullopt;
    state.update_in_flight = true;
    move = state.moves;
    path = sa.path;
    Payloads payloads{notify(NotifyType::update_sa_addresses)};
    add_address_guard(sa, payloads);
    // Section 3.6: the list may travel along; with another address in use it is another list.
    if (!state.own.empty()) add_address_list(sa, payloads, EmptyList::say_so);
    const bool unproven = sa.path.remote.address != state.confirmed.remote.address;
    if (sa.peer->mobike.cookie2_in_update || unproven) {
        check = fresh_check(turn);
        payloads.push_back(cookie_payload(*check));
    }
    return payloads;
}

namespace {

/// The SA stays where it was before.
void go_back(IkeSa& sa, Turn& turn, const UpdateExchange& update, Failure why, NotifyType error) {
    turn.say(MoveFailed{sa.id, update.path, why,
                        fmt::format("the peer answered the update with {}", to_string(error))});
    sa.path = sa.mobike.confirmed;
    if (sa.mobike.moved_children) move_children(sa, turn);
    sa.mobike.refusals = 0;
}

/// Section 3.9: an attacker who changes one packet must not keep us from a path.
bool try_again_after_nat(IkeSa& sa, const Notify& error) {
    if (error.type != NotifyType::unexpected_nat_detected) return false;
    if (++sa.mobike.refusals >= sa.peer->timers.retransmit.attempts) return false;
    sa.mobike.pending_update = true;
    return true;
}

}  // namespace

void UpdateExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    auto& state = sa.mobike;
    state.update_in_flight = false;
    std::optional<bool> returned;
    if (check) {
        const auto verdict = check->judge(echoed_cookie(reply));
        if (verdict == ReturnCheck::Verdict::mismatch) {
            turn.say(
                MoveFailed{sa.id, path, Failure::cookie2_mismatch, "the peer did not return our COOKIE2"});
            return close_for_mismatch(sa, turn);
        }
        if (verdict == ReturnCheck::Verdict::proven) returned = true;
    }
    // Section 3.5: another move began meanwhile; its own update decides.
    if (move != state.moves || sa.phase != Phase::established) return;
    if (const auto* error = first_error(reply)) {
        if (try_again_after_nat(sa, *error)) return;
        return go_back(sa, turn, *this, failure_of(error->type), error->type);
    }
    if (sa.path.remote.address != state.confirmed.remote.address && !returned) {
        state.pending_update = true;  // section 3.7: the request went to several addresses and proves none
        return;
    }
    state.refusals = 0;
    const bool encapsulated = sa.encapsulation;
    if (const auto found = detect_nat(sa.path, reply); found && sa.nat_traversal) {
        take_nat_state(sa, turn, *found);
        state.seen_as = seen_hash(reply);
    }
    if (!state.moved_children || encapsulated != sa.encapsulation) move_children(sa, turn);
    const auto from = std::exchange(state.confirmed, sa.path);
    turn.say(Moved{sa.id, from, sa.path, true, sa.encapsulation, sa.nat.local, sa.nat.remote,
                   turn.now - sa.concluding->first_sent, returned});
    replace_transport_children(sa, turn, from);
}

// ---- the list of addresses
// ---------------------------------------------------------------------------------------------

std::optional<Payloads> AnnounceExchange::request(IkeSa& sa, Turn&) {
    if (sa.phase != Phase::established || !sa.mobike.on) return std::nullopt;
    Payloads payloads;
    add_address_list(sa, payloads, EmptyList::say_so);
    if (!sa.nat_traversal) payloads.push_back(no_nats_allowed(sa.path.local, sa.path.remote));
    return payloads;
}

void AnnounceExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    const bool nat = reply.notify(NotifyType::unexpected_nat_detected) != nullptr;
    // Section 3.6: a list that went out from several addresses says nothing about which is in use.
    if (!nat && !sa.concluding->several_paths) return;
    if (tries + 1 < sa.peer->timers.retransmit.attempts) sa.ask(turn, AnnounceExchange{tries + 1});
}

// ---- liveness and return routability
// -----------------------------------------------------------------------------------

std::optional<Payloads> LivenessExchange::request(IkeSa& sa, Turn& turn) {
    if (sa.phase != Phase::established) return std::nullopt;
    path = sa.path;
    Payloads payloads;
    // Section 3.8: so that the initiator learns when its NAT's mapping changed.
    if (sa.mobike.on && sa.nat_traversal && sa.decides_paths()) add_nat_detection(sa, sa.path, payloads);
    if (purpose == Purpose::return_routability) {
        check = fresh_check(turn);
        payloads.push_back(cookie_payload(*check));
    }
    return payloads;
}

namespace {

void conclude_check(IkeSa& sa, Turn& turn, const ReturnCheck& check, const Message& reply) {
    switch (check.judge(echoed_cookie(reply))) {
        case ReturnCheck::Verdict::mismatch:
            return close_for_mismatch(sa, turn);
        case ReturnCheck::Verdict::unclear: {
            LivenessExchange next;
            next.purpose = LivenessExchange::Purpose::return_routability;
            return sa.ask(turn, std::move(next));
        }
        case ReturnCheck::Verdict::proven:
            break;
    }
    // The peer moved again meanwhile: the check of its newer address waits in the queue.
    if (check.address() != sa.path.remote.address || sa.path == sa.mobike.confirmed) return;
    move_children(sa, turn);
    const auto from = std::exchange(sa.mobike.confirmed, sa.path);
    turn.say(Moved{sa.id, from, sa.path, false, sa.encapsulation, sa.nat.local, sa.nat.remote,
                   turn.now - sa.concluding->first_sent, true});
}

/// Section 3.8: whether the peer sees us elsewhere than before.
void look_at_mapping(IkeSa& sa, Turn& turn, const Message& reply) {
    auto& state = sa.mobike;
    if (!state.on || !sa.decides_paths() || sa.concluding->several_paths || sa.concluding->path != sa.path)
        return;
    const auto seen = seen_hash(reply);
    if (!seen) return;
    const auto untranslated = nat_detection_hash(sa.spi_i, sa.spi_r, sa.path.local);
    const bool changed = sa.nat.local ? seen != state.seen_as : *seen != untranslated;
    if (!changed) return;
    state.moved_at = turn.now;
    ++state.moves;
    state.pending_update = true;
    state.moved_children = true;
}

}  // namespace

void LivenessExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    if (sa.phase != Phase::established) return;
    if (check) return conclude_check(sa, turn, *check, reply);
    look_at_mapping(sa, turn, reply);
}

}  // namespace ike::engine
