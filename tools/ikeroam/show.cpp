#include "tools/ikeroam/show.hpp"

#include <fmt/format.h>

#include "libike/io/loop.hpp"
#include "tools/common/charset.hpp"
#include "tools/common/chart.hpp"
#include "tools/common/roam_json.hpp"

using namespace ike;

namespace {

std::string plural(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// "min 0.84 ms, median 0.91 ms, max 1.20 ms"
std::string spread_text(const Spread& spread) {
    const auto text = [](double ms) {
        return duration_text(
            std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>{ms}));
    };
    return fmt::format("min {}, median {}, max {}", text(spread.min), text(spread.p50), text(spread.max));
}

}  // namespace

void Show::head() {
    output_.text("");
    output_.text(fmt::format("{:>4} {:<{}} {:>9} {:>4} {:<10} {:<9} {:<6} {:>8} {:>9} {:>4}", "move", "to",
                             width_, "update", "sent", "COOKIE2", "NAT", "ESP", "data gap", "lost", "late"));
}

void Show::row(const MoveRecord& record) {
    output_.json(io::now(), "move", to_json(record));
    const auto to = record.to == Address{} ? record.via : to_string(record.to);
    const auto lost = fmt::format("{}/{}", record.data.lost, record.data.sent);
    if (!record.moved) {
        output_.text(fmt::format("{:>4} {:<{}} failed: {}; {} probes lost", record.number, to, width_,
                                 record.problem, lost));
        return;
    }
    const auto& moved = *record.moved;
    output_.text(fmt::format("{:>4} {:<{}} {:>9} {:>4} {:<10} {:<9} {:<6} {:>8} {:>9} {:>4}", record.number,
                             to, width_, duration_text(moved.round_trip), record.attempts,
                             returned_text(record), nat_text(moved),
                             moved.udp_encapsulation ? "in UDP" : "native", duration_text(record.data.gap),
                             lost, record.data.late));
}

void Show::summary(const RoamReport& report, std::span<const Probe> probes) {
    output_.json(io::now(), "summary", to_json(report));
    if (output_.is_json()) return;
    output_.text("");
    for (const auto& line : draw_timeline(report, probes, charset_of_locale())) output_.text(line);
    output_.text("");
    const auto kept =
        report.sa_lost.empty() ? "one IKE SA throughout" : "the IKE SA was lost: " + report.sa_lost;
    output_.text(
        fmt::format("{}, {} failed; {}; {}", plural(report.moves.size(), "move"), report.failed, kept,
                    report.child_rekeys == 0 ? "the Child SA kept its keys"
                                             : "Child SA rekeyed " + plural(report.child_rekeys, "time")));
    if (const auto updates = update_latencies(report); !updates.empty())
        output_.text("update    " + spread_text(spread(updates)));
    if (!report.moves.empty()) output_.text("data gap  " + spread_text(spread(data_gaps(report))));
    output_.text(
        fmt::format("probes    {} > {}: {} sent, {} lost ({} of them outside the moves), {} late (over {})",
                    to_string(report.probed_from), to_string(report.probed), report.sent, report.lost,
                    report.lost_outside, report.late, duration_text(report.late_after)));
    if (report.delayed > 0)
        output_.text(fmt::format(
            "          {} of them left more than an interval late: this machine was busy", report.delayed));
}
