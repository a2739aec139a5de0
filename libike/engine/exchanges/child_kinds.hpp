#pragma once
// The kinds of Child SA that a peer's configuration knows, and what an offer of the peer comes to under one
// of them: narrowing, mode, and the addresses that NATs change (RFC 7296 sections 1.3.1, 2.9 and 2.23.1).
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// A kind, by reference into the configuration.
struct ChildKind {
    std::string_view name;
    std::span<const TrafficSelector> ts_local, ts_remote;
    std::span<const Proposal> esp_proposals;
    ChildMode mode = ChildMode::tunnel;
};
/// At least one.
std::vector<ChildKind> child_kinds(const PeerConfig& peer);
/// The kind of that name; the first where there is none.
ChildKind child_kind(const PeerConfig& peer, std::string_view name);
/// The kind whose selectors let the packet out, in the order of the configuration; nothing: none does.
std::optional<ChildKind> kind_for(const PeerConfig& peer, const PacketFields& packet);

/// Selectors as one end sees them.
struct Selectors {
    std::vector<TrafficSelector> local, remote;
};
/// Of `wide` what concerns the outer addresses alone, as an offer of transport mode has it; empty where that
/// is nothing.
Selectors between_hosts(const Selectors& wide, const Path& path);
/// Selectors of the peer's message as our addresses stand: where NATs are between, the ends are the IKE SA's
/// (section 2.23.1).
Selectors substituted(const IkeSa& sa, Selectors received);
/// What the peer's addresses were before: of packets to us. Nothing where they stay as they are.
std::optional<OriginalAddresses> original_addresses(const Selectors& received, const Selectors& substituted);

/// What of the peer's offer is acceptable: the selectors and the mode.
struct Acceptable {
    Selectors selectors;
    EspMode mode = EspMode::tunnel;
    std::optional<OriginalAddresses> original;
    bool one_pair_of_several = false;  ///< more would be acceptable in SAs of their own
};
enum class Asked : std::uint8_t { tunnel, transport };
std::expected<Acceptable, Refusal> acceptable(const IkeSa& sa, const ChildKind& kind,
                                              const Selectors& offered, Asked asked);

/// A selector of exactly this packet's local or remote end, protocol and ports.
TrafficSelector packet_selector(const PacketFields& packet, const Address& address, std::uint16_t port);

}  // namespace ike::engine
