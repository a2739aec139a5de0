#pragma once
// How an initiator comes to its responder: what is tried before it gives up.
#include <optional>
#include <vector>

#include "libike/base/address.hpp"
#include "libike/base/instant.hpp"

namespace ike::engine {

/// Lives from one attempt to the next; each attempt is an IKE SA of its own under one handle.
struct Approach {
    /// Pairs of addresses in the order in which they are tried (RFC 4555 section 3.1), at least one.
    std::vector<Path> paths;
    std::size_t at = 0;              ///< of the one in use
    unsigned round = 0;              ///< through all of them
    unsigned nat_refusals = 0;       ///< UNEXPECTED_NAT_DETECTED in answer to IKE_AUTH (RFC 4555 section 3.9)
    std::vector<Instant> redirects;  ///< when the last of them were followed (RFC 5685 section 7)
    std::optional<Address> redirected_from;  ///< the gateway that sent us here
};

}  // namespace ike::engine
