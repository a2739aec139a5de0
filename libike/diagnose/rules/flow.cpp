// The sequence numbers of one ESP SPI: loss, copies, late packets, replays, restarts.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

std::string label(const EspFlow& flow) { return fmt::format("ESP {:08x}", flow.spi); }

/// Gaps that a change of path explains are part of the roam, not loss.
struct Loss {
    std::uint64_t elsewhere = 0, at_moves = 0, gaps = 0, longest = 0;
    std::vector<std::uint64_t> frames;
};
Loss loss_of(const EspFlow& flow) {
    Loss loss;
    for (const auto& gap : flow.gaps) {
        const bool move = std::ranges::any_of(flow.legs, [&](const Leg& leg) {
            return &leg != flow.legs.data() && leg.first.time >= gap.before &&
                   leg.first.time <= gap.after + 1s;
        });
        (move ? loss.at_moves : loss.elsewhere) += gap.count;
        if (move) continue;
        ++loss.gaps;
        loss.longest = std::max(loss.longest, gap.count);
        loss.frames.push_back(gap.frame);
    }
    const auto missing = flow.missing();
    if (flow.gaps.size() == EspFlow::most_gaps && missing > loss.elsewhere + loss.at_moves) {
        loss.elsewhere = missing - loss.at_moves;
    }
    return loss;
}

void look_at_loss(const Case& in, const EspFlow& flow) {
    const auto loss = loss_of(flow);
    if (loss.elsewhere == 0) return;
    const auto total = flow.unique + loss.elsewhere;
    const auto share = static_cast<double>(loss.elsewhere) / static_cast<double>(total);
    const bool sent_here = is_fresh_ttl(flow.first.ttl);
    const auto text = fmt::format("{} of {} packets of SPI {:08x} are missing ({:.1f} %) in {}{}",
                                  loss.elsewhere, total, flow.spi, 100 * share, count_text(loss.gaps, "gap"),
                                  loss.gaps == 1 ? "" : fmt::format(", the longest {}", loss.longest));
    // Two captures know where packets were lost: then the gap is not news.
    const auto other = static_cast<FileIndex>(1 - in.facts.file);
    if (in.ends != nullptr && in.ends->passage(flow.spi, other) != nullptr) return;
    const auto* passage = in.ends == nullptr ? nullptr : in.ends->passage(flow.spi, in.facts.file);
    if (sent_here && (passage != nullptr || in.ends == nullptr)) {
        in.add("capture-incomplete", Severity::note, Grade::inferred, label(flow),
               text +
                   ", although the capture was taken where they were sent: the capture itself lost packets, "
                   "or the sender skips numbers",
               loss.frames);
        return;
    }
    const bool matters = loss.elsewhere >= 3 && share >= 0.01;
    in.add("esp-loss", matters ? Severity::warning : Severity::note, Grade::observed, label(flow),
           text + (in.ends == nullptr ? "; lost between the sender and this capture" : ""), loss.frames);
}

void look_at_copies(const Case& in, const EspFlow& flow) {
    const auto share = [&](const Oddity& of) {
        return 100 * static_cast<double>(of.count) /
               static_cast<double>(std::max<std::uint64_t>(flow.packets, 1));
    };
    if (flow.duplicates.count > 0) {
        in.add("esp-duplicates",
               flow.duplicates.count >= 3 && share(flow.duplicates) >= 1 ? Severity::warning : Severity::note,
               Grade::observed, label(flow),
               fmt::format("{} of SPI {:08x} came twice within a second ({:.1f} %): copied on the way",
                           count_text(flow.duplicates.count, "packet"), flow.spi, share(flow.duplicates)),
               flow.duplicates);
    }
    if (flow.replays.count > 0) {
        in.add("esp-replay", Severity::warning, Grade::observed, label(flow),
               fmt::format(
                   "{} old packets of SPI {:08x} were sent again, from elsewhere or much later: replayed",
                   flow.replays.count, flow.spi),
               flow.replays);
    }
    if (flow.reordered.count > 0) {
        // strongSwan's and libreswan's default window is 32; Linux's largest common one 4096.
        const bool beyond = flow.worst_delay > 32;
        in.add("esp-reordered",
               beyond || (flow.reordered.count >= 5 && share(flow.reordered) >= 5) ? Severity::warning
                                                                                   : Severity::note,
               Grade::observed, label(flow),
               fmt::format(
                   "{} of SPI {:08x} came late ({:.1f} %), by up to {}{}",
                   count_text(flow.reordered.count, "packet"), flow.spi, share(flow.reordered),
                   count_text(flow.worst_delay, "number"),
                   beyond ? ": outside the usual anti-replay window of 32, so the receiver drops them" : ""),
               flow.reordered);
    }
    if (flow.restarts.count > 0) {
        in.add(
            "esp-sequence-restarted", Severity::error, Grade::observed, label(flow),
            fmt::format("SPI {:08x} began its sequence numbers anew, {}: the receiver's anti-replay window "
                        "drops what comes then",
                        flow.spi, times_text(flow.restarts.count)),
            flow.restarts);
    }
}

void look_at_integrity(const Case& in, const EspFlow& flow) {
    if (flow.bad.count == 0) return;
    if (flow.opened == 0) {
        in.add("keys-do-not-match", Severity::warning, Grade::observed, label(flow),
               fmt::format("the keys given for SPI {:08x} open none of its {} packets", flow.spi,
                           flow.bad.count),
               flow.bad);
        return;
    }
    in.add("integrity-bad", Severity::warning, Grade::observed, label(flow),
           fmt::format("{} of {} packets of SPI {:08x} {} a wrong ICV: damaged or forged on the way",
                       flow.bad.count, flow.packets + flow.bad.count, flow.spi,
                       flow.bad.count == 1 ? "has" : "have"),
           flow.bad);
}

}  // namespace

void judge_flow(const Case& in, const EspFlow& flow) {
    look_at_loss(in, flow);
    look_at_copies(in, flow);
    look_at_integrity(in, flow);
}

}  // namespace ike::diagnose
