// RFC 4555 sections 3.7 and 3.8: return routability, COOKIE2 and NAT detection in INFORMATIONAL exchanges.
#include <map>
#include <set>

#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

constexpr auto informational = ExchangeType::informational;
const auto first = endpoint("192.0.2.1:4500"), second = endpoint("198.51.100.7:4500");

/// Requests that the responder sent with a COOKIE2.
std::vector<Wiretap::Sight> proofs(const Wiretap& tap) {
    auto found = tap.all(request(informational));
    std::erase_if(found, [](const Wiretap::Sight& each) {
        return each.header->from_initiator() || !each.message || !has(*each.message, NotifyType::cookie2);
    });
    return found;
}
const Notify* cookie2(const std::optional<Message>& message) {
    return message ? message->notify(NotifyType::cookie2) : nullptr;
}

}  // namespace

TEST_CASE("M23: a responder asks the new address before any Child SA moves there", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    // The proof's answer stays away for a while.
    tap.on(response(informational), [](sim::Packet& packet) {
        return packet.from == second ? sim::Network::Fate::drop : sim::Network::Fate::pass;
    });
    pair.initiator.move_to(second.address);
    REQUIRE(pair.world.run_for(400ms) == sim::Ended::done);
    REQUIRE(proofs(tap).size() == 1);
    CHECK(proofs(tap)[0].to == second);
    CHECK(pair.responder.data_plane().traffic().at(0).path.remote == first);
    tap.clear();
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.data_plane().traffic().at(0).path.remote == second);
    REQUIRE(pair.responder.last<Moved>());
    CHECK(pair.responder.last<Moved>()->returned == true);
    check_agreement(pair);
}

TEST_CASE("M23: told to trust updates, a responder moves at once", "[scenario][mobike]") {
    auto setup = traced();
    setup.responder.peers[0].mobike.return_routability = false;
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    pair.initiator.move_to(second.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(proofs(tap).empty());
    CHECK(pair.responder.data_plane().traffic().at(0).path.remote == second);
    check_agreement(pair);
}

TEST_CASE("M23: an address that does not answer gets no ESP", "[scenario][mobike]") {
    // One who holds the keys of the initiator, or the initiator itself, names a victim's address.
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    tap.on(request(informational), [](sim::Packet& packet) {
        if (packet.from == second) packet.from = endpoint("198.51.100.99:4500");
        return sim::Network::Fate::pass;
    });
    pair.initiator.move_to(second.address);
    std::size_t to_victim = 0;
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    pair.responder.start_probes(pair.probes(pair.responder, pair.initiator, 100ms));
    REQUIRE(pair.world.run_for(5s) == sim::Ended::done);
    pair.responder.stop_probes();
    for (const auto& each : tap.seen) {
        if (each.is_esp() && each.to.address == address("198.51.100.99")) ++to_victim;
    }
    CHECK(to_victim == 0);
}

TEST_CASE("M24: COOKIE2 alone comes back as it was sent, of 8 and of 64 octets, whoever asks",
          "[scenario][mobike]") {
    const std::size_t size = GENERATE(8, 16, 64);
    const bool by_initiator = GENERATE(true, false);
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    SeededRng rng{size};
    const auto octets = rng.bytes(size);
    auto& by = by_initiator ? pair.initiator : pair.responder;
    by.give(SendInformational{by.ike_sa().id, {notify(NotifyType::cookie2, octets)}});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    const auto answer = tap.all(response(informational)).at(0);
    REQUIRE(cookie2(answer.message));
    CHECK(cookie2(answer.message)->data == octets);
    check_agreement(pair);
}

TEST_CASE("M25: our COOKIE2s have 8 to 64 octets and never repeat", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    for (int i = 0; i < 10; ++i) {
        pair.initiator.move_to(i % 2 == 0 ? second.address : first.address);
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    }
    std::set<Bytes> seen;
    std::size_t requests = 0;
    for (const auto& each : tap.all(request(informational))) {
        const auto* found = cookie2(each.message);
        if (!found) continue;
        ++requests;
        CHECK(found->data.size() >= 8);
        CHECK(found->data.size() <= 64);
        seen.insert(found->data);
    }
    CHECK(requests == 20);  // one of each end a move
    CHECK(seen.size() == requests);
}

TEST_CASE("M25: a COOKIE2 of a forbidden length harms nobody", "[scenario][mobike]") {
    const std::size_t size = GENERATE(0, 7, 65, 300);
    sim::Pair pair{traced()};
    REQUIRE(pair.establish());
    pair.initiator.give(
        SendInformational{pair.initiator.ike_sa().id, {notify(NotifyType::cookie2, Bytes(size, 7))}});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(joined(pair.disagreements()) == "");
    // It is copied, passed over, or refused with a name: each is a known end.
    CHECK((pair.initiator.established().size() == 1 || pair.initiator.count<IkeFailed>() > 0));
}

TEST_CASE("M26: a COOKIE2 that comes back wrong or not at all closes the IKE SA", "[scenario][mobike]") {
    const bool absent = GENERATE(true, false);
    const bool initiators = GENERATE(true, false);
    INFO((initiators ? "the initiator's " : "the responder's ") << (absent ? "is missing" : "is changed"));
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    tap.rewrite(response(informational), [&](Message& message) {
        // The answer to the initiator's request is the responder's message, and the other way about.
        if (message.header.from_initiator() == initiators) return;
        for (auto& payload : message.payloads) {
            auto* found = std::get_if<Notify>(&payload.body);
            if (!found || found->type != NotifyType::cookie2) continue;
            if (absent) {
                found->type = NotifyType{40960};  // private use: nothing to us
            } else {
                found->data.at(0) ^= 1;
            }
        }
    });
    pair.initiator.move_to(second.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    const auto& deceived = initiators ? pair.initiator : pair.responder;
    REQUIRE(deceived.last<IkeFailed>());
    CHECK(deceived.last<IkeFailed>()->failure == Failure::cookie2_mismatch);
    CHECK(pair.initiator.established().empty());
    CHECK(pair.responder.established().empty());
}

TEST_CASE("M27: the answer to a COOKIE2 that went to two addresses proves neither: another one is asked for",
          "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    // Of the first new address updates and their answers pass, the answer to the responder's proof does not.
    tap.on(response(informational), [](sim::Packet& packet) {
        return packet.from == second ? sim::Network::Fate::drop : sim::Network::Fate::pass;
    });
    pair.initiator.move_to(second.address);
    REQUIRE(pair.world.run_for(200ms) == sim::Ended::done);
    const auto third = endpoint("198.51.100.8:4500");
    pair.initiator.move_to(third.address);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    std::map<Bytes, std::set<Endpoint>> asked;
    for (const auto& each : proofs(tap)) asked[cookie2(each.message)->data].insert(each.to);
    REQUIRE(asked.size() >= 2);
    const auto last = proofs(tap).back();
    CHECK(asked[cookie2(last.message)->data] == std::set{third});
    CHECK(asked[cookie2(proofs(tap)[0].message)->data] == std::set{second, third});
    REQUIRE(pair.responder.last<Moved>());
    CHECK(pair.responder.last<Moved>()->to.remote == third);
    check_agreement(pair);
}

TEST_CASE("M28: NAT detection in any INFORMATIONAL request is answered with NAT detection",
          "[scenario][mobike]") {
    const bool by_initiator = GENERATE(true, false);
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    auto& by = by_initiator ? pair.initiator : pair.responder;
    const auto sa = by.ike_sa();
    const auto hash = [&](const Endpoint& end) {
        const auto octets = nat_detection_hash(sa.spi_i, sa.spi_r, end);
        return Bytes{octets.begin(), octets.end()};
    };
    by.give(SendInformational{sa.id,
                              {notify(NotifyType::nat_detection_source_ip, hash(sa.path.local)),
                               notify(NotifyType::nat_detection_destination_ip, hash(sa.path.remote))}});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    const auto answer = tap.all(response(informational)).at(0).message;
    REQUIRE(answer);
    const auto source = notifies(*answer, NotifyType::nat_detection_source_ip);
    const auto destination = notifies(*answer, NotifyType::nat_detection_destination_ip);
    REQUIRE(source.size() == 1);
    REQUIRE(destination.size() == 1);
    CHECK(source[0].data == hash(sa.path.remote));
    CHECK(destination[0].data == hash(sa.path.local));
    check_agreement(pair);
}

namespace {

/// An initiator behind a NAT from the start.
struct Natted {
    sim::Pair pair;
    Wiretap tap{pair};
    sim::Nat& nat;
    explicit Natted(sim::Setup setup = traced())
        : pair{std::move(setup)},
          nat{pair.network().add_nat({.outside = address("198.51.100.200"), .timeout = {}})} {
        pair.network().put_behind(nat, first.address);
        REQUIRE(pair.establish());
    }
    std::size_t updates() const {
        const auto all = tap.all(request(informational));
        return static_cast<std::size_t>(std::ranges::count_if(all, [](const auto& each) {
            return each.message && has(*each.message, NotifyType::update_sa_addresses);
        }));
    }
};

}  // namespace

TEST_CASE("M29: behind a NAT a liveness check notices a new mapping, and an update repairs it",
          "[scenario][mobike]") {
    Natted world;
    auto& pair = world.pair;
    CHECK(pair.initiator.ike_sa().nat_local);
    const auto before = pair.responder.ike_sa().path.remote;
    world.nat.rebind();
    CHECK_FALSE(pair.ping(pair.responder, pair.initiator, 1));
    pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    const auto check = world.tap.all(request(informational)).at(0).message;
    REQUIRE(check);
    CHECK(has(*check, NotifyType::nat_detection_destination_ip));
    CHECK(world.updates() == 1);
    const auto after = pair.responder.ike_sa().path.remote;
    CHECK(after.address == before.address);
    CHECK(after.port != before.port);
    CHECK(pair.responder.data_plane().traffic().at(0).path.remote == after);
    CHECK(joined(pair.disagreements(sim::Between::nat)) == "");
    CHECK(pair.ping(pair.responder, pair.initiator, 1));
}

TEST_CASE("M29: the NAT's outside address may change too", "[scenario][mobike]") {
    Natted world;
    auto& pair = world.pair;
    world.nat.rebind(address("198.51.100.201"));
    pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.ike_sa().path.remote.address == address("198.51.100.201"));
    check_agreement(pair, sim::Between::nat);
}

TEST_CASE("M30: after an IKE rekey behind a NAT the new SPIs cause no updates without end",
          "[scenario][mobike]") {
    Natted world;
    auto& pair = world.pair;
    pair.initiator.give(RekeyIkeSa{pair.initiator.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    for (int i = 0; i < 5; ++i) {
        pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    }
    CHECK(world.updates() <= 1);
    check_agreement(pair, sim::Between::nat);
}

TEST_CASE("M42: keepalives go from the address in use, and stop where there is no NAT",
          "[scenario][mobike]") {
    auto setup = traced();
    setup.initiator.peers[0].timers.nat_keepalive = 20s;
    Natted world{std::move(setup)};
    auto& pair = world.pair;
    const auto keepalives = [&](Duration time) {
        world.tap.seen.clear();
        REQUIRE(pair.world.run_for(time) == sim::Ended::done);
        std::set<Endpoint> from;
        std::size_t count = 0;
        for (const auto& each : world.tap.seen) {
            if (!each.is_keepalive) continue;
            from.insert(each.from);
            ++count;
        }
        CHECK(from.size() <= 1);
        return std::pair{count, from.empty() ? Endpoint{} : *from.begin()};
    };
    const auto at_home = keepalives(100s);
    CHECK(at_home.first >= 4);
    CHECK(at_home.second == pair.responder.ike_sa().path.remote);

    pair.network().put_behind(world.nat, address("10.0.0.9"));
    pair.initiator.move_to(address("10.0.0.9"));
    REQUIRE(pair.world.run_for(5s) == sim::Ended::done);
    const auto away = keepalives(100s);
    CHECK(away.first >= 4);
    CHECK(away.second == pair.responder.ike_sa().path.remote);
    CHECK(away.second != at_home.second);

    pair.initiator.move_to(second.address);
    REQUIRE(pair.world.run_for(25s) == sim::Ended::done);
    CHECK(keepalives(100s).first == 0);
}
