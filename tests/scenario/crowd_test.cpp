// Many who only begin: a responder under a flood of IKE_SA_INIT requests (RFC 7296 section 2.6).
#include <set>

#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

/// IKE_SA_INIT requests as one initiator makes them, each with SPI and source of its own.
class Flood {
public:
    explicit Flood(sim::Pair& pair) : pair_{pair} {
        // A real request to copy from: caught and kept from arriving.
        pair_.network().set_filter([&](Instant, sim::Packet& packet) {
            model_ = packet;
            return sim::Network::Fate::drop;
        });
        pair_.initiator.initiate(pair_.responder.addresses()[0]);
        pair_.network().set_filter({});
        pair_.initiator.give(Abandon{pair_.initiator.engine().status().at(0).id});
    }
    void send(std::uint32_t number) {
        auto packet = model_;
        packet.from.address =
            Address::v4({100, 64, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
        for (std::size_t i = 0; i < 4; ++i)
            packet.octets[i] = static_cast<std::uint8_t>(number >> (8 * i) | 1u << 7);
        pair_.responder.receive(packet);
    }

private:
    sim::Pair& pair_;
    sim::Packet model_;
};

}  // namespace

TEST_CASE("10,000 half-open attempts leave few SAs behind, and a real peer is served among them",
          "[scenario][crowd]") {
    sim::Setup setup;
    setup.responder.cookie_threshold = 64;
    setup.responder.half_open_limit = 256;
    sim::Pair pair{std::move(setup)};
    Flood flood{pair};
    std::size_t most = 0;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        flood.send(i);
        if (i % 100 == 0) most = std::max(most, pair.responder.engine().status().size());
    }
    // From the threshold on a cookie is asked for, and nothing is kept for who does not bring it.
    CHECK(most <= 64);
    CHECK(pair.network().account().sent >= 10'000);
    REQUIRE(pair.establish());
    check_agreement(pair);
    // The half-open ones end by themselves.
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.engine().status().size() == 1);
    check_agreement(pair);
}

TEST_CASE("without cookies the half-open limit holds", "[scenario][crowd]") {
    sim::Setup setup;
    setup.responder.cookie_threshold = 100'000;
    setup.responder.half_open_limit = 256;
    sim::Pair pair{std::move(setup)};
    Flood flood{pair};
    for (std::uint32_t i = 0; i < 2'000; ++i) flood.send(i);
    CHECK(pair.responder.engine().status().size() <= 256);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.engine().status().empty());
    REQUIRE(pair.establish());
    check_agreement(pair);
}
