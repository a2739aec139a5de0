#include "tools/common/roam_record.hpp"

#include "tests/catch.hpp"
#include "tools/common/spread.hpp"

using namespace ike;
using namespace std::chrono_literals;

namespace {

/// Probes each 10 ms that come back after 1 ms, but for those that a test takes away.
std::vector<Probe> steady(unsigned count) {
    std::vector<Probe> probes;
    for (unsigned n = 0; n < count; ++n) {
        Probe probe;
        probe.number = n;
        probe.due = probe.sent = Instant{n * 10ms};
        probe.answered = probe.sent + 1ms;
        probes.push_back(probe);
    }
    return probes;
}

GapWindow window(Instant from, Instant until, std::optional<Instant> settled) {
    return {.from = from, .until = until, .settled = settled, .interval = 10ms, .late_after = 5ms};
}

}  // namespace

TEST_CASE("traffic that goes on has no gap", "[tools][roam]") {
    const auto gap = measure_gap(steady(100), window(Instant{100ms}, Instant{500ms}, Instant{110ms}));
    CHECK(gap.sent == 40);
    CHECK(gap.answered == 40);
    CHECK(gap.lost == 0);
    CHECK(gap.late == 0);
    CHECK(gap.silence == 10ms);
    CHECK(gap.gap == 0ms);
}

TEST_CASE("lost probes make a gap of as many intervals", "[tools][roam]") {
    auto probes = steady(100);
    for (unsigned n = 12; n < 17; ++n) probes[n].answered.reset();
    const auto gap = measure_gap(probes, window(Instant{100ms}, Instant{500ms}, Instant{165ms}));
    CHECK(gap.lost == 5);
    CHECK(gap.silence == 60ms);
    CHECK(gap.gap == 50ms);
    CHECK(gap.lost_outside == 0);
}

TEST_CASE("a probe lost after data came back is lost outside the move", "[tools][roam]") {
    auto probes = steady(100);
    probes[12].answered.reset();
    probes[30].answered.reset();
    const auto gap = measure_gap(probes, window(Instant{100ms}, Instant{500ms}, Instant{125ms}));
    CHECK(gap.lost == 2);
    CHECK(gap.lost_outside == 1);
}

TEST_CASE("answers that were held up count in full for each probe that waited", "[tools][roam]") {
    // No coordinated omission: a stall of 80 ms makes every probe sent in it late, not just one.
    auto probes = steady(100);
    for (unsigned n = 12; n < 20; ++n) probes[n].answered = Instant{201ms};
    const auto gap = measure_gap(probes, window(Instant{100ms}, Instant{500ms}, Instant{201ms}));
    CHECK(gap.lost == 0);
    CHECK(gap.late == 8);
    CHECK(gap.silence == 90ms);
    CHECK(gap.gap == 80ms);  // from the first that waited to the first that did not
}

TEST_CASE("a path that never comes back is a gap to the end", "[tools][roam]") {
    auto probes = steady(100);
    for (unsigned n = 12; n < 100; ++n) probes[n].answered.reset();
    const auto gap = measure_gap(probes, window(Instant{100ms}, Instant{500ms}, std::nullopt));
    CHECK(gap.lost == 38);
    CHECK(gap.lost_outside == 0);
    CHECK(gap.silence >= 370ms);
}

TEST_CASE("a machine too busy to send is no outage, and is told", "[tools][roam]") {
    auto probes = steady(100);
    for (unsigned n = 12; n < 16; ++n) {
        probes[n].sent = Instant{170ms};
        probes[n].answered = Instant{171ms};
    }
    const auto gap = measure_gap(probes, window(Instant{100ms}, Instant{500ms}, Instant{110ms}));
    CHECK(gap.gap == 0ms);
    CHECK(gap.delayed == 4);
    CHECK(gap.silence >= 50ms);
}

TEST_CASE("a window without probes measures nothing", "[tools][roam]") {
    const auto gap = measure_gap({}, window(Instant{}, Instant{1s}, Instant{}));
    CHECK(gap.sent == 0);
    CHECK(gap.gap == 0ms);
}

TEST_CASE("the median round trip is of answered probes alone", "[tools][roam]") {
    auto probes = steady(9);
    probes[0].answered = probes[0].sent + 50ms;
    probes[1].answered.reset();
    CHECK(median_round_trip(probes, Instant{}, Instant{1s}) == 1ms);
    CHECK(median_round_trip({}, Instant{}, Instant{1s}) == 0ms);
}

TEST_CASE("durations are shown with three digits that matter", "[tools]") {
    CHECK(duration_text(0ns) == "0");
    CHECK(duration_text(840us) == "0.84 ms");
    CHECK(duration_text(9994us) == "9.99 ms");
    CHECK(duration_text(9996us) == "10.0 ms");
    CHECK(duration_text(123'400us) == "123 ms");
    CHECK(duration_text(1250ms) == "1.25 s");
}

TEST_CASE("percentiles are values that were measured", "[tools]") {
    std::vector<double> values;
    for (int n = 100; n >= 1; --n) values.push_back(n);
    const auto all = spread(values);
    CHECK(all.count == 100);
    CHECK(all.min == 1);
    CHECK(all.p50 == 50);
    CHECK(all.p90 == 90);
    CHECK(all.p99 == 99);
    CHECK(all.max == 100);
    CHECK(spread({}).max == 0);
    const auto one = spread({7});
    CHECK(one.min == 7);
    CHECK(one.p99 == 7);
}
