#pragma once
// EAP inside IKE_AUTH (RFC 7296 section 2.16, RFC 5998): further rounds between the initiator's first
// request, which has no AUTH payload, and the last, which has one made with the key of EAP.
#include "libike/eap/peer.hpp"
#include "libike/eap/server.hpp"
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

struct EapRun {
    std::variant<eap::Peer, eap::Server> conversation;
    /// How the responder proved itself in its first response; empty: not at all, EAP alone is to do (RFC
    /// 5998).
    std::string responder_proof;
    Identity responder;     ///< as initiator
    Message first;          ///< as responder: the request that began it
    std::string refused{};  ///< as responder: why the initiator will fail, as it has been told
    bool finished = false;  ///< EAP Success: AUTH payloads are made with the key of EAP from now on
};

/// 64 octets, or empty where the method makes no key.
SecretBytes key_of(const EapRun& run);
/// How that side proves itself once EAP is through, for people.
std::string how_proven(const IkeSa& sa, Role side);
/// As responder: why IKE_AUTH came to nothing. What the initiator was told of its EAP, if anything;
/// strongSwan then leaves with AUTHENTICATION_FAILED, others without a word.
IkeSa::Ending refused_or(const IkeSa& sa, IkeSa::Ending otherwise);
/// Of a run that is finished.
std::shared_ptr<const EapUse> outcome_of(const EapRun& run);

/// As initiator: the response to the request without AUTH.
void begin_eap(IkeSa& sa, Turn& turn, const Message& reply);
/// As responder: answers the request without AUTH; IDs and peer are chosen already.
Answer answer_eap_begin(IkeSa& sa, Turn& turn, const Message& request);
/// As responder: the requests after that.
Answer answer_eap(IkeSa& sa, Turn& turn, const Message& request);

}  // namespace ike::engine
