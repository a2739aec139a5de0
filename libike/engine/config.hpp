#pragma once
// What an engine is told about itself and its peers. Values only; files are read elsewhere.
#include <chrono>
#include <memory>

#include "libike/base/instant.hpp"
#include "libike/eap/settings.hpp"
#include "libike/engine/events.hpp"
#include "libike/sa/auth.hpp"
#include "libike/sa/redirect.hpp"
#include "libike/sa/suite.hpp"

namespace ike {

using namespace std::chrono_literals;

/// When a request is sent again and when its peer counts as dead (RFC 7296 section 2.4). The n-th wait is
/// initial * factor^n, at most `limit`.
struct RetransmitPolicy {
    Duration initial = 500ms;
    double factor = 1.8;
    Duration limit = 30s;
    unsigned attempts = 6;                      ///< sendings in all, the first included
    Duration interval(unsigned attempt) const;  ///< the wait after the attempt-th sending, counted from 1
};

/// RFC 4555.
struct MobikePolicy {
    bool enabled = true;
    /// As responder: prove the new address with COOKIE2 before the Child SAs move (section 3.7); false trusts
    /// the update.
    bool return_routability = true;
    /// As initiator: put COOKIE2 into the update request too.
    bool cookie2_in_update = true;
    /// Addresses we have besides the one in use: announced as ADDITIONAL_*_ADDRESS (section 3.4).
    std::vector<Address> additional;
    /// As responder: addresses from which an update is refused with UNACCEPTABLE_ADDRESSES (section 3.5), as
    /// prefixes are written in selectors.
    std::vector<TrafficSelector> refused;
    /// Without NAT traversal: NO_NATS_ALLOWED in the first IKE_AUTH and each update (section 3.9).
    bool no_nats_allowed = false;
    /// As initiator: a request that stays unanswered on the path in use is sent on other pairs of both sides'
    /// addresses too, and the SA moves to the first that answers (sections 3.5 and 3.10).
    bool seek_paths = true;
    /// As responder: how long a request of ours is sent again before the peer counts as dead (section 3.11).
    Duration responder_patience = 5min;
};

struct Timers {
    RetransmitPolicy retransmit;
    Duration liveness = 30s;       ///< of silence before a liveness check; 0: none
    Duration nat_keepalive = 20s;  ///< RFC 3948 section 4; 0: none
    Duration half_open = 30s;      ///< an SA that is not established by then is dropped (responder)
    Duration ike_rekey = 0s;       ///< 0: never by time
    Duration child_rekey = 0s;
    Duration ike_lifetime = 0s;  ///< an IKE SA that is older, rekeying or not, is deleted; 0: never
    Duration child_lifetime = 0s;
    /// As initiator: a new IKE SA takes the old one's place after this time (RFC 7296 section 2.8.3). 0: only
    /// where the responder asks for it with AUTH_LIFETIME (RFC 4478).
    Duration reauthentication = 0s;
    /// As responder: told in IKE_AUTH as AUTH_LIFETIME; an IKE SA that is older is deleted. 0: none.
    Duration auth_lifetime = 0s;
};

/// What we sign or MAC with. Shared: many SAs use one.
struct LocalCredentials {
    SecretBytes psk;                         ///< empty: none
    std::vector<crypto::Certificate> chain;  ///< leaf first
    std::optional<crypto::PrivateKey> private_key;
    crypto::SignatureWish signature = crypto::SignatureWish::best;
    bool null_authentication =
        false;  ///< say no more than that we are we (RFC 7619); used where there is nothing else
};
/// What the peer's proof is checked against.
struct RemoteCredentials {
    SecretBytes psk;                           ///< empty: none
    std::vector<crypto::Certificate> trusted;  ///< CAs; empty: no certificates accepted
    std::vector<crypto::RevocationList> revoked;
    crypto::Revocation revocation = crypto::Revocation::if_known;
    bool accept_null = false;  ///< a peer that does not say who it is (RFC 7619)
};

/// What a responder hands out in CFG_REPLY (RFC 7296 section 3.15). Addresses from `first` to `last`, both
/// included.
struct AddressPool {
    struct Range {
        Address first, last;
    };
    std::vector<Range> ranges;
    std::vector<Address> dns;
    std::vector<std::string> dns_domains;  ///< for split DNS (RFC 8598)
    std::vector<TrafficSelector> subnets;  ///< INTERNAL_*_SUBNET; ranges that are prefixes
};

/// A post-quantum preshared key (RFC 8784).
struct Ppk {
    Bytes id;  ///< PPK_ID_FIXED
    SecretBytes secret;
    bool required = false;  ///< no IKE SA without it
};

/// Where a responder sends initiators that can be redirected (RFC 5685).
struct Redirection {
    GatewayName gateway;
    enum class In : std::uint8_t {
        ike_sa_init,  ///< whoever it is
        ike_auth,     ///< once it has proved who it is
    } in = In::ike_sa_init;
};

/// IKE SAs without a Child SA in IKE_AUTH (RFC 6023).
enum class Childless : std::uint8_t {
    refuse,
    allow,  ///< as responder: announced, and answered
    ask,    ///< as initiator, too: begin without a Child SA where the responder allows it
};

/// Which mode Child SAs are asked for and granted in (RFC 7296 section 1.3.1). Transport mode is for traffic
/// between the outer addresses alone: of the selectors their addresses are what is offered.
enum class ChildMode : std::uint8_t {
    tunnel,          ///< never transport
    transport,       ///< asked for, and granted to who asks; tunnel where the peer declines
    transport_only,  ///< no Child SA otherwise
};

/// One of several kinds of Child SA with a peer.
struct ChildConfig {
    std::string name;
    std::vector<TrafficSelector> ts_local, ts_remote;
    std::vector<Proposal> esp_proposals = default_proposals(ProtocolId::esp);
    ChildMode mode = ChildMode::tunnel;
};

/// What holds for every Child SA with a peer.
struct ChildPolicy {
    /// As responder: SINGLE_PAIR_REQUIRED for what is not one pair of addresses (RFC 7296 section 2.9).
    bool single_pair = false;
    /// Fragments without ports go on the SA of their first ones (NON_FIRST_FRAGMENTS_ALSO, section 1.3.1).
    bool later_fragments = false;
    /// IPComp with DEFLATE is offered and accepted (section 2.22).
    bool ipcomp = false;
    /// Traffic flow confidentiality (RFC 4303 section 2.7): inner packets in tunnel mode are padded to this
    /// many octets, where the peer takes it; 0: none.
    std::size_t tfc_size = 0;
    /// False: the peer is told ESP_TFC_PADDING_NOT_SUPPORTED (section 1.3.1). We take it all the same.
    bool accept_tfc = true;
    ChildLimits limits;
    DfBit df = DfBit::clear;
    /// More than these are refused with NO_ADDITIONAL_SAS (section 1.3).
    std::size_t most = 256;
};

/// Everything about one peer, or one class of peers (as responder).
struct PeerConfig {
    std::string name = "peer";
    Identity local_id;
    std::optional<Identity> remote_id;  ///< nothing: any that authenticates
    std::shared_ptr<const LocalCredentials> local;
    std::shared_ptr<const RemoteCredentials> remote;
    std::vector<Proposal> ike_proposals = default_proposals(ProtocolId::ike);
    std::vector<Proposal> esp_proposals = default_proposals(ProtocolId::esp);
    std::vector<TrafficSelector> ts_local;
    std::vector<TrafficSelector> ts_remote;
    ChildMode mode = ChildMode::tunnel;
    /// Several kinds of Child SA, in place of the one that the four members before describe. An initiator
    /// asks for all of them, for the first in IKE_AUTH.
    std::vector<ChildConfig> children;
    ChildPolicy child_policy;
    MobikePolicy mobike;
    Timers timers;
    /// ESP in UDP even without a NAT (RFC 7296 section 2.23 permits; needs no root). So that the peer does
    /// the same it is sent a NAT detection hash of our address that cannot match.
    bool udp_encapsulation = false;
    bool send_initial_contact = true;
    std::uint32_t window =
        1;  ///< requests that the peer may have in flight (SET_WINDOW_SIZE, section 2.3), 1 to 64
    Childless childless = Childless::allow;
    std::shared_ptr<const Ppk> ppk;
    bool follow_redirects = true;                 ///< as initiator (RFC 5685)
    std::shared_ptr<const Redirection> redirect;  ///< as responder; nothing: none
    /// As initiator: EAP in the place of our own AUTH (RFC 7296 section 2.16); EAP-TLS takes certificate and
    /// key from `local` and its CAs from `remote`.
    std::shared_ptr<const eap::PeerSettings> eap;
    /// As responder: initiators have to use EAP. `local` needs a certificate, and EAP-TLS CAs in `remote`.
    std::shared_ptr<const eap::ServerSettings> eap_server;
    /// Where both sides say so EAP alone proves the responder too (RFC 5998), with a method that is safe for
    /// it.
    bool eap_only = false;
    /// As initiator: inner addresses to ask for, one of each family named (section 2.19).
    std::vector<Address::Family> request_addresses;
    /// As responder: where inner addresses come from; the peer's traffic selectors are the address it got.
    std::shared_ptr<const AddressPool> pool;
    std::size_t replay_window = 64;
    std::size_t fragment_limit =
        1280;  ///< octets of an IKE datagram with its IP header before it is sent in SKF; 0: never
};

struct EngineConfig {
    std::vector<PeerConfig> peers;  ///< a responder matches them in order; an initiator names one
    bool respond = false;           ///< answer IKE_SA_INIT requests
    std::size_t cookie_threshold =
        64;  ///< half-open SAs from which COOKIE is demanded (RFC 7296 section 2.6); 0: always
    std::size_t half_open_limit = 4096;
    bool trace = false;        ///< emit MessageTrace events
    bool export_keys = false;  ///< emit KeysDerived events
    std::int64_t (*wall_seconds)(Instant) =
        nullptr;                   ///< maps engine time to seconds since the epoch for certificates' validity
    Duration wall_offset{};        ///< used when wall_seconds is null: time of Instant zero since the epoch
    std::uint16_t ike_port = 500;  ///< ours and the peer's in IKE_SA_INIT; tests use high ports
    std::uint16_t nat_port = 4500;  ///< where IKE_AUTH goes on
    std::uint16_t remote_ike_port = 500;
    std::uint16_t remote_nat_port = 4500;
};

}  // namespace ike
