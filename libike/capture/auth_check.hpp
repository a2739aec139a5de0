#pragma once
// Whether the AUTH payload of an IKE_AUTH message is right (RFC 7296 section 2.15), with a pre-shared key or
// certificate at hand, or the certificate that came with it.
#include "libike/capture/observation.hpp"
#include "libike/capture/sa_table.hpp"

namespace ike {

/// What is known when an AUTH payload comes by.
struct AuthContext {
    const KeyStore& keys;
    const IkeKeyRecord& record;  ///< the keys that opened the message, SK_pi and SK_pr among them
    const InitMemory& init;
    InitExchange& exchange;  ///< identities and certificates are kept there until AUTH comes
    bool from_initiator = false;
};
/// Of an AUTH payload for which something is missing.
Check unchecked_auth(const char* why);
/// Takes note of ID and CERT payloads; a verdict where there is an AUTH payload.
std::optional<Check> check_auth(const AuthContext& context, const IkeObservation& seen);
/// Takes an opened IKE_INTERMEDIATE message into what AUTH will sign.
void note_intermediate(const AuthContext& context, const IkeObservation& seen);
/// The echo of a COOKIE (RFC 7296 section 2.6), given every IKE_SA_INIT message.
std::optional<Check> check_cookie(const IkeObservation& seen, InitMemory& init);
/// The echo of a COOKIE2 (RFC 4555 section 4.2.5), given every opened INFORMATIONAL message.
std::optional<Check> check_cookie2(const IkeObservation& seen, SaMemory& sa);

}  // namespace ike
