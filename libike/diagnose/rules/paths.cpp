// ESP against the path that IKE uses: Child SAs left behind, stale NAT mappings.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

/// One direction of one Child SA after a move.
struct Behind {
    const EspFlow* flow = nullptr;
    const Leg* old_leg = nullptr;
    bool forth = false;
};
struct AfterMove {
    std::vector<Behind> moved, left;
};

/// Packets on the way are no fault: this long they may still come.
Span grace(const Move& move) {
    const auto trip = move.answered ? between(move.begun, *move.answered) : Span{};
    return std::max<Span>(1s, 3 * std::min<Span>(trip, 10s));
}

bool same_way(const Way& a, const Way& b) {
    const bool ports = a.source.port != 0 && b.source.port != 0;
    return ports ? a == b
                 : a.source.address == b.source.address && a.destination.address == b.destination.address;
}

void sort_flow(const EspFlow* flow, bool forth, const Move& move, Time until, AfterMove& out) {
    if (flow == nullptr) return;
    const auto old_way = forth ? move.before : move.before.reversed();
    const auto new_way = forth ? move.after : move.after.reversed();
    const auto from = *move.answered + grace(move);
    bool moved = false;
    const Leg* stayed = nullptr;
    for (const auto& leg : flow->legs) {
        if (leg.last.time < move.begun || leg.first.time > until) continue;
        if (same_way(leg.way, new_way)) moved = true;
        const bool late = std::min(leg.last.time, until) > from;
        if (same_way(leg.way, old_way) && late && leg.packets >= 2) stayed = &leg;
    }
    if (moved) {
        out.moved.push_back({flow, nullptr, forth});
    } else if (stayed != nullptr) {
        out.left.push_back({flow, stayed, forth});
    }
}

/// What goes on on the old path after the answer is what the finding is about.
void add_left(const Case& in, const Move& move, const AfterMove& after, bool forth, Diagnosis& to) {
    for (const auto& each : after.left) {
        const auto from = std::max(each.old_leg->first.frame, move.exchange->response.first().frame);
        if (each.forth == forth) in.add_stretch(to, *each.flow, from, each.old_leg->last.frame);
    }
}

void tell_left(const Case& in, const IkeSaFacts& sa, const Move& move, const AfterMove& after, bool forth) {
    const auto in_direction = [&](const Behind& each) { return each.forth == forth; };
    const auto moved = std::ranges::count_if(after.moved, in_direction);
    const auto left = std::ranges::count_if(after.left, in_direction);
    if (left == 0) return;
    const auto first = std::ranges::find_if(after.left, in_direction);
    const auto* direction = forth ? "to the gateway" : "to the client";
    const auto late = between(*move.answered, first->old_leg->last.time);
    const bool read = move.exchange->response.readable;
    const auto grade = read ? Grade::observed : Grade::inferred;
    const auto* doubt = read ? "" : "; whether it was agreed to, the keys would tell";
    auto frames = frames_of(*move.exchange);
    frames.push_back(first->old_leg->last.frame);
    if (moved > 0) {
        auto& made = in.add(
            "mobike-child-left-behind", Severity::error, grade, sa.name(),
            fmt::format("after the move to {} {} of {} ESP SAs {} moved; SPI {:08x} still went {} {} later{}",
                        to_string(move.after.source), moved, moved + left, direction, first->flow->spi,
                        to_string(first->old_leg->way), duration_text(late), doubt),
            frames);
        return add_left(in, move, after, forth, made);
    }
    auto& made =
        in.add("esp-on-old-path", Severity::error, grade, sa.name(),
               fmt::format("the move to {} was answered, but ESP {} (SPI {:08x}) still went {} {} later{}",
                           to_string(move.after.source), direction, first->flow->spi,
                           to_string(first->old_leg->way), duration_text(late), doubt),
               frames);
    add_left(in, move, after, forth, made);
}

void look_after(const Case& in, const IkeSaFacts& sa, const std::vector<ChildView>& views, const Move& move,
                Time until) {
    if (!move.answered || move.before == move.after) return;
    // A refused update is no move.
    const auto* error = move.exchange->response.error();
    if (error != nullptr) return;
    AfterMove after;
    for (const auto& view : views) {
        sort_flow(view.forth, true, move, until, after);
        sort_flow(view.back, false, move, until, after);
    }
    tell_left(in, sa, move, after, true);
    tell_left(in, sa, move, after, false);
}

/// A leg's source changed to something that no update told of.
struct Shift {
    const Leg *from = nullptr, *to = nullptr;
};
std::optional<Shift> source_shift(const EspFlow* flow, const std::vector<Move>& moves) {
    if (flow == nullptr) return std::nullopt;
    for (std::size_t i = 1; i < flow->legs.size(); ++i) {
        const auto& from = flow->legs[i - 1];
        const auto& to = flow->legs[i];
        if (from.way.source == to.way.source || from.way.destination != to.way.destination) continue;
        // Native ESP has no ports, and no NAT with a mapping for it.
        if (from.way.source.port == 0 || to.way.source.port == 0) continue;
        const bool told = std::ranges::any_of(moves, [&](const Move& each) {
            return each.answered && *each.answered < to.first.time + 1s &&
                   (each.after.source == to.way.source || each.after.destination == to.way.source);
        });
        if (!told) return Shift{&from, &to};
    }
    return std::nullopt;
}

/// True when the mapping was noticed in time: something went to the new place.
bool followed(const EspFlow& back, const Shift& shift) {
    return std::ranges::any_of(back.legs,
                               [&](const Leg& each) { return each.way.destination == shift.to->way.source; });
}

/// RFC 7296 section 2.23: the end that is not behind the NAT follows the source of authenticated packets.
void look_at_mapping(const Case& in, const IkeSaFacts& sa, const EspFlow* out, const EspFlow* back,
                     const std::vector<Move>& moves) {
    const auto shift = source_shift(out, moves);
    if (!shift || back == nullptr) return;
    const bool repaired = followed(*back, *shift);
    const Leg* stale = nullptr;
    for (const auto& leg : back->legs) {
        const bool old = leg.way.destination == shift->from->way.source;
        if (old && between(shift->to->first.time, leg.last.time) > 1s) stale = &leg;
    }
    if (stale == nullptr) return;
    const bool alive = std::ranges::any_of(sa.paths, [&](const PathUse& each) {
        return each.initiator == shift->to->way.source && each.from_initiator > 0 && each.from_responder > 0;
    });
    auto& made = in.add(
        "nat-mapping-stale", repaired ? Severity::warning : Severity::error, Grade::observed, sa.name(),
        fmt::format("ESP (SPI {:08x}) now comes from {} instead of {}, but ESP to it still goes to the "
                    "old mapping {} later{}",
                    out->spi, to_string(shift->to->way.source), to_string(shift->from->way.source),
                    duration_text(between(shift->to->first.time, stale->last.time)),
                    repaired ? "; then it followed"
                    : alive  ? "; IKE is answered at the new one: control alive, data dead"
                             : ""),
        {shift->from->last.frame, shift->to->first.frame, stale->last.frame});
    in.add_stretch(made, *back, std::max(stale->first.frame, shift->to->first.frame), stale->last.frame);
}

/// ESP to where the client was, long after IKE was answered elsewhere and before it moved again.
const Leg* stale_leg(const EspFlow& back, const Move& move, Time until) {
    const auto from = *move.answered + grace(move);
    for (const auto& leg : back.legs) {
        const bool old = leg.way.destination == move.before.source && leg.way.source.port != 0;
        const bool begun = leg.first.time < move.begun;
        if (old && begun && leg.last.time > from && leg.last.time <= until) return &leg;
    }
    return nullptr;
}

/// IKE follows the mapping, ESP does not: the same without ESP from the new place in view.
void look_at_ike_mapping(const Case& in, const IkeSaFacts& sa, const std::vector<ChildView>& views,
                         const std::vector<Move>& moves) {
    for (std::size_t i = 0; i < moves.size(); ++i) {
        const auto& move = moves[i];
        const bool rebound = !move.exchange->is_update() && move.answered &&
                             move.before.source != move.after.source &&
                             move.before.destination == move.after.destination;
        if (!rebound) continue;
        const auto until = i + 1 < moves.size() ? moves[i + 1].begun : in.facts.end;
        for (const auto& view : views) {
            const Leg* stale = view.back == nullptr ? nullptr : stale_leg(*view.back, move, until);
            if (stale == nullptr) continue;
            auto frames = frames_of(*move.exchange);
            frames.push_back(stale->last.frame);
            auto& made = in.add(
                "nat-mapping-stale", Severity::error,
                move.exchange->request.readable ? Grade::observed : Grade::inferred, sa.name(),
                fmt::format("IKE from {} is answered there, but ESP (SPI {:08x}) still goes to the old "
                            "mapping {} {} later: "
                            "control alive, data dead",
                            to_string(move.after.source), view.back->spi, to_string(move.before.source),
                            duration_text(between(*move.answered, stale->last.time))),
                frames);
            in.add_stretch(made, *view.back,
                           std::max(stale->first.frame, move.exchange->response.first().frame),
                           stale->last.frame);
            return;
        }
    }
}

}  // namespace

void judge_paths(const Case& in, const IkeSaFacts& sa) {
    const auto views = children_of(sa, in.facts);
    const auto moves = moves_of(sa);
    for (std::size_t i = 0; i < moves.size(); ++i) {
        const auto until = i + 1 < moves.size() ? moves[i + 1].begun : in.facts.end;
        // Without an update it is the client's NAT that moved.
        const bool same_host = moves[i].before.source.address == moves[i].after.source.address;
        const bool rebound =
            !moves[i].exchange->is_update() && (moves[i].exchange->request.readable || same_host);
        if (!rebound) look_after(in, sa, views, moves[i], until);
    }
    for (const auto& view : views) {
        look_at_mapping(in, sa, view.forth, view.back, moves);
        look_at_mapping(in, sa, view.back, view.forth, moves);
    }
    look_at_ike_mapping(in, sa, views, moves);
}

}  // namespace ike::diagnose
