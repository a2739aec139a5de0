#pragma once
// An EAP client and server that hand each other their packets.
#include "libike/eap/peer.hpp"
#include "libike/eap/server.hpp"
#include "tests/engine/pki.hpp"

namespace ike::testing {

/// Certificate and key of one end, and whom it trusts.
struct TlsFiles {
    std::vector<crypto::Certificate> chain, trusted;
    std::optional<crypto::PrivateKey> key;
    TlsFiles(std::string_view certificate, std::string_view key_pem, std::string_view ca = pki::ca_pem)
        : chain{crypto::Certificate::from_pem(certificate).value()},
          trusted{crypto::Certificate::from_pem(ca).value()} {
        key.emplace(std::move(crypto::PrivateKey::from_pem(key_pem).value()));
    }
    eap::TlsEnd end() const { return {chain, &*key, trusted, 1'800'000'000, {}}; }
};

struct Talk {
    eap::PeerSettings client;
    eap::ServerSettings server;
    TlsFiles client_files{pki::client_pem, pki::client_key};
    TlsFiles server_files{pki::gateway_pem, pki::gateway_key};
    std::optional<Identity> expected_server;
    eap::Methods which = eap::Methods::all;
    /// Changes a packet on its way.
    std::function<void(bool to_server, Bytes&)> meddle = [](bool, Bytes&) {};

    // What came of it.
    std::string client_error, server_error;
    bool client_done = false, server_done = false;
    std::optional<EapType> method;
    std::string identity;
    SecretBytes client_msk, server_msk;
    unsigned rounds = 0;
    std::size_t largest = 0;  ///< octets of a packet
    std::vector<Bytes> packets;

    explicit Talk(std::vector<EapType> offered = {EapType::ms_eap},
                  std::vector<EapType> spoken = {EapType::ms_eap}) {
        client.methods = std::move(spoken);
        client.identity = "client.example";
        client.password = SecretBytes{to_bytes(std::string_view{"clientPass"})};
        server.methods = std::move(offered);
        server.users.emplace("client.example", client.password.clone());
    }

    void run() {
        SeededRng rng{7}, other_rng{8};
        auto end = client_files.end();
        end.server = expected_server;
        eap::Peer peer{client, which, end, rng};
        eap::Server authenticator{server, which, server_files.end(), other_rng};
        auto request = authenticator.begin();
        for (; rounds < 300; ++rounds) {
            note(false, request);
            const auto answer = peer.take(request);
            if (!answer) {
                client_error = answer.error().what;
                break;
            }
            client_done = !answer->has_value();
            if (client_done) break;
            auto response = **answer;
            note(true, response);
            auto step = authenticator.take(response);
            server_done = step.kind == eap::Server::Step::Kind::success;
            if (step.kind == eap::Server::Step::Kind::failure) server_error = step.why;
            request = std::move(step.packet);
        }
        method = peer.method();
        identity = authenticator.identity();
        if (client_done) client_msk = peer.msk();
        if (server_done) server_msk = authenticator.msk();
    }
    bool is_agreed() const { return client_done && server_done && equal_secret(client_msk, server_msk); }

private:
    void note(bool to_server, Bytes& packet) {
        meddle(to_server, packet);
        packets.push_back(packet);
        largest = std::max(largest, packet.size());
    }
};

}  // namespace ike::testing
