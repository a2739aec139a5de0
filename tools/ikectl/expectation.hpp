#pragma once
// Whether a JSON object is what a scenario expects, and where not.
#include <nlohmann/json.hpp>

#include "tools/ikectl/scenario.hpp"

namespace scenario {

/// The first difference, as "mobike is false, wanted true"; nothing when all fields are as wanted.
std::optional<std::string> difference(const nlohmann::json& object, const std::vector<Wanted>& wanted);
/// The same for everything an Expect says of an event or a message (its name included).
std::optional<std::string> difference(const nlohmann::json& object, const Expect& expect);
/// The value that dots lead to, or nullptr.
const nlohmann::json* find_field(const nlohmann::json& object, std::string_view field);

}  // namespace scenario
