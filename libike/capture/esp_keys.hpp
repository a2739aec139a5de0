#pragma once
// ESP opened as far as somebody looks at what it carries.
#include "libike/esp/esp.hpp"

namespace ike {

/// The keys of an ESP SA, to open what a capture holds.
struct EspKeys {
    esp::Inbound inbound;
    std::optional<esp::Glimpser> glimpser;  ///< where the beginning of a payload is enough
    /// Opens a packet into `room`, of as many octets as it has, or as much of it as will be looked at.
    std::expected<esp::Opened, esp::OpenFailure> open(ByteView packet, std::uint32_t high, MutableBytes room);
};

}  // namespace ike
