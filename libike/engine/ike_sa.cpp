#include "libike/engine/ike_sa.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/create_child_sa.hpp"
#include "libike/engine/exchanges/followup.hpp"
#include "libike/engine/nat.hpp"
#include "libike/engine/sa_table.hpp"

namespace ike::engine {
namespace {

IkeState state_of(Phase phase) {
    switch (phase) {
        case Phase::init_sent:
            return IkeState::init_sent;
        case Phase::init_answered:
            return IkeState::init_answered;
        case Phase::auth_sent:
            return IkeState::auth_sent;
        case Phase::established:
            return IkeState::established;
        case Phase::replaced:
        case Phase::deleting:
            return IkeState::deleting;
        case Phase::gone:
            break;
    }
    return IkeState::gone;
}

/// RFC 7296 section 2.8: rekeying is jittered, here by up to a tenth of the lifetime.
Instant jittered(Turn& turn, Duration lifetime) {
    const auto tenth = static_cast<std::uint64_t>(std::max<Duration::rep>(1, lifetime.count() / 10));
    return turn.now + lifetime - Duration{static_cast<Duration::rep>(turn.rng.below(tenth))};
}

ChildLimits jittered(Turn& turn, ChildLimits limits) {
    for (auto* soft : {&limits.soft_octets, &limits.soft_packets}) {
        if (*soft >= 10) *soft -= turn.rng.below(*soft / 10);
    }
    return limits;
}

IkeKeyRecord copy_of(const IkeKeyRecord& record) {
    return {record.spi_i,   record.spi_r,  record.suite, record.keys.clone(), record.shared_secret.clone(),
            record.nonce_i, record.nonce_r};
}

}  // namespace

IkeState ike_state(Phase phase) { return state_of(phase); }

ChildSa* IkeSa::child(std::uint32_t spi_in) {
    const auto found = std::ranges::find(children, spi_in, &ChildSa::spi_in);
    return found == children.end() ? nullptr : &*found;
}
ChildSa* IkeSa::child_by_outbound(std::uint32_t spi_out) {
    const auto found = std::ranges::find(children, spi_out, &ChildSa::spi_out);
    return found == children.end() ? nullptr : &*found;
}

bool IkeSa::is_asking_for_child() const {
    const auto is_new_child = [](const Exchange& each) {
        const auto* child = std::get_if<ChildExchange>(&each);
        return child != nullptr && child->replaces_in == 0;
    };
    return std::ranges::any_of(queue, is_new_child) || std::ranges::any_of(retry, is_new_child) ||
           std::ranges::any_of(window.in_flight,
                               [&](const Request& each) { return is_new_child(each.exchange); });
}

bool IkeSa::has_all_of(std::string_view kind) const {
    return std::ranges::any_of(
        children, [&](const ChildSa& each) { return each.terms.name == kind && each.is_all_there_is; });
}

void IkeSa::enter(Turn& turn, Phase next, std::string detail) {
    if (phase == next && next != Phase::init_sent) return;
    phase = next;
    if (next == Phase::established) {
        established = last_heard = turn.now;
        schedule_rekey(turn);
    }
    // The old half of a rekey lives on unseen: its handle means the new one.
    if (turn.table.is_current(*this)) turn.say(IkeStateChanged{id, state_of(next), std::move(detail)});
}

void IkeSa::schedule_rekey(Turn& turn) {
    if (peer->timers.ike_rekey > 0s) rekey_at = jittered(turn, peer->timers.ike_rekey);
    if (peer->timers.ike_lifetime > 0s) lifetime_over_at = turn.now + peer->timers.ike_lifetime;
}

void IkeSa::end(Turn& turn, std::string detail) {
    // RFC 7296 section 2.8.2: the peer did not see our own rekey, or we its answer; what the peer's made is
    // the IKE SA from now on.
    adopt_rival(*this, turn);
    while (!children.empty()) remove_child(turn, children.back().spi_in);
    window.in_flight.clear();
    queue.clear();
    awaited.clear();
    enter(turn, Phase::gone, std::move(detail));
}

void IkeSa::fail(Turn& turn, Failure failure, std::string detail, std::optional<NotifyType> notify) {
    if (phase == Phase::gone) return;
    adopt_rival(*this, turn);
    if (turn.table.is_current(*this)) turn.say(IkeFailed{id, failure, notify, detail});
    end(turn, std::move(detail));
}

void IkeSa::close(Turn& turn, std::optional<NotifyType> because) {
    if (phase == Phase::deleting || phase == Phase::gone) return;
    queue.clear();
    retry.clear();
    if (phase == Phase::init_sent || phase == Phase::init_answered || !outbound) return end(turn, "given up");
    enter(turn, Phase::deleting);
    ask(turn, DeleteIkeExchange{because});
}

void IkeSa::ask(Turn& turn, Exchange exchange) {
    turn.table.touch(*this);
    queue.push_back(std::move(exchange));
}

void IkeSa::ask_first(Turn& turn, Exchange exchange) {
    turn.table.touch(*this);
    queue.insert(queue.begin(), std::move(exchange));
}

bool IkeSa::waits_for_rekey() const { return phase == Phase::deleting && is_rekeying(*this); }

void IkeSa::pump(Turn& turn) {
    while (window.has_room() && phase != Phase::gone) {
        std::optional<Exchange> next;
        if (mobike.pending_update && phase == Phase::established) {
            next = UpdateExchange{};  // RFC 4555 section 3.5: as soon as the window allows
        } else if (!queue.empty() && !waits_for_rekey()) {
            next = std::move(queue.front());
            queue.erase(queue.begin());
        } else {
            if (queue.empty() && queue.capacity() > 0) queue = std::vector<Exchange>{};
            return;
        }
        auto payloads = std::visit([&](auto& each) { return each.request(*this, turn); }, *next);
        if (!payloads) continue;
        Request request;
        request.type = std::visit([](const auto& each) { return each.type; }, *next);
        request.message_id = window.take_id();
        request.first_sent = turn.now;
        const auto made = header(request.type, request.message_id, Direction::request);
        if (request.type == ExchangeType::ike_sa_init) {
            request.datagrams.push_back(write_message({made, *payloads}));
            negotiation->init_i = request.datagrams.front();
        } else {
            request.datagrams = sealed(turn, made, *payloads);
        }
        trace(turn, path, made, *payloads);
        request.exchange = std::move(*next);
        transmit(turn, request);
        window.in_flight.push_back(std::move(request));
    }
}

void IkeSa::install(Turn& turn, ChildSa made, InstallChild keys, bool by_us) {
    const auto old = std::ranges::find(children, made.id, &ChildSa::id);
    const bool successor = old != children.end();
    if (successor && old->is_all_there_is) made.is_all_there_is = true;
    made.established = turn.now;
    if (peer->timers.child_rekey > 0s) made.rekey_at = jittered(turn, peer->timers.child_rekey);
    if (peer->timers.child_lifetime > 0s) made.expires_at = turn.now + peer->timers.child_lifetime;
    keys.ike_sa = id;
    keys.child = made.id;
    keys.spi_in = made.spi_in;
    keys.spi_out = made.spi_out;
    keys.suite = made.suite;
    keys.ts_local = made.ts_local;
    keys.ts_remote = made.ts_remote;
    // RFC 4555 section 3.3: the addresses are the IKE SA's, not those of the request's IP header; where the
    // other Child SAs went ahead of an update's answer, the new one goes with them.
    const bool ahead = decides_paths() && mobike.moved_children;
    keys.path = mobike.on && !ahead ? mobike.confirmed : path;
    keys.udp_encapsulation = encapsulation;
    keys.replay_window = peer->replay_window;
    keys.terms = made.terms;
    keys.limits = jittered(turn, peer->child_policy.limits);
    keys.df = peer->child_policy.df;
    keys.tfc_size = made.terms.peer_takes_tfc ? peer->child_policy.tfc_size : 0;
    turn.table.set_child(made.id, id);
    turn.table.set_esp(made.spi_in, id);
    turn.order(std::move(keys));
    turn.say(ChildEstablished{id, made.id, made.spi_in, made.spi_out, made.suite, made.ts_local,
                              made.ts_remote, successor, by_us, made.terms});
    children.push_back(std::move(made));
}

void IkeSa::remove_child(Turn& turn, std::uint32_t spi_in) {
    const auto found = std::ranges::find(children, spi_in, &ChildSa::spi_in);
    if (found == children.end()) return;
    const ChildSa gone = std::move(*found);
    children.erase(found);
    const bool lives_on =
        std::ranges::any_of(children, [&](const ChildSa& each) { return each.id == gone.id; });
    turn.table.remove_esp(gone.spi_in);
    if (!lives_on) turn.table.remove_child(gone.id);
    turn.order(RemoveChild{gone.spi_in});
    turn.say(ChildDeleted{id, gone.id, gone.spi_in, gone.spi_out, lives_on});
}

Result<bool> IkeSa::take_keys(Turn& turn, IkeKeys keys, ByteView shared_secret, ByteView nonce_i,
                              ByteView nonce_r) {
    if (turn.config.export_keys) {
        IkeKeyRecord record;
        record.spi_i = spi_i;
        record.spi_r = spi_r;
        record.suite = *suite;
        record.keys = keys.clone();
        record.shared_secret = SecretBytes{shared_secret};
        record.nonce_i = to_bytes(nonce_i);
        record.nonce_r = to_bytes(nonce_r);
        if (negotiation && peer->ppk) negotiation->told = copy_of(record);
        turn.say(KeysDerived{std::move(record)});
    }
    const bool first = role == Role::initiator;
    auto out = SkProtection::create(*suite, first ? keys.ei : keys.er, first ? keys.ai : keys.ar);
    if (!out) return std::unexpected{std::move(out.error())};
    auto in = SkProtection::create(*suite, first ? keys.er : keys.ei, first ? keys.ar : keys.ai);
    if (!in) return std::unexpected{std::move(in.error())};
    outbound.emplace(std::move(*out));
    inbound.emplace(std::move(*in));
    sk_d = std::move(keys.d);
    sk_pi = std::move(keys.pi);
    sk_pr = std::move(keys.pr);
    return true;
}

}  // namespace ike::engine
