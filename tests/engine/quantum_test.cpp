#include "tests/catch.hpp"
#include "tests/engine/two_engines.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

EngineConfig with_proposal(EngineConfig config, std::string_view text) {
    config.peers[0].ike_proposals = parse_proposals(ProtocolId::ike, text).value();
    return config;
}
constexpr auto hybrid = "aes128gcm16-prfsha256-x25519-ke1_ecp256-ke2_x448";

std::shared_ptr<const Ppk> ppk(std::string_view id, std::string_view secret, bool required = false) {
    auto made = std::make_shared<Ppk>();
    made->id = to_bytes(id);
    made->secret = SecretBytes{to_bytes(secret)};
    made->required = required;
    return made;
}

}  // namespace

TEST_CASE("additional key exchanges come before IKE_AUTH, each in an IKE_INTERMEDIATE",
          "[engine][rfc9242][rfc9370]") {
    const auto lost = GENERATE(range(-1, 8));
    TwoEngines two{with_proposal(initiator_config(), hybrid), with_proposal(responder_config(), hybrid)};
    int count = 0;
    two.filter = [&](Flight&) { return count++ != lost; };
    two.establish();
    two.pass(5s);
    REQUIRE(two.agree());
    REQUIRE(two.initiator.count<ChildEstablished>() == 1);
    CHECK(two.responder.messages(ExchangeType::ike_intermediate, false).size() == 2);
    CHECK(two.initiator.sa().suite->additional == std::vector{KeId::ecp_256, KeId::x448});
    two.give(two.responder, RekeyIkeSa{two.responder_sa()});
    two.run();
    CHECK(two.agree());
    CHECK(two.initiator.count<IkeRekeyed>() == 1);
}

TEST_CASE("IKE_INTERMEDIATE goes in fragments too", "[engine][rfc9242][rfc7383]") {
    auto ours = with_proposal(initiator_config(), hybrid);
    auto theirs = with_proposal(responder_config(), hybrid);
    ours.peers[0].fragment_limit = theirs.peers[0].fragment_limit = 130;
    const auto lost = GENERATE(-1, 3, 5, 8, 11);
    TwoEngines two{std::move(ours), std::move(theirs)};
    int count = 0;
    two.filter = [&](Flight&) { return count++ != lost; };
    two.establish();
    two.pass(10s);
    CHECK(two.agree());
    CHECK(two.initiator.count<ChildEstablished>() == 1);
}

TEST_CASE("a responder without additional key exchanges is met without them where that is offered",
          "[engine][rfc9370]") {
    auto ours = with_proposal(initiator_config(),
                              "aes128gcm16-prfsha256-x25519-ke1_ecp256,aes128gcm16-prfsha256-x25519");
    TwoEngines two{std::move(ours)};
    REQUIRE(two.establish());
    CHECK(two.initiator.sa().suite->additional.empty());
}

TEST_CASE("IKE_AUTH before the last IKE_INTERMEDIATE is dropped", "[engine][rfc9242][robustness]") {
    TwoEngines two{with_proposal(initiator_config(), hybrid), with_proposal(responder_config(), hybrid)};
    two.filter = [&](Flight& flight) {
        // The exchange type is not what the ICV was made for, but it is looked at first.
        if (flight.to_responder && flight.datagram.octets.size() > 22 && flight.datagram.octets[22] == 43) {
            flight.datagram.octets[22] = 35;
        }
        return true;
    };
    CHECK_FALSE(two.establish());
    CHECK(two.responder.last<Dropped>().reason == "IKE_AUTH when it is not its turn");
}

TEST_CASE("a post-quantum preshared key is used where both have it", "[engine][rfc8784]") {
    auto ours = initiator_config();
    auto theirs = responder_config();
    ours.peers[0].ppk = ppk("lab", "0123456789abcdef0123456789abcdef");
    SECTION("both have the same") {
        theirs.peers[0].ppk = ours.peers[0].ppk;
        TwoEngines two{std::move(ours), std::move(theirs)};
        REQUIRE(two.establish());
        CHECK(two.initiator.messages(ExchangeType::ike_auth, false).back().notify(NotifyType::ppk_identity) !=
              nullptr);
        const auto& a = *two.initiator.ordered<InstallChild>().front();
        const auto& b = *two.responder.ordered<InstallChild>().front();
        CHECK(equal(a.encr_in, b.encr_out));
        two.give(two.initiator, RekeyIkeSa{two.initiator_sa()});
        two.run();
        CHECK(two.agree());
        CHECK(two.initiator.count<IkeRekeyed>() == 1);
    }
    SECTION("the responder knows another: done without") {
        theirs.peers[0].ppk = ppk("other", "something else");
        TwoEngines two{std::move(ours), std::move(theirs)};
        REQUIRE(two.establish());
        CHECK(two.initiator.messages(ExchangeType::ike_auth, false).back().notify(NotifyType::ppk_identity) ==
              nullptr);
        const auto& a = *two.initiator.ordered<InstallChild>().front();
        const auto& b = *two.responder.ordered<InstallChild>().front();
        CHECK(equal(a.encr_in, b.encr_out));
    }
    SECTION("the responder has none: done without") {
        TwoEngines two{std::move(ours), std::move(theirs)};
        CHECK(two.establish());
    }
    SECTION("one is required") {
        theirs.peers[0].ppk = ppk("other", "something else", true);
        TwoEngines two{std::move(ours), std::move(theirs)};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::authentication_failed);
    }
    SECTION("the same name for another secret") {
        theirs.peers[0].ppk = ppk("lab", "something else");
        TwoEngines two{std::move(ours), std::move(theirs)};
        CHECK_FALSE(two.establish());
        CHECK(two.responder.last<IkeFailed>().failure == Failure::peer_not_authenticated);
    }
}
