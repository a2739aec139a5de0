#pragma once
// IKE_INTERMEDIATE (RFC 9242) for additional key exchanges (RFC 9370), both roles.
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// What a message adds to IntAuth: prf(SK_p, IntAuth so far | its header | its content), RFC 9242
/// section 3.3.2.
void add_to_transcript(IkeSa& sa, Role sender, const Header& header, const Payloads& payloads);
/// The peer's request. The keys that it brings are taken once the answer is out (take_next_keys()).
Answer answer_intermediate(IkeSa& sa, Turn& turn, const Message& request);
/// The keys of the exchange that was just answered, if it brought any.
void take_next_keys(IkeSa& sa, Turn& turn);
/// IntAuth is complete: IKE_AUTH begins with this Message ID (RFC 9242 section 3.3.2).
void close_transcript(IkeSa& sa, std::uint32_t auth_message_id);
/// What to do next as initiator: another key exchange, or IKE_AUTH.
void go_on_to_auth(IkeSa& sa, Turn& turn);

}  // namespace ike::engine
