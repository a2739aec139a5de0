#pragma once
// Time as the engine sees it: given, never asked for.
#include <chrono>
#include <optional>

namespace ike {

using Duration = std::chrono::nanoseconds;

/// A clock without now(): only the caller knows what time it is.
struct EngineClock {
    using rep = Duration::rep;
    using period = Duration::period;
    using duration = Duration;
    using time_point = std::chrono::time_point<EngineClock, Duration>;
    static constexpr bool is_steady = true;
};
/// A point of monotonic time; its zero is whatever the caller chose.
using Instant = EngineClock::time_point;

/// The earlier of two deadlines, where nothing means never.
inline std::optional<Instant> earliest(std::optional<Instant> a, std::optional<Instant> b) {
    if (!a) return b;
    if (!b) return a;
    return *a < *b ? a : b;
}

}  // namespace ike
