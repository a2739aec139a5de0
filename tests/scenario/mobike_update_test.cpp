// RFC 4555 section 3.5: changing addresses.
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

constexpr auto informational = ExchangeType::informational;
const auto first = endpoint("192.0.2.1:4500"), second = endpoint("198.51.100.7:4500"),
           third = endpoint("198.51.100.8:4500"), gateway = endpoint("203.0.113.2:4500");

/// Where each Child SA of a host sends, all the same; throws when they differ.
Endpoint esp_remote(const sim::Host& host) {
    const auto traffic = host.data_plane().traffic();
    REQUIRE_FALSE(traffic.empty());
    for (const auto& child : traffic) CHECK(child.path == traffic[0].path);
    return traffic[0].path.remote;
}
std::size_t updates(const Wiretap& tap) {
    return static_cast<std::size_t>(
        std::ranges::count_if(tap.all(request(informational)), [](const auto& each) {
            return each.message && has(*each.message, NotifyType::update_sa_addresses);
        }));
}
/// Makes packets of a kind come from elsewhere.
void spoof(Wiretap& tap, Kind kind, Endpoint from) {
    tap.on(kind, [from](sim::Packet& packet) {
        packet.from = from;
        return sim::Network::Fate::pass;
    });
}

}  // namespace

TEST_CASE("M5: a Child SA's tunnel begins at the IKE SA's address, not where its request came from",
          "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    pair.initiator.add_address(third.address);  // so that the answer arrives
    spoof(tap, request(ExchangeType::create_child_sa), third);
    pair.initiator.give(CreateChildSa{pair.initiator.ike_sa().id, {}, {}});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    REQUIRE(pair.responder.data_plane().traffic().size() == 2);
    CHECK(esp_remote(pair.responder) == first);
    check_agreement(pair);
}

TEST_CASE("M7, M31: an IKE message from a new address or port moves nothing by itself",
          "[scenario][mobike]") {
    const auto from = GENERATE(as<Endpoint>{}, third, endpoint("192.0.2.1:31000"));
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    pair.initiator.add_address(third.address);
    spoof(tap, request(informational), from);
    pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
    REQUIRE(pair.world.run_until([&] { return tap.count(response(informational)) > 0; }, 30s) ==
            sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote == first);
    CHECK(esp_remote(pair.responder) == first);
    CHECK(pair.responder.count<Moved>() == 0);
    // M41: the answer goes to where the request came from.
    CHECK(tap.all(response(informational)).at(0).to == from);
    tap.clear();
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_agreement(pair);
}

TEST_CASE("M10, M11: with a rekey outstanding a move waits, and the rekey is repeated from the new address",
          "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    pair.network().cut(first.address);
    pair.initiator.give(RekeyChildSa{pair.initiator.ike_sa().children.at(0).id});
    REQUIRE(pair.world.run_for(100ms) == sim::Ended::done);
    pair.initiator.move_to(second.address);
    REQUIRE(pair.world.run_until([&] { return tap.count(response(ExchangeType::create_child_sa)) > 0; },
                                 1min) == sim::Ended::done);
    // Until then one Message ID was in flight: that of the rekey.
    for (const auto& each : tap.seen) {
        if (each.at > Instant{} && each.header && each.header->exchange == informational) {
            CHECK(each.header->is_response() == false);
        }
    }
    const auto requests = tap.all(request(ExchangeType::create_child_sa));
    REQUIRE(requests.size() >= 1);
    CHECK(requests.back().from == second);
    for (const auto& each : requests) CHECK(each.header->message_id == requests[0].header->message_id);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote == second);
    CHECK(esp_remote(pair.responder) == second);
    CHECK(pair.initiator.last<ChildEstablished>()->rekeyed);
    check_agreement(pair);
}

TEST_CASE("M11: an update is not sent while the window is full", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    tap.drop(response(ExchangeType::create_child_sa), 2);
    pair.initiator.give(RekeyChildSa{pair.initiator.ike_sa().children.at(0).id});
    pair.initiator.move_to(second.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    std::optional<Instant> answered, updated;
    for (const auto& each : tap.seen) {
        if (!each.header) continue;
        if (response(ExchangeType::create_child_sa).matches(*each.header)) answered = each.at;
        if (request(informational).matches(*each.header) && each.message &&
            has(*each.message, NotifyType::update_sa_addresses) && !updated) {
            updated = each.at;
        }
    }
    REQUIRE(answered);
    REQUIRE(updated);
    CHECK(*updated > *answered);
    CHECK(pair.responder.ike_sa().path.remote == second);
    check_agreement(pair);
}

TEST_CASE("M12: of two moves inside one round trip the last one counts", "[scenario][mobike]") {
    sim::Pair pair{traced({.link = {.delay = 200ms}})};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    // The first answer comes late, long after the second move.
    tap.on(response(informational), [&, held = false](sim::Packet& packet) mutable {
        if (held) return sim::Network::Fate::pass;
        held = true;
        pair.network().inject(pair.now() + 3s, packet);
        return sim::Network::Fate::drop;
    });
    pair.initiator.move_to(second.address);
    REQUIRE(pair.world.run_for(50ms) == sim::Ended::done);
    pair.initiator.move_to(third.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.initiator.ike_sa().path.local == third);
    CHECK(pair.responder.ike_sa().path.remote == third);
    CHECK(esp_remote(pair.responder) == third);
    REQUIRE(pair.initiator.last<Moved>());
    CHECK(pair.initiator.last<Moved>()->to.local == third);
    check_agreement(pair);
}

TEST_CASE("M14: the addresses are those of the IP header: behind a NAT, its outside", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    REQUIRE(pair.establish());
    auto& nat = pair.network().add_nat({.outside = address("198.51.100.200"), .first_port = 31000});
    pair.network().put_behind(nat, address("10.0.0.5"));
    pair.initiator.move_to(address("10.0.0.5"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote == endpoint("198.51.100.200:31000"));
    CHECK(esp_remote(pair.responder) == endpoint("198.51.100.200:31000"));
    check_agreement(pair, sim::Between::nat);
}

TEST_CASE("M15, M16: a refused address changes nothing, and another one can be tried", "[scenario][mobike]") {
    auto setup = traced();
    setup.responder.peers[0].mobike.refused = parse_selectors("198.51.100.7").value();
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    pair.initiator.move_to(second.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    const auto answer = tap.all(response(informational)).at(0);
    REQUIRE(answer.message);
    CHECK(has(*answer.message, NotifyType::unacceptable_addresses));
    CHECK(has(*answer.message, NotifyType::cookie2));
    REQUIRE(pair.initiator.last<MoveFailed>());
    CHECK(pair.initiator.last<MoveFailed>()->failure == Failure::unacceptable_addresses);
    CHECK(pair.initiator.last<MoveFailed>()->wanted.local.address == second.address);
    CHECK(pair.initiator.ike_sa().path.local == first);
    CHECK(pair.responder.ike_sa().path.remote == first);
    CHECK(esp_remote(pair.responder) == first);
    CHECK(pair.responder.count<Moved>() == 0);
    check_agreement(pair);

    pair.initiator.move_to(third.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote == third);
    check_agreement(pair);
}

TEST_CASE("M17: NAT detection in an update is answered, and encapsulation follows at both ends",
          "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    CHECK_FALSE(pair.initiator.ike_sa().udp_encapsulation);
    auto& nat = pair.network().add_nat({.outside = address("198.51.100.200")});
    pair.network().put_behind(nat, address("10.0.0.5"));
    const auto check = [&](bool natted) {
        for (const auto* end : {&pair.initiator, &pair.responder}) {
            CHECK(end->ike_sa().udp_encapsulation == natted);
            CHECK(end->data_plane().traffic().at(0).udp_encapsulation == natted);
        }
        CHECK(pair.initiator.ike_sa().nat_local == natted);
        CHECK(pair.responder.ike_sa().nat_remote == natted);
        CHECK_FALSE(pair.responder.ike_sa().nat_local);
        check_agreement(pair, natted ? sim::Between::nat : sim::Between::nothing);
    };
    check(false);
    pair.initiator.move_to(address("10.0.0.5"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check(true);
    pair.initiator.move_to(first.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check(false);
    for (const auto& each : tap.all(request(informational))) {
        if (!each.message || !has(*each.message, NotifyType::nat_detection_source_ip)) continue;
        const auto answers = tap.all(response(informational));
        const auto answer = std::ranges::find_if(answers, [&](const auto& other) {
            return other.header->message_id == each.header->message_id &&
                   other.header->from_initiator() != each.header->from_initiator();
        });
        REQUIRE(answer != answers.end());
        REQUIRE(answer->message);
        CHECK(has(*answer->message, NotifyType::nat_detection_source_ip));
        CHECK(has(*answer->message, NotifyType::nat_detection_destination_ip));
    }
    CHECK(updates(tap) == 2);
}

TEST_CASE("M18: every Child SA moves, each way", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    REQUIRE(pair.establish());
    for (const auto* remote : {"10.2.0.1", "10.2.0.0/24"}) {
        pair.initiator.give(CreateChildSa{pair.initiator.ike_sa().id, parse_selectors("10.1.0.1").value(),
                                          parse_selectors(remote).value()});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    }
    REQUIRE(pair.initiator.ike_sa().children.size() == 3);
    pair.initiator.move_to(second.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.data_plane().traffic().size() == 3);
    CHECK(esp_remote(pair.responder) == second);
    for (const auto& child : pair.initiator.data_plane().traffic()) CHECK(child.path.local == second);
    // Traffic on each: the narrowest first; as that is deleted, the next takes it.
    for (int left = 3; left > 0; --left) {
        check_agreement(pair);
        pair.initiator.give(DeleteChildSa{pair.initiator.ike_sa().children.back().id});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    }
}

TEST_CASE("M39: an IKE SA moves from IPv4 to IPv6 and back", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    REQUIRE(pair.establish());
    pair.initiator.move_to(address("2001:db8::1"), address("2001:db8:ffff::2"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote == endpoint("[2001:db8::1]:4500"));
    CHECK(pair.responder.ike_sa().path.local == endpoint("[2001:db8:ffff::2]:4500"));
    check_agreement(pair);
    CHECK(pair.ping(1, Address::Family::v6));
    pair.initiator.move_to(first.address, gateway.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote == first);
    check_agreement(pair);
}

TEST_CASE("M40: sequence numbers and replay windows go on across a move", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    REQUIRE(pair.establish());
    std::vector<sim::Packet> kept;
    pair.network().set_filter([&](Instant, sim::Packet& packet) {
        if (!ike_header(packet) && packet.from.address == first.address) kept.push_back(packet);
        return sim::Network::Fate::pass;
    });
    REQUIRE(pair.ping(5));
    const auto before = pair.responder.data_plane().traffic().at(0);
    REQUIRE(kept.size() >= 2);
    pair.initiator.move_to(second.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    // All of it once more, late, from the old address.
    for (const auto& packet : kept) pair.network().inject(pair.now(), packet);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    auto after = pair.responder.data_plane().traffic().at(0);
    CHECK(after.spi_in == before.spi_in);
    CHECK(after.replayed == before.replayed + kept.size());
    CHECK(after.packets_in == before.packets_in);
    check_agreement(pair);
    after = pair.responder.data_plane().traffic().at(0);
    CHECK(after.highest_sequence_in > before.highest_sequence_in);
    CHECK(esp_remote(pair.responder) == second);
}

TEST_CASE("M43: rekeys after a move use the new addresses", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    REQUIRE(pair.establish());
    for (const auto& to : {second, third, first}) {
        pair.initiator.move_to(to.address);
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        pair.initiator.give(RekeyChildSa{pair.initiator.ike_sa().children.at(0).id});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        pair.responder.give(RekeyIkeSa{pair.responder.ike_sa().id});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        CHECK(pair.responder.ike_sa().path.remote == to);
        CHECK(esp_remote(pair.responder) == to);
        check_agreement(pair);
    }
    CHECK(pair.initiator.count<IkeRekeyed>() == 3);
}
