// What only two captures tell: where packets were lost, rewritten and delayed.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

Span median_delay(const Passage& passage) {
    if (passage.delays.empty()) return {};
    auto delays = passage.delays;
    const auto middle = delays.begin() + static_cast<std::ptrdiff_t>(delays.size() / 2);
    std::nth_element(delays.begin(), middle, delays.end());
    return Span{*middle};
}

std::string name_of(const Passage& passage) {
    return passage.spi == 0 ? std::string{"IKE"} : fmt::format("ESP {:08x}", passage.spi);
}

/// The name of the IKE SA that an SPI belongs to, so that what the captures say alone and together is one
/// finding.
std::string sa_of(const Passage& passage, const Facts& first, const Facts& second) {
    for (const auto* facts : {&first, &second}) {
        for (const auto& sa : facts->sas) {
            if (passage.spi == 0 && facts->sas.size() == 1) return sa.name();
            for (const auto& view : children_of(sa, *facts)) {
                const bool forth = view.forth != nullptr && view.forth->spi == passage.spi;
                const bool back = view.back != nullptr && view.back->spi == passage.spi;
                if (forth || back) return sa.name();
            }
        }
    }
    return name_of(passage);
}

std::string direction(const Passage& passage) {
    return fmt::format("from the {} capture to the {}", passage.from == 0 ? "first" : "second",
                       passage.from == 0 ? "second" : "first");
}

Diagnosis& add(Findings& out, std::string_view id, Severity severity, const Passage& passage, std::string sa,
               std::string text) {
    auto& made = out.add(id, severity, Grade::observed, std::move(sa), std::move(text), passage.from, {});
    Findings::add_frames(made, passage.from, passage.lost_frames);
    return made;
}

/// Everything above a size is lost, everything below arrives.
bool look_at_sizes(const Passage& passage, const std::string& sa, Findings& out) {
    const auto lost = passage.lost();
    if (passage.spi == 0 || lost < 2 || passage.arrived < 2 ||
        passage.smallest_lost <= passage.largest_arrived)
        return false;
    if (passage.smallest_lost < 500) return false;
    add(out, "pmtu-black-hole", Severity::error, passage, sa,
        fmt::format("of SPI {:08x} {}, all {} packets of {} octets and more were lost, all {} of up to {} "
                    "octets arrived",
                    passage.spi, direction(passage), lost, passage.smallest_lost, passage.arrived,
                    passage.largest_arrived));
    return true;
}

void look_at_loss(const Passage& passage, Findings& out) {
    const auto tail = passage.lost_after >= 3 ? passage.lost_after : 0;
    const auto lost = passage.lost() - tail;
    if (passage.spi == 0 || lost == 0 || passage.arrived == 0) return;
    const auto share = static_cast<double>(lost) / static_cast<double>(passage.sent - tail);
    auto& made = add(out, "esp-loss", lost >= 3 && share >= 0.01 ? Severity::warning : Severity::note,
                     passage, name_of(passage),
                     fmt::format("{} of {} packets of SPI {:08x} ({:.1f} %) {} lost on the way {}", lost,
                                 passage.sent - tail, passage.spi, 100 * share, lost == 1 ? "was" : "were",
                                 direction(passage)));
    made.advice = "Look at the links and queues between the two capture points, in that direction.";
}

void tell_passage(const Ends& ends, const Passage& passage, Findings& out) {
    const bool rewritten = passage.arrived > 0 && passage.sent_way != passage.seen_way;
    if (passage.spi != 0 && passage.lost() == 0 && !rewritten) return;
    auto text = fmt::format("{} {}: {} sent, {} arrived", name_of(passage), direction(passage), passage.sent,
                            passage.arrived);
    if (ends.aligned() && !passage.delays.empty())
        text += fmt::format(", one way {}", duration_text(std::max(median_delay(passage), Span{})));
    const bool source = passage.arrived > 0 && passage.sent_way.source != passage.seen_way.source;
    const bool destination =
        passage.arrived > 0 && passage.sent_way.destination != passage.seen_way.destination;
    if (source || destination) {
        text += fmt::format("; a NAT rewrote {} to {}",
                            to_string(source ? passage.sent_way.source : passage.sent_way.destination),
                            to_string(source ? passage.seen_way.source : passage.seen_way.destination));
    }
    out.add("two-ends", Severity::note, Grade::observed,
            fmt::format("{} from capture {}", name_of(passage), passage.from + 1), text, passage.from, {});
}

void look_at_delay(const Ends& ends, const Facts& first, const Facts& second, Findings& out) {
    for (const auto& passage : ends.passages()) {
        if (!ends.aligned() || passage.delays.size() < 4) continue;
        const auto delay = median_delay(passage);
        if (delay < 350ms) continue;  // half of what makes a slow round trip
        out.add(
            "slow-path", Severity::warning, Grade::observed, sa_of(passage, first, second),
            fmt::format("{} takes {} one way {}", name_of(passage), duration_text(delay), direction(passage)),
            passage.from, {passage.last_arrived});
    }
}

}  // namespace

void judge_ends(const Ends& ends, const Facts& first, const Facts& second, Findings& out) {
    if (!ends.related()) {
        const bool none_first = first.ike + first.esp == 0, none_second = second.ike + second.esp == 0;
        std::string text = "the two captures have hardly a packet in common: each was looked at alone";
        if (none_first != none_second) {
            text = fmt::format(
                "there is neither IKE nor ESP in the {} capture: if it was taken at the other end "
                "in the same minutes, nothing of what the {} one shows has arrived there",
                none_first ? "first" : "second", none_first ? "second" : "first");
        }
        out.add("captures-unrelated", Severity::note, Grade::observed, "", text, 0, {});
        return;
    }
    auto text = fmt::format("{} datagrams are in both captures", ends.pairs());
    if (ends.aligned()) {
        const Span offset{std::abs(ends.clock_offset())};
        text += offset < 1ms
                    ? fmt::format("; the clocks agree to {}", duration_text(std::max<Span>(offset, 1us)))
                    : fmt::format("; the clock of the second is {} {} that of the first",
                                  duration_text(offset), ends.clock_offset() > 0 ? "behind" : "ahead of");
        if (ends.clock_drift() != 0) {
            text += fmt::format(" at its beginning and runs {:.0f} ppm {}", std::abs(ends.clock_drift()),
                                ends.clock_drift() > 0 ? "faster" : "slower");
        }
        text += fmt::format("; the shortest round trip between the two places is {}",
                            duration_text(Span{ends.round_trip()}));
    } else {
        text += "; only one direction is in both, so that the clocks could not be aligned";
    }
    if (ends.cut()) text += "; the captures are too large, and only their beginnings were compared";
    out.add("two-ends", Severity::note, Grade::observed, "", text, 0, {});
    for (const auto& passage : ends.passages()) {
        if (!look_at_sizes(passage, sa_of(passage, first, second), out)) look_at_loss(passage, out);
        if (ends.passages().size() <= 16) tell_passage(ends, passage, out);
    }
    look_at_delay(ends, first, second, out);
}

}  // namespace ike::diagnose
