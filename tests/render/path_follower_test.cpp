// The path of an IKE SA, as its packets show it.
#include "libike/render/path_follower.hpp"

#include "tests/catch.hpp"

using namespace ike;

namespace {

constexpr IkeSpi spi = 0x1122334455667788;
const Endpoint wifi{*Address::parse("192.0.2.2"), 4500};
const Endpoint cell{*Address::parse("198.51.100.2"), 4500};
const Endpoint gateway{*Address::parse("203.0.113.2"), 4500};

Observation traffic(Kind kind, const Endpoint& from, const Endpoint& to) {
    Observation seen;
    seen.what.kind = kind;
    seen.packet.source = from;
    seen.packet.destination = to;
    return seen;
}
Observation message(const Endpoint& from, const Endpoint& to, ExchangeType exchange, std::uint32_t id,
                    std::vector<NotifyType> notifies = {}) {
    auto seen = traffic(Kind::ike, from, to);
    auto& header = seen.ike.header;
    header.initiator_spi = spi;
    header.exchange = exchange;
    header.message_id = id;
    header.flags = from == gateway ? flag_response : flag_initiator;
    std::vector<Payload> inner;
    for (const auto type : notifies) inner.push_back(notify(type));
    seen.ike.inner = PayloadChain{std::move(inner)};
    return seen;
}
using enum ExchangeType;

/// An IKE SA on wifi.
PathFollower begun() {
    PathFollower follower;
    auto first = message({wifi.address, 500}, {gateway.address, 500}, ike_sa_init, 0);
    CHECK_FALSE(follower.add(first));
    CHECK_FALSE(follower.add(message(wifi, gateway, ike_auth, 1)));  // only the ports
    CHECK_FALSE(follower.add(message(gateway, wifi, ike_auth, 1)));
    return follower;
}

}  // namespace

TEST_CASE("a probe of another path moves nothing, an answered update does", "[render][rfc4555]") {
    auto follower = begun();
    CHECK_FALSE(follower.add(message(cell, gateway, informational, 2)));
    CHECK_FALSE(follower.add(message(gateway, cell, informational, 2)));
    CHECK_FALSE(follower.add(traffic(Kind::esp, wifi, gateway)));
    CHECK_FALSE(follower.add(message(cell, gateway, informational, 3, {NotifyType::update_sa_addresses})));
    const auto moved = follower.add(message(gateway, cell, informational, 3));
    REQUIRE(moved);
    CHECK(moved->initiator_spi == spi);
    CHECK(moved->path == PathEnds{cell, gateway});
    CHECK_FALSE(follower.add(message(gateway, cell, informational, 4)));
}

TEST_CASE("a refused update moves nothing", "[render][rfc4555]") {
    auto follower = begun();
    CHECK_FALSE(follower.add(message(cell, gateway, informational, 2, {NotifyType::update_sa_addresses})));
    CHECK_FALSE(follower.add(message(gateway, cell, informational, 2, {NotifyType::unacceptable_addresses})));
}

TEST_CASE("without keys ESP, keepalives or another exchange on a path that was tried show the move",
          "[render][rfc4555]") {
    for (const auto kind : {Kind::esp, Kind::keepalive}) {
        auto follower = begun();
        CHECK_FALSE(follower.add(traffic(kind, cell, gateway)));  // nobody knows whose that is
        CHECK_FALSE(follower.add(message(cell, gateway, informational, 2)));
        CHECK_FALSE(follower.add(traffic(kind, gateway, cell)));  // the gateway does not decide
        CHECK(follower.add(traffic(kind, cell, gateway)));
    }
    auto native = begun();
    CHECK_FALSE(native.add(message(cell, gateway, informational, 2)));
    const auto moved = native.add(traffic(Kind::esp, {cell.address, 0}, {gateway.address, 0}));
    REQUIRE(moved);
    CHECK(moved->path == PathEnds{cell, gateway});
    auto rekeyed = begun();
    CHECK_FALSE(rekeyed.add(message(cell, gateway, create_child_sa, 2)));
    CHECK(rekeyed.add(message(gateway, cell, create_child_sa, 2)));
}
