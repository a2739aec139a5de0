// What an IKE SA does when its time has come.
#include <fmt/format.h>

#include "libike/engine/exchanges/create_child_sa.hpp"
#include "libike/engine/exchanges/eap.hpp"
#include "libike/engine/exchanges/followup.hpp"
#include "libike/engine/exchanges/ike_sa_init.hpp"
#include "libike/engine/mobike.hpp"
#include "libike/engine/sa_table.hpp"

namespace ike::engine {
namespace {

// Of one IKE SA; whoever forges ICMP makes us send no more than this.
constexpr Duration between_icmp_checks = 10s;
// IKE_SA_INIT on each pair of addresses but in the last round, where there are several.
constexpr unsigned attempts_of_a_pair = 3;

constexpr auto never = Instant::max();
Instant or_never(const std::optional<Instant>& at) { return at.value_or(never); }
bool take_if_due(std::optional<Instant>& at, Instant now) {
    if (!at || *at > now) return false;
    at.reset();
    return true;
}

/// RFC 7296 section 2.4: silence is looked into where no request of ours waits for an answer anyway.
std::optional<Instant> liveness_at(const IkeSa& sa) {
    const bool idle =
        sa.phase == Phase::established && !sa.is_waiting && sa.window.in_flight.empty() && sa.queue.empty();
    if (!idle || sa.peer->timers.liveness == 0s) return std::nullopt;
    return sa.last_heard + sa.peer->timers.liveness;
}

}  // namespace

std::optional<Instant> IkeSa::next_deadline() const {
    auto next = never;
    for (const auto& at : {keepalive_at, rekey_at, retry_at, half_open_at, linger_until, reauth_at,
                           expires_at, lifetime_over_at, liveness_at(*this)}) {
        next = std::min(next, or_never(at));
    }
    for (const auto& request : window.in_flight) next = std::min(next, request.due);
    for (const auto& each : children)
        next =
            std::min({next, or_never(each.rekey_at), or_never(each.expires_at), or_never(each.give_up_at)});
    for (const auto& each : awaited) next = std::min(next, each.until);
    return next == never ? std::nullopt : std::optional{next};
}

void IkeSa::on_deadline(Turn& turn) {
    if (take_if_due(half_open_at, turn.now)) {
        const auto words =
            refused_or(*this, {Failure::half_open_timeout, "the initiator did not finish IKE_AUTH in time"});
        return fail(turn, words.failure, words.detail);
    }
    if (take_if_due(linger_until, turn.now))
        return end(turn, "the peer never deleted the IKE SA that was rekeyed");
    if (take_if_due(expires_at, turn.now)) return close(turn);
    if (take_if_due(lifetime_over_at, turn.now)) return expire(turn);
    if (take_if_due(reauth_at, turn.now)) reauthenticate(*this, turn);
    for (std::size_t i = 0; i < window.in_flight.size() && phase != Phase::gone; ++i) {
        auto& request = window.in_flight[i];
        if (request.due > turn.now) continue;
        if (is_worn_out(turn, request)) return on_silence(turn, request);
        transmit(turn, request);
        probe_paths(*this, turn, request);
    }
    if (const auto at = liveness_at(*this); at && *at <= turn.now) ask(turn, LivenessExchange{});
    if (take_if_due(keepalive_at, turn.now)) keep_alive(turn);
    if (take_if_due(rekey_at, turn.now) && phase == Phase::established) ask(turn, RekeyIkeExchange{});
    if (take_if_due(retry_at, turn.now)) {
        for (auto& exchange : std::exchange(retry, {})) ask(turn, std::move(exchange));
    }
    forget_overdue(*this, turn.now);
    std::vector<std::uint32_t> given_up;
    for (auto& each : children) {
        if (take_if_due(each.rekey_at, turn.now) && each.state == ChildSa::State::installed) {
            ask(turn, rekey_of(each));
        }
        if (take_if_due(each.expires_at, turn.now) && each.state != ChildSa::State::deleting) {
            say_expired(turn, each, "its time is over");
            given_up.push_back(each.spi_in);
        }
        if (take_if_due(each.give_up_at, turn.now)) given_up.push_back(each.spi_in);
    }
    // The peer that began a rekey deletes the old SA (RFC 7296 section 2.8); where it did not, we do.
    if (!given_up.empty()) ask(turn, DeleteChildExchange{std::move(given_up)});
}

/// RFC 4301 section 4.4.2.1. The peer is told with a Delete; the caller hears why.
void IkeSa::say_expired(Turn& turn, const ChildSa& child, std::string_view why) const {
    turn.say(ChildFailed{
        id, child.id, Failure::expired, {}, fmt::format("Child SA {:08x}: {}", child.spi_in, why)});
}

void IkeSa::expire(Turn& turn) {
    if (phase != Phase::established) return;
    if (turn.table.is_current(*this))
        turn.say(IkeFailed{id, Failure::expired, {}, "the lifetime of the IKE SA is over"});
    close(turn);
}

void IkeSa::on_limit(Turn& turn, const LimitReached& reached) {
    auto* sa = child(reached.spi_in);
    if (sa == nullptr || sa->state == ChildSa::State::deleting || phase != Phase::established) return;
    if (reached.limit == LimitReached::Limit::hard) {
        say_expired(turn, *sa, "it carried all that it may");
        return ask(turn, DeleteChildExchange{{sa->spi_in}});
    }
    if (sa->state == ChildSa::State::installed) ask(turn, rekey_of(*sa));
}

ChildExchange rekey_of(const ChildSa& child) {
    ChildExchange rekey;
    rekey.child = child.id;
    rekey.replaces_in = child.spi_in;
    rekey.ts_local = child.ts_local;
    rekey.ts_remote = child.ts_remote;
    rekey.name = child.terms.name;
    // RFC 7296 section 1.3.3: the successor is of the same mode.
    rekey.mode = child.terms.mode == EspMode::transport ? ChildMode::transport_only : ChildMode::tunnel;
    return rekey;
}

bool IkeSa::is_worn_out(const Turn& turn, const Request& request) const {
    if (request.type == ExchangeType::ike_sa_init && has_more_paths(*this) &&
        request.attempts >= attempts_of_a_pair)
        return true;
    if (request.attempts < peer->timers.retransmit.attempts) return false;
    // RFC 4555 section 3.11: the responder gives the initiator time to find another path.
    const bool patient = mobike.on && !decides_paths() && phase == Phase::established;
    return !patient || turn.now - request.first_sent >= peer->mobike.responder_patience;
}

void IkeSa::on_silence(Turn& turn, Request& request) {
    const auto detail =
        fmt::format("{} request {} was sent {} times to {} and never answered", to_string(request.type),
                    request.message_id, request.attempts, to_string(path.remote));
    if (phase == Phase::init_sent && try_next_path(*this, turn)) return;
    if (phase == Phase::deleting || phase == Phase::replaced || rival_of(*this, turn) != nullptr)
        return end(turn, detail);
    if (std::holds_alternative<UpdateExchange>(request.exchange)) {
        turn.say(MoveFailed{id, path, Failure::peer_silent, detail});
    }
    fail(turn, Failure::peer_silent, detail);
}

void IkeSa::on_icmp(Turn& turn) {
    // A request in flight will find out anyway.
    if (turn.now < icmp_heeded_until || !window.in_flight.empty() || !queue.empty()) return;
    icmp_heeded_until = turn.now + between_icmp_checks;
    ask(turn, LivenessExchange{});
}

void IkeSa::keep_alive(Turn& turn) {
    const auto interval = peer->timers.nat_keepalive;
    if (!nat.local || interval == 0s || phase != Phase::established) return;
    // RFC 3948 section 2.3: one octet, no marker.
    turn.out.datagrams.push_back({path, Bytes{0xff}, Carrier::udp});
    keepalive_at = turn.now + interval;
}

}  // namespace ike::engine
