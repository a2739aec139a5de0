#pragma once
// What an IKE SA needs until it is established, and no longer.
#include "libike/engine/exchanges/exchange.hpp"
#include "libike/sa/auth.hpp"

namespace ike::engine {

struct Negotiation {
    std::optional<crypto::KeyExchange> ke;
    std::vector<Proposal> proposals;  ///< as offered
    Bytes nonce_i, nonce_r;
    Bytes init_i, init_r;        ///< the two messages that AUTH covers, from their headers on
    Bytes cookie;                ///< that the responder wants back
    unsigned retries = 0;        ///< of IKE_SA_INIT: COOKIE and INVALID_KE_PAYLOAD
    bool nat_detection = false;  ///< the peer sent its hashes
    /// That the peer announced; nothing: RFC 7427 is not for it.
    std::vector<SignatureHash> peer_hashes;
    ChildOffer child;
    Bytes id_i, id_r;                                   ///< bodies of the ID payloads
    bool childless_allowed = false;                     ///< the responder sent CHILDLESS_IKEV2_SUPPORTED
    std::vector<ConfigurationAttribute> configuration;  ///< of the CFG_REPLY
    std::string how;                                    ///< how each side proved itself, for people
};

}  // namespace ike::engine
