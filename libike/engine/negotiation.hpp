#pragma once
// What an IKE SA needs until it is established, and no longer.
#include "libike/engine/exchanges/exchange.hpp"
#include "libike/sa/auth.hpp"
#include "libike/sa/auth_methods.hpp"
#include "libike/sa/key_log.hpp"
#include "libike/sa/sealed.hpp"

namespace ike::engine {

struct EapRun;

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
    bool announces_methods = false;             ///< the peer sent SUPPORTED_AUTH_METHODS (RFC 9593)
    std::vector<AnnouncedMethod> peer_methods;  ///< that it can verify, best first
    std::optional<IkeKeyRecord> told;           ///< the newest keys, where they are to be told
    ChildOffer child;
    Bytes id_i, id_r;  ///< bodies of the ID payloads
    // IKE_INTERMEDIATE (RFC 9242, RFC 9370)
    bool intermediate = false;          ///< the peer sent INTERMEDIATE_EXCHANGE_SUPPORTED
    std::size_t intermediate_done = 0;  ///< additional key exchanges behind us
    Bytes transcript_i, transcript_r;   ///< IntAuth of either side so far
    Bytes transcript;  ///< IntAuth whole, for AUTH: both sides' and the Message ID of IKE_AUTH; empty without
                       ///< the exchange
    std::optional<IkeKeys> next_keys;  ///< as responder: taken once the answer is out
    SecretBytes next_secret;
    std::optional<SkProtection> former_inbound;
    // PPK (RFC 8784)
    bool peer_uses_ppk = false;
    struct {
        SecretBytes d, pi, pr;
    } bare;                                             ///< SK_d, SK_pi and SK_pr without the PPK
    std::shared_ptr<EapRun> eap;                        ///< RFC 7296 section 2.16; null: none is under way
    bool childless_allowed = false;                     ///< the responder sent CHILDLESS_IKEV2_SUPPORTED
    std::vector<ConfigurationAttribute> configuration;  ///< of the CFG_REPLY
    std::string how;                                    ///< how each side proved itself, for people
};

}  // namespace ike::engine
