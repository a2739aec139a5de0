#pragma once
// Two engines that hand each other their datagrams at once, each on a clock of its own.
#include <deque>
#include <utility>

#include "libike/base/rng.hpp"
#include "libike/engine/engine.hpp"
#include "libike/sa/traffic_selectors.hpp"
#include "tests/bench/stopwatch.hpp"

namespace bench {

/// One engine, its randomness and the CPU it used.
struct Side {
    ike::SeededRng rng;
    ike::Engine engine;
    Stopwatch watch;
    Side(ike::EngineConfig config, std::uint64_t seed) : rng{seed}, engine{std::move(config), rng} {}

    ike::Outbox step(ike::Instant now, const ike::Input& input) {
        return watch.time([&] { return engine.step(now, input); });
    }
};

/// A PSK peer that accepts any address; `ike_proposal` in strongSwan's notation.
inline ike::PeerConfig psk_peer(std::string_view mine, std::string_view theirs,
                                std::string_view ike_proposal) {
    ike::PeerConfig peer;
    auto local = std::make_shared<ike::LocalCredentials>();
    auto remote = std::make_shared<ike::RemoteCredentials>();
    const auto secret = ike::to_bytes(std::string_view{"a secret that is known to everyone"});
    local->psk = ike::SecretBytes{ike::ByteView{secret}};
    remote->psk = ike::SecretBytes{ike::ByteView{secret}};
    peer.local_id = ike::Identity::parse(mine).value();
    peer.remote_id = ike::Identity::parse(theirs).value();
    peer.local = std::move(local);
    peer.remote = std::move(remote);
    peer.ike_proposals = ike::parse_proposals(ike::ProtocolId::ike, ike_proposal).value();
    peer.ts_local = peer.ts_remote = {ike::everything(ike::Address::Family::v4)};
    return peer;
}

/// Carries datagrams from one side to the other until none is left; `on_outbox` sees what each step of either
/// side produced, before it is delivered.
template <class OnOutbox>
void run_until_quiet(Side& initiator, Side& responder, ike::Instant now, ike::Outbox first,
                     OnOutbox&& on_outbox) {
    struct Flight {
        Side* to;
        ike::Datagram datagram;
    };
    std::deque<Flight> wire;
    const auto post = [&](Side& from, ike::Outbox out) {
        on_outbox(from, out);  // as it was sent, while its octets are still there
        Side& to = &from == &initiator ? responder : initiator;
        for (auto& datagram : out.datagrams) {
            std::swap(datagram.path.local, datagram.path.remote);
            wire.push_back({&to, std::move(datagram)});
        }
    };
    post(initiator, std::move(first));
    while (!wire.empty()) {
        auto flight = std::move(wire.front());
        wire.pop_front();
        post(*flight.to, flight.to->step(now, ike::Received{std::move(flight.datagram)}));
    }
}

}  // namespace bench
