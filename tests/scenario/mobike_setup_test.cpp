// RFC 4555: what the ends tell each other when the IKE SA begins (sections 3.1 to 3.4, 3.9, 4).
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

constexpr auto auth = ExchangeType::ike_auth;
constexpr std::array mobike_notifies{NotifyType::mobike_supported,       NotifyType::additional_ip4_address,
                                     NotifyType::additional_ip6_address, NotifyType::no_additional_addresses,
                                     NotifyType::update_sa_addresses,    NotifyType::cookie2,
                                     NotifyType::no_nats_allowed,        NotifyType::unacceptable_addresses,
                                     NotifyType::unexpected_nat_detected};

std::vector<Address> some_addresses(int count) {
    std::vector<Address> found;
    for (int i = 1; i <= count; ++i) {
        found.push_back(
            address(i % 3 == 0 ? fmt::format("2001:db8::{:x}", 0x100 + i) : fmt::format("198.51.100.{}", i)));
    }
    return found;
}

}  // namespace

TEST_CASE("M2, M3: MOBIKE_SUPPORTED goes empty into the IKE_AUTH messages that carry the SA",
          "[scenario][mobike]") {
    sim::Pair pair{traced()};
    REQUIRE(pair.establish());
    for (const auto* end : {&pair.initiator, &pair.responder}) {
        REQUIRE(sent(*end, auth).size() == 1);
        const auto message = sent(*end, auth)[0];
        REQUIRE(message.find(PayloadType::sa));
        const auto found = notifies(message, NotifyType::mobike_supported);
        REQUIRE(found.size() == 1);
        CHECK(found[0].data.empty());
        CHECK(end->ike_sa().mobike);
    }
}

TEST_CASE("M2: where one end lacks MOBIKE no other notify of it follows, and no move", "[scenario][mobike]") {
    auto setup = traced();
    const bool initiator_lacks = GENERATE(true, false);
    auto& lacking = initiator_lacks ? setup.initiator : setup.responder;
    auto& other = initiator_lacks ? setup.responder : setup.initiator;
    lacking.peers[0].mobike.enabled = false;
    other.peers[0].mobike.additional = some_addresses(2);
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    CHECK_FALSE(pair.initiator.ike_sa().mobike);
    CHECK_FALSE(pair.responder.ike_sa().mobike);
    pair.initiator.move_to(address("198.51.100.7"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    const auto failed = pair.initiator.last<MoveFailed>();
    REQUIRE(failed);
    CHECK(failed->failure == Failure::not_possible);
    // The offer itself may stand in IKE_AUTH; the answer and everything later is bare.
    for (const auto& each : tap.seen) {
        if (!each.message || (each.header->exchange == auth && !each.header->is_response())) continue;
        for (const auto type : mobike_notifies) CHECK_FALSE(has(*each.message, type));
    }
    check_agreement(pair);
}

TEST_CASE("M3: data in MOBIKE_SUPPORTED is ignored", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    tap.rewrite({auth}, [](Message& message) {
        for (auto& payload : message.payloads) {
            auto* notify = std::get_if<Notify>(&payload.body);
            if (notify && notify->type == NotifyType::mobike_supported) notify->data = {1, 2, 3};
        }
    });
    REQUIRE(pair.establish());
    CHECK(pair.initiator.ike_sa().mobike);
    CHECK(pair.responder.ike_sa().mobike);
}

TEST_CASE("M4: with MOBIKE everything after IKE_SA_INIT is on port 4500, NAT or not", "[scenario][mobike]") {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    REQUIRE(tap.seen.size() >= 6);
    for (const auto& each : tap.seen) {
        const auto port = each.header->exchange == ExchangeType::ike_sa_init ? 500 : 4500;
        CHECK(each.from.port == port);
        CHECK(each.to.port == port);
    }
    CHECK_FALSE(pair.initiator.ike_sa().nat_local);
    CHECK_FALSE(pair.initiator.ike_sa().nat_remote);
}

TEST_CASE("M6: addresses announced in IKE_AUTH are kept by the other end", "[scenario][mobike]") {
    const int count = GENERATE(0, 1, 8, 9, 20);
    auto setup = traced();
    setup.initiator.peers[0].mobike.additional = some_addresses(count);
    setup.responder.peers[0].mobike.additional = some_addresses(count + 1);
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish());
    CHECK(pair.responder.ike_sa().peer_additional == some_addresses(count));
    CHECK(pair.initiator.ike_sa().peer_additional == some_addresses(count + 1));
    CHECK(pair.initiator.ike_sa().path.remote == endpoint("203.0.113.2:4500"));
    check_agreement(pair);
}

TEST_CASE("M6: an announced address of a wrong length is no address", "[scenario][mobike]") {
    const std::size_t length = GENERATE(0, 3, 5, 15, 17);
    auto setup = traced();
    setup.initiator.peers[0].mobike.additional = some_addresses(1);
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    tap.rewrite(request(auth), [&](Message& message) {
        message.payloads.push_back(notify(NotifyType::additional_ip4_address, Bytes(length, 1)));
    });
    pair.establish(1min);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    // It may refuse the message or pass the notify over; it must not invent an address.
    CHECK(pair.initiator.established().size() == pair.responder.established().size());
    if (!pair.responder.established().empty()) {
        CHECK(pair.responder.ike_sa().peer_additional == some_addresses(1));
    } else {
        CHECK(pair.responder.count<IkeFailed>() + pair.initiator.count<IkeFailed>() > 0);
    }
}

TEST_CASE("M38: Protocol ID and SPI size are zero in every notify of MOBIKE", "[scenario][mobike]") {
    auto setup = traced();
    setup.initiator.peers[0].mobike.additional = some_addresses(3);
    setup.responder.peers[0].mobike.additional = some_addresses(3);
    setup.responder.peers[0].mobike.refused = parse_selectors("198.51.100.66").value();
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    pair.initiator.move_to(address("198.51.100.66"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    pair.initiator.move_to(address("198.51.100.7"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    pair.initiator.give(AnnounceAddresses{pair.initiator.ike_sa().id, {}});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    std::vector<NotifyType> found;
    for (const auto& each : tap.seen) {
        if (!each.message) continue;
        for (const auto type : mobike_notifies) {
            for (const auto& notify : notifies(*each.message, type)) {
                CHECK(static_cast<int>(notify.protocol) == 0);
                CHECK(notify.spi.empty());
                found.push_back(type);
            }
        }
    }
    for (const auto type :
         {NotifyType::mobike_supported, NotifyType::additional_ip4_address,
          NotifyType::additional_ip6_address, NotifyType::no_additional_addresses,
          NotifyType::update_sa_addresses, NotifyType::cookie2, NotifyType::unacceptable_addresses}) {
        INFO(to_string(type));
        CHECK(std::ranges::find(found, type) != found.end());
    }
}

TEST_CASE("M32: with NO_NATS_ALLOWED the first IKE_AUTH and each update carry both addresses and ports",
          "[scenario][mobike]") {
    auto setup = traced();
    setup.initiator.peers[0].mobike.no_nats_allowed = setup.responder.peers[0].mobike.no_nats_allowed = true;
    const bool v6 = GENERATE(false, true);
    if (v6) {
        setup.initiator_addresses = sim::Setup::addresses("2001:db8::1");
        setup.responder_addresses = sim::Setup::addresses("2001:db8:ffff::2");
    }
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    pair.initiator.move_to(address(v6 ? "2001:db8::7" : "198.51.100.7"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    std::size_t checked = 0;
    const auto check = [&](const Wiretap::Sight& sight) {
        REQUIRE(sight.message);
        const auto found = notifies(*sight.message, NotifyType::no_nats_allowed);
        REQUIRE(found.size() == 1);
        CHECK(found[0].data.size() == (v6 ? 36 : 12));
        const auto read = no_nats_allowed(found[0]);
        REQUIRE(read);
        CHECK(read->source == sight.from);
        CHECK(read->destination == sight.to);
        // Section 3.9: who allows no NAT looks for none.
        CHECK_FALSE(has(*sight.message, NotifyType::nat_detection_source_ip));
        ++checked;
    };
    for (const auto& each : tap.all(request(auth))) check(each);
    for (const auto& each : tap.all(request(ExchangeType::informational))) {
        REQUIRE(each.message);
        if (has(*each.message, NotifyType::update_sa_addresses)) check(each);
    }
    CHECK(checked == 2);
    CHECK(pair.responder.ike_sa().path.remote.address == address(v6 ? "2001:db8::7" : "198.51.100.7"));
    check_agreement(pair);
}

TEST_CASE("M33, M34: a NAT where none is allowed is found, named and not used", "[scenario][mobike]") {
    auto setup = traced();
    setup.initiator.peers[0].mobike.no_nats_allowed = setup.responder.peers[0].mobike.no_nats_allowed = true;
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    auto& nat = pair.network().add_nat({.outside = address("198.51.100.200")});

    SECTION("in IKE_AUTH") {
        pair.network().put_behind(nat, address("192.0.2.1"));
        pair.establish(5min);
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        CHECK(pair.initiator.established().empty());
        CHECK(pair.responder.established().empty());
        REQUIRE(pair.initiator.last<IkeFailed>());
        CHECK(pair.initiator.last<IkeFailed>()->failure == Failure::unexpected_nat);
        const auto answers = tap.all(response(auth));
        REQUIRE_FALSE(answers.empty());
        REQUIRE(answers[0].message);
        CHECK(has(*answers[0].message, NotifyType::unexpected_nat_detected));
        CHECK(answers[0].to.address == nat.outside());
    }
    SECTION("in an update: the SA stays where it was") {
        REQUIRE(pair.establish());
        pair.network().put_behind(nat, address("10.0.0.5"));
        pair.initiator.move_to(address("10.0.0.5"));
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        REQUIRE(pair.initiator.last<MoveFailed>());
        CHECK(pair.initiator.last<MoveFailed>()->failure == Failure::unexpected_nat);
        CHECK(pair.responder.ike_sa().path.remote.address == address("192.0.2.1"));
        // Section 3.9: tried more than once, it may have been a packet someone altered.
        std::size_t updates = 0;
        for (const auto& each : tap.all(request(ExchangeType::informational))) {
            if (each.message && has(*each.message, NotifyType::update_sa_addresses)) ++updates;
        }
        CHECK(updates > 1);
        check_agreement(pair);
    }
}
