#pragma once
// Time as captures keep it. Unlike the engine's Instant it has a fixed zero, the Unix epoch.
#include <chrono>

namespace ike {

/// Nanoseconds since 1970-01-01 UTC, negative before.
using EpochTime = std::chrono::sys_time<std::chrono::nanoseconds>;

}  // namespace ike
