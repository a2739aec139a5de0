#pragma once
// What one IKE SA remembers for MOBIKE (RFC 4555).
#include <array>
#include <optional>

#include "libike/base/instant.hpp"
#include "libike/mobike/address_set.hpp"

namespace ike::engine {

using NatHash = std::array<std::uint8_t, 20>;

struct MobikeState {
    bool on = false;  ///< both sides sent MOBIKE_SUPPORTED
    std::uint32_t moves =
        0;  ///< counts our own changes of path, so that a late answer is told from the newest
    bool pending_update = false;  ///< the path changed and the peer has not been told
    bool update_in_flight = false;
    bool moved_children = false;  ///< the Child SAs went ahead of the answer
    unsigned refusals = 0;        ///< UNEXPECTED_NAT_DETECTED in a row (section 3.9)
    Path confirmed;    ///< the last path both sides agreed on; Child SAs go back to it when a move fails
    Instant moved_at;  ///< when the newest change was asked for
    mobike::AddressSet peer;   ///< what the peer announced
    std::vector<Address> own;  ///< what we announce
    /// NAT_DETECTION_DESTINATION_IP of the last update's answer: what the peer sees of us (section 3.8).
    std::optional<NatHash> seen_as;
    /// Message IDs of the newest update and list that were applied (sections 3.5 and 3.6).
    std::optional<std::uint32_t> newest_update, newest_list;
};

}  // namespace ike::engine
