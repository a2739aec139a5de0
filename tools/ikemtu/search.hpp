#pragma once
// A search in progress: MtuSearch decides, the probes here ask.
#include "tools/ikemtu/rig.hpp"

struct SearchPlan {
    std::size_t least = 576, most = 1500;  ///< octets of an IP packet
    unsigned losses = 3;
    std::optional<ike::Address> ping;
    std::optional<std::size_t> hint;  ///< where the answer may lie
};

/// What a search wants said while it goes on.
struct SearchTalk {
    std::function<void(Quest, std::size_t size, std::string_view became)>
        probe;  ///< "answered", "lost", "fragmented", "refused"
    std::function<void(const IcmpHeard&)> icmp;
};

/// Ends complete, silent, or interrupted (then as far as it got). The error: the tunnel could not be brought
/// up again, or nothing can be sent in it.
ike::Result<Measured> search(Rig& rig, Quest quest, const SearchPlan& plan, const SearchTalk& talk);
