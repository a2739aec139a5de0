#pragma once
// The parts of IKE_AUTH (RFC 7296 section 1.2) that are the same at once and after EAP.
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

// ---- as initiator (ike_auth.cpp)

struct ProofPayloads {
    Payloads certificates;
    Payloads auth;  ///< AUTH, and what RFC 8784 puts beside it
};
/// How we prove ourselves now; notes it in the Negotiation. The error says why we cannot.
Result<ProofPayloads> make_proof(IkeSa& sa, Turn& turn);
/// Who the responder says it is, and whether that is who was called.
Result<Identity> read_responder(const IkeSa& sa, const Message& reply);
/// The response to our AUTH payload: the IKE SA and its first Child SA, or the end.
void conclude_auth(IkeSa& sa, Turn& turn, const Message& reply);

// ---- as responder (ike_auth_responder.cpp)

/// The answer to an initiator that is not believed, after which there is no IKE SA.
std::unexpected<Refusal> not_authenticated(std::string what);
/// Of an initiator that is to be `identity`: the request with its AUTH payload, and the one with SA, TS and
/// the like (after EAP another).
Answer accept_initiator(IkeSa& sa, Turn& turn, const Message& with_auth, const Message& request,
                        const Identity& identity);

}  // namespace ike::engine
