// RFC 4555 sections 3.5, 3.6, 3.10 to 3.12: address lists, paths that fail, and what proves that a peer
// lives.
#include <set>

#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

constexpr auto informational = ExchangeType::informational;
const auto first = endpoint("192.0.2.1:4500"), second = endpoint("198.51.100.7:4500"),
           gateway = endpoint("203.0.113.2:4500"), other_gateway = endpoint("203.0.113.3:4500");

}  // namespace

TEST_CASE("M19: a list replaces the one before, and none at all is said in so many words",
          "[scenario][mobike]") {
    const bool by_initiator = GENERATE(true, false);
    auto setup = traced();
    auto& config = by_initiator ? setup.initiator : setup.responder;
    config.peers[0].mobike.additional = sim::Setup::addresses("198.51.100.1,198.51.100.2,2001:db8::3");
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    auto& by = by_initiator ? pair.initiator : pair.responder;
    auto& at = by_initiator ? pair.responder : pair.initiator;
    CHECK(at.ike_sa().peer_additional.size() == 3);
    by.give(AnnounceAddresses{by.ike_sa().id, {address("198.51.100.9")}});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(at.ike_sa().peer_additional == std::vector{address("198.51.100.9")});
    REQUIRE(at.last<PeerAddresses>());
    CHECK(at.last<PeerAddresses>()->additional == std::vector{address("198.51.100.9")});
    tap.seen.clear();
    by.give(AnnounceAddresses{by.ike_sa().id, {}});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(at.ike_sa().peer_additional.empty());
    const auto message = tap.all(request(informational)).at(0).message;
    REQUIRE(message);
    CHECK(has(*message, NotifyType::no_additional_addresses));
    // The address in use was never in doubt.
    CHECK(at.ike_sa().path.local.address == (by_initiator ? gateway.address : first.address));
    check_agreement(pair);
}

TEST_CASE("M20: a list may come with an update", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    tap.rewrite(request(informational), [](Message& message) {
        if (!has(message, NotifyType::update_sa_addresses)) return;
        std::erase_if(message.payloads, [](const Payload& payload) {
            const auto* found = std::get_if<Notify>(&payload.body);
            return found && (found->type == NotifyType::additional_ip4_address ||
                             found->type == NotifyType::additional_ip6_address ||
                             found->type == NotifyType::no_additional_addresses);
        });
        message.payloads.push_back(additional_address(address("198.51.100.44")));
        message.payloads.push_back(additional_address(address("2001:db8::44")));
    });
    pair.initiator.move_to(second.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote == second);
    CHECK(pair.responder.ike_sa().peer_additional ==
          std::vector{address("198.51.100.44"), address("2001:db8::44")});
    check_agreement(pair);
}

TEST_CASE("M21: an address list whose answer came for another source is sent in a new exchange",
          "[scenario][mobike]") {
    // The list's first sending leaves from the old address, whose path is dead; the move makes it leave from
    // the new one.
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    pair.network().cut(first.address);
    pair.initiator.give(AnnounceAddresses{pair.initiator.ike_sa().id, {address("198.51.100.44")}});
    REQUIRE(pair.world.run_for(100ms) == sim::Ended::done);
    pair.initiator.move_to(second.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote == second);
    std::map<std::uint32_t, std::set<Address>> sources;
    std::optional<std::uint32_t> last_list;
    for (const auto& each : tap.all(request(informational))) {
        if (!each.message || !each.header->from_initiator()) continue;
        if (!has(*each.message, NotifyType::additional_ip4_address)) continue;
        sources[each.header->message_id].insert(each.from.address);
        last_list = each.header->message_id;
    }
    REQUIRE(last_list);
    // Section 3.6: the list that counts was sent from one source only.
    CHECK(sources[*last_list].size() == 1);
    CHECK(pair.responder.ike_sa().peer_additional == std::vector{address("198.51.100.44")});
    check_agreement(pair);
}

TEST_CASE("M22: a responder whose address goes away reaches the initiator from another",
          "[scenario][mobike]") {
    auto setup = traced();
    setup.responder_addresses = sim::Setup::addresses("203.0.113.2,203.0.113.3");
    setup.responder.peers[0].mobike.additional = {other_gateway.address};
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish());
    pair.responder.drop_address(gateway.address);
    pair.network().cut(gateway.address);
    pair.responder.move_to(other_gateway.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.initiator.ike_sa().path.remote == other_gateway);
    CHECK(pair.responder.ike_sa().path.local == other_gateway);
    check_agreement(pair);
}

TEST_CASE("M9, M35: a path that falls silent is left for one that answers, by ordinary INFORMATIONALs",
          "[scenario][mobike]") {
    auto setup = traced();
    setup.initiator.peers[0].mobike.additional = {second.address};
    setup.responder.peers[0].mobike.additional = {other_gateway.address};
    setup.initiator_addresses = {first.address, second.address};
    setup.responder_addresses = {gateway.address, other_gateway.address};
    SECTION("the gateway's address is dead") {
        sim::Pair pair{std::move(setup)};
        Wiretap tap{pair};
        REQUIRE(pair.establish());
        pair.network().cut(gateway.address);
        pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        REQUIRE(pair.initiator.established().size() == 1);
        CHECK(pair.initiator.ike_sa().path.remote == other_gateway);
        check_agreement(pair);
    }
    SECTION("our own address is dead") {
        sim::Pair pair{std::move(setup)};
        Wiretap tap{pair};
        REQUIRE(pair.establish());
        pair.network().cut(first.address);
        pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        REQUIRE(pair.initiator.established().size() == 1);
        CHECK(pair.initiator.ike_sa().path.local == second);
        check_agreement(pair);
    }
    SECTION("a path test by itself moves nothing at the other end") {
        sim::Pair pair{std::move(setup)};
        Wiretap tap{pair};
        REQUIRE(pair.establish());
        // Probes from the second address arrive, updates do not.
        pair.network().cut(first.address);
        tap.on(request(informational), [&](sim::Packet& packet) {
            const auto message = tap.forger().open(packet.octets);
            return message && has(*message, NotifyType::update_sa_addresses) ? sim::Network::Fate::drop
                                                                             : sim::Network::Fate::pass;
        });
        pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
        REQUIRE(pair.world.run_for(15s) == sim::Ended::done);
        CHECK(pair.responder.ike_sa().path.remote == first);
        CHECK(pair.responder.count<Moved>() == 0);
    }
}

TEST_CASE("M36: a responder goes on asking as long as its policy says", "[scenario][mobike]") {
    auto setup = traced();
    // Section 3.11 suggests some minutes; the policy is the user's: 500 ms growing to 30 s, 15 sendings.
    setup.responder.peers[0].timers.retransmit.attempts = 15;
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish());
    pair.network().cut(first.address);
    pair.responder.give(CheckLiveness{pair.responder.ike_sa().id});
    REQUIRE(pair.world.run_for(4min) == sim::Ended::done);
    CHECK(pair.responder.established().size() == 1);
    pair.network().mend(first.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_agreement(pair);
}

TEST_CASE("M37: ESP from elsewhere than the SA's path is no sign of life", "[scenario][mobike]") {
    auto setup = traced();
    setup.responder.peers[0].timers.liveness = 10s;
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish());
    // The initiator's ESP arrives from another address, its IKE not at all.
    pair.network().set_filter([](Instant, sim::Packet& packet) {
        if (packet.from.address != first.address) return sim::Network::Fate::pass;
        if (ike_header(packet)) return sim::Network::Fate::drop;
        packet.from.address = address("198.51.100.99");
        return sim::Network::Fate::pass;
    });
    pair.initiator.start_probes(pair.probes(pair.initiator, pair.responder, 1s));
    REQUIRE(pair.world.run_until([&] { return pair.responder.established().empty(); }, 15min) ==
            sim::Ended::done);
    CHECK(pair.responder.last<IkeFailed>()->failure == Failure::peer_silent);
}

TEST_CASE("ESP on the SA's own path is a sign of life", "[scenario]") {
    auto setup = traced();
    setup.responder.peers[0].timers.liveness = 10s;
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    pair.initiator.start_probes(pair.probes(pair.initiator, pair.responder, 1s));
    REQUIRE(pair.world.run_for(5min) == sim::Ended::done);
    CHECK(tap.count(request(informational)) == 0);
    pair.initiator.stop_probes();
    REQUIRE(pair.world.run_for(12s) == sim::Ended::done);
    CHECK(tap.count(request(informational)) == 1);
}
