// ESP in both directions: what goes out and never comes back.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

/// All ESP of an IKE SA in one direction.
struct Side {
    std::vector<const EspFlow*> flows;
    Time first{}, last{};
    std::uint64_t packets = 0, conversational = 0, other_inner = 0, opened = 0;
    std::uint64_t frame = 0, last_frame = 0;
    std::uint32_t spi = 0;
    std::vector<std::uint32_t> spis;  ///< agreed on, seen or not
    Time first_request{};
    bool asks = false;
    void add(const EspFlow* flow) {
        if (flow == nullptr) return;
        if (flow->first_request.frame != 0 && (!asks || flow->first_request.time < first_request)) {
            first_request = flow->first_request.time;
            asks = true;
        }
        if (flows.empty() || flow->first.time < first) {
            first = flow->first.time;
            frame = flow->first.frame;
        }
        if (flows.empty() || flow->last.time >= last) {
            last = flow->last.time;
            last_frame = flow->last.frame;
            spi = flow->spi;
        }
        flows.push_back(flow);
        packets += flow->packets;
        conversational += flow->conversational;
        other_inner += flow->other_inner;
        opened += flow->opened;
    }
    std::uint64_t after(Time time) const {
        std::uint64_t count = 0;
        for (const auto* each : flows)
            count += each->first.time > time ? each->packets : each->rate.after(time);
        return count;
    }
    /// When the first packet after `time` came, as exactly as the slices tell.
    Time first_after(Time time) const {
        auto earliest = last;
        for (const auto* each : flows) {
            const auto next = each->first.time > time ? each->first.time : each->rate.next(time);
            if (next > time) earliest = std::min(earliest, next);
        }
        return earliest;
    }
    /// Nothing says that the packets want no answer.
    bool wants_answers() const { return opened == 0 || conversational > 0; }
};

/// Did IKE work after the data stopped?
struct Control {
    bool alive = false, dead = false;
    std::vector<std::uint64_t> frames;
};
Control control_after(const IkeSaFacts& sa, Time time, const Facts& facts) {
    Control control;
    for (const auto& exchange : sa.exchanges) {
        if (!exchange.request.seen() || exchange.request.last.time <= time) continue;
        if (exchange.answered() && exchange.response.last.time > time) {
            control.alive = true;
            control.frames = {exchange.request.first().frame, exchange.response.first().frame};
        } else if (is_unanswered(exchange, facts)) {
            control.dead = true;
        }
    }
    return control;
}

/// What became of the packets of this side behind the other's last, as two captures tell.
Fate fate_of(const Case& in, const Side& side) {
    if (in.ends == nullptr) return Fate::unknown;
    for (const auto* flow : side.flows) {
        for (const auto file : {FileIndex{0}, FileIndex{1}}) {
            const auto* passage = in.ends->passage(flow->spi, file);
            if (passage == nullptr || passage->sent < 3 || flow->spi != side.spi) continue;
            if (passage->lost_after >= 3 || passage->arrived == 0) return Fate::lost;
            return Fate::arrived;
        }
    }
    return Fate::unknown;
}

/// Of the missing direction, what was sent at the other end and did not get here; nullptr where nothing was.
const Passage* lost_on_the_way_here(const Case& in, const Side& missing) {
    if (in.ends == nullptr) return nullptr;
    const auto found = std::ranges::find_if(in.ends->passages(), [&](const Passage& each) {
        if (each.spi == 0 || each.from == in.facts.file || (each.lost_after < 3 && each.arrived > 0))
            return false;
        const bool agreed = std::ranges::count(missing.spis, each.spi) > 0;
        const bool seen =
            std::ranges::any_of(missing.flows, [&](const EspFlow* flow) { return flow->spi == each.spi; });
        return agreed || seen || (missing.spis.empty() && in.facts.flow(each.spi) == nullptr);
    });
    return found == in.ends->passages().end() ? nullptr : &*found;
}

/// The sender began its sequence numbers anew, and from then on nothing came back.
bool restarted(const Side& going, Time since) {
    return std::ranges::any_of(going.flows, [&](const EspFlow* flow) {
        return flow->restarts.count > 0 && flow->last.time > since;
    });
}

struct OneWay {
    const Side *going, *missing;
    bool forth;  ///< the side that goes on is that to the responder
    Time since;
    std::uint64_t count;
};

void tell_one_way(const Case& in, const IkeSaFacts& sa, const OneWay& what) {
    const auto control = control_after(sa, what.since, in.facts);
    if (control.dead && !control.alive) return;  // nothing gets through: that is the path's finding
    const auto place = place_of(sa);
    const bool at_receiver = what.forth ? place == Place::responder : place == Place::initiator;
    const auto fate = fate_of(in, *what.going);
    const auto* receiver = what.forth ? "responder" : "initiator";
    const auto* sender = what.forth ? "initiator" : "responder";
    auto text = fmt::format("{} ESP packets of the {} (SPI {:08x}) in {} {}", what.count, sender,
                            what.going->spi, duration_text(between(what.since, what.going->last)),
                            what.missing->packets == 0 ? "and none ever came back" : "without one back");
    const auto* answers_lost = lost_on_the_way_here(in, *what.missing);
    const bool processed_not =
        answers_lost == nullptr && (fate == Fate::arrived || (fate == Fate::unknown && at_receiver));
    if (answers_lost != nullptr) {
        text += fmt::format(
            "; the {} does send (SPI {:08x}, {} in its own capture), and its packets are lost on "
            "the way to the {}",
            receiver, answers_lost->spi, answers_lost->sent, sender);
    }
    if (fate == Fate::lost) text += fmt::format("; they do not reach the {}'s capture", receiver);
    if (fate == Fate::arrived && answers_lost == nullptr)
        text += fmt::format("; they arrive, and the {} answers nothing", receiver);
    if (fate == Fate::unknown) {
        text += at_receiver
                    ? fmt::format("; they do arrive here, at the {}, which sends nothing back", receiver)
                    : "; lost on the way, ignored there, or the answers lost: this capture cannot tell which";
    }
    if (control.alive) text += "; IKE was answered meanwhile";
    if (restarted(*what.going, what.since))
        text += "; the sender began its sequence numbers anew, which the receiver takes for replays";
    auto frames = std::vector{what.missing->last_frame, what.going->last_frame};
    frames.insert(frames.end(), control.frames.begin(), control.frames.end());
    const bool sure = control.alive || what.going->conversational > 0;
    const auto grade = fate != Fate::unknown ? Grade::observed
                       : at_receiver || sure ? Grade::inferred
                                             : Grade::unknown;
    auto& made = in.add(processed_not ? "esp-not-processed" : "esp-dropped-one-way",
                        sure || fate != Fate::unknown ? Severity::error : Severity::warning, grade, sa.name(),
                        text, frames);
    for (const auto* flow : what.going->flows) {
        if (flow->last.time > what.since)
            in.add_stretch(made, *flow, what.missing->packets == 0 ? 1 : what.missing->last_frame + 1,
                           flow->last.frame);
    }
    if (answers_lost != nullptr) Findings::add_frames(made, answers_lost->from, answers_lost->lost_frames);
    if (!processed_not && in.ends != nullptr && fate != Fate::unknown)
        made.advice =
            "Look between the two capture points, in that direction, for what lets IKE pass and not ESP: "
            "a firewall or NAT that knows one direction only, or a size that does not fit.";
    // Behind a NAT the likeliest reason at the client's end is a forgotten mapping.
    if (fate == Fate::unknown && what.forth && control.alive && what.missing->packets > 0 &&
        place != Place::responder && initiator_behind_nat(sa)) {
        in.add("nat-mapping-stale", Severity::warning, Grade::unknown, sa.name(),
               "the client is behind a NAT and IKE is answered while ESP is not: its mapping may have "
               "changed, and the gateway may send ESP to the old one; the gateway's capture would tell",
               frames);
    }
}

void look_one_way(const Case& in, const IkeSaFacts& sa, const Side& going, const Side& missing, bool forth) {
    if (going.packets == 0 || !going.wants_answers()) return;
    // An idle tunnel is silent both ways: what counts is how long somebody talked without an answer.
    const auto since = missing.packets == 0 ? going.first : going.first_after(missing.last);
    const auto count = missing.packets == 0 ? going.packets : going.after(missing.last);
    if (count < 4 || between(since, going.last) < 2s) return;
    // Nothing at all of the other side, IKE neither: the capture has one direction, or its rules look at IKE.
    if (sa.last_from[forth ? 1 : 0] == 0) return;
    // After the other side deleted the SA nobody answers.
    if (sa.deleted.frame != 0 && sa.deleted.time < going.last) return;
    tell_one_way(in, sa, {&going, &missing, forth, since, count});
}

/// Both flow, but echo requests inside are never answered by the host that the capture was taken at.
void look_at_echoes(const Case& in, const IkeSaFacts& sa, const Side& asking, const Side& answering,
                    bool forth) {
    std::uint32_t requests = 0, replies = 0;
    for (const auto* flow : asking.flows) {
        for (const auto& [length, count] : flow->echoes) requests += count.requests;
    }
    for (const auto* flow : answering.flows) {
        for (const auto& [length, count] : flow->echoes) replies += count.replies;
    }
    if (requests < 4 || replies > 0 || answering.packets == 0 || answering.last < asking.first_request + 1s)
        return;
    const auto place = place_of(sa);
    const bool here = place == (forth ? Place::responder : Place::initiator);
    if (!here && fate_of(in, asking) != Fate::arrived) return;  // they may not get there
    if (lost_on_the_way_here(in, answering) != nullptr) return;
    if (in.out.find("esp-dropped-one-way", sa.name()) != nullptr ||
        in.out.find("esp-not-processed", sa.name()) != nullptr)
        return;
    in.add("esp-not-processed", Severity::error, Grade::inferred, sa.name(),
           fmt::format("{} echo requests of the {} were never answered, though ESP comes back: they are not "
                       "processed there, or the host behind does not answer",
                       requests, forth ? "initiator" : "responder"),
           {asking.frame, asking.last_frame});
}

/// Sizes that get an answer and sizes that never do (RFC 8899 section 1.1).
void look_at_sizes(const Case& in, const IkeSaFacts& sa, const Side& asking, const Side& answering) {
    std::map<std::uint32_t, EchoCount> sizes;
    for (const auto* flow : asking.flows) {
        for (const auto& [length, count] : flow->echoes) sizes[length].requests += count.requests;
    }
    for (const auto* flow : answering.flows) {
        for (const auto& [length, count] : flow->echoes) sizes[length].replies += count.replies;
    }
    std::uint32_t largest_answered = 0, smallest_silent = 0, silent = 0;
    for (const auto& [length, count] : sizes) {
        if (count.replies > 0) largest_answered = std::max(largest_answered, length);
    }
    for (const auto& [length, count] : sizes) {
        if (length <= largest_answered || count.replies > 0 || count.requests < 2) continue;
        if (smallest_silent == 0) smallest_silent = length;
        silent += count.requests;
    }
    if (largest_answered == 0 || silent < 2 || smallest_silent < 500) return;
    in.add("pmtu-black-hole", Severity::error, Grade::inferred, sa.name(),
           fmt::format("inner packets of up to {} octets are answered, none of {} from {} octets on",
                       largest_answered, silent, smallest_silent),
           {asking.frame, asking.last_frame});
}

/// TCP segments inside that cannot cross the path in one piece (RFC 9293 section 3.7.1).
void look_at_segments(const Case& in, const IkeSaFacts& sa, const Side& side) {
    constexpr std::uint32_t headers = 40 + 50;  // of TCP and IPv4 inside; of ESP and IP outside, at the least
    for (const auto* flow : side.flows) {
        if (flow->largest_mss == 0) continue;
        std::uint32_t limit = 0, count = 0;
        for (const auto& packet : in.facts.fragmented) {
            const auto& way = flow->first.way;
            const bool either =
                packet.source == way.source.address || packet.source == way.destination.address;
            if (!either || packet.first.time < flow->first.time) continue;
            limit = std::max(limit, packet.largest);
            ++count;
        }
        if (count < 2 || flow->largest_mss + headers <= limit) continue;
        in.add("inner-mss-too-large", Severity::note, Grade::inferred, sa.name(),
               fmt::format("TCP inside the tunnel announces an MSS of {}, and {} ESP packets had to be "
                           "fragmented to {} octets",
                           flow->largest_mss, count, limit),
               {flow->mss_frame});
    }
}

}  // namespace

void judge_data(const Case& in, const IkeSaFacts& sa) {
    Side forth, back;
    for (const auto& view : children_of(sa, in.facts)) {
        forth.add(view.forth);
        back.add(view.back);
        if (view.child != nullptr) forth.spis.push_back(view.child->spi_r);
        if (view.child != nullptr) back.spis.push_back(view.child->spi_i);
    }
    look_at_segments(in, sa, forth);
    look_at_segments(in, sa, back);
    look_at_sizes(in, sa, forth, back);
    look_at_sizes(in, sa, back, forth);
    if (in.out.find("pmtu-black-hole", sa.name()) != nullptr) return;
    look_one_way(in, sa, forth, back, true);
    look_one_way(in, sa, back, forth, false);
    look_at_echoes(in, sa, forth, back, true);
    look_at_echoes(in, sa, back, forth, false);
}

}  // namespace ike::diagnose
