#pragma once
// Transform IDs by transform type: which registry a Transform's ID belongs to (RFC 7296 section 3.3.2).
#include <optional>

#include "libike/registry/transform_type.hpp"

namespace ike {

/// The registered name of `id` among the transforms of `type`, "" when it has none.
std::string_view transform_id_name(TransformType type, std::uint16_t id);
/// Always some text, as to_string() of the registry's own enum; "UNASSIGNED (n)" for transform types without
/// a registry.
std::string transform_id_text(TransformType type, std::uint16_t id);
/// The ID of that name (ASCII case does not matter) among the transforms of `type`.
std::optional<std::uint16_t> find_transform_id(TransformType type, std::string_view name);

}  // namespace ike
