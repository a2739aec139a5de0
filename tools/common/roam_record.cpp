#include "tools/common/roam_record.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace ike;

namespace {

/// The first probe sent once the update was answered that was answered itself: from it on data flows again.
std::optional<Instant> recovery(std::span<const Probe> probes, const GapWindow& window) {
    if (!window.settled) return std::nullopt;
    for (const auto& probe : probes)
        if (probe.sent >= *window.settled && probe.answered) return probe.sent;
    return std::nullopt;
}

/// Longest time without an answer among arrivals in order, the window's end included.
Duration longest_silence(std::vector<Instant> arrivals, Instant from, Instant until) {
    std::sort(arrivals.begin(), arrivals.end());
    Duration longest{};
    Instant last = from;
    for (const auto arrival : arrivals) {
        longest = std::max(longest, arrival - last);
        last = std::max(last, arrival);
    }
    return std::max(longest, until - last);
}

/// The longest time that data did not get through, as its senders see it.
Duration longest_outage(std::span<const Probe> probes, const GapWindow& window) {
    Duration longest{};
    for (std::size_t i = 0; i < probes.size();) {
        const auto bad = [&](const Probe& probe) {
            return !probe.answered || *probe.answered - probe.sent > window.late_after;
        };
        if (!bad(probes[i])) {
            ++i;
            continue;
        }
        const auto begun = probes[i].sent;
        std::optional<Instant> ended;
        for (; i < probes.size() && bad(probes[i]); ++i) ended = earliest(ended, probes[i].answered);
        if (i < probes.size()) ended = earliest(ended, probes[i].sent);
        longest = std::max(longest, ended.value_or(probes.back().sent + window.interval) - begun);
    }
    return longest;
}

}  // namespace

DataGap measure_gap(std::span<const Probe> probes, const GapWindow& window) {
    const auto before = [](const Probe& probe, Instant time) { return probe.sent < time; };
    const auto first = std::lower_bound(probes.begin(), probes.end(), window.from, before);
    const auto last = std::lower_bound(first, probes.end(), window.until, before);
    const std::span<const Probe> ours{first, last};
    const auto recovered = recovery(ours, window);
    DataGap gap;
    std::vector<Instant> arrivals;
    for (const auto& probe : ours) {
        ++gap.sent;
        gap.duplicates += probe.duplicates;
        gap.delayed += probe.sent - probe.due > window.interval;
        if (probe.answered) {
            ++gap.answered;
            arrivals.push_back(*probe.answered);
            gap.late += *probe.answered - probe.sent > window.late_after;
        } else {
            ++gap.lost;
            gap.lost_outside += recovered && probe.sent > *recovered;
        }
    }
    if (ours.empty()) return gap;
    gap.silence = longest_silence(std::move(arrivals), ours.front().sent, ours.back().sent);
    gap.gap = longest_outage(ours, window);
    return gap;
}

Duration median_round_trip(std::span<const Probe> probes, Instant from, Instant until) {
    std::vector<Duration> trips;
    for (const auto& probe : probes)
        if (probe.answered && probe.sent >= from && probe.sent < until)
            trips.push_back(*probe.answered - probe.sent);
    if (trips.empty()) return {};
    const auto middle = trips.begin() + static_cast<std::ptrdiff_t>(trips.size() / 2);
    std::nth_element(trips.begin(), middle, trips.end());
    return *middle;
}

std::string_view returned_text(const MoveRecord& record) {
    if (!record.moved || !record.moved->returned) return "not asked";
    return *record.moved->returned ? "echoed" : "not echoed";
}

std::string_view nat_text(const Moved& moved) {
    if (moved.nat_local) return moved.nat_remote ? "both" : "ours";
    return moved.nat_remote ? "gateway's" : "none";
}

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>{duration}.count(); }

std::string duration_text(Duration duration) {
    const double ms = milliseconds(duration);
    if (ms == 0) return "0";
    if (ms >= 999.5) return fmt::format("{:.2f} s", ms / 1000);
    if (ms >= 99.95) return fmt::format("{:.0f} ms", ms);
    return ms >= 9.995 ? fmt::format("{:.1f} ms", ms) : fmt::format("{:.2f} ms", ms);
}
