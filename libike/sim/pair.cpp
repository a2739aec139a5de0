#include "libike/sim/pair.hpp"

#include <stdexcept>

#include "libike/sa/traffic_selectors.hpp"

namespace ike::sim {

namespace {

constexpr std::string_view inner_initiator = "10.1.0.0/16,2001:db8:1::/48";
constexpr std::string_view inner_responder = "10.2.0.0/16,2001:db8:2::/48";

SecretBytes shared_secret() {
    const auto text = to_bytes(std::string_view{"a secret that is known to everyone"});
    return SecretBytes{ByteView{text}};
}

HostSettings host(std::string name, EngineConfig config, std::uint64_t seed, std::vector<Address> addresses,
                  std::vector<Address> inner) {
    return {std::move(name), std::move(config), seed, std::move(addresses), std::move(inner)};
}

}  // namespace

std::vector<Address> Setup::addresses(std::string_view text) {
    std::vector<Address> found;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto address = Address::parse(text.substr(0, comma));
        if (!address) throw std::invalid_argument{"not an address: " + std::string{text.substr(0, comma)}};
        found.push_back(*address);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return found;
}

PeerConfig psk_peer(std::string_view local_id, std::string_view remote_id) {
    PeerConfig peer;
    auto local = std::make_shared<LocalCredentials>();
    auto remote = std::make_shared<RemoteCredentials>();
    local->psk = shared_secret();
    remote->psk = shared_secret();
    peer.local_id = Identity::parse(local_id).value();
    peer.remote_id = Identity::parse(remote_id).value();
    peer.local = std::move(local);
    peer.remote = std::move(remote);
    peer.ike_proposals = parse_proposals(ProtocolId::ike, "aes128gcm16-prfsha256-x25519").value();
    peer.esp_proposals = parse_proposals(ProtocolId::esp, "aes128gcm16").value();
    peer.timers.liveness = Duration{};
    peer.timers.nat_keepalive = Duration{};
    return peer;
}

EngineConfig initiator_config() {
    EngineConfig config;
    config.peers.push_back(psk_peer("roamer.example", "gateway.example"));
    config.peers[0].ts_local = parse_selectors(inner_initiator).value();
    config.peers[0].ts_remote = parse_selectors(inner_responder).value();
    return config;
}

EngineConfig responder_config() {
    EngineConfig config;
    config.respond = true;
    config.peers.push_back(psk_peer("gateway.example", "roamer.example"));
    config.peers[0].ts_local = parse_selectors(inner_responder).value();
    config.peers[0].ts_remote = parse_selectors(inner_initiator).value();
    return config;
}

Pair::Pair(Setup setup)
    : world{setup.link},
      initiator{world.add(host("initiator", std::move(setup.initiator), setup.seed * 2,
                               std::move(setup.initiator_addresses), std::move(setup.initiator_inner)))},
      responder{world.add(host("responder", std::move(setup.responder), setup.seed * 2 + 1,
                               std::move(setup.responder_addresses), std::move(setup.responder_inner)))} {}

bool Pair::establish(Duration limit) {
    initiator.initiate(responder.addresses().at(0));
    const auto both = [&] { return !initiator.established().empty() && !responder.established().empty(); };
    if (world.run_until(both, limit) != Ended::done) return false;
    // What is still under way (a repeated answer, say) arrives; timers are none of our business here.
    return world.run_until([&] { return world.network().is_empty(); }, limit) == Ended::done;
}

inner::Prober::Settings Pair::probes(const Host& from, const Host& to, Duration interval,
                                     Address::Family family) const {
    inner::Prober::Settings settings;
    settings.source = *from.inner_address(family);
    settings.destination = *to.inner_address(family);
    settings.interval = interval;
    return settings;
}

bool Pair::ping(Host& from, Host& to, unsigned attempts, Address::Family family) {
    from.start_probes(probes(from, to, std::chrono::seconds{1}, family));
    const auto answered = [&] { return from.prober()->account().answered > 0; };
    const auto ended = world.run_until(answered, std::chrono::seconds{1} * attempts);
    from.stop_probes();
    return ended == Ended::done;
}

bool Pair::ping(unsigned attempts, Address::Family family) {
    return ping(initiator, responder, attempts, family) && ping(responder, initiator, attempts, family);
}

}  // namespace ike::sim
