#pragma once
// Which path each IKE SA uses, packet by packet. A message elsewhere moves nothing by itself: initiators try
// paths with empty INFORMATIONAL requests before they move to one (RFC 4555 section 3.10).
#include <map>
#include <optional>
#include <unordered_map>

#include "libike/capture/observation.hpp"

namespace ike {

/// The two ends of an IKE SA: its original initiator's and its responder's.
struct PathEnds {
    Endpoint initiator, responder;
    friend auto operator<=>(const PathEnds&, const PathEnds&) = default;
};

/// What it remembers is bounded.
class PathFollower {
public:
    struct Change {
        IkeSpi initiator_spi{};
        PathEnds path;
    };
    /// A change that this packet shows: the answer to UPDATE_SA_ADDRESSES, any other exchange than
    /// INFORMATIONAL that is answered elsewhere, or ESP or keepalives of the initiator on a path that IKE has
    /// tried.
    std::optional<Change> add(const Observation& seen);

private:
    struct State {
        PathEnds path;
        std::optional<std::uint32_t> update;  ///< Message ID of the latest UPDATE_SA_ADDRESSES request
    };
    std::optional<Change> add_ike(const Observation& seen);
    std::optional<Change> add_traffic(const Packet& packet);
    std::optional<Change> move(IkeSpi spi, State& state, const PathEnds& to);
    void note_trial(IkeSpi spi, const PathEnds& path);

    std::unordered_map<IkeSpi, State> sas_;
    std::map<PathEnds, IkeSpi> trials_;  ///< ports 0 for native ESP
};

}  // namespace ike
