#pragma once
// One Child SA in the data plane, and the outbound ones by where they lead.
#include <unordered_map>

#include "libike/engine/data_plane.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::data_plane {

/// Both directions of a Child SA.
struct Child {
    esp::Inbound in;
    esp::Outbound out;
    std::vector<TrafficSelector> ts_local, ts_remote;
    std::uint64_t order = 0;  ///< of installation
    ChildTraffic traffic;
};
/// Throws std::invalid_argument for a suite or keys that ESP cannot use.
std::unique_ptr<Child> make_child(InstallChild order, std::uint64_t number);

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
