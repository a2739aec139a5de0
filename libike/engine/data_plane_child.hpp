#pragma once
// One Child SA in the data plane, and the outbound ones by where they lead.
#include <unordered_map>

#include "libike/engine/data_plane.hpp"
#include "libike/esp/ipcomp.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::data_plane {

/// Both directions of a Child SA.
struct Child {
    esp::Inbound in;
    esp::Outbound out;
    std::vector<TrafficSelector> ts_local, ts_remote;
    std::uint64_t order = 0;  ///< of installation
    ChildTerms terms;
    std::optional<OriginalAddresses> original;
    ChildTraffic traffic;
    ChildLimits limits;
    std::size_t tfc_size = 0;
    DfBit df = DfBit::clear;
    std::size_t largest_datagram = 0;  ///< of ESP on this path; 0: not known
    bool soft_told = false, hard_told = false;
};
/// Throws std::invalid_argument for a suite or keys that ESP cannot use.
std::unique_ptr<Child> make_child(InstallChild order, std::uint64_t number);

/// Room for packets that are made anew, and zlib's state; allocated at first use.
struct Scratch {
    esp::Ipcomp ipcomp;
    Bytes in, out;
};
/// What is inside an authentic packet, judged: the IP packet, in `payload` or in `scratch`.
std::expected<MutableBytes, DataPlane::InFailure> inner_packet(Child& child, Scratch& scratch,
                                                               MutableBytes payload, std::uint8_t next_header,
                                                               std::uint8_t outer_class);
/// What ESP is to carry of an inner packet. Views of the packet or of `scratch`.
struct Outgoing {
    ByteView octets;
    std::uint8_t next_header = 0;
};
std::expected<Outgoing, DataPlane::OutFailure> outgoing(Child& child, Scratch& scratch, ByteView packet);
/// The limit that the SA met now and that was not told yet.
std::optional<LimitReached::Limit> limit_met(Child& child);
/// What the path's MTU leaves for ESP.
void set_path_mtu(Child& child, std::size_t mtu);
/// Whether the packet asks not to be fragmented and is too large for the path (RFC 4301 section 8.2.1).
bool is_too_big(const Child& child, ByteView packet);
/// Whether the outer packet, of `datagram` octets of ESP, may not be fragmented: as the SA says, but never
/// where it would then not arrive.
bool outer_df(const Child& child, ByteView packet, std::size_t datagram);
/// The largest inner packet for the path.
std::optional<std::size_t> inner_mtu(const Child& child, ByteView packet);

/// How narrow the selectors are that let the packet out; nothing: they do not.
std::optional<int> outbound_match(const Child& child, const PacketFields& packet);
/// RFC 4301 section 5.2 step 4: what comes out of an SA must be what the SA is for.
bool inbound_match(const Child& child, const PacketFields& packet);

inline bool is_host(const TrafficSelector& selector) { return selector.start == selector.end; }

/// The outbound SAs by the addresses they lead to: a hash of hosts, so that a gateway with thousands of them
/// looks at few.
class OutboundIndex {
public:
    void add(Child& child) {
        if (!std::ranges::all_of(child.ts_remote, is_host)) {
            ranges_.push_back(&child);
            return;
        }
        for (const auto& selector : child.ts_remote) hosts_.emplace(selector.start, &child);
    }
    void remove(const Child& child) {
        std::erase(ranges_, &child);
        for (const auto& selector : child.ts_remote) {
            const auto [first, last] = hosts_.equal_range(selector.start);
            for (auto at = first; at != last;) at = at->second == &child ? hosts_.erase(at) : std::next(at);
        }
    }
    template <class Visit>
    void each(const Address& destination, Visit&& visit) const {
        const auto [first, last] = hosts_.equal_range(destination);
        for (auto at = first; at != last; ++at) visit(*at->second);
        for (auto* child : ranges_) visit(*child);
    }

private:
    std::unordered_multimap<Address, Child*> hosts_;
    std::vector<Child*> ranges_;
};

}  // namespace ike::data_plane
