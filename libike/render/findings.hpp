#pragma once
// Remarks on single packets: what is unusual or wrong in their form.
#include <vector>

#include "libike/base/finding.hpp"
#include "libike/capture/observation.hpp"

namespace ike {

std::vector<Finding> findings(const Observation& seen);

}  // namespace ike
