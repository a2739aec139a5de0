#pragma once
// Remarks on single packets: what is unusual or wrong in their form.
#include <span>
#include <string_view>
#include <vector>

#include "libike/base/finding.hpp"
#include "libike/capture/observation.hpp"

namespace ike {

std::vector<Finding> findings(const Observation& seen);
/// The identifiers that they have.
std::span<const std::string_view> remark_ids();

}  // namespace ike
