// Moving without MOBIKE: a new IKE SA in place of the old one.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

/// The initiator had nothing more to say in this IKE SA once there was another: a request may be repeated for
/// a while, but who still sends ESP is still there.
bool fell_silent(const Case& in, const IkeSaFacts& sa, Time next) {
    const auto views = children_of(sa, in.facts);
    return sa.last_time[0] <= next + 5s && std::ranges::none_of(views, [&](const ChildView& view) {
               return view.forth != nullptr && view.forth->last.time > next + 1s;
           });
}

/// The client took its leave and came again later: a session that ended, and another one.
bool was_ended(const IkeSaFacts& sa, const IkeSaFacts& next) {
    const bool by_client =
        sa.deleted.frame != 0 && sa.deleted.way.destination.address == sa.begun.destination.address;
    return by_client && sa.deleted.time + 10s < next.first.time;
}

/// A new IKE SA from another address takes over, without a word from the old one.
const IkeSaFacts* successor_elsewhere(const Case& in, const IkeSaFacts& sa) {
    for (const auto& other : in.facts.sas) {
        const bool later = &other != &sa && other.init_seen && other.first.time > sa.first.time;
        if (!later || other.begun.destination.address != sa.begun.destination.address) continue;
        if (other.begun.source.address == sa.begun.source.address || was_ended(sa, other)) continue;
        const bool known = !sa.initiator_id.empty() && !other.initiator_id.empty();
        // On one LAN several clients are seen where they send; only one that fell silent has moved.
        const bool same_host = place_of(sa) == Place::initiator && place_of(other) == Place::initiator;
        const bool silent = fell_silent(in, sa, other.first.time);
        const bool same = known ? sa.initiator_id == other.initiator_id : same_host;
        // The old one has nothing more to say once the new one is there.
        if (same && (silent || (known && sa.deleted.frame != 0))) return &other;
    }
    return nullptr;
}

/// ESP from an address that the IKE SA was never told of, from a peer without MOBIKE.
const Leg* stray_leg(const IkeSaFacts& sa, const std::vector<ChildView>& views) {
    for (const auto& view : views) {
        if (view.child == nullptr || view.forth == nullptr) continue;
        for (const auto& leg : view.forth->legs) {
            const bool known = std::ranges::any_of(sa.paths, [&](const PathUse& each) {
                return each.initiator.address == leg.way.source.address;
            });
            if (!known) return &leg;
        }
    }
    return nullptr;
}

}  // namespace

void judge_without_mobike(const Case& in, const IkeSaFacts& sa) {
    const auto views = children_of(sa, in.facts);
    const auto lacking = who_lacks_mobike(sa);
    const bool both = sa.mobike_i == true && sa.mobike_r == true;
    // Who was refused had nothing to move.
    const auto* next = is_established(sa, in.facts) ? successor_elsewhere(in, sa) : nullptr;
    if (next != nullptr && !both) {
        const bool works = is_established(*next, in.facts);
        auto text = lacking.empty()
                        ? "the client changed its address and made a new IKE SA instead of moving this one: "
                          "MOBIKE was likely not negotiated"
                        : lacking + "; the client changed its address and had to make a new IKE SA";
        text +=
            fmt::format(" (from {} to {}, {} after the last message of the old one){}",
                        to_string(sa.begun.source), to_string(next->begun.source),
                        duration_text(between(std::min(sa.last_time[0], next->first.time), next->first.time)),
                        works ? "" : ", which did not come up either");
        in.add("mobike-not-negotiated", works ? Severity::warning : Severity::error,
               lacking.empty() ? Grade::inferred : Grade::observed, sa.name(), text,
               {sa.first.frame, sa.last_from[0], next->first.frame});
        return;
    }
    if (next != nullptr) {
        in.add("reconnect-instead-of-move", Severity::warning, Grade::observed, sa.name(),
               fmt::format("both sides support MOBIKE, and yet the client made a new IKE SA from {} instead "
                           "of moving this one",
                           to_string(next->begun.source)),
               {sa.last_from[0], next->first.frame});
        return;
    }
    if (lacking.empty()) return;
    const auto* stray = stray_leg(sa, views);
    const auto& home = sa.begun.source.address;
    const bool moved = stray != nullptr || std::ranges::any_of(sa.paths, [&](const PathUse& each) {
                           return each.from_initiator > 0 && each.initiator.address != home;
                       });
    if (!moved) return;
    in.add("mobike-not-negotiated", Severity::error, Grade::observed, sa.name(),
           lacking + fmt::format("; yet the client changed its address{}, which the peer must ignore",
                                 stray == nullptr ? std::string{} : " to " + to_string(stray->way.source)),
           {sa.first.frame, stray == nullptr ? sa.last_from[0] : stray->first.frame});
}

}  // namespace ike::diagnose
