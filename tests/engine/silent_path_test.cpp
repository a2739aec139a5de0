#include "tests/catch.hpp"
#include "tests/engine/two_engines.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

const Address cell = address("198.51.100.7");

}  // namespace

TEST_CASE("a silent new path ends the move, and the IKE SA, by name", "[engine][mobike]") {
    TwoEngines two;
    REQUIRE(two.establish());
    two.filter = [](Flight&) { return false; };
    two.give(two.initiator, MoveTo{two.initiator_sa(), cell, {}});
    two.pass(5min);
    CHECK(two.initiator.last<MoveFailed>().failure == Failure::peer_silent);
    CHECK(two.initiator.last<IkeFailed>().failure == Failure::peer_silent);
    CHECK(two.initiator.engine.status().empty());
}

TEST_CASE("a path that falls silent is left for another pair of addresses that answers",
          "[engine][mobike][M9][M35]") {
    auto ours = initiator_config();
    auto theirs = responder_config();
    ours.peers[0].mobike.additional = {cell};
    theirs.peers[0].mobike.additional = {address("203.0.113.3")};
    TwoEngines two{std::move(ours), std::move(theirs)};
    REQUIRE(two.establish());
    const bool only_other_remote = GENERATE(false, true);
    two.filter = [&](Flight& flight) {
        const auto& path = flight.datagram.path;
        const auto& here = flight.to_responder ? path.remote : path.local;
        const auto& there = flight.to_responder ? path.local : path.remote;
        return here.address == cell && (!only_other_remote || there.address == address("203.0.113.3"));
    };
    two.give(two.initiator, CheckLiveness{two.initiator_sa()});
    two.pass(30s);
    CHECK(two.initiator.count<IkeFailed>() == 0);
    CHECK(two.initiator.sa().path.local.address == cell);
    CHECK(two.responder.sa().path.remote.address == cell);
    CHECK(two.responder.ordered<MoveChild>().back()->path == two.responder.sa().path);
    CHECK(two.initiator.ordered<MoveChild>().back()->path == two.initiator.sa().path);
    CHECK(two.agree());
}
