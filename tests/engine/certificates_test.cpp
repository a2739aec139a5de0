#include "tests/catch.hpp"
#include "tests/engine/pki.hpp"
#include "tests/engine/two_engines.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

constexpr std::chrono::seconds in_2027{1'800'000'000};

std::shared_ptr<const LocalCredentials> local(std::string_view certificate, std::string_view key) {
    auto credentials = std::make_shared<LocalCredentials>();
    credentials->chain = crypto::Certificate::from_pem(certificate).value();
    credentials->private_key.emplace(std::move(crypto::PrivateKey::from_pem(key).value()));
    return credentials;
}
std::shared_ptr<const RemoteCredentials> trusting(std::string_view ca) {
    auto credentials = std::make_shared<RemoteCredentials>();
    credentials->trusted = crypto::Certificate::from_pem(ca).value();
    return credentials;
}

struct Configs {
    EngineConfig initiator = initiator_config();
    EngineConfig responder = responder_config();
    explicit Configs(std::string_view certificate = pki::client_pem, std::string_view key = pki::client_key) {
        initiator.wall_offset = responder.wall_offset = in_2027;
        initiator.peers[0].local = local(certificate, key);
        initiator.peers[0].remote = trusting(pki::ca_pem);
        responder.peers[0].local = local(pki::gateway_pem, pki::gateway_key);
        responder.peers[0].remote = trusting(pki::ca_pem);
    }
    TwoEngines make() { return TwoEngines{std::move(initiator), std::move(responder)}; }
};

}  // namespace

TEST_CASE("both sides prove themselves with certificates", "[engine][certificates][rfc7427]") {
    SECTION("ECDSA") {
        auto two = Configs{}.make();
        REQUIRE(two.establish());
        CHECK(two.responder.last<IkeEstablished>().auth.find("digital signature") != std::string::npos);
    }
    SECTION("RSA") {
        auto two = Configs{pki::rsa_pem, pki::rsa_key}.make();
        REQUIRE(two.establish());
        CHECK(two.responder.last<IkeEstablished>().auth.find("RSA") != std::string::npos);
    }
    SECTION("Ed25519") {
        auto two = Configs{pki::ed25519_pem, pki::ed25519_key}.make();
        REQUIRE(two.establish());
        CHECK(two.responder.last<IkeEstablished>().auth.find("EdDSA") != std::string::npos);
    }
    SECTION("and in fragments") {
        Configs configs;
        configs.initiator.peers[0].fragment_limit = configs.responder.peers[0].fragment_limit = 576;
        auto two = configs.make();
        REQUIRE(two.establish());
        CHECK(two.agree());
    }
}

TEST_CASE("a certificate on one side and a shared secret on the other", "[engine][certificates]") {
    Configs configs;
    const auto psk = psk_peer("client.example", "gateway.example");
    configs.initiator.peers[0].local = psk.local;
    configs.responder.peers[0].remote = psk.remote;
    auto two = configs.make();
    REQUIRE(two.establish());
    CHECK(two.responder.last<IkeEstablished>().auth.find("PSK") != std::string::npos);
}

TEST_CASE("what a certificate does not prove is refused, by either side", "[engine][certificates]") {
    Configs configs;
    SECTION("a CA that the responder does not trust") {
        configs.responder.peers[0].remote = trusting(pki::other_ca_pem);
        auto two = configs.make();
        CHECK_FALSE(two.establish());
        CHECK(two.responder.last<IkeFailed>().failure == Failure::peer_not_authenticated);
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::authentication_failed);
    }
    SECTION("a CA that the initiator does not trust: the responder is told") {
        configs.initiator.peers[0].remote = trusting(pki::other_ca_pem);
        auto two = configs.make();
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::peer_not_authenticated);
        CHECK(two.responder.engine.status().empty());
        CHECK(two.responder.last<IkeFailed>().detail == "the peer refused our AUTH (AUTHENTICATION_FAILED)");
        CHECK(two.initiator.engine.status().empty());
    }
    SECTION("another identity than the certificate's") {
        configs.initiator.peers[0].local_id = Identity::parse("somebody.example").value();
        configs.responder.peers[0].remote_id.reset();
        auto two = configs.make();
        CHECK_FALSE(two.establish());
        CHECK(two.responder.last<IkeFailed>().failure == Failure::peer_not_authenticated);
    }
    SECTION("a time before it is valid") {
        configs.responder.wall_offset = 0s;
        auto two = configs.make();
        CHECK_FALSE(two.establish());
        CHECK(two.responder.last<IkeFailed>().failure == Failure::peer_not_authenticated);
    }
}
