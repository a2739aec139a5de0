#pragma once
// EAP for the ends of a duel: either may begin, and proves itself with a password; whoever answers signs.
#include "libike/engine/config.hpp"

namespace ike::sim {

/// Makes the one peer of `config` use EAP with this method (EAP-MSCHAPv2, EAP-MD5) in both roles. `mine` and
/// `theirs` are roamer.example and gateway.example, whom the certificate names both.
void use_eap(EngineConfig& config, EapType method, std::string_view mine, std::string_view theirs);

}  // namespace ike::sim
