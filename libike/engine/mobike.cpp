#include "libike/engine/mobike.hpp"

#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/nat.hpp"
#include "libike/engine/sa_table.hpp"
#include "libike/mobike/path_choice.hpp"
#include "libike/sa/notify_data.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::engine {
namespace {

std::vector<Address> announced(const Message& message) {
    std::vector<Address> list;
    for (const auto& each : message.payloads) {
        const auto* body = std::get_if<Notify>(&each.body);
        if (body == nullptr) continue;
        if (const auto address = additional_address(*body)) list.push_back(*address);
    }
    return list;
}
bool has_list(const Message& message) {
    return message.notify(NotifyType::additional_ip4_address) != nullptr ||
           message.notify(NotifyType::additional_ip6_address) != nullptr ||
           message.notify(NotifyType::no_additional_addresses) != nullptr;
}

}  // namespace

void add_address_list(const IkeSa& sa, Payloads& to, EmptyList empty) {
    const auto before = to.size();
    for (const auto& address : sa.mobike.own) {
        if (address != sa.path.local.address) to.push_back(additional_address(address));
    }
    if (to.size() == before && empty == EmptyList::say_so)
        to.push_back(notify(NotifyType::no_additional_addresses));
}

void add_mobike_support(const IkeSa& sa, Payloads& to) {
    to.push_back(notify(NotifyType::mobike_supported));
    for (const auto& address : sa.peer->mobike.additional) {
        if (address != sa.path.local.address) to.push_back(additional_address(address));
    }
}

void take_mobike_support(IkeSa& sa, Turn&, const Message& message) {
    if (message.notify(NotifyType::mobike_supported) == nullptr) return;
    sa.mobike.on = true;
    sa.mobike.own = sa.peer->mobike.additional;
    sa.mobike.peer.replace(sa.path.remote.address, announced(message));
}

void move_children(IkeSa& sa, Turn& turn) {
    for (const auto& each : sa.children) turn.order(MoveChild{each.spi_in, sa.path, sa.encapsulation});
}

std::optional<ByteView> echoed_cookie(const Message& reply) {
    const auto* cookie = reply.notify(NotifyType::cookie2);
    return cookie == nullptr ? std::nullopt : std::optional<ByteView>{cookie->data};
}

void start_move(IkeSa& sa, Turn& turn, const MoveTo& order) {
    Path wanted = sa.path;
    wanted.local.address = order.local;
    if (order.remote && *order.remote != sa.path.remote.address) {
        wanted.remote = {*order.remote, turn.config.remote_nat_port};
    }
    const auto refuse = [&](std::string what) {
        turn.say(MoveFailed{sa.id, wanted, Failure::not_possible, std::move(what)});
    };
    if (sa.phase != Phase::established) return refuse("the IKE SA is not established");
    if (!sa.mobike.on) return refuse("the peer does not support MOBIKE, or it is switched off here");
    if (order.local.family() != wanted.remote.address.family())
        return refuse("the two addresses are of different families");
    auto& mobike = sa.mobike;
    sa.path = wanted;
    mobike.moved_at = turn.now;
    ++mobike.moves;
    if (!sa.decides_paths()) {
        // RFC 4555 sections 3.5 and 3.6: the responder changes its own side only, and tells its addresses.
        move_children(sa, turn);
        turn.say(Moved{sa.id,
                       std::exchange(mobike.confirmed, sa.path),
                       sa.path,
                       true,
                       sa.encapsulation,
                       sa.nat.local,
                       sa.nat.remote,
                       {},
                       {}});
        return sa.ask(turn, AnnounceExchange{});
    }
    mobike.pending_update = true;
    // Section 3.5: the Child SAs follow at once unless the responder's address is yet to be proven.
    mobike.moved_children = wanted.remote.address == mobike.confirmed.remote.address;
    if (mobike.moved_children) move_children(sa, turn);
    // What waits for an answer goes out again on the new path without waiting for its time.
    for (auto& request : sa.window.in_flight) {
        request.attempts = 1;
        request.probing = false;
        sa.transmit(turn, request);
    }
    turn.table.touch(sa);
}

namespace {

/// After how many sendings without an answer the other pairs of addresses are tried. A path that was asked
/// for gets more of them.
constexpr unsigned unanswered_sendings = 2;
constexpr unsigned unanswered_updates = 4;
constexpr std::size_t most_pairs = 8;

std::vector<ike::mobike::Pair> other_pairs(const IkeSa& sa) {
    auto remote = sa.mobike.peer.additional();
    const auto& confirmed = sa.mobike.confirmed;
    auto local = sa.mobike.own;
    local.push_back(confirmed.local.address);
    remote.push_back(confirmed.remote.address);
    auto pairs = ike::mobike::candidate_pairs({sa.path.local.address, sa.path.remote.address}, local, remote,
                                              most_pairs);
    pairs.erase(pairs.begin());
    return pairs;
}

}  // namespace

void probe_paths(IkeSa& sa, Turn& turn, Request& request) {
    const bool may =
        sa.mobike.on && sa.peer->mobike.seek_paths && sa.decides_paths() && sa.phase == Phase::established;
    const bool update = std::holds_alternative<UpdateExchange>(request.exchange);
    if (!may || request.attempts <= (update ? unanswered_updates : unanswered_sendings)) return;
    for (const auto& [local, remote] : other_pairs(sa)) {
        const auto port =
            remote == sa.path.remote.address ? sa.path.remote.port : turn.config.remote_nat_port;
        sa.send_again(turn, {{local, sa.path.local.port}, {remote, port}}, request);
        request.probing = true;
    }
}

void take_probed_path(IkeSa& sa, Turn& turn, const Request& answered, const Path& from) {
    const ike::mobike::Pair pair{from.local.address, from.remote.address};
    if (!answered.probing || pair == ike::mobike::Pair{sa.path.local.address, sa.path.remote.address}) return;
    const auto pairs = other_pairs(sa);
    if (std::ranges::find(pairs, pair) == pairs.end()) return;
    if (std::holds_alternative<UpdateExchange>(answered.exchange)) {
        turn.say(
            MoveFailed{sa.id, sa.path, Failure::peer_silent, "another path answers: " + to_string(from)});
    }
    start_move(sa, turn, {sa.id, pair.local, pair.remote});
}

void inherit_mobike(const IkeSa& old, IkeSa& successor) {
    successor.mobike = old.mobike;
    // The hashes cover the SPIs: the first comparison would be wrong (RFC 4555 section 3.8).
    successor.mobike.seen_as.reset();
    successor.mobike.newest_update.reset();
    successor.mobike.newest_list.reset();
    // An update that was on its way may not have been seen in time for the successor.
    successor.mobike.pending_update = old.mobike.pending_update || old.mobike.update_in_flight;
    successor.mobike.update_in_flight = false;
}

namespace {

bool is_refused(const PeerConfig& peer, const Path& from) {
    return std::ranges::any_of(peer.mobike.refused, [&](const TrafficSelector& selector) {
        return matches(selector, from.remote.address, 0, 0, false);
    });
}

/// RFC 4555 section 3.9.
bool nat_where_none_may_be(const Message& request, const Path& from) {
    const auto* claim = request.notify(NotifyType::no_nats_allowed);
    if (claim == nullptr) return false;
    const auto seen = no_nats_allowed(*claim);
    return !seen || seen->source != from.remote || seen->destination != from.local;
}

/// The Child SAs follow the peer, at once or after a check (sections 3.5 and 3.7).
void follow_peer(IkeSa& sa, Turn& turn) {
    auto& mobike = sa.mobike;
    const bool proven = sa.path.remote.address == mobike.confirmed.remote.address;
    if (!proven && sa.peer->mobike.return_routability) {
        LivenessExchange probe;
        probe.purpose = LivenessExchange::Purpose::return_routability;
        return sa.ask(turn, std::move(probe));
    }
    move_children(sa, turn);
    turn.say(Moved{sa.id,
                   std::exchange(mobike.confirmed, sa.path),
                   sa.path,
                   false,
                   sa.encapsulation,
                   sa.nat.local,
                   sa.nat.remote,
                   {},
                   {}});
}

std::optional<Refusal> apply_update(IkeSa& sa, Turn& turn, const Message& request, const Path& from) {
    auto& mobike = sa.mobike;
    // Section 3.5: an older update than one already applied is answered and nothing else.
    if (mobike.newest_update && request.header.message_id < *mobike.newest_update) return std::nullopt;
    if (nat_where_none_may_be(request, from)) {
        return refuse(NotifyType::unexpected_nat_detected, "a NAT changed the addresses of the update")
            .error();
    }
    if (is_refused(*sa.peer, from)) {
        return refuse(NotifyType::unacceptable_addresses, "an update from " + to_string(from.remote)).error();
    }
    mobike.newest_update = request.header.message_id;
    sa.path = from;
    if (const auto found = detect_nat(from, request); found && sa.nat_traversal)
        take_nat_state(sa, turn, *found);
    follow_peer(sa, turn);
    return std::nullopt;
}

/// Section 3.6: a list without the address in use says that it is gone; where it came from is one that works.
void leave_lost_address(IkeSa& sa, Turn& turn, const Address& source, const std::vector<Address>& list) {
    const auto& in_use = sa.path.remote.address;
    const bool lost = source != in_use && std::ranges::find(list, in_use) == list.end();
    if (!lost || !sa.decides_paths() || source.family() != sa.path.local.address.family()) return;
    start_move(sa, turn, {sa.id, sa.path.local.address, source});
}

std::optional<Refusal> apply_list(IkeSa& sa, Turn& turn, const Message& request, const Path& from) {
    auto& mobike = sa.mobike;
    if (mobike.newest_list && request.header.message_id < *mobike.newest_list) return std::nullopt;
    if (nat_where_none_may_be(request, from)) {
        return refuse(NotifyType::unexpected_nat_detected, "a NAT changed the addresses of the address list")
            .error();
    }
    mobike.newest_list = request.header.message_id;
    // Section 3.6: the address of the IP header is one of the list's.
    auto list = announced(request);
    leave_lost_address(sa, turn, from.remote.address, list);
    if (from.remote.address != sa.path.remote.address) list.push_back(from.remote.address);
    if (mobike.peer.replace(sa.path.remote.address, std::move(list))) {
        turn.say(PeerAddresses{sa.id, mobike.peer.additional()});
    }
    return std::nullopt;
}

}  // namespace

Answer answer_addresses(IkeSa& sa, Turn& turn, const Message& request, const Path& from) {
    Payloads payloads;
    std::optional<Refusal> refusal;
    if (sa.mobike.on && request.notify(NotifyType::update_sa_addresses) != nullptr && !sa.decides_paths()) {
        refusal = apply_update(sa, turn, request, from);
    }
    if (sa.mobike.on && has_list(request) && !refusal) refusal = apply_list(sa, turn, request, from);
    if (refusal) {
        turn.say(Dropped{from, refusal->what + ": answered with " + to_string(refusal->notify)});
        payloads.push_back(refusal->payload());
    } else if (sa.nat_traversal && request.notify(NotifyType::nat_detection_source_ip) != nullptr) {
        // Section 3.8: who asks is told, whatever else the request is for.
        add_nat_detection(sa, from, payloads);
    }
    // Section 3.7: as it is, in any INFORMATIONAL response.
    for (const auto* cookie : all_of(request, NotifyType::cookie2)) {
        payloads.push_back(notify(NotifyType::cookie2, cookie->data));
    }
    return payloads;
}

}  // namespace ike::engine
