#pragma once
// A life of two ends drawn from a seed: conditions, configuration and commands at random; then peace, and a
// verdict.
#include "tests/scenario/support.hpp"

namespace scenario {

struct Verdict {
    /// Empty: fine. Else what the two ends differ in, or that they hang.
    std::string trouble;
    bool alive = false;              ///< both hold the same IKE SA
    std::string named;               ///< the failure by which it ended, where it did
    std::vector<std::string> story;  ///< what was done, a line each
};
/// The same seed gives the same life.
Verdict live(std::uint64_t seed);

}  // namespace scenario
