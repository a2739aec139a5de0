// A program that embeds the engine in a loop of its own: two hosts, one wire, no socket and no clock.
#include <cstdio>
#include <deque>

#include "libike/engine/engine.hpp"
#include "libike/sa/traffic_selectors.hpp"

ike::EngineConfig host(const char* id, bool respond) {
    auto secret = std::make_shared<ike::LocalCredentials>();
    auto expected = std::make_shared<ike::RemoteCredentials>();
    secret->psk = ike::SecretBytes{ike::to_bytes(std::string_view{"do not tell"})};
    expected->psk = secret->psk.clone();
    ike::EngineConfig config;
    auto& peer = config.peers.emplace_back();
    peer.local_id = ike::Identity::parse(id).value();
    peer.local = secret, peer.remote = expected;
    peer.ts_local = peer.ts_remote = {ike::everything(ike::Address::Family::v4)};
    config.respond = respond;
    return config;
}

int main() {
    ike::SeededRng rng{1};  // for keys that matter: an Rng over the system's randomness
    ike::Engine client{host("client.example", false), rng}, gateway{host("gateway.example", true), rng};
    int ends = 0;
    ike::Path path{*ike::parse_endpoint("192.0.2.1:500"), *ike::parse_endpoint("203.0.113.2:500")};
    std::deque<std::pair<ike::Engine*, ike::Datagram>> wire;
    const auto run = [&](ike::Engine& from, const ike::Input& input) {
        auto out = from.step(ike::Instant{}, input);  // out.deadline: when to give DeadlinePassed
        for (const auto& event : out.events) ends += std::holds_alternative<ike::IkeEstablished>(event);
        for (auto& [way, octets, carrier] : out.datagrams)  // turned round, as the other end sees them
            wire.push_back({&from == &client ? &gateway : &client, {{way.remote, way.local}, octets}});
    };
    for (run(client, ike::Initiate{0, path}); !wire.empty(); wire.pop_front())
        run(*wire.front().first, ike::Received{wire.front().second});
    std::printf("%d ends have an IKE SA\n", ends);
    return ends == 2 ? 0 : 1;
}
