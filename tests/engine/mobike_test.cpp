#include "libike/sa/notify_data.hpp"
#include "tests/catch.hpp"
#include "tests/engine/two_engines.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

const Address wifi = address("192.0.2.1");
const Address cell = address("198.51.100.7");
const Address third = address("198.51.100.99");

/// What address translation does to datagrams from `inside`, and back: a port is moved by `shift`.
struct Nat {
    Address inside, outside;
    std::uint16_t shift = 0;
    bool operator()(Flight& flight) const {
        auto& path = flight.datagram.path;
        const auto moved = [&](Endpoint& end, const Address& from, const Address& to, int by) {
            if (end.address == from) end = {to, static_cast<std::uint16_t>(end.port + by)};
        };
        if (flight.to_responder)
            moved(path.remote, inside, outside, shift);
        else
            moved(path.local, outside, inside, -shift);
        return true;
    }
};

}  // namespace

TEST_CASE("an IKE SA and its Child SA follow the initiator to a new address", "[engine][mobike][rfc4555]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.run();
    const auto ours = two.initiator.last<Moved>();
    CHECK(ours.by_us);
    CHECK(ours.to.local.address == cell);
    CHECK(ours.returned == true);
    const auto theirs = two.responder.last<Moved>();
    CHECK_FALSE(theirs.by_us);
    CHECK(theirs.to.remote.address == cell);
    CHECK(theirs.returned == true);
    CHECK(two.responder.sa().path.remote.address == cell);
    const auto& child = two.responder.ordered<MoveChild>();
    REQUIRE(child.size() == 1);
    CHECK(child.front()->path.remote.address == cell);
    CHECK(two.initiator.ordered<MoveChild>().front()->path.local.address == cell);
    CHECK(two.agree());
    CHECK(two.initiator.count<IkeEstablished>() == 1);
}

TEST_CASE("the responder moves no Child SA before the new address returned its COOKIE2",
          "[engine][mobike][M23]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.deliver_one();  // the update
    CHECK(two.responder.sa().path.remote.address == cell);
    CHECK(two.responder.ordered<MoveChild>().empty());
    two.run();
    CHECK(two.responder.ordered<MoveChild>().size() == 1);
    const auto probes = two.responder.messages(ExchangeType::informational, true);
    CHECK(std::ranges::count_if(probes, [](const Message& each) {
              return !each.header.is_response() && each.notify(NotifyType::cookie2) != nullptr;
          }) == 1);
}

TEST_CASE("a policy lets the responder move Child SAs on the update alone", "[engine][mobike][M23]") {
    auto config = responder_config();
    config.peers[0].mobike.return_routability = false;
    TwoEngines two{initiator_config(), std::move(config)};
    REQUIRE(two.establish());
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.deliver_one();
    CHECK(two.responder.ordered<MoveChild>().size() == 1);
}

TEST_CASE("COOKIE2 of any length is returned as it came", "[engine][mobike][M24]") {
    TwoEngines two;
    REQUIRE(two.establish());
    for (const std::size_t size : {8u, 16u, 64u}) {
        two.initiator.forget();
        two.give(two.initiator,
                 SendInformational{two.initiator_sa(), {notify(NotifyType::cookie2, Bytes(size, 7))}});
        two.run();
        const auto answers = two.initiator.messages(ExchangeType::informational, false);
        REQUIRE(answers.size() == 1);
        CHECK(answers.front().notify(NotifyType::cookie2)->data == Bytes(size, 7));
    }
}

TEST_CASE("every Child SA moves, both directions", "[engine][mobike][M18]") {
    TwoEngines two;
    REQUIRE(two.establish());
    for (int i = 0; i < 2; ++i) {
        two.give(two.initiator, CreateChildSa{two.initiator_sa(), {}, {}});
        two.run();
    }
    REQUIRE(two.responder.sa().children.size() == 3);
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.run();
    CHECK(two.responder.ordered<MoveChild>().size() == 3);
    CHECK(two.initiator.ordered<MoveChild>().size() == 3);
}

TEST_CASE("two moves inside one round trip end at the second address", "[engine][mobike][M12]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.give(two.initiator, MoveTo{two.initiator_sa(), third, {}});
    two.run();
    CHECK(two.initiator.sa().path.local.address == third);
    CHECK(two.responder.sa().path.remote.address == third);
    CHECK(two.initiator.last<Moved>().to.local.address == third);
    CHECK(two.responder.last<Moved>().to.remote.address == third);
    CHECK(two.responder.ordered<MoveChild>().back()->path.remote.address == third);
    CHECK(two.initiator.count<Moved>() == 1);
    CHECK_FALSE(two.initiator.sa().nat_local);
    CHECK_FALSE(two.responder.sa().nat_remote);
}

TEST_CASE(
    "a move while a request waits for its answer: the request goes on from the new address, then the update",
    "[engine][mobike][M10][M11]") {
    TwoEngines two;
    REQUIRE(two.establish());
    bool blocked = true;
    two.filter = [&](Flight&) { return !blocked; };
    two.give(two.initiator, RekeyIkeSa{two.initiator_sa()});
    two.run();
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.run();
    blocked = false;
    two.initiator.forget();
    two.pass(3s);
    CHECK(two.initiator.count<IkeRekeyed>() == 1);
    CHECK(two.responder.sa().path.remote.address == cell);
    CHECK(two.initiator.last<Moved>().to.local.address == cell);
    CHECK(two.agree());
}

TEST_CASE("an address pair that policy refuses leaves everything where it was",
          "[engine][mobike][M15][M16]") {
    auto config = responder_config();
    config.peers[0].mobike.refused = {parse_selector("198.51.100.0/24").value()};
    TwoEngines two{initiator_config(), std::move(config)};
    REQUIRE(two.establish());
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.run();
    CHECK(two.initiator.last<MoveFailed>().failure == Failure::unacceptable_addresses);
    CHECK(two.initiator.sa().path.local.address == wifi);
    CHECK(two.responder.sa().path.remote.address == wifi);
    CHECK(two.responder.ordered<MoveChild>().empty());
    CHECK(two.initiator.ordered<MoveChild>().back()->path.local.address == wifi);
    two.give(two.initiator, CheckLiveness{two.initiator_sa()});
    two.run();
    CHECK(two.initiator.sa().state == IkeState::established);
}

TEST_CASE("a move behind a NAT turns UDP encapsulation on, and the way back turns it off",
          "[engine][mobike][M17]") {
    TwoEngines two;
    REQUIRE(two.establish());
    CHECK_FALSE(two.initiator.sa().udp_encapsulation);
    two.filter = Nat{cell, address("203.0.113.99"), 20000};
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.run();
    CHECK(two.initiator.sa().nat_local);
    CHECK(two.responder.sa().nat_remote);
    CHECK(two.initiator.ordered<MoveChild>().back()->udp_encapsulation);
    CHECK(two.responder.ordered<MoveChild>().back()->udp_encapsulation);
    CHECK(two.responder.sa().path.remote == Endpoint{address("203.0.113.99"), 24500});
    two.give(two.initiator, MoveTo{two.initiator_sa(), wifi, {}});
    two.run();
    CHECK_FALSE(two.initiator.sa().nat_local);
    CHECK_FALSE(two.initiator.ordered<MoveChild>().back()->udp_encapsulation);
    CHECK_FALSE(two.responder.ordered<MoveChild>().back()->udp_encapsulation);
    CHECK(two.agree());
}

TEST_CASE("a NAT's new mapping is noticed by liveness and repaired by an update", "[engine][mobike][M29]") {
    TwoEngines two;
    Nat nat{wifi, address("203.0.113.99"), 20000};
    two.filter = [&](Flight& flight) { return nat(flight); };
    REQUIRE(two.establish());
    REQUIRE(two.initiator.sa().nat_local);
    two.give(two.initiator, CheckLiveness{two.initiator_sa()});
    two.run();
    two.initiator.forget();
    two.give(two.initiator, CheckLiveness{two.initiator_sa()});
    two.run();
    CHECK(two.initiator.count<Moved>() == 0);  // nothing changed: no update
    nat.shift = 30000;
    two.give(two.initiator, CheckLiveness{two.initiator_sa()});
    two.run();
    CHECK(two.initiator.count<Moved>() == 1);
    CHECK(two.responder.sa().path.remote.port == 34500);
    CHECK(two.responder.ordered<MoveChild>().back()->path.remote.port == 34500);
}

TEST_CASE("with MOBIKE the responder does not follow the source of IKE packets",
          "[engine][mobike][M31][M35]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.filter = [](Flight& flight) {
        if (flight.to_responder) flight.datagram.path.remote.port = 61001;
        return true;
    };
    two.give(two.initiator, SendInformational{two.initiator_sa(), {}});
    two.run();
    CHECK(two.responder.sa().path.remote.port == 4500);
    CHECK(two.responder.ordered<MoveChild>().empty());
    CHECK(two.initiator.last<ExchangeDone>().exchange == ExchangeType::informational);
}

TEST_CASE("without MOBIKE the side that is not behind a NAT follows the other's mapping",
          "[engine][rfc7296]") {
    auto config = initiator_config();
    config.peers[0].mobike.enabled = false;
    TwoEngines two{std::move(config)};
    Nat nat{wifi, address("203.0.113.99"), 20000};
    two.filter = [&](Flight& flight) { return nat(flight); };
    REQUIRE(two.establish());
    CHECK_FALSE(two.responder.sa().mobike);
    nat.shift = 30000;
    two.give(two.initiator, CheckLiveness{two.initiator_sa()});
    two.run();
    CHECK(two.responder.sa().path.remote.port == 34500);
    CHECK(two.responder.ordered<MoveChild>().back()->path.remote.port == 34500);
}

TEST_CASE("a move is refused where the peer does not speak MOBIKE", "[engine][mobike][M2]") {
    auto config = responder_config();
    config.peers[0].mobike.enabled = false;
    TwoEngines two{initiator_config(), std::move(config)};
    REQUIRE(two.establish());
    CHECK_FALSE(two.initiator.sa().mobike);
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    CHECK(two.initiator.last<MoveFailed>().failure == Failure::not_possible);
    CHECK(two.wire.empty());
}

TEST_CASE("additional addresses are told in IKE_AUTH by both sides and replaced as a whole later",
          "[engine][mobike][M6][M19]") {
    auto ours = initiator_config();
    ours.peers[0].mobike.additional = {cell, third, address("2001:db8::7")};
    auto theirs = responder_config();
    theirs.peers[0].mobike.additional = {address("203.0.113.3")};
    TwoEngines two{std::move(ours), std::move(theirs)};
    REQUIRE(two.establish());
    CHECK(two.responder.sa().peer_additional == std::vector{cell, third, address("2001:db8::7")});
    CHECK(two.initiator.sa().peer_additional == std::vector{address("203.0.113.3")});
    two.give(two.initiator, AnnounceAddresses{two.initiator_sa(), {cell}});
    two.run();
    CHECK(two.responder.sa().peer_additional == std::vector{cell});
    two.give(two.responder, AnnounceAddresses{two.responder_sa(), {}});
    two.run();
    CHECK(two.initiator.sa().peer_additional.empty());
    CHECK(two.initiator.last<PeerAddresses>().additional.empty());
}

TEST_CASE("a NAT where none is allowed is answered with UNEXPECTED_NAT_DETECTED",
          "[engine][mobike][M32][M33][M34]") {
    auto ours = initiator_config();
    auto theirs = responder_config();
    ours.peers[0].mobike.no_nats_allowed = theirs.peers[0].mobike.no_nats_allowed = true;
    TwoEngines two{std::move(ours), std::move(theirs)};
    REQUIRE(two.establish());
    const auto auth = two.responder.messages(ExchangeType::ike_auth, false);
    REQUIRE(auth.size() == 1);
    REQUIRE(auth.front().notify(NotifyType::no_nats_allowed) != nullptr);
    CHECK(auth.front().notify(NotifyType::no_nats_allowed)->data.size() == 12);
    two.filter = Nat{cell, address("203.0.113.99"), 20000};
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.run();
    CHECK(two.initiator.last<MoveFailed>().failure == Failure::unexpected_nat);
    const auto updates = two.responder.messages(ExchangeType::informational, false);
    CHECK(updates.size() == 6);  // as often as a request is sent again
    CHECK(two.initiator.sa().path.local.address == wifi);
    CHECK(two.responder.sa().path.remote.address == wifi);
    CHECK(two.agree());
}

TEST_CASE("the responder's new address is told to the initiator, who then moves there",
          "[engine][mobike][M9][M22]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.responder, MoveTo{two.responder_sa(), address("203.0.113.3"), {}});
    two.run();
    CHECK(two.initiator.sa().path.remote.address == address("203.0.113.3"));
    CHECK(two.responder.sa().path.local.address == address("203.0.113.3"));
    CHECK(two.initiator.ordered<MoveChild>().back()->path.remote.address == address("203.0.113.3"));
    CHECK(two.agree());
}

TEST_CASE("a path test from another address is answered there and changes nothing",
          "[engine][mobike][M35][M41]") {
    TwoEngines two;
    REQUIRE(two.establish());
    Endpoint answered;
    two.filter = [&](Flight& flight) {
        if (flight.to_responder)
            flight.datagram.path.remote.address = cell;
        else
            answered = flight.datagram.path.local;
        return true;
    };
    two.give(two.initiator, CheckLiveness{two.initiator_sa()});
    two.deliver_one();
    two.filter(two.wire.front());
    CHECK(answered.address == cell);
    CHECK(two.responder.sa().path.remote.address == wifi);
}

TEST_CASE("the Child SAs of a rekey after a move use the new addresses", "[engine][mobike][M43][M5]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.run();
    two.give(two.responder, RekeyChildSa{two.responder_child()});
    two.run();
    CHECK(two.initiator.ordered<InstallChild>().back()->path.local.address == cell);
    CHECK(two.responder.ordered<InstallChild>().back()->path.remote.address == cell);
    two.give(two.responder, RekeyIkeSa{two.responder_sa()});
    two.run();
    CHECK(two.initiator.sa().path.local.address == cell);
    two.give(two.initiator, MoveTo{two.initiator_sa(), wifi, {}});
    two.run();
    CHECK(two.responder.sa().path.remote.address == wifi);
    CHECK(two.responder.ordered<MoveChild>().back()->path.remote.address == wifi);
    CHECK(two.agree());
}

TEST_CASE("only the first initiator decides on paths, also after a rekey by the responder",
          "[engine][mobike][A4.4]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.responder, RekeyIkeSa{two.responder_sa()});
    two.run();
    REQUIRE(two.agree());
    CHECK_FALSE(two.initiator.sa().initiator);
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.run();
    CHECK(two.responder.sa().path.remote.address == cell);
    CHECK(two.initiator.last<Moved>().by_us);
}

TEST_CASE("NAT detection in a liveness check is answered in kind", "[engine][mobike][M28]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.initiator, CheckLiveness{two.initiator_sa()});
    two.run();
    const auto answers = two.initiator.messages(ExchangeType::informational, false);
    REQUIRE(answers.size() == 1);
    CHECK(answers.front().notify(NotifyType::nat_detection_source_ip) != nullptr);
    CHECK(answers.front().notify(NotifyType::nat_detection_destination_ip) != nullptr);
}

TEST_CASE("from IPv4 to IPv6 and back", "[engine][mobike][M39]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.give(two.initiator, MoveTo{two.initiator_sa(), address("2001:db8::1"), address("2001:db8:ffff::2")});
    two.run();
    CHECK(two.responder.sa().path.remote.address == address("2001:db8::1"));
    CHECK(two.initiator.last<Moved>().to.remote.address == address("2001:db8:ffff::2"));
    two.give(two.initiator, MoveTo{two.initiator_sa(), wifi, address("203.0.113.2")});
    two.run();
    CHECK(two.responder.sa().path.remote.address == wifi);
    CHECK(two.agree());
}
