#include "libike/sim/network.hpp"

#include "tests/catch.hpp"

using namespace ike;
using namespace std::chrono_literals;

namespace {

Endpoint endpoint(std::string_view text) { return parse_endpoint(text).value(); }
const auto left = endpoint("192.0.2.1:500"), right = endpoint("203.0.113.2:500");

sim::Packet packet(const Endpoint& from, const Endpoint& to, std::uint8_t mark = 0) {
    return {from, to, Bytes(100, mark), Carrier::udp, 0};
}
/// What arrives of `count` packets sent a millisecond apart, in order: the mark of each and when.
std::vector<std::pair<int, Duration>> arrivals(const sim::Link& link, int count) {
    sim::Network network{link};
    for (int i = 0; i < count; ++i) {
        network.send(Instant{i * 1ms}, packet(left, right, static_cast<std::uint8_t>(i)));
    }
    std::vector<std::pair<int, Duration>> seen;
    while (const auto at = network.next()) {
        const auto arrived = network.receive(*at);
        REQUIRE(arrived);
        seen.emplace_back(arrived->octets[0], at->time_since_epoch());
    }
    return seen;
}

}  // namespace

TEST_CASE("a plain link delivers everything in order after its delay", "[sim]") {
    const auto seen = arrivals({.delay = 25ms}, 100);
    REQUIRE(seen.size() == 100);
    for (int i = 0; i < 100; ++i)
        CHECK(seen[static_cast<std::size_t>(i)] == std::pair{i, Duration{25ms + i * 1ms}});
}

TEST_CASE("the same seed gives the same fate, another seed another", "[sim]") {
    sim::Link link{.loss = 0.3, .jitter = 5ms, .duplicate = 0.2, .reorder = 0.1, .seed = 7};
    const auto once = arrivals(link, 200);
    CHECK(once == arrivals(link, 200));
    link.seed = 8;
    CHECK(once != arrivals(link, 200));
}

TEST_CASE("losses, copies and reordering come about as often as asked for", "[sim]") {
    const auto lost = arrivals({.loss = 0.25, .seed = 3}, 200);
    CHECK(lost.size() > 120);
    CHECK(lost.size() < 180);
    const auto doubled = arrivals({.duplicate = 0.5, .seed = 3}, 200);
    CHECK(doubled.size() > 270);
    CHECK(doubled.size() < 330);
    const auto reordered = arrivals({.reorder = 0.2, .seed = 3}, 200);
    CHECK(reordered.size() == 200);
    CHECK_FALSE(std::ranges::is_sorted(reordered, {}, [](const auto& each) { return each.first; }));
    CHECK(arrivals({.loss = 1}, 50).empty());
}

TEST_CASE("packets beyond the MTU vanish", "[sim]") {
    // 100 octets, 8 of UDP, 20 of IPv4.
    CHECK(arrivals({.mtu = 128}, 5).size() == 5);
    CHECK(arrivals({.mtu = 127}, 5).empty());
}

TEST_CASE("an uplink has conditions of its own, and can be cut each way", "[sim]") {
    sim::Network network{sim::Link{.delay = 10ms}};
    network.set_link(left.address, {.delay = 50ms});
    network.send({}, packet(left, right));
    CHECK(network.next() == Instant{50ms});
    CHECK(network.receive(Instant{50ms}));
    network.send({}, packet(right, left));
    CHECK(network.next() == Instant{50ms});
    // What is under way when the cut comes is lost too.
    network.cut_to(left.address);
    CHECK_FALSE(network.receive(Instant{50ms}));
    network.send({}, packet(left, right));
    CHECK(network.receive(Instant{50ms}));
    network.cut(right.address);
    network.send({}, packet(left, right));
    CHECK(network.is_empty());
    CHECK(network.account().cut == 2);
    network.mend(right.address);
    network.send({}, packet(left, right));
    CHECK_FALSE(network.is_empty());
}

TEST_CASE("a filter sees every packet, may change it or drop it", "[sim]") {
    sim::Network network;
    int seen = 0;
    network.set_filter([&](Instant, sim::Packet& each) {
        each.octets[0] = 9;
        return ++seen == 2 ? sim::Network::Fate::drop : sim::Network::Fate::pass;
    });
    for (int i = 0; i < 3; ++i) network.send({}, packet(left, right));
    CHECK(network.receive(Instant{1s})->octets[0] == 9);
    CHECK(network.receive(Instant{1s}));
    CHECK_FALSE(network.receive(Instant{1s}));
}

TEST_CASE("a NAT maps, lets answers in and strangers not", "[sim][nat]") {
    sim::Network network;
    const auto inside = endpoint("10.0.0.5:4500"), outside = endpoint("198.51.100.1:20000");
    auto& nat = network.add_nat({.outside = outside.address, .timeout = 60s});
    network.put_behind(nat, inside.address);

    network.send({}, packet(inside, right));
    auto arrived = network.receive(Instant{1s});
    REQUIRE(arrived);
    CHECK(arrived->from == outside);
    network.send(Instant{1s}, packet(right, outside));
    arrived = network.receive(Instant{2s});
    REQUIRE(arrived);
    CHECK(arrived->to == inside);
    // Another port of the same host is another endpoint.
    network.send(Instant{2s}, packet(endpoint("203.0.113.2:4500"), outside));
    CHECK_FALSE(network.receive(Instant{3s}));
    network.send(Instant{2s}, packet(right, inside));
    CHECK_FALSE(network.receive(Instant{3s}));
    // ESP has no ports.
    auto esp = packet(inside, right);
    esp.carrier = Carrier::native_esp;
    network.send(Instant{2s}, esp);
    CHECK(network.is_empty());

    SECTION("a mapping ends when nothing goes out") {
        network.send(Instant{70s}, packet(right, outside));
        CHECK_FALSE(network.receive(Instant{71s}));
        network.send(Instant{71s}, packet(inside, right));
        arrived = network.receive(Instant{72s});
        REQUIRE(arrived);
        CHECK(arrived->from == endpoint("198.51.100.1:20001"));
    }
    SECTION("a rebind gives another port, or another address") {
        nat.rebind();
        network.send(Instant{3s}, packet(right, outside));
        CHECK_FALSE(network.receive(Instant{4s}));
        network.send(Instant{4s}, packet(inside, right));
        CHECK(network.receive(Instant{5s})->from == endpoint("198.51.100.1:20001"));
        nat.rebind(Address::parse("198.51.100.2").value());
        network.send(Instant{5s}, packet(inside, right));
        CHECK(network.receive(Instant{6s})->from == endpoint("198.51.100.2:20002"));
    }
    SECTION("outside the NAT again the address is its own") {
        network.take_out(inside.address);
        network.send(Instant{3s}, packet(inside, right));
        CHECK(network.receive(Instant{4s})->from == inside);
    }
}
