// RFC 7383 on a path that carries only small packets.
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

constexpr auto informational = ExchangeType::informational;

/// A path of 1280 octets, and ends that split messages at that size.
sim::Setup narrow_path() {
    auto setup = traced();
    setup.link.mtu = 1280;
    return setup;
}
std::vector<Payload> large(std::size_t octets) {
    return {notify(NotifyType{43210}, SeededRng{octets}.bytes(octets))};
}
/// What of that came in at the other end.
std::vector<Bytes> arrived(const sim::Host& at) {
    std::vector<Bytes> found;
    for (const auto& message : received(at, informational)) {
        for (const auto& each : notifies(message, NotifyType{43210})) found.push_back(each.data);
    }
    return found;
}

}  // namespace

TEST_CASE("a message larger than the path arrives in fragments, once, whatever is lost or doubled",
          "[scenario][rfc7383]") {
    const std::size_t size = GENERATE(1100, 1300, 4000, 20'000);
    const unsigned lost = GENERATE(0, 1, 3);
    const bool by_initiator = GENERATE(true, false);
    INFO(size << " octets, the first " << lost << " fragments lost");
    auto setup = narrow_path();
    setup.link.duplicate = lost == 0 ? 0.3 : 0;
    setup.link.jitter = 20ms;
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    tap.drop(request(informational), lost);
    auto& by = by_initiator ? pair.initiator : pair.responder;
    auto& at = by_initiator ? pair.responder : pair.initiator;
    by.give(SendInformational{by.ike_sa().id, large(size)});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    REQUIRE(arrived(at).size() == 1);
    CHECK(arrived(at)[0] == SeededRng{size}.bytes(size));
    CHECK(pair.network().account().too_big == 0);
    CHECK(by.last<ExchangeDone>()->exchange == informational);
    check_agreement(pair);
}

TEST_CASE("where fragments are switched off a large message never passes a small path, and that ends by name",
          "[scenario][rfc7383]") {
    auto setup = narrow_path();
    setup.initiator.peers[0].fragment_limit = 0;
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish());
    pair.initiator.give(SendInformational{pair.initiator.ike_sa().id, large(4000)});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(arrived(pair.responder).empty());
    CHECK(pair.network().account().too_big > 0);
    REQUIRE(pair.initiator.last<IkeFailed>());
    CHECK(pair.initiator.last<IkeFailed>()->failure == Failure::peer_silent);
}

TEST_CASE("fragments damaged, doubled or out of order by an outsider do not stand in a message's way",
          "[scenario][rfc7383]") {
    sim::Pair pair{narrow_path()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    tap.on(request(informational), [&](sim::Packet& packet) {
        // A damaged copy first, the real one later, and once more.
        auto damaged = packet;
        damaged.octets.back() ^= 1;
        pair.network().inject(pair.now() + 1ms, damaged);
        pair.network().inject(pair.now() + 30ms, packet);
        return sim::Network::Fate::pass;
    });
    pair.initiator.give(SendInformational{pair.initiator.ike_sa().id, large(4000)});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(arrived(pair.responder).size() == 1);
    check_agreement(pair);
}
