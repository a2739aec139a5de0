#pragma once
// What the simulated network carries.
#include "libike/base/address.hpp"
#include "libike/base/instant.hpp"

namespace ike::sim {

/// An IP packet, without its header: from where to where, and what the addressed socket would get.
struct Packet {
    Endpoint from, to;
    Bytes octets;
    Carrier carrier = Carrier::udp;
    std::uint8_t traffic_class = 0;  ///< DSCP and ECN of the outer header
    /// With IP and UDP header.
    std::size_t ip_size() const {
        return octets.size() + (to.address.is_v4() ? 20 : 40) + (carrier == Carrier::udp ? 8 : 0);
    }
};

}  // namespace ike::sim
