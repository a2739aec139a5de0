// What the capture itself lacks: keys, its beginning, packets; and what is about no one SA.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

void judge_keys(const Case& in, const IkeSaFacts& sa) {
    if (sa.version1) {
        // One finding for both directions.
        const auto [one, two] = std::minmax(sa.begun.source.address, sa.begun.destination.address);
        const auto between_them = fmt::format("{} and {}", to_string(one), to_string(two));
        in.add("ikev1", Severity::note, Grade::observed, between_them,
               "IKEv1 between " + between_them + ": only named here, not followed", {sa.first.frame});
        return;
    }
    if (sa.bad > 0 && sa.opened == 0) {
        in.add(
            "keys-do-not-match", Severity::warning, Grade::observed, sa.name(),
            fmt::format("there are keys for this IKE SA, but the ICV is wrong with them in all {} messages",
                        sa.bad),
            sa.wrong);
    } else if (sa.bad > 0) {
        in.add("integrity-bad", Severity::warning, Grade::observed, sa.name(),
               fmt::format("{} of {} IKE messages {} a wrong ICV: damaged or forged on the way", sa.bad,
                           sa.bad + sa.opened, sa.bad == 1 ? "has" : "have"),
               sa.wrong);
    } else if (sa.locked > 0 && in.facts.keys_given) {
        in.add("keys-missing", Severity::note, Grade::observed, sa.name(),
               fmt::format("{} could not be opened: {}", count_text(sa.locked, "message"), sa.obstacle),
               sa.closed);
    }
    const auto one_sided = std::ranges::find_if(sa.exchanges, [&](const Exchange& each) {
        return each.request.seen() && was_answered_unseen(sa, each);
    });
    if (one_sided != sa.exchanges.end()) {
        in.add("capture-one-sided", Severity::note, Grade::observed, sa.name(),
               fmt::format("the answer to {} is not in the capture, and yet the exchanges go on: it holds "
                           "one direction only, or lost packets",
                           one_sided->name()),
               {one_sided->request.first().frame});
    }
    if (!sa.init_seen && !is_rekeyed_child(sa, in.facts)) {
        in.add("capture-starts-mid-session", Severity::note, Grade::observed, sa.name(),
               fmt::format("the IKE SA existed before the capture: the first message seen is {}",
                           sa.exchanges.empty() ? std::string{"not readable"} : sa.exchanges.front().name()),
               {sa.first.frame});
    }
}

namespace {

void look_at_keys(const Case& in) {
    if (in.facts.keys_given) return;
    Oddity closed;
    std::uint64_t locked = 0;
    for (const auto& sa : in.facts.sas) {
        locked += sa.locked;
        closed.count += sa.closed.count - sa.closed.frames.size();
        for (const auto frame : sa.closed.frames) closed.add(frame);
    }
    if (locked == 0) return;
    in.add("keys-missing", Severity::note, Grade::observed, "",
           fmt::format("no keys were given: {} unopened, and what is said here rests on sizes, times and "
                       "message IDs",
                       count_text(locked, "IKE message")),
           closed);
}

/// ESP of SAs that no IKE in the capture made.
void look_at_orphans(const Case& in) {
    std::vector<std::uint64_t> frames;
    std::uint64_t count = 0;
    for (const auto& flow : in.facts.flows) {
        const auto owned = std::ranges::any_of(in.facts.sas, [&](const IkeSaFacts& sa) {
            const auto views = children_of(sa, in.facts);
            return std::ranges::any_of(
                       views, [&](const auto& each) { return each.forth == &flow || each.back == &flow; }) ||
                   (sa.begun.source.address == flow.first.way.source.address && !sa.readable()) ||
                   (sa.begun.source.address == flow.first.way.destination.address && !sa.readable());
        });
        if (owned || flow.lowest <= 1) continue;
        ++count;
        frames.push_back(flow.first.frame);
    }
    if (count == 0) return;
    in.add("capture-starts-mid-session", Severity::note, Grade::inferred, "",
           fmt::format("{} existed before the capture: nothing in it made {}", count_text(count, "ESP SA"),
                       count == 1 ? "it" : "them"),
           frames);
}

void look_at_copies(const Case& in) {
    const auto all = in.facts.ike + in.facts.esp;
    if (in.facts.doubled < 4 || in.facts.doubled * 4 < all) return;
    in.add("capture-doubled", Severity::note, Grade::observed, "",
           fmt::format("{} packets are in the capture twice, on their way in and out of one host; the copies "
                       "were left out",
                       in.facts.doubled),
           {});
}

void look_at_cut(const Case& in) {
    if (in.facts.cut.count == 0) return;
    in.add("capture-incomplete", Severity::note, Grade::observed, "",
           fmt::format("{} of {} packets are cut off by the snap length of the capture: what they say beyond "
                       "it is not known",
                       in.facts.cut.count, in.facts.frames),
           in.facts.cut);
}

void look_at_markers(const Case& in) {
    const auto& without = in.facts.markerless;
    if (without.count == 0) return;
    auto& made =
        in.add("non-esp-marker-missing", Severity::note, Grade::observed, "",
               fmt::format("{} on port 4500 without the non-ESP marker: the receiver takes {} for ESP",
                           count_text(without.count, "IKE message"), without.count == 1 ? "it" : "them"),
               {});
    Findings::add_frames(made, in.facts.file, without.frames);
}

/// One finding for each value, however often it comes.
void look_at_repeated(const Case& in) {
    std::map<std::tuple<Repeated::What, std::string, std::uint64_t>, std::vector<const Repeated*>> values;
    for (const auto& each : in.facts.repeated)
        values[{each.what, each.other_sa, each.first_frame}].push_back(&each);
    for (const auto& [value, uses] : values) {
        const bool ke = std::get<0>(value) == Repeated::What::ke;
        const auto* what = ke                                            ? "key exchange value"
                           : std::get<0>(value) == Repeated::What::nonce ? "nonce"
                                                                         : "initiator SPI";
        std::vector<std::uint64_t> frames{std::get<2>(value)};
        std::set<std::string> users;
        for (const auto* each : uses) {
            frames.push_back(each->frame);
            users.insert(each->sa);
        }
        // Reusing a key exchange value is allowed (RFC 7296 section 2.12), a nonce is not.
        in.add("repeated-values", ke ? Severity::note : Severity::warning, Grade::observed, uses.front()->sa,
               fmt::format("the {} of the IKE SA of initiator {} was used again, by {}", what,
                           std::get<1>(value), count_text(users.size(), "other IKE SA")),
               frames);
    }
}

void look_at_floods(const Case& in) {
    for (const auto& burst : in.facts.half_open) {
        auto& made = in.add(
            "half-open-flood", Severity::error, Grade::observed, to_string(burst.responder),
            fmt::format(
                "{} IKE_SA_INIT requests to {} in {} from {} addresses, {} of them went on to IKE_AUTH{}",
                burst.begun, to_string(burst.responder), duration_text(between(burst.first, burst.last)),
                burst.sources, burst.continued,
                burst.cookies > 0 ? fmt::format("; the responder asked for cookies {} times", burst.cookies)
                                  : "; the responder never asked for a cookie"),
            {});
        Findings::add_frames(made, in.facts.file, burst.frames);
        made.left_out += burst.begun - burst.frames.size();
    }
}

/// An initiator that keeps its SPI for one IKE SA after the other would be seen here; INITIAL_CONTACT says
/// that it began anew.
void look_at_restarts(const Case& in) {
    for (const auto& sa : in.facts.sas) {
        for (const auto& exchange : sa.exchanges) {
            if (exchange.request.notify(NotifyType::initial_contact) == nullptr) continue;
            for (const auto& other : in.facts.sas) {
                const bool earlier = &other != &sa && other.established && !other.rekeyed_to &&
                                     other.last.time < sa.first.time && !is_over(other, sa.first.time);
                // From another address it is a client without MOBIKE, which is another finding.
                const bool same = !sa.initiator_id.empty() && other.initiator_id == sa.initiator_id &&
                                  other.begun.source.address == sa.begun.source.address;
                if (!earlier || !same) continue;
                in.add("peer-lost-state", Severity::warning, Grade::inferred, other.name(),
                       fmt::format("{} began anew with INITIAL_CONTACT and never deleted this IKE SA: it has "
                                   "restarted and lost it",
                                   sa.initiator_id),
                       {other.last.frame, sa.first.frame, exchange.request.first().frame});
            }
        }
    }
}

}  // namespace

void judge_capture(const Case& in) {
    look_at_keys(in);
    if (in.facts.flows.size() * in.facts.sas.size() < 200'000) look_at_orphans(in);
    look_at_copies(in);
    look_at_cut(in);
    look_at_repeated(in);
    look_at_markers(in);
    look_at_floods(in);
    if (in.facts.sas.size() < 1000) look_at_restarts(in);
}

}  // namespace ike::diagnose
