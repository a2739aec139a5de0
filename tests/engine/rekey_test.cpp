#include "tests/catch.hpp"
#include "tests/engine/two_engines.hpp"

using namespace ike;
using namespace ike::testing;

TEST_CASE("a Child SA is rekeyed by either side, keeps its handle, and the old one is deleted",
          "[engine][rfc7296]") {
    TwoEngines two;
    REQUIRE(two.establish());
    const bool by_initiator = GENERATE(true, false);
    auto& side = by_initiator ? two.initiator : two.responder;
    const auto before = side.sa().children.front();
    two.give(side, RekeyChildSa{before.id});
    two.run();
    CHECK(two.agree());
    REQUIRE(side.sa().children.size() == 1);
    const auto after = side.sa().children.front();
    CHECK(after.id == before.id);
    CHECK(after.spi_in != before.spi_in);
    CHECK(after.suite.ke == KeId::x25519);
    CHECK(side.last<ChildEstablished>().rekeyed);
    CHECK(side.last<ChildEstablished>().by_us);
    CHECK(side.last<ChildDeleted>().replaced);
    CHECK(side.ordered<PreferChild>().front()->spi_in == after.spi_in);
    CHECK(side.ordered<RemoveChild>().front()->spi_in == before.spi_in);
}

TEST_CASE("a peer without PFS may rekey without a KE payload where a proposal allows it",
          "[engine][rfc7296]") {
    auto config = initiator_config();
    config.peers[0].esp_proposals = parse_proposals(ProtocolId::esp, "aes128gcm16").value();
    TwoEngines two{std::move(config)};
    REQUIRE(two.establish());
    two.give(two.initiator, RekeyChildSa{two.initiator_child()});
    two.run();
    CHECK(two.agree());
    CHECK(two.initiator.sa().children.front().suite.ke == KeId::none);
    CHECK(two.initiator.count<ChildEstablished>() == 2);
}

TEST_CASE("an IKE SA is rekeyed by either side, keeps its handle and its Child SAs", "[engine][rfc7296]") {
    TwoEngines two;
    REQUIRE(two.establish());
    auto& side = GENERATE(true, false) ? two.initiator : two.responder;
    const auto before = side.sa();
    two.give(side, RekeyIkeSa{before.id});
    two.run();
    CHECK(two.agree());
    const auto after = side.sa();
    CHECK(after.id == before.id);
    CHECK(after.spi_i != before.spi_i);
    CHECK(after.children.size() == 1);
    CHECK(after.children.front().spi_in == before.children.front().spi_in);
    CHECK(after.initiator);
    CHECK(side.last<IkeRekeyed>().by_us);
    CHECK(two.initiator.engine.status().size() == 1);
    two.give(two.responder, RekeyChildSa{two.responder_child()});
    two.run();
    CHECK(two.agree());
    CHECK(two.responder.count<IkeFailed>() == 0);
    CHECK(two.initiator.count<IkeFailed>() == 0);
}

TEST_CASE("both sides rekey the same Child SA at once: one successor stays", "[engine][rfc7296][collision]") {
    const auto seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
    TwoEngines two{initiator_config(), responder_config(), seed};
    REQUIRE(two.establish());
    two.give(two.initiator, RekeyChildSa{two.initiator_child()});
    two.give(two.responder, RekeyChildSa{two.responder_child()});
    two.run();
    CHECK(two.agree());
    REQUIRE(two.initiator.sa().children.size() == 1);
    CHECK(two.responder.sa().children.size() == 1);
    CHECK(two.initiator.sa().children.front().id == ChildSaId{1});
    CHECK(two.initiator.ordered<PreferChild>().back()->spi_in == two.initiator.sa().children.front().spi_in);
    CHECK(two.responder.ordered<PreferChild>().back()->spi_in == two.responder.sa().children.front().spi_in);
}

TEST_CASE("both sides rekey the IKE SA at once: one successor stays and has the Child SAs",
          "[engine][rfc7296][collision]") {
    const auto seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
    TwoEngines two{initiator_config(), responder_config(), seed};
    REQUIRE(two.establish());
    two.give(two.initiator, RekeyIkeSa{two.initiator_sa()});
    two.give(two.responder, RekeyIkeSa{two.responder_sa()});
    two.run();
    CHECK(two.agree());
    CHECK(two.initiator.sa().children.size() == 1);
    two.give(two.initiator, CheckLiveness{two.initiator_sa()});
    two.give(two.responder, CheckLiveness{two.responder_sa()});
    two.run();
    CHECK(two.initiator.last<ExchangeDone>().exchange == ExchangeType::informational);
    two.pass(5min);
    CHECK(two.initiator.count<IkeFailed>() == 0);
    CHECK(two.responder.count<IkeFailed>() == 0);
    CHECK(two.agree());
}

TEST_CASE("a rekey of the IKE SA that the other side never saw is forgotten when it deletes the old one",
          "[engine][rfc7296][collision]") {
    TwoEngines two;
    REQUIRE(two.establish());
    // The responder's request is lost until the initiator has finished its own rekey.
    bool lossy = true;
    two.filter = [&](Flight& flight) {
        return !(lossy && !flight.to_responder && two.responder.count<IkeRekeyed>() == 0);
    };
    two.give(two.responder, RekeyIkeSa{two.responder_sa()});
    two.run();
    lossy = false;
    two.give(two.initiator, RekeyIkeSa{two.initiator_sa()});
    two.run();
    two.pass(2min);
    CHECK(two.agree());
    CHECK(two.initiator.sa().children.size() == 1);
    CHECK(two.initiator.count<IkeFailed>() == 0);
    CHECK(two.responder.count<IkeFailed>() == 0);
}

TEST_CASE("a rekey against a rekey of the other kind is put off with TEMPORARY_FAILURE and comes about later",
          "[engine][rfc7296][collision]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.initiator, RekeyChildSa{two.initiator_child()});
    two.give(two.responder, RekeyIkeSa{two.responder_sa()});
    two.run();
    two.pass(2min);
    CHECK(two.agree());
    CHECK(two.initiator.count<IkeRekeyed>() == 1);
    CHECK(two.initiator.count<ChildEstablished>() == 2);
    CHECK(two.initiator.sa().children.size() == 1);
}

TEST_CASE("INVALID_KE_PAYLOAD in CREATE_CHILD_SA leads to another try with the group wanted",
          "[engine][rfc7296]") {
    auto ours = initiator_config();
    ours.peers[0].esp_proposals = parse_proposals(ProtocolId::esp, "aes128gcm16-ecp256-x25519").value();
    ours.peers[0].ike_proposals =
        parse_proposals(ProtocolId::ike, "aes128gcm16-prfsha256-ecp256-x25519").value();
    TwoEngines two{std::move(ours)};
    REQUIRE(two.establish());
    CHECK(two.initiator.sa().suite->ke == KeId::x25519);
    two.give(two.initiator, RekeyChildSa{two.initiator_child()});
    two.run();
    CHECK(two.agree());
    CHECK(two.initiator.sa().children.front().suite.ke == KeId::x25519);
    CHECK(two.initiator.sa().children.size() == 1);
}

TEST_CASE("a rekey of a Child SA that the peer no longer has makes a new one", "[engine][rfc7296]") {
    TwoEngines two;
    REQUIRE(two.establish());
    const auto child = two.initiator_child();
    // The responder's Delete is under way when the initiator asks for a rekey.
    two.give(two.responder, DeleteChildSa{two.responder_child()});
    two.give(two.initiator, RekeyChildSa{child});
    two.run();
    two.pass(1min);
    CHECK(two.agree());
}

TEST_CASE("lifetimes rekey by themselves", "[engine][rfc7296]") {
    auto config = initiator_config();
    config.peers[0].timers.child_rekey = 60s;
    config.peers[0].timers.ike_rekey = 150s;
    TwoEngines two{std::move(config)};
    REQUIRE(two.establish());
    two.pass(400s);
    CHECK(two.agree());
    CHECK(two.initiator.count<IkeRekeyed>() >= 2);
    CHECK(two.initiator.count<ChildEstablished>() >= 6);
    CHECK(two.initiator.sa().children.size() == 1);
}

TEST_CASE("Child SAs and IKE SAs are deleted by either side", "[engine][rfc7296]") {
    TwoEngines two;
    REQUIRE(two.establish());
    auto& side = GENERATE(true, false) ? two.initiator : two.responder;
    two.give(side, DeleteChildSa{side.sa().children.front().id});
    two.run();
    CHECK(two.initiator.sa().children.empty());
    CHECK(two.responder.sa().children.empty());
    CHECK(two.initiator.count<ChildDeleted>() == 1);
    CHECK(two.responder.count<ChildDeleted>() == 1);
    two.give(side, CreateChildSa{side.sa().id, {}, {}});
    two.run();
    CHECK(two.agree());
    CHECK(side.sa().children.size() == 1);
    two.give(side, DeleteIkeSa{side.sa().id});
    two.run();
    CHECK(two.initiator.engine.status().empty());
    CHECK(two.responder.engine.status().empty());
    CHECK(two.responder.ordered<RemoveChild>().size() == 2);
}

TEST_CASE("both sides delete the same Child SA, and the same IKE SA, at once",
          "[engine][rfc7296][collision]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.initiator, DeleteChildSa{two.initiator_child()});
    two.give(two.responder, DeleteChildSa{two.responder_child()});
    two.run();
    CHECK(two.initiator.sa().children.empty());
    CHECK(two.responder.sa().children.empty());
    two.give(two.initiator, DeleteIkeSa{two.initiator_sa()});
    two.give(two.responder, DeleteIkeSa{two.responder_sa()});
    two.run();
    two.pass(3min);
    CHECK(two.initiator.engine.status().empty());
    CHECK(two.responder.engine.status().empty());
}
