#pragma once
// The end of IKE_AUTH, the same for both roles.
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// The IKE SA is established: told, timed, no longer half-open. The Negotiation is still there.
void establish(IkeSa& sa, Turn& turn);
/// SET_WINDOW_SIZE, and from a responder AUTH_LIFETIME, with the rest of IKE_AUTH.
void add_auth_notifies(const IkeSa& sa, Payloads& to);
void take_auth_notifies(IkeSa& sa, Turn& turn, const Message& message);
/// AUTH_LIFETIME of the first responder, in IKE_AUTH or later (RFC 4478 section 3).
void take_auth_lifetime(IkeSa& sa, const Turn& turn, const Message& message);
void add_window_size(const IkeSa& sa, Payloads& to);
void take_window_size(IkeSa& sa, const Message& message);
/// As initiator: the responder believes the IKE SA to be established and we do not believe it (RFC 7296
/// section 2.21.2).
void refuse_responder(IkeSa& sa, Turn& turn, std::string what);

}  // namespace ike::engine
