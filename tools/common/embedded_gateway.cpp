#include "tools/common/embedded_gateway.hpp"

#include "libike/io/system_rng.hpp"
#include "libike/sa/traffic_selectors.hpp"

using namespace ike;

namespace {

/// Inner addresses of documentation networks (RFC 5737): nothing real is shadowed.
constexpr auto* client_inner = "192.0.2.1/32";
constexpr auto* gateway_inner = "198.51.100.1/32";

Result<PeerConfig> peer(const CommonOptions& options, std::string_view own, std::string_view others,
                        ByteView secret) {
    PeerConfig peer;
    auto local_id = Identity::parse(own);
    auto remote_id = Identity::parse(others);
    if (!local_id) return std::unexpected{local_id.error()};
    if (!remote_id) return std::unexpected{remote_id.error()};
    peer.name = others;
    peer.local_id = *local_id;
    peer.remote_id = *remote_id;
    auto local = std::make_shared<LocalCredentials>();
    local->psk = SecretBytes{secret};
    auto remote = std::make_shared<RemoteCredentials>();
    remote->psk = SecretBytes{secret};
    peer.local = std::move(local);
    peer.remote = std::move(remote);
    peer.udp_encapsulation = true;  // native ESP would need root
    if (!options.proposal.empty()) {
        auto proposals = parse_proposals(ProtocolId::ike, options.proposal);
        if (!proposals) return std::unexpected{proposals.error()};
        peer.ike_proposals = std::move(*proposals);
    }
    if (!options.esp_proposal.empty()) {
        auto proposals = parse_proposals(ProtocolId::esp, options.esp_proposal);
        if (!proposals) return std::unexpected{proposals.error()};
        peer.esp_proposals = std::move(*proposals);
    }
    return peer;
}

std::vector<TrafficSelector> selectors(std::string_view text) {
    auto parsed = parse_selectors(text);
    return parsed ? std::move(*parsed) : std::vector<TrafficSelector>{};
}

}  // namespace

Result<EmbeddedGateway> EmbeddedGateway::open(io::Loop& loop, const CommonOptions& options) {
    const auto loopback = Address::v4({127, 0, 0, 1});
    Bytes secret(32);
    if (options.seed)
        SeededRng{*options.seed}.fill(secret);
    else
        io::SystemRng{}.fill(secret);
    auto own = peer(options, "gateway.example", "client.example", secret);
    auto other = peer(options, "client.example", "gateway.example", secret);
    if (!own) return std::unexpected{own.error()};
    if (!other) return std::unexpected{other.error()};
    own->ts_local = other->ts_remote = selectors(gateway_inner);
    own->ts_remote = other->ts_local = selectors(client_inner);
    io::SessionConfig config;
    config.engine.peers.push_back(std::move(*own));
    config.engine.respond = true;
    config.engine.ike_port = 0;
    config.engine.nat_port = 0;
    config.local = {loopback};
    config.native_esp = io::NativeEsp::never;
    config.inner = io::InnerHost{};
    // Another stream than the client's, or both would draw the same nonces.
    if (options.seed) config.seed = *options.seed ^ 0x67617465776179;
    config.application = "ike-toolkit";
    auto session = io::Session::open(loop, std::move(config));
    if (!session) return std::unexpected{session.error()};
    Profile client;
    client.peer = std::move(*other);
    client.gateway = to_string(loopback);
    client.gateway_port = session->engine().config().ike_port;
    client.gateway_nat_port = session->engine().config().nat_port;
    client.force_udp = true;
    return EmbeddedGateway{std::move(*session), std::move(client)};
}

std::string EmbeddedGateway::text() const {
    return to_string(Endpoint{Address::v4({127, 0, 0, 1}), client_.gateway_port});
}
