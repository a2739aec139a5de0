#pragma once
#include <cstdint>

namespace ike::engine {

/// Of an exchange or of an IKE SA.
enum class Role : std::uint8_t { initiator, responder };

}  // namespace ike::engine
