#pragma once
// IKE_SA_INIT of both roles (RFC 7296 section 1.2).
#include "libike/engine/cookie_jar.hpp"
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// Begins an IKE SA as its initiator. The error says what the configuration lacks.
Result<IkeSaId> begin(Turn& turn, const PeerConfig& peer, const Path& path);
/// Begins an IKE SA that is to take the place of `old`, from where that one is (RFC 7296 section 2.8.3).
void reauthenticate(IkeSa& old, Turn& turn);
/// An IKE_SA_INIT request with a zero responder SPI: answered with COOKIE or a refusal, without any state
/// kept, or taken on.
void respond(Turn& turn, CookieJar& jar, const Path& from, ByteView octets);

}  // namespace ike::engine
