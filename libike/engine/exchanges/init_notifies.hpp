#pragma once
// What both sides say of themselves in IKE_SA_INIT.
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

void add_init_notifies(const IkeSa& sa, const Path& path, Payloads& to);
void take_init_notifies(IkeSa& sa, Turn& turn, const Path& path, const Message& message);
/// CERTREQ for each CA that is trusted (RFC 7296 section 3.7).
void add_certificate_requests(const PeerConfig& peer, Payloads& to);

}  // namespace ike::engine
