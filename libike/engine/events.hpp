#pragma once
// What an engine is told (Input) and what it answers (Outbox).
#include <variant>

#include "libike/base/instant.hpp"
#include "libike/registry/eap_type.hpp"
#include "libike/sa/auth.hpp"
#include "libike/sa/key_log.hpp"
#include "libike/sa/redirect.hpp"
#include "libike/sa/traffic_selectors.hpp"
#include "libike/wire/message.hpp"

namespace ike {

/// Handles, counted from 1 and never used again. An IKE SA keeps its handle when it is rekeyed; so does a
/// Child SA.
enum class IkeSaId : std::uint32_t { none = 0 };
enum class ChildSaId : std::uint32_t { none = 0 };

// ---- in
// -----------------------------------------------------------------------------------------------------

/// An IKE datagram came in, non-ESP marker included where the port calls for one. (ESP goes to the
/// DataPlane.)
struct Received {
    Datagram datagram;
};
/// The time given as `deadline` by the last Outbox has come. Harmless at any time.
struct DeadlinePassed {};
/// Begin an IKE SA with peer `peer` (index into EngineConfig::peers) on `path` (ports: ike_port or whatever
/// the caller binds).
struct Initiate {
    std::size_t peer = 0;
    Path path;
    /// More pairs of addresses, tried in this order and then once more from the first where IKE_SA_INIT is
    /// not answered (RFC 4555 section 3.1).
    std::vector<Path> others{};
};
/// The local address of an IKE SA is to change (as initiator: UPDATE_SA_ADDRESSES from there; as responder:
/// the new address list, RFC 4555 section 3.6). `remote` only where the peer's other address is to be used.
struct MoveTo {
    IkeSaId ike_sa{};
    Address local;
    std::optional<Address> remote;
};
/// Our other addresses changed: a new list goes to the peer.
struct AnnounceAddresses {
    IkeSaId ike_sa{};
    std::vector<Address> additional;
};
struct CheckLiveness {
    IkeSaId ike_sa{};
};
struct RekeyIkeSa {
    IkeSaId ike_sa{};
};
struct RekeyChildSa {
    ChildSaId child{};
};
struct CreateChildSa {
    IkeSaId ike_sa{};
    std::vector<TrafficSelector> ts_local;  ///< empty: the peer's configuration
    std::vector<TrafficSelector> ts_remote;
    std::string name = {};  ///< ChildConfig::name; empty: the first
};
/// No Child SA has selectors for an inner packet of ours. Where a peer's configuration has, and its IKE SA
/// stands, a Child SA is asked for, the packet's own selectors first (RFC 7296 section 2.9). Nothing happens
/// while such a request is on its way, or where the responder narrowed what was asked for and takes no more.
struct PacketWaits {
    PacketFields packet;
};
struct DeleteChildSa {
    ChildSaId child{};
};
struct DeleteIkeSa {
    IkeSaId ike_sa{};
};
/// An INFORMATIONAL request with these payloads, whatever they are.
struct SendInformational {
    IkeSaId ike_sa{};
    std::vector<Payload> payloads;
};
/// The data plane received valid ESP on this Child SA from `path` (at least when the path changed, and once a
/// second): proof of life, and a NAT's new mapping.
struct InboundEsp {
    std::uint32_t spi = 0;
    Path path;
};
/// A Child SA carried as much as it may (ChildLimits): the data plane says so once for each.
struct LimitReached {
    std::uint32_t spi_in = 0;
    enum class Limit : std::uint8_t {
        soft,  ///< it is rekeyed
        hard,  ///< it is deleted
    } limit{};
};
/// As responder: the initiator is to go to another gateway (RFC 5685 section 5). It deletes the IKE SA when
/// it has gone.
struct RedirectPeer {
    IkeSaId ike_sa{};
    GatewayName gateway;
};
/// Forget an IKE SA without a word to the peer.
struct Abandon {
    IkeSaId ike_sa{};
};
/// An ICMP error came about a datagram of ours (libike/io: IP_RECVERR). Anyone can forge one: it leads to a
/// liveness check of the IKE SAs between these two addresses, now and then, and to nothing else (RFC 4555
/// section 3.5, RFC 7296 section 2.4).
struct IcmpError {
    Path path;  ///< of the datagram that met it; an unspecified local address stands for any
};

using Input = std::variant<Received, DeadlinePassed, Initiate, MoveTo, AnnounceAddresses, CheckLiveness,
                           RekeyIkeSa, RekeyChildSa, CreateChildSa, PacketWaits, DeleteChildSa, DeleteIkeSa,
                           SendInformational, InboundEsp, LimitReached, Abandon, IcmpError, RedirectPeer>;

// ---- out
// ----------------------------------------------------------------------------------------------------

enum class IkeState : std::uint8_t { init_sent, init_answered, auth_sent, established, deleting, gone };
std::string_view to_string(IkeState state);

enum class EspMode : std::uint8_t { tunnel, transport };
std::string_view to_string(EspMode mode);

/// What was agreed on for a Child SA beside suite and selectors.
struct ChildTerms {
    std::string name;  ///< ChildConfig::name
    EspMode mode = EspMode::tunnel;
    /// IPComp with DEFLATE (RFC 2394) by the CPIs that each end chose for packets to it.
    struct Ipcomp {
        std::uint16_t cpi_in = 0, cpi_out = 0;
    };
    std::optional<Ipcomp> ipcomp;
    bool peer_takes_tfc = true;    ///< no ESP_TFC_PADDING_NOT_SUPPORTED came
    bool later_fragments = false;  ///< both sides sent NON_FIRST_FRAGMENTS_ALSO
    /// As initiator: the responder would take more selectors in an SA of their own (ADDITIONAL_TS_POSSIBLE).
    bool additional_ts = false;
};

/// Why an IKE SA, a Child SA or a command came to nothing.
enum class Failure : std::uint8_t {
    peer_silent,  ///< retransmissions used up
    no_proposal_chosen,
    invalid_ke,              ///< the peer insists on a group we do not have, or loops
    authentication_failed,   ///< the peer refused ours (AUTHENTICATION_FAILED)
    peer_not_authenticated,  ///< we refused the peer's
    ts_unacceptable,
    cookie2_mismatch,  ///< RFC 4555 section 3.7
    unacceptable_addresses,
    unexpected_nat,
    eap_failed,  ///< EAP Failure, sent or received, or a conversation that does not hold (RFC 7296
                 ///< section 2.16)
    invalid_syntax,
    peer_deleted,  ///< a Delete from the peer
    half_open_timeout,
    not_possible,  ///< a command that does not fit the state
    expired,       ///< the hard limit of its life
    other_notify,  ///< any other error notify; see `notify`
    local,         ///< our own request to stop
    redirected,    ///< to a gateway that we do not go to (RFC 5685)
};
std::string_view to_string(Failure failure);

/// The EAP that proved an initiator.
struct EapUse {
    EapType method{};
    std::string identity;  ///< whom it proved
    bool alone = false;    ///< it proved the responder too (RFC 5998)
};
struct IkeStateChanged {
    IkeSaId ike_sa{};
    IkeState state{};
    std::string detail;
};
struct IkeEstablished {
    IkeSaId ike_sa{};
    IkeSpi spi_i = 0, spi_r = 0;
    bool initiator = false;
    Path path;
    Identity local_id, remote_id;
    IkeSuite suite;
    std::string auth;  ///< how each side proved itself, for people
    std::optional<EapUse> eap;
    bool mobike = false;
    bool nat_local = false, nat_remote = false;
    std::vector<Address> peer_additional;
    std::vector<Address>
        inner_addresses;  ///< ours as assigned by the responder, or what we assigned to the initiator
    std::vector<ConfigurationAttribute> configuration;  ///< of the CFG_REPLY
};
struct IkeRekeyed {
    IkeSaId ike_sa{};
    IkeSpi spi_i = 0, spi_r = 0;
    bool by_us = false;
};
struct ChildEstablished {
    IkeSaId ike_sa{};
    ChildSaId child{};
    std::uint32_t spi_in = 0, spi_out = 0;
    EspSuite suite;
    std::vector<TrafficSelector> ts_local, ts_remote;
    bool rekeyed = false;  ///< replaces the SA of the same handle
    bool by_us = false;
    ChildTerms terms;
};
struct ChildDeleted {
    IkeSaId ike_sa{};
    ChildSaId child{};
    std::uint32_t spi_in = 0, spi_out = 0;
    bool replaced = false;  ///< the old half of a rekey; the handle lives on
};
/// An exchange we started came to its answer.
struct ExchangeDone {
    IkeSaId ike_sa{};
    ExchangeType exchange{};
    std::uint32_t message_id = 0;
    Duration round_trip{};  ///< first sending to answer
    unsigned attempts = 1;
    std::vector<NotifyType> notifies;  ///< in the answer
};
struct Retransmitted {
    IkeSaId ike_sa{};
    ExchangeType exchange{};
    std::uint32_t message_id = 0;
    unsigned attempt = 0;
    Path path;
};
/// The addresses of an IKE SA and all its Child SAs changed.
struct Moved {
    IkeSaId ike_sa{};
    Path from, to;
    bool by_us = false;
    bool udp_encapsulation = false;  ///< of ESP from now on
    bool nat_local = false, nat_remote = false;
    Duration round_trip{};         ///< of the update, where we sent it
    std::optional<bool> returned;  ///< COOKIE2 came back right (nothing: not asked)
};
/// An update that did not come about; the SA stays where it was.
struct MoveFailed {
    IkeSaId ike_sa{};
    Path wanted;
    Failure failure{};
    std::string detail;
};
/// The peer's mapping or our own, as NAT detection sees it, changed.
struct NatChanged {
    IkeSaId ike_sa{};
    bool nat_local = false, nat_remote = false;
};
struct PeerAddresses {
    IkeSaId ike_sa{};
    std::vector<Address> additional;
};
/// The responder sends us to another gateway (RFC 5685). Where it is followed a new attempt begins, under the
/// same handle while there is no IKE SA yet.
struct Redirected {
    IkeSaId ike_sa{};
    Address from;
    GatewayName to;
    bool followed = false;  ///< false: IkeFailed or Dropped says why not
};
struct IkeFailed {
    IkeSaId ike_sa{};
    Failure failure{};
    std::optional<NotifyType> notify;  ///< as the peer sent it, or as it is owed
    std::string detail;                ///< for people: what was attempted, what happened
};
struct ChildFailed {
    IkeSaId ike_sa{};
    ChildSaId child{};  ///< none for one that never came about
    Failure failure{};
    std::optional<NotifyType> notify;
    std::string detail;
};
/// A datagram that led nowhere: why it was dropped.
struct Dropped {
    Path path;
    std::string reason;
};
/// Every IKE message in or out, opened (EngineConfig::trace).
struct MessageTrace {
    IkeSaId ike_sa{};  ///< none where no SA was found
    bool sent = false;
    bool retransmission = false;
    Path path;
    Message message;  ///< payloads of SK in place of the SK payload where it could be opened
    bool opened = false;
};
/// EngineConfig::export_keys.
struct KeysDerived {
    KeyRecord record;
};

using Event = std::variant<IkeStateChanged, IkeEstablished, IkeRekeyed, ChildEstablished, ChildDeleted,
                           ExchangeDone, Retransmitted, Moved, MoveFailed, NatChanged, PeerAddresses,
                           Redirected, IkeFailed, ChildFailed, Dropped, MessageTrace, KeysDerived>;

/// How much a Child SA may carry in one direction before it is rekeyed (soft) or deleted (hard, RFC 4301
/// section 4.4.2.1); 0: as much as it can. A soft limit comes up to a tenth earlier, so that both ends do not
/// rekey at once.
struct ChildLimits {
    std::uint64_t soft_octets = 0, hard_octets = 0;  ///< of inner packets
    std::uint64_t soft_packets = 0, hard_packets = 0;
};

/// The "don't fragment" bit of the outer header (RFC 4301 section 8.1).
enum class DfBit : std::uint8_t {
    clear,
    set,
    copy,  ///< from the inner IPv4 header; of IPv6, which no router fragments: set
};
/// The addresses of packets to us as their sender sees them, where NATs changed them: what its checksums
/// cover (RFC 3948 section 3.1.2).
struct OriginalAddresses {
    Address source, destination;
};
/// A Child SA for the data plane: both directions. Replaces nothing; an old one is removed on its own.
struct InstallChild {
    IkeSaId ike_sa{};
    ChildSaId child{};
    std::uint32_t spi_in = 0, spi_out = 0;
    EspSuite suite;
    SecretBytes encr_in, integ_in, encr_out, integ_out;
    std::vector<TrafficSelector> ts_local, ts_remote;
    Path path;
    bool udp_encapsulation = false;
    std::size_t replay_window = 64;
    ChildTerms terms;
    std::optional<OriginalAddresses> original;  ///< transport mode through NATs
    std::size_t tfc_size = 0;                   ///< of inner packets that are padded, 0: none
    ChildLimits limits;
    DfBit df = DfBit::clear;
};
/// New outer addresses; keys, windows and sequence numbers go on.
struct MoveChild {
    std::uint32_t spi_in = 0;
    Path path;
    bool udp_encapsulation = false;
};
/// Outbound traffic of the handle now takes the SA with this inbound SPI (after a rekey).
struct PreferChild {
    std::uint32_t spi_in = 0;
};
struct RemoveChild {
    std::uint32_t spi_in = 0;
};
using DataPlaneChange = std::variant<InstallChild, MoveChild, PreferChild, RemoveChild>;

/// All that one step produced. `deadline` is when DeadlinePassed wants to be given; nothing: no timer runs.
struct Outbox {
    std::vector<Datagram> datagrams;
    std::vector<DataPlaneChange> data_plane;
    std::vector<Event> events;
    std::optional<Instant> deadline;
};

}  // namespace ike
