#pragma once
// Which proof to give: what the peer can verify (RFC 9593, RFC 7427), and what we were told to use.
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// SUPPORTED_AUTH_METHODS with all that we can verify of this peer.
Payload supported_methods(const IkeSa& sa);
/// What the peer announced, where the message has it.
void take_supported_methods(IkeSa& sa, const Message& message);
/// The peer has announced its methods, or that it will when asked in IKE_INTERMEDIATE (RFC 9593 section 3.1).
bool announces_methods(const IkeSa& sa);
/// What to sign with.
Result<crypto::SignatureScheme> choose_signature(const IkeSa& sa);
/// We have a private key and a shared secret, and the peer can verify only the latter.
bool prefers_psk(const IkeSa& sa);

}  // namespace ike::engine
