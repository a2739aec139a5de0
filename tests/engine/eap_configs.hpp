#pragma once
// Two engines between which EAP proves the initiator.
#include "libike/eap/packet.hpp"
#include "tests/engine/pki.hpp"
#include "tests/engine/two_engines.hpp"

namespace ike::testing {

inline constexpr std::chrono::seconds in_2027{1'800'000'000};

inline std::shared_ptr<const LocalCredentials> local(std::string_view certificate, std::string_view key) {
    auto credentials = std::make_shared<LocalCredentials>();
    credentials->chain = crypto::Certificate::from_pem(certificate).value();
    credentials->private_key.emplace(std::move(crypto::PrivateKey::from_pem(key).value()));
    return credentials;
}
inline std::shared_ptr<const RemoteCredentials> trusting(std::string_view ca) {
    auto credentials = std::make_shared<RemoteCredentials>();
    credentials->trusted = crypto::Certificate::from_pem(ca).value();
    return credentials;
}
inline SecretBytes secret(std::string_view text) { return SecretBytes{to_bytes(text)}; }

/// A client that calls itself by its address, as many do, and a gateway with a certificate.
struct Configs {
    EngineConfig initiator = initiator_config();
    EngineConfig responder = responder_config();
    std::shared_ptr<eap::PeerSettings> client = std::make_shared<eap::PeerSettings>();
    std::shared_ptr<eap::ServerSettings> server = std::make_shared<eap::ServerSettings>();

    explicit Configs(std::vector<EapType> methods) {
        initiator.wall_offset = responder.wall_offset = in_2027;
        auto& ours = initiator.peers[0];
        auto& theirs = responder.peers[0];
        ours.local_id = Identity::parse("192.0.2.1").value();
        ours.local = local(pki::client_pem, pki::client_key);
        ours.remote = trusting(pki::ca_pem);
        theirs.remote_id.reset();
        theirs.local = local(pki::gateway_pem, pki::gateway_key);
        theirs.remote = trusting(pki::ca_pem);
        client->methods = server->methods = std::move(methods);
        client->identity = "client.example";
        client->password = secret("clientPass");
        server->users.emplace("client.example", secret("clientPass"));
    }
    TwoEngines make() {
        initiator.peers[0].eap = client;
        responder.peers[0].eap_server = server;
        return TwoEngines{std::move(initiator), std::move(responder)};
    }
};

/// The EAP packets that a side sent.
inline std::vector<eap::Packet> sent_eap(const Side& side) {
    std::vector<eap::Packet> found;
    for (const auto& message : side.messages(ExchangeType::ike_auth, true)) {
        if (const auto* payload = message.get<EapPayload>())
            found.push_back(eap::parse_packet(payload->message).value());
    }
    return found;
}

}  // namespace ike::testing
