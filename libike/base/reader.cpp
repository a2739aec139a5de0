#include "libike/base/reader.hpp"

#include <fmt/format.h>

namespace ike {

std::string to_string(const WireError& error) {
    const auto* what = error.kind == WireError::Kind::truncated  ? "truncated"
                       : error.kind == WireError::Kind::trailing ? "octets left over"
                                                                 : "contradictory value";
    return fmt::format("{} at offset {}: {}", what, error.offset, error.field);
}

}  // namespace ike
