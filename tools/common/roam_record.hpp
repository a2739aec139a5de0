#pragma once
// What was measured of one move of an IKE SA, and of the data that flowed meanwhile.
#include <span>
#include <string>
#include <vector>

#include "libike/engine/events.hpp"
#include "tools/common/prober.hpp"

/// The probes sent from shortly before a move until shortly before the next. They go out on a schedule that
/// waits for nothing, so an outage counts in full whenever it begins (no coordinated omission).
struct DataGap {
    std::uint64_t sent = 0, answered = 0;
    std::uint64_t lost = 0;          ///< never answered
    std::uint64_t lost_outside = 0;  ///< of these, after data had come back on the new path
    std::uint64_t late = 0;          ///< answered after more than `late_after`
    std::uint64_t duplicates = 0;
    std::uint64_t delayed = 0;  ///< sent more than an interval after their time: this machine was busy
    /// The longest run of probes lost or late: from the sending of its first until an answer came again or
    /// the first that was answered in time was sent. 0: none was lost or late, so it was shorter than an
    /// interval.
    ike::Duration gap{};
    ike::Duration silence{};  ///< the longest time between two answers, our own hiccups included
};

/// When probes belong to a move.
struct GapWindow {
    ike::Instant from, until;             ///< sent in [from, until)
    std::optional<ike::Instant> settled;  ///< when the update was answered
    ike::Duration interval{};             ///< between two probes
    ike::Duration late_after{};
};
/// `probes` in the order of their sending.
DataGap measure_gap(std::span<const Probe> probes, const GapWindow& window);
/// The median round trip of those sent in [from, until) and answered; 0 without any.
ike::Duration median_round_trip(std::span<const Probe> probes, ike::Instant from, ike::Instant until);

struct MoveRecord {
    unsigned number = 0;  ///< from 1
    std::string via;      ///< as the user named the target
    ike::Address from, to;
    ike::Instant begun;
    std::optional<ike::Instant> done;
    std::optional<ike::Moved> moved;  ///< nothing: it failed
    std::string problem;
    unsigned attempts = 0;  ///< sendings of the update
    unsigned peer_requests =
        0;  ///< IKE requests of the gateway meanwhile: its own check of the address, or a rekey
    DataGap data;
};
/// "echoed", "not echoed", "not asked"
std::string_view returned_text(const MoveRecord& record);
/// "ours", "gateway's", "both", "none"
std::string_view nat_text(const ike::Moved& moved);
double milliseconds(ike::Duration duration);
/// "0.84 ms", "12.3 ms", "1.25 s": three digits that matter.
std::string duration_text(ike::Duration duration);
