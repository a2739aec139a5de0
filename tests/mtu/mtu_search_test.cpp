#include "libike/mtu/mtu_search.hpp"

#include "libike/base/rng.hpp"
#include "libike/mtu/tunnel_mtu.hpp"
#include "tests/catch.hpp"

using namespace ike;
using namespace std::chrono_literals;

namespace {

/// A path of a given size that loses, delays and changes.
struct SimulatedPath {
    std::size_t mtu = 1500;
    double loss = 0;
    Duration shortest = 20ms, longest = 40ms;
    std::uint64_t seed = 1;
    std::optional<Instant> down_from{}, down_until{};
    std::optional<std::pair<Instant, std::size_t>> change{};  ///< at this time, the MTU becomes that
    enum class Icmp { none, honest, forged } icmp = Icmp::none;
    std::size_t forged = 0;

    bool passes(Instant now, std::size_t size, Rng& rng) const {
        if (down_from && now >= *down_from && now < *down_until) return false;
        const auto limit = change && now >= change->first ? change->second : mtu;
        return size <= limit && static_cast<double>(rng.below(1'000'000)) >= loss * 1e6;
    }
};

struct Run {
    MtuResult result;
    std::size_t probes = 0;
    Instant end;
    std::vector<std::size_t> sizes;
};

/// Runs a search over a path with virtual time; REQUIREs that it ends.
Run search(const SimulatedPath& path, MtuPolicy policy = {}) {
    SeededRng rng{path.seed};
    MtuSearch search{policy};
    Run run;
    Instant now{};
    std::multimap<Instant, std::uint32_t> answers;
    while (!search.over()) {
        REQUIRE(run.probes < 2000);
        if (const auto probe = search.step(now)) {
            ++run.probes;
            run.sizes.push_back(probe->size);
            const auto spread = static_cast<std::uint64_t>((path.longest - path.shortest).count());
            const auto delay = path.shortest + Duration{spread ? rng.below(spread) : 0};
            if (path.passes(now, probe->size, rng)) answers.insert({now + delay, probe->number});
            if (probe->size > path.mtu && path.icmp == SimulatedPath::Icmp::honest) search.too_big(path.mtu);
            if (path.icmp == SimulatedPath::Icmp::forged) search.too_big(path.forged);
        }
        const auto deadline = search.deadline();
        if (!deadline) break;
        if (!answers.empty() && answers.begin()->first <= *deadline) {
            now = std::max(now, answers.begin()->first);
            const auto number = answers.begin()->second;
            answers.erase(answers.begin());
            search.answered(number, now);
        } else {
            now = std::max(now, *deadline);
        }
    }
    run.result = search.result();
    run.end = now;
    return run;
}

}  // namespace

TEST_CASE("a search finds the exact size of any path without loss", "[mtu][rfc8899]") {
    for (std::size_t mtu = 576; mtu <= 1500; ++mtu) {
        const auto run = search({.mtu = mtu, .seed = mtu});
        INFO("MTU " << mtu);
        REQUIRE(run.result.state == MtuState::complete);
        REQUIRE(run.result.passes == mtu);
        REQUIRE(run.result.fails == (mtu == 1500 ? std::nullopt : std::optional{mtu + 1}));
        REQUIRE(run.result.lost_below == 0);
        REQUIRE(run.probes < 120);
    }
}

TEST_CASE("a search is not misled by loss, whatever the seed", "[mtu][rfc8899]") {
    const auto loss = GENERATE(0.02, 0.1, 0.3);
    unsigned right = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        SeededRng rng{seed * 7919};
        const auto mtu = 576 + rng.below(925);
        const auto run = search({.mtu = mtu, .loss = loss, .seed = seed});
        INFO("loss " << loss << ", seed " << seed << ", MTU " << mtu);
        CHECK(run.result.passes <= mtu);  // an answer is proof: never too large
        right += run.result.state == MtuState::complete && run.result.passes == mtu;
    }
    INFO("loss " << loss);
    CHECK(right == 400);
}

TEST_CASE("an outage in the middle of a search delays it and changes nothing", "[mtu]") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SeededRng rng{seed};
        const auto mtu = 576 + rng.below(925);
        const Instant from{Duration{rng.below(3'000'000'000)}};
        const auto run = search({.mtu = mtu, .seed = seed, .down_from = from, .down_until = from + 2s});
        INFO("seed " << seed << ", MTU " << mtu);
        CHECK(run.result.state == MtuState::complete);
        CHECK(run.result.passes == mtu);
    }
}

TEST_CASE("answers later than the timeout still count", "[mtu]") {
    // Round trips of up to four seconds, more than a probe is ever waited for.
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const auto run = search({.mtu = 1420, .shortest = 20ms, .longest = 4s, .seed = seed});
        INFO("seed " << seed);
        CHECK(run.result.passes == 1420);
    }
}

TEST_CASE("a path that shrinks during a search is found out", "[mtu]") {
    unsigned noticed = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SeededRng rng{seed};
        const Instant when{Duration{rng.below(2'000'000'000)}};
        const auto run = search({.mtu = 1492, .seed = seed, .change = {{when, 1280}}});
        INFO("seed " << seed);
        CHECK(run.result.state == MtuState::complete);
        // Either the change came after the last probe, or the answer is what holds now.
        if (run.end > when + 10s) CHECK(run.result.passes == 1280);
        noticed += run.result.path_shrank;
    }
    CHECK(noticed > 0);
}

TEST_CASE("a silent path is called silent, not small", "[mtu]") {
    const auto run = search({.loss = 1.0});
    CHECK(run.result.state == MtuState::silent);
    CHECK(run.result.passes == 0);
    CHECK(run.probes == 20);  // ten at the base, ten at the floor
}

TEST_CASE("a path smaller than the base is measured all the same", "[mtu]") {
    const auto run = search({.mtu = 700});
    CHECK(run.result.passes == 700);
    CHECK(run.result.fails == 701);
}

TEST_CASE("an honest ICMP report shortens a search, a forged one does not mislead it", "[mtu][rfc8899]") {
    using Icmp = SimulatedPath::Icmp;
    const auto plain = search({.mtu = 1373});
    const auto honest = search({.mtu = 1373, .icmp = Icmp::honest});
    CHECK(honest.result.passes == 1373);
    CHECK(honest.result.reported == 1373);
    CHECK(honest.probes < plain.probes);
    for (const std::size_t forged : {0, 68, 576, 577, 1000, 1372, 1374, 1499, 1500, 65535}) {
        const auto run = search({.mtu = 1373, .icmp = Icmp::forged, .forged = forged});
        INFO("forged " << forged);
        CHECK(run.result.passes == 1373);
    }
}

TEST_CASE("sizes stay on the grid of the step", "[mtu]") {
    for (std::size_t mtu = 576; mtu < 640; ++mtu) {
        const auto run = search({.mtu = mtu}, {.floor = 100, .base = 200, .ceiling = 1374, .step = 4});
        for (const auto size : run.sizes) REQUIRE(size % 4 == 1374 % 4);
        CHECK(run.result.passes <= mtu);
        CHECK(run.result.passes + 4 > mtu);
    }
}

TEST_CASE("what our own stack refuses is too large at once", "[mtu]") {
    MtuSearch search{MtuPolicy{}};
    Instant now{};
    unsigned refused = 0;
    while (!search.over()) {
        now = std::max(now, *search.deadline());
        const auto probe = search.step(now);
        if (!probe) continue;
        if (probe->size > 1280) {
            ++refused;
            search.refused(probe->number);
        } else {
            search.answered(probe->number, now + 1ms);
        }
    }
    CHECK(search.result().passes == 1280);
    CHECK(search.result().fails == 1281);
    CHECK(refused < 10);
    CHECK(now < Instant{1s});
}

TEST_CASE("a policy of extremes ends too", "[mtu]") {
    const std::size_t sizes[] = {0, 1, 2, 3, 5, 576, 65535};
    for (const auto floor : sizes)
        for (const auto base : sizes)
            for (const auto ceiling : sizes)
                for (const std::size_t step : {0, 1, 4, 70000}) {
                    INFO(floor << ' ' << base << ' ' << ceiling << ' ' << step);
                    const auto run = search({.mtu = 1400},
                                            {.floor = floor, .base = base, .ceiling = ceiling, .step = step});
                    CHECK((run.result.state == MtuState::complete || run.result.state == MtuState::silent));
                    CHECK(run.result.passes <=
                          std::min<std::size_t>(1400, std::max<std::size_t>(ceiling, 1)));
                }
}

TEST_CASE("what a path leaves for a tunnel and for TCP inside it", "[mtu]") {
    using Family = Address::Family;
    // AES-GCM with a 16-octet ICV: SPI 4, sequence number 4, IV 8, ICV 16.
    constexpr EspCost gcm{.fixed = 32, .trailer = 2, .alignment = 4};
    CHECK(datagram_capacity(1500, Family::v4, Outer::udp) == 1472);
    CHECK(datagram_capacity(1500, Family::v6, Outer::ip) == 1460);
    CHECK(datagram_capacity(20, Family::v4, Outer::udp) == 0);
    CHECK(gcm.inner(1472) == 1438);
    CHECK(gcm.inner(1480) == 1446);
    // AES-CBC with HMAC-SHA-256-128: SPI 4, sequence number 4, IV 16, ICV 16, blocks of 16.
    constexpr EspCost cbc{.fixed = 40, .trailer = 2, .alignment = 16};
    CHECK(cbc.inner(1472) == 1422);
    for (std::size_t datagram = 0; datagram < 2000; ++datagram)
        for (const auto& cost : {gcm, cbc})
            if (const auto inner = cost.inner(datagram); inner > 0) {
                CHECK(cost.datagram(inner) <= datagram);
                CHECK(cost.datagram(inner + 1) > datagram);
            }
    CHECK(tcp_mss(1438, Family::v4) == 1398);
    CHECK(tcp_mss(1438, Family::v6) == 1378);
    CHECK(tcp_mss(40, Family::v4) == 0);
}
