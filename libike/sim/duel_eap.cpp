#include "libike/sim/duel_eap.hpp"

#include "libike/eap/settings.hpp"

namespace ike::sim {

namespace {

// Made for this alone with openssl: Ed25519, from 25 November 2026 on, for a hundred years.
constexpr std::string_view ca_pem = R"(-----BEGIN CERTIFICATE-----
MIIBOjCB7aADAgECAhQy5gFLCtts9amySgFRf4/2N0bAITAFBgMrZXAwEjEQMA4G
A1UEAwwHRHVlbCBDQTAgFw0yNjExMjUyMzEwMTlaGA8yMTI2MTEwMTIzMTAxOVow
EjEQMA4GA1UEAwwHRHVlbCBDQTAqMAUGAytlcAMhANA9fJCoxGoDcg7CjL2yeIWE
WymMTzPSVAkXQmrTHaMXo1MwUTAdBgNVHQ4EFgQUgGkJ115l2htQkTskPe05MvZg
+t0wHwYDVR0jBBgwFoAUgGkJ115l2htQkTskPe05MvZg+t0wDwYDVR0TAQH/BAUw
AwEB/zAFBgMrZXADQQCLNFskYnWpgnYD/oLVQu9X446oLX/FhWh+t9ZKfCjpP4BD
VhGqd7dC2cUpjn335DwW0gVs01k/X/0t0I8ynzAM
-----END CERTIFICATE-----
)";
constexpr std::string_view leaf_pem = R"(-----BEGIN CERTIFICATE-----
MIIBbTCCAR+gAwIBAgIUaZKJpXemgePpAgdpyGFhEpOpNPAwBQYDK2VwMBIxEDAO
BgNVBAMMB0R1ZWwgQ0EwIBcNMjYxMTI1MjMxMDE5WhgPMjEyNjExMDEyMzEwMTla
MA8xDTALBgNVBAMMBGR1ZWwwKjAFBgMrZXADIQAM64lZC+gFq6aRubbKlZKs1E66
QHuih9oPVoDA9IcXQ6OBhzCBhDAqBgNVHREEIzAhgg5yb2FtZXIuZXhhbXBsZYIP
Z2F0ZXdheS5leGFtcGxlMAsGA1UdDwQEAwIHgDAJBgNVHRMEAjAAMB0GA1UdDgQW
BBQGJHCNkZ7h/RbysCyuSqTIGsQwGDAfBgNVHSMEGDAWgBSAaQnXXmXaG1CROyQ9
7Tky9mD63TAFBgMrZXADQQAC/Q4GTeRMm4dqbmXVE1rv9pQ/vzQspRfQebG0XSPO
qgCBuRlBbfb9pW+XVnpcnMf860eb4B2X9ReaBpj0QAQK
-----END CERTIFICATE-----
)";
constexpr std::string_view leaf_key = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIEBi0SqjYuRJRegbkZfevjD0uqlwGn60PSVmRdBz8ctM
-----END PRIVATE KEY-----
)";
constexpr std::chrono::seconds in_2027{1'800'000'000};

SecretBytes password_of(std::string_view user) {
    return SecretBytes{to_bytes("the password of " + std::string{user})};
}

}  // namespace

void use_eap(EngineConfig& config, EapType method, std::string_view mine, std::string_view theirs) {
    config.wall_offset = in_2027;
    auto local = std::make_shared<LocalCredentials>();
    local->chain = crypto::Certificate::from_pem(leaf_pem).value();
    local->private_key.emplace(std::move(crypto::PrivateKey::from_pem(leaf_key).value()));
    auto remote = std::make_shared<RemoteCredentials>();
    remote->trusted = crypto::Certificate::from_pem(ca_pem).value();
    auto client = std::make_shared<eap::PeerSettings>();
    client->identity = mine;
    client->password = password_of(mine);
    auto server = std::make_shared<eap::ServerSettings>();
    server->users.emplace(theirs, password_of(theirs));
    client->methods = server->methods = {method};
    auto& peer = config.peers.front();
    peer.local = std::move(local);
    peer.remote = std::move(remote);
    peer.eap = std::move(client);
    peer.eap_server = std::move(server);
}

}  // namespace ike::sim
