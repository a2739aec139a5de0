#include "libike/sim/pair.hpp"

#include "tests/catch.hpp"

using namespace ike;
using namespace std::chrono_literals;

namespace {

struct Heard {
    Instant at;
    Endpoint from, to;
    Bytes octets;
    friend bool operator==(const Heard&, const Heard&) = default;
};
/// Every packet of a short life on a bad link.
std::vector<Heard> life(std::uint64_t seed) {
    sim::Setup setup;
    setup.link = {.loss = 0.2, .jitter = 30ms, .duplicate = 0.2, .seed = seed};
    setup.seed = seed;
    sim::Pair pair{std::move(setup)};
    std::vector<Heard> heard;
    pair.network().set_filter([&](Instant now, sim::Packet& packet) {
        heard.push_back({now, packet.from, packet.to, packet.octets});
        return sim::Network::Fate::pass;
    });
    pair.establish();
    pair.run_until_quiet();
    return heard;
}

}  // namespace

TEST_CASE("the same seed gives the same packets, octet for octet", "[sim]") {
    const auto once = life(5);
    REQUIRE(once.size() >= 4);
    CHECK(once == life(5));
    CHECK(once != life(6));
}

TEST_CASE("a pair with nothing to do is quiet, and virtual time passes at no cost", "[sim]") {
    sim::Pair pair;
    REQUIRE(pair.establish());
    CHECK(pair.run_until_quiet() == sim::Ended::done);
    const auto steps = pair.world.steps();
    REQUIRE(pair.world.run_for(24h * 365) == sim::Ended::done);
    CHECK(pair.world.steps() == steps);
    CHECK(pair.initiator.established().size() == 1);
}

TEST_CASE("probes keep their schedule and show what a cut loses", "[sim]") {
    sim::Pair pair{sim::Link{.delay = 10ms}};
    REQUIRE(pair.establish());
    pair.initiator.start_probes(pair.probes(pair.initiator, pair.responder, 10ms));
    REQUIRE(pair.world.run_for(1s) == sim::Ended::done);
    const auto uplink = pair.initiator.addresses().at(0);
    pair.network().cut(uplink);
    REQUIRE(pair.world.run_for(200ms) == sim::Ended::done);
    pair.network().mend(uplink);
    REQUIRE(pair.world.run_for(1s) == sim::Ended::done);
    pair.initiator.stop_probes();
    REQUIRE(pair.world.run_for(100ms) == sim::Ended::done);
    const auto& account = pair.initiator.prober()->account();
    CHECK(account.sent == 221);
    // Those sent in the cut, and those under way when it came.
    CHECK(account.lost() >= 20);
    CHECK(account.lost() <= 23);
    CHECK(account.shortest == Duration{20ms});
    CHECK(account.longest == Duration{20ms});
    CHECK(account.duplicates == 0);
}

TEST_CASE("a run that never ends is told from one that takes long", "[sim]") {
    sim::Pair pair;
    REQUIRE(pair.establish());
    pair.initiator.start_probes(pair.probes(pair.initiator, pair.responder, 1ms));
    pair.world.set_step_limit(100);
    CHECK(pair.world.run_for(1min) == sim::Ended::stuck);
    pair.world.set_step_limit(1'000'000);
    CHECK(pair.world.run_until([] { return false; }, 1s) == sim::Ended::timeout);
}

TEST_CASE("ends of different truths are told apart", "[sim]") {
    sim::Pair pair;
    REQUIRE(pair.establish());
    CHECK(pair.disagreements().empty());
    pair.responder.give(Abandon{pair.responder.ike_sa().id});
    CHECK(pair.disagreements().size() == 1);
    CHECK_FALSE(pair.ping(2));
}
