#pragma once
// Time as captures keep it. Unlike the engine's Instant it has a fixed zero, the Unix epoch.
#include <chrono>
#include <cstdint>
#include <limits>

namespace ike {

/// Nanoseconds since 1970-01-01 UTC, negative before.
using EpochTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// `to` less `from`. Captures may claim any times: what does not fit is as much as fits.
constexpr std::chrono::nanoseconds between(EpochTime from, EpochTime to) {
    const std::int64_t a = from.time_since_epoch().count();
    const std::int64_t b = to.time_since_epoch().count();
    std::int64_t difference = 0;
    if (!__builtin_sub_overflow(b, a, &difference)) return std::chrono::nanoseconds{difference};
    using Limits = std::numeric_limits<std::int64_t>;
    return std::chrono::nanoseconds{b > a ? Limits::max() : Limits::min()};
}

}  // namespace ike
