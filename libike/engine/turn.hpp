#pragma once
// What one step has at hand: the time, the randomness, the other SAs and the Outbox.
#include "libike/base/rng.hpp"
#include "libike/engine/config.hpp"
#include "libike/engine/events.hpp"

namespace ike::engine {

class SaTable;

struct Turn {
    Instant now;
    const EngineConfig& config;
    Rng& rng;
    SaTable& table;
    Outbox& out;

    void say(Event event) { out.events.push_back(std::move(event)); }
    /// Built in place: `change` is one of DataPlaneChange's kinds.
    template <class Change>
    void order(Change change) {
        out.data_plane.emplace_back(std::move(change));
    }
};

/// Whether IKE messages on this path begin with the non-ESP marker (RFC 7296 section 2.23): those between the
/// ports for NAT traversal, whatever numbers those have here. Our own port decides where it is one of the
/// two.
bool has_marker(const EngineConfig& config, const Path& path);

/// Sends an IKE message, with the marker where the path has one.
void send_message(Turn& turn, const Path& to, ByteView octets);

}  // namespace ike::engine
