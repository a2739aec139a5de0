#include "libike/registry/registry.hpp"

#include <fmt/format.h>

namespace ike::detail {

std::string nameless_text(RangeKind kind, std::uint32_t number) {
    switch (kind) {
        case RangeKind::reserved:
            return fmt::format("RESERVED ({})", number);
        case RangeKind::private_use:
            return fmt::format("PRIVATE USE ({})", number);
        case RangeKind::unassigned:
            break;
    }
    return fmt::format("UNASSIGNED ({})", number);
}

}  // namespace ike::detail
