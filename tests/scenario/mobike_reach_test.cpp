// RFC 4555 sections 3.1, 3.5 and 3.9: what is tried before an IKE SA stands, what ICMP may lead to, windows
// above 1.
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

constexpr auto init = ExchangeType::ike_sa_init;
constexpr auto informational = ExchangeType::informational;

Path pair_of(std::string_view local, std::string_view remote) {
    return {{address(local), 500}, {address(remote), 500}};
}

}  // namespace

TEST_CASE("M1: IKE_SA_INIT is tried between one pair of addresses after the other", "[scenario][mobike]") {
    auto setup = traced();
    setup.initiator_addresses = sim::Setup::addresses("192.0.2.1,198.51.100.7,2001:db8::1");
    setup.responder_addresses = sim::Setup::addresses("203.0.113.2,203.0.113.3,2001:db8:ffff::2");
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    const std::vector paths{pair_of("192.0.2.1", "203.0.113.2"), pair_of("198.51.100.7", "203.0.113.3"),
                            pair_of("2001:db8::1", "2001:db8:ffff::2")};
    const auto begin = [&] { pair.initiator.give(Initiate{0, paths[0], {paths[1], paths[2]}}); };

    SECTION("the last of them works") {
        tap.on(request(init), [](sim::Packet& packet) {
            return packet.to.address.is_v4() ? sim::Network::Fate::drop : sim::Network::Fate::pass;
        });
        begin();
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        REQUIRE(pair.initiator.established().size() == 1);
        CHECK(pair.initiator.ike_sa().path.remote.address == address("2001:db8:ffff::2"));
        // In order, each three times, and each with an SPI of its own: an answer that comes late fits
        // nothing.
        std::vector<std::pair<Address, IkeSpi>> order;
        for (const auto& each : tap.all(request(init))) {
            const std::pair now{each.to.address, each.header->initiator_spi};
            if (order.empty() || order.back() != now) order.push_back(now);
        }
        REQUIRE(order.size() == 3);
        CHECK(order[0].first == address("203.0.113.2"));
        CHECK(order[1].first == address("203.0.113.3"));
        CHECK(order[0].second != order[1].second);
        CHECK(tap.count(request(init)) == 7);
        CHECK(pair.initiator.count<IkeFailed>() == 0);
        check_agreement(pair);
    }
    SECTION("the first works again when its turn comes the second time") {
        for (const auto* each : {"203.0.113.2", "203.0.113.3", "2001:db8:ffff::2"})
            pair.network().cut(address(each));
        begin();
        REQUIRE(pair.world.run_for(5s) == sim::Ended::done);
        pair.network().mend(address("203.0.113.2"));
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        REQUIRE(pair.initiator.established().size() == 1);
        CHECK(pair.initiator.ike_sa().path.remote.address == address("203.0.113.2"));
    }
    SECTION("none works: it ends, once, by name") {
        for (const auto* each : {"203.0.113.2", "203.0.113.3", "2001:db8:ffff::2"})
            pair.network().cut(address(each));
        begin();
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        CHECK(pair.initiator.count<IkeFailed>() == 1);
        CHECK(pair.initiator.last<IkeFailed>()->failure == Failure::peer_silent);
        CHECK(pair.initiator.engine().status().empty());
    }
    SECTION("an answer that comes when another pair is being tried changes nothing") {
        pair.network().set_link(address("203.0.113.2"), {.delay = 3s});
        begin();
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        CHECK(pair.initiator.established().size() == 1);
        CHECK(pair.responder.established().size() == 1);
        CHECK(pair.initiator.ike_sa().path.remote.address == address("203.0.113.3"));
        check_agreement(pair);
    }
}

TEST_CASE("M8: an ICMP error leads to a liveness check and nothing else", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    const auto before = pair.initiator.ike_sa();
    const auto sent_before = tap.seen.size();
    SECTION("the peer lives: all stays as it was, and many errors make one check") {
        for (int i = 0; i < 50; ++i) pair.initiator.give(IcmpError{before.path});
        REQUIRE(pair.world.run_for(1s) == sim::Ended::done);
        for (int i = 0; i < 50; ++i) pair.initiator.give(IcmpError{before.path});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        CHECK(tap.count(request(informational)) == 1);
        CHECK(pair.initiator.ike_sa().path == before.path);
        CHECK(pair.initiator.count<Moved>() == 0);
        check_agreement(pair);
        REQUIRE(pair.world.run_for(10s) == sim::Ended::done);
        pair.initiator.give(IcmpError{before.path});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        CHECK(tap.count(request(informational)) == 2);
    }
    SECTION("one about other addresses leads to nothing") {
        pair.initiator.give(IcmpError{{before.path.local, endpoint("203.0.113.99:4500")}});
        pair.initiator.give(IcmpError{{endpoint("192.0.2.99:4500"), before.path.remote}});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        CHECK(tap.seen.size() == sent_before);
    }
    SECTION("the path is dead: found out without waiting for the next check of its own") {
        pair.network().cut(address("203.0.113.2"));
        pair.initiator.give(IcmpError{before.path});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        REQUIRE(pair.initiator.last<IkeFailed>());
        CHECK(pair.initiator.last<IkeFailed>()->failure == Failure::peer_silent);
    }
}

TEST_CASE("M13: with a window above 1 an update that comes after a newer one is answered, not applied",
          "[scenario][mobike]") {
    auto setup = traced();
    setup.initiator.peers[0].window = setup.responder.peers[0].window = 4;
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    const auto older = address("198.51.100.7"), newer = address("198.51.100.8");
    // The first update is lost wherever it is repeated; what was sent from the older address comes 3 s late.
    bool kept = false;
    pair.network().set_filter([&](Instant now, sim::Packet& packet) {
        const auto header = ike_header(packet);
        if (!header || header->exchange != informational || header->is_response() || header->message_id != 2)
            return sim::Network::Fate::pass;
        if (!kept && packet.from.address == older) {
            kept = true;
            pair.network().inject(now + 3s, packet);
        }
        return now < Instant{} + 10s ? sim::Network::Fate::drop : sim::Network::Fate::pass;
    });
    pair.initiator.move_to(older);
    pair.initiator.move_to(newer);
    REQUIRE(pair.world.run_for(2s) == sim::Ended::done);
    REQUIRE(kept);
    CHECK(pair.responder.ike_sa().path.remote.address == newer);
    pair.responder.forget_log();
    REQUIRE(pair.world.run_for(3s) == sim::Ended::done);
    // It was answered ...
    const auto answers = sent(pair.responder, informational);
    CHECK(std::ranges::any_of(answers, [](const Message& each) {
        return each.header.is_response() && each.header.message_id == 2;
    }));
    // ... and changed nothing.
    CHECK(pair.responder.ike_sa().path.remote.address == newer);
    CHECK(pair.responder.count<Moved>() == 0);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote.address == newer);
    check_agreement(pair);
}

TEST_CASE("M34: UNEXPECTED_NAT_DETECTED in IKE_AUTH begins again from IKE_SA_INIT, a few times",
          "[scenario][mobike]") {
    auto setup = traced();
    setup.initiator.peers[0].mobike.no_nats_allowed = setup.responder.peers[0].mobike.no_nats_allowed = true;
    const auto most = setup.initiator.peers[0].timers.retransmit.attempts;
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    auto& nat = pair.network().add_nat({.outside = address("198.51.100.200")});
    pair.network().put_behind(nat, address("192.0.2.1"));
    SECTION("a NAT that stays ends it by name") {
        pair.establish(5min);
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        CHECK(pair.initiator.count<IkeFailed>() == 1);
        CHECK(pair.initiator.last<IkeFailed>()->failure == Failure::unexpected_nat);
        CHECK(tap.count(request(init)) == most);
        CHECK(pair.initiator.engine().status().empty());
        CHECK(pair.responder.engine().status().empty());
    }
    SECTION("what was changed once keeps nobody from the path") {
        pair.initiator.initiate(pair.responder.addresses()[0]);
        REQUIRE(pair.world.run_until([&] { return tap.count(response(ExchangeType::ike_auth)) == 2; },
                                     1min) == sim::Ended::done);
        pair.network().take_out(address("192.0.2.1"));
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        CHECK(pair.initiator.established().size() == 1);
        CHECK(pair.initiator.count<IkeFailed>() == 0);
        check_agreement(pair);
    }
}

TEST_CASE("M38: a Protocol ID and an SPI in notifies of MOBIKE are passed over", "[scenario][mobike]") {
    // Section 4: the fields are zero when sent; no clause lets a receiver refuse what has others.
    auto setup = traced();
    setup.initiator.peers[0].mobike.additional = {address("192.0.2.77")};
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    const auto fill = [](Message& message) {
        for (auto& each : message.payloads) {
            auto* body = std::get_if<Notify>(&each.body);
            if (body == nullptr) continue;
            const bool mobike = body->type == NotifyType::mobike_supported ||
                                body->type == NotifyType::additional_ip4_address ||
                                body->type == NotifyType::update_sa_addresses ||
                                body->type == NotifyType::cookie2;
            if (!mobike) continue;
            body->protocol = ProtocolId::ike;
            body->spi = Bytes(8, 7);
        }
    };
    tap.rewrite(request(ExchangeType::ike_auth), fill);
    tap.rewrite(request(informational), fill);
    REQUIRE(pair.establish());
    CHECK(pair.responder.ike_sa().mobike);
    CHECK(pair.responder.ike_sa().peer_additional == std::vector{address("192.0.2.77")});
    pair.initiator.move_to(address("198.51.100.7"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote.address == address("198.51.100.7"));
    CHECK(pair.initiator.last<Moved>()->returned == std::optional{true});
    check_agreement(pair);
}
