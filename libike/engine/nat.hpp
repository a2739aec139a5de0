#pragma once
// NAT detection as every exchange that carries it does it (RFC 7296 section 2.23).
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// NAT_DETECTION_SOURCE_IP and _DESTINATION_IP for a message that goes out on `path`.
void add_nat_detection(const IkeSa& sa, const Path& path, Payloads& to);
/// What the hashes of a message that came on `path` say; nothing where it has none.
std::optional<NatState> detect_nat(const Path& path, const Message& message);
/// Takes a new finding: encapsulation of ESP and keepalives follow. Says NatChanged where something did.
void take_nat_state(IkeSa& sa, Turn& turn, NatState found);

}  // namespace ike::engine
