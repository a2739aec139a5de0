#include "tests/catch.hpp"
#include "tests/engine/two_engines.hpp"

using namespace ike;
using namespace ike::testing;

TEST_CASE("under load the responder demands a COOKIE and keeps nothing before it is returned",
          "[engine][rfc7296]") {
    auto config = responder_config();
    config.cookie_threshold = 0;
    TwoEngines two{initiator_config(), std::move(config)};
    two.give(two.initiator, Initiate{0, two.path});
    two.deliver_one();
    CHECK(two.responder.engine.status().empty());
    two.run();
    CHECK(two.initiator.count<ChildEstablished>() == 1);
    const auto requests = two.initiator.messages(ExchangeType::ike_sa_init, true);
    REQUIRE(requests.size() == 2);
    CHECK(requests[1].payloads.front().type == PayloadType::notify);
    CHECK(requests[1].notify(NotifyType::cookie)->data.size() == 33);
}

TEST_CASE("a COOKIE of another address, of another nonce or of an old secret is not taken",
          "[engine][rfc7296]") {
    auto config = responder_config();
    config.cookie_threshold = 0;
    TwoEngines two{initiator_config(), std::move(config)};
    two.give(two.initiator, Initiate{0, two.path});
    two.deliver_one();
    two.deliver_one();
    auto retry = two.wire.front();
    two.wire.clear();
    SECTION("another address") { retry.datagram.path.remote.address = address("198.51.100.1"); }
    SECTION("an old secret") {
        two.now += 3min;
        two.give(two.responder, DeadlinePassed{});
    }
    two.wire.push_back(retry);
    two.deliver_one();
    CHECK(two.responder.engine.status().empty());
    REQUIRE(two.wire.size() == 1);  // another COOKIE
}

TEST_CASE("INVALID_KE_PAYLOAD leads to a second IKE_SA_INIT with the group wanted", "[engine][rfc7296]") {
    auto ours = initiator_config();
    ours.peers[0].ike_proposals =
        parse_proposals(ProtocolId::ike, "aes128gcm16-prfsha256-ecp256-x25519").value();
    auto theirs = responder_config();
    theirs.cookie_threshold = GENERATE(0u, 64u);
    TwoEngines two{std::move(ours), std::move(theirs)};
    REQUIRE(two.establish());
    CHECK(two.initiator.sa().suite->ke == KeId::x25519);
}

TEST_CASE("a late second INVALID_KE_PAYLOAD does not end an attempt that has changed its group already",
          "[engine][rfc7296]") {
    auto ours = initiator_config();
    ours.peers[0].ike_proposals =
        parse_proposals(ProtocolId::ike, "aes128gcm16-prfsha256-ecp256-x25519").value();
    TwoEngines two{std::move(ours), responder_config()};
    two.give(two.initiator, Initiate{0, two.path});
    REQUIRE(two.wire.size() == 1);
    two.wire.push_back(two.wire.front());  // the first request twice: each is answered
    two.run();
    CHECK(two.initiator.sa().state == IkeState::established);
    CHECK(two.agree());
}

TEST_CASE("what is not acceptable is told by name", "[engine][rfc7296]") {
    auto ours = initiator_config();
    SECTION("no IKE proposal") {
        ours.peers[0].ike_proposals = parse_proposals(ProtocolId::ike, "aes256-sha512-modp2048").value();
        TwoEngines two{std::move(ours)};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::no_proposal_chosen);
        CHECK(two.initiator.engine.status().empty());
        CHECK(two.responder.engine.status().empty());
    }
    SECTION("no ESP proposal: the IKE SA stands") {
        ours.peers[0].esp_proposals = parse_proposals(ProtocolId::esp, "aes256-sha512").value();
        TwoEngines two{std::move(ours)};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<ChildFailed>().failure == Failure::no_proposal_chosen);
        CHECK(two.initiator.sa().state == IkeState::established);
        CHECK(two.agree());
    }
    SECTION("traffic selectors") {
        auto theirs = responder_config();
        theirs.peers[0].ts_local = {parse_selector("10.0.0.0/8").value()};
        ours.peers[0].ts_remote = {parse_selector("192.168.0.0/16").value()};
        TwoEngines two{std::move(ours), std::move(theirs)};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<ChildFailed>().failure == Failure::ts_unacceptable);
    }
    SECTION("another secret") {
        ours.peers[0] = psk_peer("client.example", "gateway.example", "another secret");
        TwoEngines two{std::move(ours)};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::authentication_failed);
        CHECK(two.responder.last<IkeFailed>().failure == Failure::peer_not_authenticated);
        CHECK(two.responder.engine.status().empty());
    }
    SECTION("another identity than called") {
        ours.peers[0] = psk_peer("client.example", "other.example");
        TwoEngines two{std::move(ours)};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::authentication_failed);
    }
}

TEST_CASE("narrowed traffic selectors are what both ends have", "[engine][rfc7296]") {
    auto theirs = responder_config();
    theirs.peers[0].ts_local = {parse_selector("10.2.0.0/16").value()};
    TwoEngines two{initiator_config(), std::move(theirs)};
    REQUIRE(two.establish());
    CHECK(to_string(two.initiator.sa().children.front().ts_remote) == "10.2.0.0/16");
    CHECK(to_string(two.responder.sa().children.front().ts_local) == "10.2.0.0/16");
}

TEST_CASE("every message may be lost or come twice", "[engine][rfc7296]") {
    const auto lost = GENERATE(range(0, 4));
    TwoEngines two;
    int count = 0;
    two.filter = [&](Flight&) { return count++ != lost; };
    CHECK_FALSE(two.establish());
    two.pass(5s);
    CHECK(two.agree());
    CHECK(two.initiator.count<ChildEstablished>() == 1);
    CHECK(two.initiator.count<Retransmitted>() == 1);
}

TEST_CASE("a repeated request gets the same octets again and changes nothing", "[engine][rfc7296]") {
    TwoEngines two;
    std::vector<Flight> requests;
    std::vector<Bytes> answers;
    two.filter = [&](Flight& flight) {
        if (flight.to_responder)
            requests.push_back(flight);
        else
            answers.push_back(flight.datagram.octets);
        return true;
    };
    REQUIRE(two.establish());
    two.give(two.initiator, RekeyChildSa{two.initiator_child()});
    two.run();
    const auto rekey = requests[2];
    const auto answered = answers[2];
    const auto before = two.responder.count<ChildEstablished>();
    const auto last = requests.back();
    requests.clear();
    answers.clear();
    two.wire.push_back(last);
    two.wire.push_back(rekey);  // below the window by now
    two.run();
    CHECK(answers.size() == 1);
    CHECK(two.responder.count<ChildEstablished>() == before);
}

TEST_CASE("a silent responder is given up on after the last wait", "[engine][rfc7296]") {
    TwoEngines two;
    two.filter = [](Flight&) { return false; };
    two.give(two.initiator, Initiate{0, two.path});
    two.pass(3min);
    CHECK(two.initiator.last<IkeFailed>().failure == Failure::peer_silent);
    CHECK(two.initiator.count<Retransmitted>() == 5);
    CHECK(two.initiator.engine.status().empty());
    CHECK_FALSE(two.initiator.deadline);
}

TEST_CASE("liveness checks run by themselves and find a dead peer", "[engine][rfc7296]") {
    auto config = initiator_config();
    config.peers[0].timers.liveness = 10s;
    TwoEngines two{std::move(config)};
    REQUIRE(two.establish());
    two.pass(35s);
    CHECK(two.initiator.count<ExchangeDone>() == 2 + 3);
    // ESP that comes in is proof enough.
    for (int i = 0; i < 5; ++i) {
        two.give(two.initiator, InboundEsp{two.initiator.sa().children[0].spi_in, two.initiator.sa().path});
        two.pass(8s);
    }
    CHECK(two.initiator.count<ExchangeDone>() == 2 + 3);
    // On another path it proves nothing (RFC 4555 section 3.12).
    auto elsewhere = two.initiator.sa().path;
    elsewhere.remote.address = address("203.0.113.77");
    two.give(two.initiator, InboundEsp{two.initiator.sa().children[0].spi_in, elsewhere});
    two.pass(5s);
    CHECK(two.initiator.count<ExchangeDone>() == 2 + 4);
    two.filter = [](Flight&) { return false; };
    two.pass(3min);
    CHECK(two.initiator.last<IkeFailed>().failure == Failure::peer_silent);
}

TEST_CASE("a responder with MOBIKE is patient for five minutes", "[engine][mobike][M36]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.filter = [](Flight&) { return false; };
    two.give(two.responder, CheckLiveness{two.responder_sa()});
    two.pass(4min);
    CHECK(two.responder.count<IkeFailed>() == 0);
    two.pass(2min);
    CHECK(two.responder.last<IkeFailed>().failure == Failure::peer_silent);
}

TEST_CASE("half-open IKE SAs are bounded and forgotten", "[engine][robustness]") {
    auto config = responder_config();
    config.cookie_threshold = 1000;
    config.half_open_limit = 20;
    TwoEngines two{initiator_config(), std::move(config)};
    two.filter = [](Flight& flight) { return flight.to_responder; };
    for (int i = 0; i < 30; ++i) two.give(two.initiator, Initiate{0, two.path});
    two.run();
    CHECK(two.responder.engine.status().size() == 20);
    two.pass(31s);
    CHECK(two.responder.engine.status().empty());
    CHECK(two.responder.count<IkeFailed>() == 20);
}

TEST_CASE("a critical payload that is not known refuses the request; one that is not critical is passed over",
          "[engine][rfc7296][C10]") {
    TwoEngines two;
    REQUIRE(two.establish());
    Payload odd;
    odd.type = static_cast<PayloadType>(200);
    odd.critical = true;
    odd.body = Opaque{Bytes{1, 2, 3}};
    two.give(two.initiator, SendInformational{two.initiator_sa(), {odd}});
    two.run();
    auto answer = two.initiator.messages(ExchangeType::informational, false).back();
    REQUIRE(answer.notify(NotifyType::unsupported_critical_payload) != nullptr);
    CHECK(answer.notify(NotifyType::unsupported_critical_payload)->data == Bytes{200});
    odd.critical = false;
    two.give(two.initiator, SendInformational{two.initiator_sa(), {odd}});
    two.run();
    answer = two.initiator.messages(ExchangeType::informational, false).back();
    CHECK(answer.payloads.empty());
    CHECK(two.responder.sa().state == IkeState::established);
}

TEST_CASE("a datagram with a changed octet changes nothing", "[engine][robustness]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.filter = [&](Flight& flight) {
        flight.datagram.octets[flight.datagram.octets.size() / 2] ^= 1;
        return true;
    };
    two.give(two.initiator, RekeyChildSa{two.initiator_child()});
    two.run();
    CHECK(two.responder.sa().children.size() == 1);
    CHECK(two.responder.sa().expected_request == 2);
    two.filter = {};
    two.pass(5s);
    CHECK(two.agree());
    CHECK(two.responder.count<ChildEstablished>() == 2);
}

TEST_CASE("versions are named: IKEv1 dropped, later ones refused with INVALID_MAJOR_VERSION",
          "[engine][rfc7296]") {
    TwoEngines two;
    two.give(two.initiator, Initiate{0, two.path});
    auto flight = two.wire.front();
    two.wire.clear();
    flight.datagram.octets[17] = 0x30;
    two.give(two.responder, Received{flight.datagram});
    REQUIRE(two.wire.size() == 1);
    const auto answer = parse_message(two.wire.front().datagram.octets);
    REQUIRE(answer);
    CHECK(answer->notify(NotifyType::invalid_major_version) != nullptr);
    two.wire.clear();
    flight.datagram.octets[17] = 0x10;
    two.give(two.responder, Received{flight.datagram});
    CHECK(two.wire.empty());
    CHECK(two.responder.last<Dropped>().reason == "IKE version 1.0");
}

TEST_CASE("large messages go in fragments, lost ones are sent again", "[engine][rfc7383]") {
    auto ours = initiator_config();
    auto theirs = responder_config();
    ours.peers[0].fragment_limit = theirs.peers[0].fragment_limit = 200;
    TwoEngines two{std::move(ours), std::move(theirs)};
    int count = 0;
    const auto lost = GENERATE(-1, 2, 3, 5, 6);
    two.filter = [&](Flight& flight) {
        if (flight.datagram.path.local.port == 4500) CHECK(flight.datagram.octets.size() + 28 <= 200);
        return count++ != lost;
    };
    two.establish();
    two.pass(5s);
    CHECK(two.agree());
    CHECK(two.initiator.count<ChildEstablished>() == 1);
    CHECK(count > 6);
}

TEST_CASE("a seeded run repeats octet for octet", "[engine]") {
    const auto run = [] {
        TwoEngines two;
        std::vector<Bytes> all;
        two.filter = [&](Flight& flight) {
            all.push_back(flight.datagram.octets);
            return true;
        };
        two.establish();
        two.give(two.initiator, RekeyIkeSa{two.initiator_sa()});
        two.run();
        return all;
    };
    CHECK(run() == run());
}

TEST_CASE("INITIAL_CONTACT ends the other IKE SAs between the two", "[engine][rfc7296]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.initiator, Abandon{two.initiator_sa()});
    two.give(two.initiator, Initiate{0, two.path});
    two.run();
    CHECK(two.responder.engine.status().size() == 1);
    CHECK(two.responder.last<IkeFailed>().failure == Failure::peer_deleted);
    CHECK(two.agree());
}

TEST_CASE("the last answer of an IKE SA is repeated when it was lost", "[engine][rfc7296]") {
    auto ours = initiator_config();
    SECTION("to a Delete") {
        TwoEngines two{std::move(ours)};
        REQUIRE(two.establish());
        int count = 0;
        two.filter = [&](Flight&) { return count++ != 1; };
        two.give(two.initiator, DeleteIkeSa{two.initiator_sa()});
        two.run();
        CHECK(two.initiator.engine.status().size() == 1);
        two.pass(1s);
        CHECK(two.initiator.engine.status().empty());
        CHECK(two.initiator.count<IkeFailed>() == 0);
    }
    SECTION("to an IKE_AUTH with a wrong secret") {
        ours.peers[0] = psk_peer("client.example", "gateway.example", "another secret");
        TwoEngines two{std::move(ours)};
        int count = 0;
        two.filter = [&](Flight&) { return count++ != 3; };
        two.give(two.initiator, Initiate{0, two.path});
        two.pass(1s);
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::authentication_failed);
    }
}
