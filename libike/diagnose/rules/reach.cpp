// Silence: a request that nobody answers, and what it means.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

Fate Case::fate(const MessageFacts& message) const {
    if (ends == nullptr || message.sent.empty()) return Fate::unknown;
    bool one_lost = false;  // of others it may not be known: the other capture was not running
    for (const auto& each : message.sent) {
        const auto fate = ends->fate(facts.file, each.frame);
        if (fate == Fate::arrived) return Fate::arrived;
        one_lost = one_lost || fate == Fate::lost;
    }
    return one_lost ? Fate::lost : Fate::unknown;
}

const Exchange* Case::exchange_there(const IkeSaFacts& sa, const Exchange& exchange) const {
    if (other == nullptr) return nullptr;
    for (const auto& theirs : other->sas) {
        if (theirs.spis != sa.spis) continue;
        for (const auto& each : theirs.exchanges) {
            const bool same = each.type == exchange.type && each.message_id == exchange.message_id &&
                              each.from_initiator == exchange.from_initiator;
            if (same) return &each;
        }
    }
    return nullptr;
}

std::uint32_t Case::answers_there(const IkeSaFacts& sa, const Exchange& exchange) const {
    const auto* there = exchange_there(sa, exchange);
    return there == nullptr ? 0 : there->response.count;
}

const IcmpFacts* Case::complaint(const MessageFacts& message) const {
    for (const auto& icmp : facts.icmp) {
        const bool about =
            icmp.kind != IcmpFacts::Kind::too_big &&
            std::ranges::any_of(message.sent, [&](const Sighting& each) { return each.way == icmp.about; });
        if (about && icmp.last >= message.first().time) return &icmp;
    }
    return nullptr;
}

namespace {

constexpr std::string_view hung_advice =
    "See whether the peer's IKE daemon runs and what its log says of that time; its host got the requests.";
constexpr std::string_view restart_advice =
    "See why nobody listens there any more: start the peer's IKE daemon, and read its log for how it ended.";

/// What came after a request that was not answered.
struct Aftermath {
    bool ike_from_peer = false;  ///< of this SA, from whoever should have answered
    Time last_esp_from_peer{};
    const IkeSaFacts* successor = nullptr;  ///< an IKE SA between the same hosts, begun later and answered
    bool by_peer = false;                   ///< and begun by the one that kept silent
    bool elsewhere = false;                 ///< from another address than before
};

const Exchange* first_answered(const IkeSaFacts& sa) {
    const auto found = std::ranges::find_if(sa.exchanges, &Exchange::answered);
    return found == sa.exchanges.end() ? nullptr : &*found;
}

Aftermath aftermath(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    Aftermath after;
    const auto asked = exchange.request.first().time;
    const std::size_t peer = exchange.from_initiator ? 1 : 0;
    after.ike_from_peer = sa.last_from[peer] != 0 && sa.last_time[peer] > asked;
    for (const auto& view : children_of(sa, in.facts)) {
        const auto* flow = exchange.from_initiator ? view.back : view.forth;
        if (flow != nullptr) after.last_esp_from_peer = std::max(after.last_esp_from_peer, flow->last.time);
    }
    const auto asker = exchange.request.first().way.source.address;
    const auto peer_address = exchange.request.first().way.destination.address;
    for (const auto& other : in.facts.sas) {
        if (&other == &sa || !other.init_seen || other.first.time < asked || first_answered(other) == nullptr)
            continue;
        const auto& begun = other.begun;
        const bool same = begun.destination.address == peer_address;
        const bool back = begun.source.address == peer_address;
        if (!same && !back) continue;
        // Another client of the same gateway proves nothing about this one.
        const bool asker_known = begun.source.address == asker || begun.destination.address == asker ||
                                 (!sa.initiator_id.empty() && sa.initiator_id == other.initiator_id);
        if (!asker_known) continue;
        after.successor = &other;
        after.by_peer = back;
        after.elsewhere = same && begun.source.address != asker;
        break;
    }
    return after;
}

std::string asked_text(const Exchange& exchange) {
    const auto& request = exchange.request;
    auto text = fmt::format("{} from {} was sent {} and never answered", exchange.name(),
                            to_string(request.first().way), tries_text(exchange));
    const auto schedule = schedule_text(request);
    return schedule.empty() ? text : text + "; " + schedule;
}

/// Nothing but silence, or an ICMP error in place of an answer.
void tell_dead_peer(const Case& in, const IkeSaFacts& sa, const Exchange& exchange, std::string text) {
    const bool arrived = in.fate(exchange.request) == Fate::arrived;
    const auto* icmp = in.complaint(exchange.request);
    const bool by_peer = icmp != nullptr && icmp->kind == IcmpFacts::Kind::port_unreachable &&
                         icmp->seen.way.source.address == icmp->about.destination.address;
    if (arrived) text += "; the request arrived at the other end, and nothing was sent back";
    if (by_peer) {
        text += fmt::format(
            "; the peer's host is there and answers with ICMP port unreachable: nobody listens "
            "on UDP {}",
            icmp->about.destination.port);
    } else if (icmp != nullptr) {
        text += fmt::format("; {} says by ICMP that it cannot be reached",
                            to_string(icmp->seen.way.source.address));
    } else if (!arrived) {
        text += in.ends == nullptr
                    ? "; the peer is dead or the path to or from it: one capture cannot tell which"
                    : "; the peer is dead or the path to or from it: the other end's capture does not cover "
                      "that time";
    }
    const auto grade = arrived || by_peer ? Grade::observed
                       : icmp != nullptr  ? Grade::inferred
                                          : Grade::unknown;
    auto& made = in.add("peer-dead", Severity::error, grade, sa.name(), text, frames_of(exchange.request));
    if (icmp != nullptr) Findings::add_frames(made, in.facts.file, std::vector{icmp->seen.frame});
    if (arrived || by_peer) made.advice = by_peer ? restart_advice : hung_advice;
}

/// The peer spoke on the old IKE SA a moment before it made the new one: it did not restart, it reconnects.
bool reconnects(const IkeSaFacts& sa, const Exchange& exchange, const IkeSaFacts& next) {
    const std::size_t peer = exchange.from_initiator ? 1 : 0;
    return next.begun.source.address == exchange.request.first().way.destination.address &&
           sa.last_from[peer] != 0 && between(sa.last_time[peer], next.first.time) < 1s;
}

/// The exchange got no answer at all, and nothing else came either.
void explain_silence(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    const auto after = aftermath(in, sa, exchange);
    const auto frames = frames_of(exchange.request);
    const auto asked = exchange.request.first().time;
    const auto fate = in.fate(exchange.request);
    const auto text = asked_text(exchange);
    if (after.ike_from_peer) return;  // it is there, and did not like this request: other rules look
    if (after.last_esp_from_peer > asked + 2s) {
        const auto* why = fate == Fate::lost      ? "something on the way drops IKE alone"
                          : fate == Fate::arrived ? "the request arrived, so its IKE daemon hangs or is gone"
                                                  : "its IKE daemon is gone, or IKE alone is filtered";
        in.add("control-dead-data-alive", Severity::error,
               fate == Fate::unknown ? Grade::inferred : Grade::observed, sa.name(),
               text + "; ESP still comes from the same peer: " + why, frames);
        return;
    }
    if (after.successor != nullptr && reconnects(sa, exchange, *after.successor)) return;
    if (after.successor != nullptr && fate != Fate::lost) {
        const auto& next = *after.successor;
        const auto gap = between(exchange.request.last.time, next.first.time);
        auto& found =
            after.elsewhere
                ? in.add("path-black-hole", Severity::error, Grade::inferred, sa.name(),
                         text + fmt::format(
                                    "; a new IKE SA from {} was answered: the path was dead, not the peer",
                                    to_string(next.begun.source)),
                         frames)
                : in.add("peer-lost-state", Severity::error,
                         after.by_peer || gap < 40s ? Grade::inferred : Grade::unknown, sa.name(),
                         text + (after.by_peer
                                     ? "; then the peer itself began a new IKE SA: it has restarted"
                                     : fmt::format("; but a new IKE_SA_INIT {} later was answered: the "
                                                   "peer is there and no longer knows this IKE SA",
                                                   duration_text(gap))),
                         frames);
        Findings::add_frames(found, in.facts.file, std::vector{next.first.frame});
        return;
    }
    if (fate == Fate::lost) {
        in.add("path-black-hole", Severity::error, Grade::observed, sa.name(),
               text + "; none of the sendings reached the other end's capture", frames);
    } else if (const auto answers = in.answers_there(sa, exchange); answers > 0) {
        in.add("path-black-hole", Severity::error, Grade::observed, sa.name(),
               text + fmt::format("; the other end answered {}: the answers were lost on the way back",
                                  times_text(answers)),
               frames);
    } else {
        tell_dead_peer(in, sa, exchange, text);
    }
}

/// The path on which a request was sent in vain before it was answered on another.
const Sighting* vain_path(const IkeSaFacts& sa, const Exchange& exchange) {
    const auto answered_on = exchange.response.first().way.reversed();
    for (const auto& sent : exchange.request.sent) {
        if (sent.way == answered_on || sent.time > exchange.response.first().time) continue;
        const auto again = std::ranges::count_if(exchange.request.sent, [&](const Sighting& each) {
            return each.way == sent.way && between(sent.time, each.time) > 400ms &&
                   each.time < exchange.response.first().time;
        });
        const auto of = exchange.from_initiator ? sent.way : sent.way.reversed();
        const bool worked = std::ranges::any_of(sa.paths, [&](const PathUse& each) {
            return each.initiator == of.source && each.responder == of.destination && each.from_responder > 0;
        });
        if (again >= 1 && worked) return &sent;
    }
    return nullptr;
}

/// ESP of the peer in the middle of the time that an answer took.
bool esp_went_on(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    const auto from = exchange.request.first().time + 2s, until = exchange.response.first().time - 2s;
    for (const auto& view : children_of(sa, in.facts)) {
        const auto* flow = exchange.from_initiator ? view.back : view.forth;
        if (flow == nullptr) continue;
        const bool during = std::ranges::any_of(
            flow->legs, [&](const Leg& leg) { return leg.first.time < until && leg.last.time > from; });
        if (during && flow->rate.after(from) > flow->rate.after(until)) return true;
    }
    return false;
}

void look_at_late_answer(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    const auto waited = *exchange.round_trip();
    if (exchange.request.count < 2 || waited < 0s) return;
    if (const auto* vain = vain_path(sa, exchange)) {
        auto frames = frames_of(exchange);
        in.add("path-black-hole", Severity::warning, Grade::inferred, sa.name(),
               fmt::format("the path {} went silent: {} was sent there in vain and answered after {} on {}",
                           to_string(vain->way), exchange.name(), duration_text(waited),
                           to_string(exchange.response.first().way.reversed())),
               frames);
        return;
    }
    const auto before_answer = std::ranges::count_if(exchange.request.sent, [&](const Sighting& each) {
        return each.time < exchange.response.first().time;
    });
    if (before_answer < 2 || waited < 400ms) return;
    const bool long_silence = waited > 10s && before_answer >= 3;
    if (long_silence && esp_went_on(in, sa, exchange)) {
        in.add("control-dead-data-alive", Severity::warning, Grade::observed, sa.name(),
               fmt::format(
                   "{} was answered only after {} sendings and {}, while ESP from the same peer went on: its "
                   "IKE daemon hung, or IKE alone was filtered; {}",
                   exchange.name(), before_answer, duration_text(waited), schedule_text(exchange.request)),
               frames_of(exchange));
        return;
    }
    // Several answers at once: the requests had arrived and lay there.
    const bool queued = exchange.response.count >= 2 &&
                        between(exchange.response.first().time, exchange.response.last.time) < 1s;
    const bool here = place_of(sa) == (exchange.from_initiator ? Place::responder : Place::initiator);
    const auto early =
        in.ends == nullptr ? Fate::unknown : in.ends->fate(in.facts.file, exchange.request.first().frame);
    if (long_silence && early != Fate::lost && (queued || here || early == Fate::arrived)) {
        auto& made =
            in.add("peer-dead", Severity::warning,
                   here || early == Fate::arrived ? Grade::observed : Grade::inferred, sa.name(),
                   fmt::format("{} was answered only after {} sendings and {}: the requests arrived, "
                               "and the peer hung that long; {}",
                               exchange.name(), before_answer, duration_text(waited),
                               schedule_text(exchange.request)),
                   frames_of(exchange));
        made.advice = hung_advice;
        return;
    }
    const bool busy = queued || here || early == Fate::arrived;
    in.add(
        long_silence ? "path-black-hole" : "ike-retransmissions",
        waited > 3s && before_answer >= 3 ? Severity::warning : Severity::note,  // more than one lost packet
        long_silence && early != Fate::lost ? Grade::unknown : Grade::observed, sa.name(),
        fmt::format("{} was answered only after {} sendings and {}; {}{}", exchange.name(), before_answer,
                    duration_text(waited), schedule_text(exchange.request),
                    long_silence ? "; the path was dead that long and came back"
                    : busy       ? "; the first sending had arrived: the peer was busy or stopped"
                                 : ""),
        frames_of(exchange));
}

/// Answers that come when the request has been sent again already.
void look_at_pace(const Case& in, const IkeSaFacts& sa) {
    std::vector<Span> trips;
    std::vector<std::uint64_t> frames;
    std::uint32_t premature = 0;
    for (const auto& exchange : sa.exchanges) {
        const auto trip = exchange.round_trip();
        if (!trip || *trip < 0s || exchange.type == ExchangeType::ike_auth) continue;
        const bool answered_all = exchange.response.count >= exchange.request.count;
        if (exchange.request.count > 1 && !answered_all)
            continue;  // a loss: the time is that of retransmission
        trips.push_back(*trip);
        if (exchange.request.count > 1) ++premature;
        if (*trip > 300ms && frames.size() < 6) {
            frames.push_back(exchange.request.first().frame);
            frames.push_back(exchange.response.first().frame);
        }
    }
    if (trips.size() < 2) return;
    std::ranges::sort(trips);
    const auto median = trips[(trips.size() - 1) / 2];
    // Geostationary satellites take 600 ms; that is far, and nothing is wrong.
    if (median < 700ms && !(premature >= 2 && median > 200ms)) return;
    in.add("slow-path", Severity::warning, Grade::observed, sa.name(),
           fmt::format("round trips take {} (median of {}, longest {}){}", duration_text(median),
                       trips.size(), duration_text(trips.back()),
                       premature > 0
                           ? fmt::format("; {} requests were sent again before their answer came", premature)
                           : ""),
           frames);
}

}  // namespace

void judge_reach(const Case& in, const IkeSaFacts& sa) {
    look_at_pace(in, sa);
    if (!is_established(sa, in.facts)) return;
    const Exchange* silent = nullptr;
    const auto moves = moves_of(sa);
    const auto is_move = [&](const Exchange& exchange) {
        return std::ranges::any_of(moves, [&](const Move& each) { return each.exchange == &exchange; });
    };
    for (const auto& exchange : sa.exchanges) {
        const bool setup = exchange.type == ExchangeType::ike_sa_init ||
                           exchange.type == ExchangeType::ike_auth ||
                           exchange.type == ExchangeType::ike_intermediate;
        if (setup || !exchange.request.seen()) continue;
        if (exchange.answered()) {
            look_at_late_answer(in, sa, exchange);
        } else if (is_unanswered(exchange, in.facts) && silent == nullptr && !is_move(exchange) &&
                   !was_answered_unseen(sa, exchange)) {
            silent = &exchange;
        }
    }
    if (silent == nullptr) return;
    // A delete at the very end often goes unanswered, and nobody minds; nor who asks a peer that has just
    // said goodbye.
    const bool deleting = silent->request.get<DeletePayload>() != nullptr && silent->request.count < 3;
    const bool crossed = is_over(sa, silent->request.first().time + 1s);
    if (!deleting && !crossed) explain_silence(in, sa, *silent);
}

}  // namespace ike::diagnose
