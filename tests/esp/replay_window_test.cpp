#include "libike/esp/replay_window.hpp"

#include <set>

#include "libike/base/rng.hpp"
#include "tests/catch.hpp"

using ike::SeededRng;
using ike::esp::ReplayWindow;
using Verdict = ReplayWindow::Verdict;

namespace {

/// What RFC 4303 section 3.4.3 says, with everything remembered.
struct Model {
    std::uint64_t size, highest = 0;
    std::set<std::uint64_t> seen{};
    Verdict check(std::uint64_t sequence) const {
        if (sequence == 0) return Verdict::replayed;
        if (sequence + size <= highest) return Verdict::too_old;
        return seen.contains(sequence) ? Verdict::replayed : Verdict::fresh;
    }
    void update(std::uint64_t sequence) {
        seen.insert(sequence);
        highest = std::max(highest, sequence);
    }
};

}  // namespace

TEST_CASE("the replay window does what one with an endless memory would", "[esp][rfc4303][rfc6479]") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{32}, std::size_t{63}, std::size_t{64},
                                   std::size_t{65}, std::size_t{1024}, std::size_t{65536}}) {
        SeededRng rng{size};
        ReplayWindow window{size};
        Model model{size};
        std::uint64_t at = 1;
        for (int i = 0; i < 20000; ++i) {
            // Mostly onward by little, sometimes far, often back.
            const auto kind = rng.below(100);
            if (kind < 60) at = model.highest + rng.below(3);
            if (kind >= 60 && kind < 64) at = model.highest + rng.below(3 * size + 10);
            if (kind >= 64) at = model.highest - std::min(model.highest, rng.below(size + size / 2 + 5));
            const auto verdict = window.check(at);
            REQUIRE(verdict == model.check(at));
            if (verdict != Verdict::fresh) continue;
            window.update(at);
            model.update(at);
            REQUIRE(window.highest() == model.highest);
        }
    }
}

TEST_CASE("a jump past the whole window forgets all of it", "[esp][rfc6479]") {
    ReplayWindow window{64};
    for (std::uint64_t i = 1; i <= 100; ++i) window.update(i);
    window.update(1'000'000);
    CHECK(window.check(100) == Verdict::too_old);
    CHECK(window.check(999'937) == Verdict::fresh);
    CHECK(window.check(999'936) == Verdict::too_old);
    CHECK(window.check(1'000'000) == Verdict::replayed);
}

TEST_CASE("an update out of the window's reach changes nothing", "[esp]") {
    ReplayWindow window{32};
    window.update(1000);
    window.update(1);
    CHECK(window.highest() == 1000);
    CHECK(window.check(999) == Verdict::fresh);
}

TEST_CASE("sequence number 0 is never fresh, and a window of no size checks nothing", "[esp][rfc4303]") {
    ReplayWindow window{64};
    CHECK(window.check(0) == Verdict::replayed);
    ReplayWindow none{0};
    none.update(7);
    CHECK(none.check(7) == Verdict::fresh);
    CHECK(none.highest() == 7);
}

TEST_CASE("ESN recovers the high half on either side of a wrap", "[esp][rfc4303]") {
    ReplayWindow window{64, true};
    CHECK(window.full_sequence(5) == 5);
    window.update(0xffffffff);
    // Case B of RFC 4303 appendix A2.1: the window spans two subspaces.
    window.update(0x100000005);
    CHECK(window.full_sequence(6) == 0x100000006);
    CHECK(window.full_sequence(0xfffffff0) == 0xfffffff0);
    CHECK(window.full_sequence(0xffffff00) == 0x1ffffff00);
    // Case A: the window lies in one.
    window.update(0x200001000);
    CHECK(window.full_sequence(0x1001) == 0x200001001);
    CHECK(window.full_sequence(0x0fc1) == 0x200000fc1);
    CHECK(window.full_sequence(0x0fc0) == 0x300000fc0);
    CHECK(window.full_sequence(0) == 0x300000000);
}

TEST_CASE("ESN follows a sender over many wraps with reordering and loss", "[esp][rfc4303]") {
    ReplayWindow window{128, true};
    SeededRng rng{6};
    std::uint64_t sent = 1;
    for (int i = 0; i < 50000; ++i) {
        sent += rng.below(10) == 0 ? rng.below(0x20000000) : 1;
        const auto late = sent - std::min<std::uint64_t>(sent - 1, rng.below(20));
        for (const auto sequence : {sent, late}) {
            const auto full = window.full_sequence(static_cast<std::uint32_t>(sequence));
            // The first packet may be anywhere; afterwards the number is always right.
            REQUIRE(full == sequence);
            if (window.check(full) == Verdict::fresh) window.update(full);
        }
    }
    CHECK(window.highest() >> 32 > 100);
}

TEST_CASE("without ESN numbers are as they come", "[esp]") {
    ReplayWindow window{64};
    window.update(0xffffffff);
    CHECK(window.full_sequence(3) == 3);
    CHECK(window.check(window.full_sequence(3)) == Verdict::too_old);
}
