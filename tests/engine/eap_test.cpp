#include "tests/catch.hpp"
#include "tests/engine/eap_configs.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

std::shared_ptr<const Ppk> ppk(std::string_view value) {
    auto made = std::make_shared<Ppk>();
    made->id = to_bytes(std::string_view{"lab"});
    made->secret = secret(value);
    return made;
}

}  // namespace

TEST_CASE("an initiator proves itself by EAP, whichever message is lost", "[engine][eap][rfc7296]") {
    const auto method = GENERATE(EapType::ms_eap, EapType::md5_challenge, EapType::gtc, EapType::tls);
    const auto lost = GENERATE(-1, 2, 3, 4, 6, 7, 9);
    INFO(eap::method_name(method) << ", lost: " << lost);
    auto two = Configs{{method}}.make();
    int count = 0;
    two.filter = [&](Flight&) { return count++ != lost; };
    two.establish();
    two.pass(5s);
    REQUIRE(two.agree());
    REQUIRE(two.initiator.count<ChildEstablished>() == 1);
    const auto& a = *two.initiator.ordered<InstallChild>().front();
    const auto& b = *two.responder.ordered<InstallChild>().front();
    CHECK(equal(a.encr_in, b.encr_out));
    // Whom EAP proved is who the initiator is; what it called itself in IDi proves nothing.
    CHECK(two.responder.sa().remote_id == Identity::parse("client.example").value());
    CHECK(two.initiator.sa().remote_id == Identity::parse("gateway.example").value());
    for (const auto* side : {&two.initiator, &two.responder}) {
        const auto use = side->last<IkeEstablished>().eap;
        REQUIRE(use);
        CHECK(use->method == method);
        CHECK(use->identity == "client.example");
        CHECK_FALSE(use->alone);
        CHECK(side->last<IkeEstablished>().auth.find("digital signature") != std::string::npos);
        CHECK(side->last<IkeEstablished>().auth.find(eap::method_name(method)) != std::string::npos);
    }
    two.give(two.initiator, RekeyIkeSa{two.initiator_sa()});
    two.run();
    CHECK(two.responder.sa().eap);
}

TEST_CASE("EAP's rounds carry what RFC 7296 section 2.16 draws", "[engine][eap][rfc7296][rfc4555]") {
    auto two = Configs{{EapType::ms_eap}}.make();
    REQUIRE(two.establish());
    const auto requests = two.initiator.messages(ExchangeType::ike_auth, true);
    const auto answers = two.responder.messages(ExchangeType::ike_auth, true);
    REQUIRE(requests.size() == 5);  // without AUTH; identity, response, success; AUTH
    CHECK(requests.front().get<AuthPayload>() == nullptr);
    CHECK(requests.front().get<SaPayload>() != nullptr);
    CHECK(requests.front().notify(NotifyType::mobike_supported) != nullptr);
    CHECK(requests.back().get<AuthPayload>()->method == AuthMethod::shared_key_mic);
    CHECK(requests.back().get<SaPayload>() == nullptr);
    CHECK(answers.front().get<AuthPayload>()->method == AuthMethod::digital_signature);
    CHECK(answers.front().get<SaPayload>() == nullptr);
    CHECK(answers.back().get<SaPayload>() != nullptr);
    CHECK(answers.back().get<IdPayload>(PayloadType::idr) == nullptr);
    CHECK(answers.back().notify(NotifyType::mobike_supported) != nullptr);
    CHECK(sent_eap(two.responder).back().code == EapCode::success);
    for (std::size_t i = 0; i < requests.size(); ++i) CHECK(requests[i].header.message_id == i + 1);
}

TEST_CASE("a wrong password ends in EAP Failure, on both sides by that name", "[engine][eap]") {
    const auto method = GENERATE(EapType::ms_eap, EapType::md5_challenge, EapType::gtc);
    Configs configs{{method}};
    configs.client->password = secret("another");
    auto two = configs.make();
    CHECK_FALSE(two.establish());
    CHECK(two.initiator.last<IkeFailed>().failure == Failure::eap_failed);
    CHECK(two.responder.last<IkeFailed>().failure == Failure::eap_failed);
    CHECK(two.responder.last<IkeFailed>().detail ==
          eap::method_name(method) + ": wrong user name or password (user client.example)");
    CHECK(sent_eap(two.responder).back().code == EapCode::failure);
    CHECK(two.initiator.engine.status().empty());
    CHECK(two.responder.engine.status().empty());
}

TEST_CASE("methods are negotiated, or found to have nothing in common", "[engine][eap][rfc3748]") {
    Configs configs{{EapType::gtc, EapType::md5_challenge, EapType::ms_eap}};
    SECTION("the client takes the last of three") {
        configs.client->methods = {EapType::ms_eap};
        auto two = configs.make();
        REQUIRE(two.establish());
        CHECK(two.initiator.sa().eap->method == EapType::ms_eap);
    }
    SECTION("the client takes none") {
        configs.client->methods = {EapType::tls};
        auto two = configs.make();
        CHECK_FALSE(two.establish());
        CHECK(two.responder.last<IkeFailed>().detail.starts_with("the client takes none of our EAP methods"));
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::eap_failed);
    }
}

TEST_CASE("a responder must sign before EAP asks for anything", "[engine][eap][rfc7296]") {
    SECTION("a CA that the initiator does not trust") {
        Configs configs{{EapType::ms_eap}};
        configs.initiator.peers[0].remote = trusting(pki::other_ca_pem);
        auto two = configs.make();
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::peer_not_authenticated);
        CHECK(sent_eap(two.initiator).empty());
    }
    SECTION("another gateway than the one called") {
        Configs configs{{EapType::ms_eap}};
        configs.initiator.peers[0].remote_id = Identity::parse("other.example").value();
        configs.responder.peers[0].local_id = Identity::parse("gateway.example").value();
        auto two = configs.make();
        CHECK_FALSE(two.establish());
        CHECK(sent_eap(two.initiator).empty());
    }
    SECTION("no certificate on the responder") {
        Configs configs{{EapType::ms_eap}};
        configs.responder.peers[0].local = psk_peer("a", "b").local;
        auto two = configs.make();
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::authentication_failed);
    }
}

TEST_CASE("EAP where the other side has something else in mind is refused", "[engine][eap]") {
    SECTION("the responder is not configured for EAP") {
        Configs configs{{EapType::ms_eap}};
        configs.initiator.peers[0].eap = configs.client;
        TwoEngines two{std::move(configs.initiator), std::move(configs.responder)};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::authentication_failed);
        CHECK(two.responder.last<IkeFailed>().detail.find("that uses EAP") != std::string::npos);
    }
    SECTION("the initiator signs though EAP is demanded") {
        Configs configs{{EapType::ms_eap}};
        configs.responder.peers[0].eap_server = configs.server;
        TwoEngines two{std::move(configs.initiator), std::move(configs.responder)};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::authentication_failed);
    }
    SECTION("a server of two kinds tells them apart by the AUTH payload") {
        Configs configs{{EapType::ms_eap}};
        auto certificates = configs.responder.peers[0];
        configs.responder.peers.push_back(std::move(certificates));
        auto two = configs.make();
        REQUIRE(two.establish());
        CHECK(two.responder.sa().eap);
        Configs others{{EapType::ms_eap}};
        others.responder.peers.push_back(others.responder.peers[0]);
        others.responder.peers[0].eap_server = others.server;
        others.initiator.peers[0].local_id = Identity::parse("client.example").value();
        TwoEngines signing{std::move(others.initiator), std::move(others.responder)};
        REQUIRE(signing.establish());
        CHECK_FALSE(signing.responder.sa().eap);
    }
}

TEST_CASE("EAP alone proves both sides where both want that", "[engine][eap][rfc5998]") {
    Configs configs{{EapType::ms_eap, EapType::tls}};
    auto& ours = configs.initiator.peers[0];
    auto& theirs = configs.responder.peers[0];
    SECTION("both do: EAP-TLS, not the password, and no AUTH of the responder before the end") {
        ours.eap_only = theirs.eap_only = true;
        auto two = configs.make();
        REQUIRE(two.establish());
        const auto answers = two.responder.messages(ExchangeType::ike_auth, true);
        CHECK(answers.front().get<AuthPayload>() == nullptr);
        CHECK(answers.front().get<CertPayload>() == nullptr);
        CHECK(two.initiator.last<IkeEstablished>().auth == "EAP-TLS / EAP-TLS");
        CHECK(two.initiator.sa().eap->alone);
        CHECK(two.responder.sa().eap->alone);
    }
    SECTION("only the initiator: the responder signs") {
        ours.eap_only = true;
        auto two = configs.make();
        REQUIRE(two.establish());
        CHECK_FALSE(two.initiator.sa().eap->alone);
        CHECK(two.initiator.sa().eap->method == EapType::ms_eap);
    }
    SECTION("only the responder") {
        theirs.eap_only = true;
        auto two = configs.make();
        REQUIRE(two.establish());
        CHECK_FALSE(two.responder.sa().eap->alone);
    }
    SECTION("no method that would do") {
        ours.eap_only = theirs.eap_only = true;
        configs.server->methods = {EapType::ms_eap};
        auto two = configs.make();
        REQUIRE(two.establish());
        CHECK_FALSE(two.responder.sa().eap->alone);
    }
    SECTION("a server of EAP that is another than the responder") {
        ours.eap_only = theirs.eap_only = true;
        ours.remote_id.reset();
        theirs.local_id = Identity::parse("other.example").value();
        auto two = configs.make();
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().detail.find("does not say other.example") != std::string::npos);
    }
}

TEST_CASE("EAP goes with what else the first exchanges have", "[engine][eap]") {
    const auto method = GENERATE(EapType::ms_eap, EapType::gtc, EapType::tls);
    Configs configs{{method}};
    auto& ours = configs.initiator.peers[0];
    auto& theirs = configs.responder.peers[0];
    SECTION("IKE_INTERMEDIATE: AUTH covers it (RFC 9242)") {
        ours.ike_proposals = theirs.ike_proposals =
            parse_proposals(ProtocolId::ike, "aes128gcm16-prfsha256-x25519-ke1_ecp256").value();
        auto two = configs.make();
        REQUIRE(two.establish());
        CHECK(two.agree());
    }
    SECTION("a PPK: it is in the last AUTH (RFC 8784)") {
        ours.ppk = theirs.ppk = ppk("0123456789abcdef");
        auto two = configs.make();
        REQUIRE(two.establish());
        const auto requests = two.initiator.messages(ExchangeType::ike_auth, true);
        CHECK(requests.front().notify(NotifyType::ppk_identity) == nullptr);
        CHECK(requests.back().notify(NotifyType::ppk_identity) != nullptr);
    }
    SECTION("a PPK that is another") {
        ours.ppk = ppk("0123456789abcdef");
        theirs.ppk = ppk("fedcba9876543210");
        auto two = configs.make();
        CHECK_FALSE(two.establish());
        CHECK(two.responder.last<IkeFailed>().failure == Failure::peer_not_authenticated);
    }
    SECTION("IKE fragments and an address from a pool") {
        ours.fragment_limit = theirs.fragment_limit = 576;
        auto pool = std::make_shared<AddressPool>();
        pool->ranges = {{address("10.98.0.10"), address("10.98.0.19")}};
        theirs.pool = pool;
        ours.request_addresses = {Address::Family::v4};
        auto two = configs.make();
        REQUIRE(two.establish());
        CHECK(two.initiator.sa().inner_addresses == std::vector{address("10.98.0.10")});
    }
}

TEST_CASE("EAP's words of failure reach the initiator's failure", "[engine][eap]") {
    Configs configs{{EapType::ms_eap}};
    configs.server->users.clear();
    configs.server->users.emplace("client.example", secret("not the password"));
    auto two = configs.make();
    CHECK_FALSE(two.establish());
    CHECK(two.initiator.last<IkeFailed>().detail.find("wrong user name or password (E=691)") !=
          std::string::npos);
}

TEST_CASE("an initiator that leaves when it hears of its wrong password has failed all the same",
          "[engine][eap]") {
    Configs configs{{EapType::ms_eap}};
    configs.client->password = secret("another");
    auto two = configs.make();
    int count = 0;
    two.filter = [&](Flight& flight) { return !flight.to_responder || ++count < 5; };
    CHECK_FALSE(two.establish());
    two.pass(4s);
    CHECK(two.responder.last<IkeFailed>().failure == Failure::eap_failed);
    CHECK(two.responder.engine.status().empty());
}

TEST_CASE("an initiator that falls silent in the middle of EAP is forgotten", "[engine][eap][robustness]") {
    Configs configs{{EapType::ms_eap}};
    configs.responder.peers[0].timers.half_open = 10s;
    auto two = configs.make();
    int count = 0;
    two.filter = [&](Flight& flight) { return !flight.to_responder || ++count < 4; };
    CHECK_FALSE(two.establish());
    two.pass(60s);
    CHECK(two.responder.last<IkeFailed>().failure == Failure::half_open_timeout);
    CHECK(two.responder.engine.status().empty());
    CHECK(two.initiator.last<IkeFailed>().failure == Failure::peer_silent);
}
