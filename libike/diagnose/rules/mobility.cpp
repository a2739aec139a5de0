// MOBIKE (RFC 4555), and moving without it.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

std::string to_from(const Move& move) {
    return fmt::format("from {} to {}", to_string(move.before.source), to_string(move.after.source));
}

void look_at_unanswered_update(const Case& in, const IkeSaFacts& sa, const Move& move) {
    const auto& exchange = *move.exchange;
    if (!is_unanswered(exchange, in.facts) || was_answered_unseen(sa, exchange)) return;
    // A Delete from the new place is a goodbye, and without MOBIKE there is nothing to update.
    if (exchange.request.get<DeletePayload>() != nullptr || !who_lacks_mobike(sa).empty()) return;
    const auto fate = in.fate(exchange.request);
    const auto answers = in.answers_there(sa, exchange);
    auto text = fmt::format("{} to move {} was sent {} and never answered",
                            move.proven ? "UPDATE_SA_ADDRESSES" : "an INFORMATIONAL request, likely",
                            to_from(move), tries_text(exchange));
    if (!move.proven) {
        text = fmt::format("{}, sent {} from the new address {} (before: {}), was never answered: {}",
                           exchange.name(), tries_text(exchange), to_string(move.after.source),
                           to_string(move.before.source),
                           exchange.request.readable ? "the client tries the new path before it updates"
                                                     : "likely a MOBIKE update, which a gateway "
                                                       "without MOBIKE ignores");
    }
    const auto schedule = schedule_text(exchange.request);
    if (!schedule.empty()) text += "; " + schedule;
    if (fate == Fate::lost) text += "; no sending reached the gateway's capture: the new path is blocked";
    if (answers > 0) {
        text += fmt::format("; the gateway answered {}: the answers were lost on the new path",
                            times_text(answers));
    } else if (fate == Fate::arrived) {
        text += "; it reached the gateway, which gave no answer";
    }
    in.add("mobike-update-unanswered", Severity::error, move.proven ? Grade::observed : Grade::inferred,
           sa.name(), text, frames_of(exchange.request));
}

void look_at_cookie2(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    const auto* echo = exchange.response.check("cookie2");
    if (echo == nullptr || echo->result != IcvState::bad) return;
    in.add("mobike-cookie2-missing", Severity::error, Grade::observed, sa.name(),
           fmt::format(
               "{} carried COOKIE2, which {} in the answer: return routability has failed, and the sender "
               "must not use the path",
               exchange.name(), echo->detail.view()),
           frames_of(exchange));
}

/// The responder asks whether the client is where it says to be before ESP follows (RFC 4555 section 3.7).
void look_at_proof(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    const bool asks = !exchange.from_initiator && !exchange.is_update() &&
                      exchange.request.notify(NotifyType::cookie2) != nullptr;
    if (!asks || !is_unanswered(exchange, in.facts)) return;
    const auto& request = exchange.request;
    const auto fate = in.fate(request);
    const auto answers = in.answers_there(sa, exchange);
    auto text = fmt::format(
        "{} asked for COOKIE2 back over the new path {} and got no answer: it must not "
        "send ESP there",
        to_string(request.first().way.source), tries_text(exchange));
    if (fate == Fate::lost) text += "; none of the requests reached the other end's capture";
    if (answers > 0)
        text += fmt::format("; it was answered {} there, and the answers were lost", times_text(answers));
    in.add("return-routability-failed", Severity::error, Grade::observed, sa.name(),
           text + fmt::format(" ({})", to_string(request.first().way)), frames_of(request));
}

void look_at_refusal(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    for (const auto type : {NotifyType::unacceptable_addresses, NotifyType::unexpected_nat_detected}) {
        if (exchange.response.notify(type) == nullptr) continue;
        in.add("mobike-addresses-refused", Severity::error, Grade::observed, sa.name(),
               fmt::format("the update to {} was refused with {}", to_string(exchange.request.last.way),
                           to_string(type)),
               frames_of(exchange));
    }
}

/// First packet of ESP on a way after a time, one direction.
const Leg* first_leg(const std::vector<ChildView>& views, const Way& way, Time after, bool forth) {
    const Leg* best = nullptr;
    for (const auto& view : views) {
        const auto* flow = forth ? view.forth : view.back;
        if (flow == nullptr) continue;
        for (const auto& leg : flow->legs) {
            const bool same = leg.way.source.address == way.source.address &&
                              leg.way.destination.address == way.destination.address;
            if (same && leg.first.time >= after && (best == nullptr || leg.first.time < best->first.time))
                best = &leg;
        }
    }
    return best;
}

/// Last packet of the peer on the old path.
const Leg* last_leg(const std::vector<ChildView>& views, const Way& way, Time before) {
    const Leg* best = nullptr;
    for (const auto& view : views) {
        if (view.back == nullptr) continue;
        for (const auto& leg : view.back->legs) {
            if (leg.way == way && leg.first.time <= before &&
                (best == nullptr || leg.last.time > best->last.time))
                best = &leg;
        }
    }
    return best;
}

/// What a move was, as seen from here.
std::string move_text(const Move& move) {
    if (move.before == move.after) {
        return fmt::format(
            "the client at {} announced its addresses anew, the same as before where this was captured: a "
            "NAT's mapping of it changed, or its other addresses did",
            to_string(move.after.source));
    }
    const bool rebound = !move.proven && move.before.source.address == move.after.source.address;
    auto text =
        fmt::format("{} {}", rebound ? "the NAT's mapping of the client changed" : "moved", to_from(move));
    if (move.before.destination != move.after.destination)
        text += fmt::format(", gateway {}", to_string(move.after.destination));
    return text;
}

/// How the request that moved was answered: "update answered after 3.1 ms".
std::string answer_text(const Move& move) {
    const auto& exchange = *move.exchange;
    const auto* error = exchange.response.error();
    auto text = fmt::format(
        "{} {} after {}", move.proven ? "update" : "a request from there",
        error == nullptr ? std::string{"answered"} : fmt::format("refused ({})", to_string(error->type)),
        duration_text(between(move.begun, *move.answered)));
    const auto before = std::ranges::count_if(
        exchange.request.sent, [&](const Sighting& each) { return each.time < *move.answered; });
    return before > 1 ? text + fmt::format(" and {} sendings", before) : text;
}

/// The budget of a roam: what took how long.
void tell_budget(const Case& in, const IkeSaFacts& sa, const Move& move,
                 const std::vector<ChildView>& views) {
    const auto& exchange = *move.exchange;
    auto text = move_text(move);
    auto frames = frames_of(exchange);
    const auto* old = last_leg(views, move.before.reversed(), move.begun);
    if (old != nullptr && old->last.time <= move.begun) {
        text += fmt::format("; last ESP on the old path {} before the update",
                            duration_text(between(old->last.time, move.begun)));
        frames.push_back(old->last.frame);
    }
    text += "; " + answer_text(move);
    const auto* forth = first_leg(views, move.after, move.begun, true);
    const auto* back = first_leg(views, move.after.reversed(), move.begun, false);
    if (forth != nullptr) {
        text += fmt::format("; first ESP to the gateway after {}",
                            duration_text(between(move.begun, forth->first.time)));
        frames.push_back(forth->first.frame);
    }
    if (back != nullptr) {
        text +=
            fmt::format("; first ESP from it after {}", duration_text(between(move.begun, back->first.time)));
        frames.push_back(back->first.frame);
    }
    if (old != nullptr && back != nullptr) {
        text += fmt::format("; silence from the gateway {}",
                            duration_text(between(old->last.time, back->first.time)));
    }
    in.add("roam", Severity::note, move.proven ? Grade::observed : Grade::inferred,
           fmt::format("{} #{}", sa.name(), exchange.message_id), text, frames);
}

/// The gateway answers a request from the new address again and again: its answers do not get back. True
/// where that is so.
bool look_at_lost_answers(const Case& in, const IkeSaFacts& sa, const Move& move) {
    const auto &request = move.exchange->request, &response = move.exchange->response;
    const bool repeated = request.count >= 3 && response.count >= 3 && response.fragments == 0 &&
                          request.last.time > response.first().time &&
                          between(request.first().time, request.last.time) > 2s;
    const auto fate = in.fate(response);
    if (!repeated || fate == Fate::arrived) return false;
    in.add("mobike-update-unanswered", Severity::error,
           fate == Fate::lost ? Grade::observed : Grade::inferred, sa.name(),
           fmt::format("{} from the new address {} (before: {}) was answered {} and asked again each time: "
                       "the answers do not get back on the new path",
                       move.exchange->name(), to_string(move.after.source), to_string(move.before.source),
                       times_text(response.count)),
           frames_of(*move.exchange));
    return true;
}

/// When the responder knew that the initiator is at its new place: COOKIE2 asked over the new path, and
/// answered.
std::optional<Time> proven_at(const IkeSaFacts& sa, const Move& move) {
    for (const auto& exchange : sa.exchanges) {
        const bool asks = !exchange.from_initiator && exchange.request.seen() && exchange.answered() &&
                          exchange.request.notify(NotifyType::cookie2) != nullptr &&
                          exchange.request.last.way.destination.address == move.after.source.address &&
                          exchange.response.first().time >= move.begun;
        const auto* echo = exchange.response.check("cookie2");
        if (asks && (echo == nullptr || echo->result != IcvState::bad)) return exchange.response.first().time;
    }
    return std::nullopt;
}

/// RFC 4555 section 3.7: whoever updates addresses may name those of others, and have ESP sent there.
void look_at_trust(const Case& in, const IkeSaFacts& sa, const Move& move,
                   const std::vector<ChildView>& views) {
    const bool moved = move.proven && move.before.source.address != move.after.source.address &&
                       move.exchange->response.readable && move.exchange->response.error() == nullptr;
    const auto* leg = moved ? first_leg(views, move.after.reversed(), *move.answered, false) : nullptr;
    if (leg == nullptr) return;
    const auto proven = proven_at(sa, move);
    if (proven && *proven <= leg->first.time) return;
    // Requests of the responder may be missing from the capture, or closed.
    const bool sure = std::ranges::none_of(sa.exchanges, [&](const Exchange& each) {
        return !each.from_initiator && each.request.seen() && !each.request.readable;
    });
    in.add("mobike-update-unproven", Severity::note, sure ? Grade::observed : Grade::inferred, sa.name(),
           fmt::format("the update to {} was taken at its word: ESP went there {} after the answer, {}",
                       to_string(move.after.source), duration_text(between(*move.answered, leg->first.time)),
                       proven ? "before COOKIE2 came back over the new path"
                              : "and no COOKIE2 was asked for over the new path"),
           {move.exchange->request.first().frame, move.exchange->response.first().frame, leg->first.frame});
}

/// New SPIs right after a move: how gateways without SA migration do it. No fault.
void tell_rekey_after(const Case& in, const IkeSaFacts& sa, const Move& move) {
    for (const auto& exchange : sa.exchanges) {
        if (exchange.type != ExchangeType::create_child_sa || !exchange.answered() || !move.answered)
            continue;
        const auto since = between(*move.answered, exchange.request.first().time);
        if (since < 0s || since > 5s) continue;
        in.add("moved-by-rekey", Severity::note,
               exchange.request.readable ? Grade::observed : Grade::inferred, sa.name(),
               fmt::format("a Child SA was made anew {} after the move: an end that cannot change the "
                           "addresses of an SA does so",
                           duration_text(since)),
               frames_of(exchange));
        return;
    }
}

/// In the other end's capture it was a move from one address to another.
bool moved_there(const Case& in, const IkeSaFacts& sa, const Move& move) {
    if (in.other == nullptr) return false;
    const auto theirs = std::ranges::find(in.other->sas, sa.spis, &IkeSaFacts::spis);
    if (theirs == in.other->sas.end()) return false;
    return std::ranges::any_of(moves_of(*theirs), [&](const Move& each) {
        return each.exchange->message_id == move.exchange->message_id &&
               each.before.source.address != each.after.source.address;
    });
}

/// ESP that went to the old place long after anything had come from there.
bool sent_in_vain(const std::vector<ChildView>& views, const Move& move) {
    Time heard{};
    for (const auto& view : views) {
        if (view.forth == nullptr) continue;
        for (const auto& leg : view.forth->legs) {
            if (leg.way.source == move.before.source) heard = std::max(heard, leg.last.time);
        }
    }
    return std::ranges::any_of(views, [&](const ChildView& view) {
        return view.back != nullptr && std::ranges::any_of(view.back->legs, [&](const Leg& leg) {
                   return leg.way.destination == move.before.source && leg.last.time > heard + 1s;
               });
    });
}

/// The same host from another port: a NAT gave it a new mapping, and the update repaired that.
void tell_rebinding(const Case& in, const IkeSaFacts& sa, const Move& move,
                    const std::vector<ChildView>& views) {
    const auto &before = move.before.source, &after = move.after.source;
    const bool rebound = move.proven && before.address == after.address && before.port != after.port;
    if (!rebound || before.port == 500 || after.port == 4500 || moved_there(in, sa, move)) return;
    const bool vain = sent_in_vain(views, move);
    in.add("nat-mapping-stale", vain ? Severity::warning : Severity::note, Grade::inferred, sa.name(),
           fmt::format(
               "the client's place behind its NAT changed from {} to {} (a new mapping, or a move behind the "
               "same NAT){}",
               to_string(before), to_string(after),
               vain ? "; what was sent to the old one until the update was lost" : ""),
           frames_of(*move.exchange));
}

}  // namespace

void judge_mobility(const Case& in, const IkeSaFacts& sa) {
    const auto views = children_of(sa, in.facts);
    for (const auto& exchange : sa.exchanges) {
        look_at_cookie2(in, sa, exchange);
        look_at_proof(in, sa, exchange);
        look_at_refusal(in, sa, exchange);
    }
    for (const auto& move : moves_of(sa)) {
        if (!move.answered) {
            look_at_unanswered_update(in, sa, move);
        } else if (!look_at_lost_answers(in, sa, move) && (move.before != move.after || move.proven)) {
            tell_budget(in, sa, move, views);
            look_at_trust(in, sa, move, views);
            if (move.exchange->response.error() == nullptr) tell_rekey_after(in, sa, move);
            tell_rebinding(in, sa, move, views);
        }
    }
    judge_without_mobike(in, sa);
}

}  // namespace ike::diagnose
