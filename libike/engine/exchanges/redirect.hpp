#pragma once
// Redirects (RFC 5685): in answer to IKE_SA_INIT, in IKE_AUTH, and of an IKE SA that stands. Only an IKE SA's
// first responder redirects.
#include "libike/engine/ike_sa.hpp"
#include "libike/sa/redirect.hpp"

namespace ike::engine {

/// As initiator: REDIRECTED_FROM after a redirect, else REDIRECT_SUPPORTED (sections 3 and 9).
void add_redirect_support(const IkeSa& sa, Payloads& to);
/// The initiator of the message can be redirected.
bool supports_redirect(const Message& init_request);
/// A redirect in answer to IKE_SA_INIT without our nonce: not an answer to what we sent (section 3).
bool is_foreign_redirect(const IkeSa& sa, const Message& init_response);
/// The responder redirects while there is no IKE SA yet, or right after IKE_AUTH: the attempt goes on
/// elsewhere. False where the message redirects nobody.
enum class Stage : std::uint8_t { init, auth };
bool take_redirect(IkeSa& sa, Turn& turn, const Message& reply, Stage stage);
/// The responder redirects an IKE SA that stands: it is deleted once there is one with the other gateway
/// (section 5).
void take_session_redirect(IkeSa& sa, Turn& turn, const Message& request);
/// As responder: the initiator is to go elsewhere after IKE_AUTH.
bool redirects_after_auth(const IkeSa& sa);
/// REDIRECT in the place of a Child SA. The IKE SA waits a while for its Delete (section 6).
void add_redirect_after_auth(IkeSa& sa, const Turn& turn, Payloads& to);

}  // namespace ike::engine
