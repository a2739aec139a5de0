#pragma once
// AUTH payloads: how each side proves itself (RFC 7296 section 2.15, RFC 7427).
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// Our AUTH payload, the certificates that go with it, and a word on how it was made.
struct Proof {
    AuthPayload auth;
    std::vector<CertPayload> certificates;
    std::string method;
};
/// With what the configuration has; after EAP with its key.
Result<Proof> prove(const IkeSa& sa, Turn& turn);
/// Whether the message proves that the peer is `id`: what convinced us, for people, or why not.
Result<std::string> check_proof(const IkeSa& sa, const Turn& turn, const Message& message,
                                const Identity& id);

/// Seconds since the epoch, for certificates.
std::int64_t wall_clock(const Turn& turn);

}  // namespace ike::engine
