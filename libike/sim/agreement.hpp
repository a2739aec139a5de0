#pragma once
// Whether two ends hold the same truth.
#include "libike/engine/engine.hpp"

namespace ike::sim {

/// What the two ends' established IKE SAs and Child SAs differ in, a line each; empty: they agree. Compared
/// are SPIs, suites, traffic selectors, MOBIKE, Message IDs and roles; addresses and encapsulation only where
/// nobody between the ends rewrites them.
enum class Between : std::uint8_t { nothing, nat };
std::vector<std::string> disagreements(const Engine& a, const Engine& b, Between between = Between::nothing);

}  // namespace ike::sim
