#include "libike/sim/forger.hpp"
#include "tests/catch.hpp"
#include "tests/engine/two_engines.hpp"

using namespace ike;
using namespace ike::testing;

TEST_CASE("a wrong or missing COOKIE2 in an answer closes the IKE SA", "[engine][mobike][M26]") {
    auto config = initiator_config();
    config.export_keys = true;
    TwoEngines two{std::move(config)};
    REQUIRE(two.establish());
    sim::Forger forger;
    for (const auto& each : two.initiator.events) {
        if (const auto* keys = std::get_if<KeysDerived>(&each)) forger.learn(keys->record);
    }
    const bool missing = GENERATE(false, true);
    SeededRng rng{9};
    two.filter = [&](Flight& flight) {
        if (flight.to_responder) return true;
        auto message = forger.open(flight.datagram.octets);
        if (!message || message->notify(NotifyType::cookie2) == nullptr || !message->header.is_response())
            return true;
        for (auto& each : message->payloads) {
            auto* body = std::get_if<Notify>(&each.body);
            if (body != nullptr && body->type == NotifyType::cookie2) body->data[0] ^= 1;
        }
        if (missing) message->payloads.pop_back();
        const auto forged = forger.seal(forger.known().front(), sim::Forger::As::responder, message->header,
                                        message->payloads, rng);
        flight.datagram.octets = sim::with_marker(flight.datagram.path, *forged);
        return true;
    };
    two.give(two.initiator, MoveTo{two.initiator_sa(), address("198.51.100.7"), {}});
    two.run();
    CHECK(two.initiator.last<IkeFailed>().failure == Failure::cookie2_mismatch);
    CHECK(two.initiator.last<MoveFailed>().failure == Failure::cookie2_mismatch);
    CHECK(two.initiator.engine.status().empty());
    CHECK(two.responder.engine.status().empty());
}

TEST_CASE("a client gets an inner address from the gateway's pool", "[engine][rfc7296][cp]") {
    auto ours = initiator_config();
    ours.peers[0].request_addresses = {Address::Family::v4, Address::Family::v6};
    ours.peers[0].ts_local.clear();
    ours.peers[0].ts_remote = {everything(Address::Family::v4), everything(Address::Family::v6)};
    auto theirs = responder_config();
    auto pool = std::make_shared<AddressPool>();
    pool->ranges = {{address("10.98.0.1"), address("10.98.0.2")},
                    {address("2001:db8:98::1"), address("2001:db8:98::9")}};
    pool->dns = {address("10.99.0.53")};
    pool->dns_domains = {"example"};
    pool->subnets = {parse_selector("10.99.0.0/16").value()};
    theirs.peers[0].pool = pool;
    theirs.peers[0].ts_local = ours.peers[0].ts_remote;
    ours.peers[0].send_initial_contact = false;
    TwoEngines two{std::move(ours), std::move(theirs)};
    REQUIRE(two.establish());
    const std::vector expected{address("10.98.0.1"), address("2001:db8:98::1")};
    CHECK(two.initiator.sa().inner_addresses == expected);
    CHECK(two.responder.sa().inner_addresses == expected);
    CHECK(to_string(two.responder.sa().children.front().ts_remote) == "10.98.0.1/32, 2001:db8:98::1/128");
    const auto configuration = two.initiator.last<IkeEstablished>().configuration;
    const auto has = [&](ConfigAttribute type, const Bytes& value) {
        return std::ranges::any_of(
            configuration, [&](const auto& each) { return each.type == type && each.value == value; });
    };
    CHECK(has(ConfigAttribute::internal_ip4_dns, {10, 99, 0, 53}));
    CHECK(has(ConfigAttribute::internal_ip4_subnet, {10, 99, 0, 0, 255, 255, 0, 0}));
    SECTION("the address stays through rekeys and moves, and comes back when the IKE SA is gone") {
        two.give(two.initiator, RekeyIkeSa{two.initiator_sa()});
        two.run();
        two.give(two.initiator, RekeyChildSa{two.initiator_child()});
        two.run();
        CHECK(two.responder.sa().inner_addresses == expected);
        CHECK(to_string(two.responder.sa().children.front().ts_remote) == "10.98.0.1/32, 2001:db8:98::1/128");
        two.give(two.initiator, DeleteIkeSa{two.initiator_sa()});
        two.run();
        two.give(two.initiator, Initiate{0, two.path});
        two.run();
        CHECK(two.initiator.sa().inner_addresses == expected);
    }
    SECTION("each client has its own, until there is none left") {
        for (int i = 0; i < 2; ++i) two.give(two.initiator, Initiate{0, two.path});
        two.run();
        const auto all = two.initiator.engine.status();
        REQUIRE(all.size() == 3);
        CHECK(all[1].inner_addresses.front() == address("10.98.0.2"));
        CHECK(all[2].inner_addresses.front() == address("2001:db8:98::3"));
    }
}

TEST_CASE("a client that offers but the unspecified address gets the one it is lent",
          "[engine][rfc7296][cp]") {
    // As OpenIKED's does. Whatever else TSi has is narrowed as ever.
    struct Case {
        std::string_view offered, expected;
    };
    const auto& [offered, expected] =
        GENERATE(Case{"0.0.0.0/32", "10.98.0.1/32"}, Case{"::/128", "2001:db8:98::1/128"},
                 Case{"0.0.0.0/32, ::/128", "10.98.0.1/32, 2001:db8:98::1/128"},
                 Case{"0.0.0.0/32, 10.98.0.0/16", "10.98.0.1/32"}, Case{"0.0.0.0/32, 10.97.0.0/16", ""});
    INFO(offered);
    auto ours = initiator_config();
    ours.peers[0].request_addresses = {Address::Family::v4, Address::Family::v6};
    ours.peers[0].ts_local.clear();
    for (std::size_t at = 0; at < offered.size();) {
        const auto comma = std::min(offered.find(", ", at), offered.size());
        ours.peers[0].ts_local.push_back(parse_selector(offered.substr(at, comma - at)).value());
        at = comma + 2;
    }
    ours.peers[0].ts_remote = {everything(Address::Family::v4), everything(Address::Family::v6)};
    auto theirs = responder_config();
    auto pool = std::make_shared<AddressPool>();
    pool->ranges = {{address("10.98.0.1"), address("10.98.0.2")},
                    {address("2001:db8:98::1"), address("2001:db8:98::9")}};
    theirs.peers[0].pool = pool;
    theirs.peers[0].ts_local = ours.peers[0].ts_remote;
    TwoEngines two{std::move(ours), std::move(theirs)};
    two.establish();
    const auto made = two.responder.all<ChildEstablished>();
    REQUIRE(made.size() == (expected.empty() ? 0 : 1));
    if (!made.empty()) CHECK(to_string(made.front().ts_remote) == expected);
}

TEST_CASE("a client that asks for no address is refused the Child SA where it must have one",
          "[engine][rfc7296][cp]") {
    auto theirs = responder_config();
    theirs.peers[0].pool = std::make_shared<AddressPool>();
    auto ours = initiator_config();
    const bool asks = GENERATE(false, true);
    if (asks) ours.peers[0].request_addresses = {Address::Family::v4};
    TwoEngines two{std::move(ours), std::move(theirs)};
    CHECK_FALSE(two.establish());
    CHECK(two.initiator.last<ChildFailed>().notify ==
          (asks ? NotifyType::internal_address_failure : NotifyType::failed_cp_required));
    CHECK(two.initiator.sa().state == IkeState::established);
}

TEST_CASE("with a larger window several requests are in flight and may be answered out of order",
          "[engine][rfc7296]") {
    auto ours = initiator_config();
    auto theirs = responder_config();
    theirs.peers[0].window = 4;
    TwoEngines two{std::move(ours), std::move(theirs)};
    REQUIRE(two.establish());
    for (int i = 0; i < 6; ++i) two.give(two.initiator, CreateChildSa{two.initiator_sa(), {}, {}});
    CHECK(two.wire.size() == 4);
    std::ranges::reverse(two.wire);
    two.run();
    CHECK(two.initiator.sa().children.size() == 7);
    CHECK(two.agree());
    // The other direction still has a window of one.
    for (int i = 0; i < 3; ++i) two.give(two.responder, CheckLiveness{two.responder_sa()});
    CHECK(two.wire.size() == 1);
    two.run();
    CHECK(two.agree());
}

TEST_CASE("with a larger window exchanges of every kind at once end in agreement",
          "[engine][rfc7296][collision]") {
    const auto seed = GENERATE(1u, 2u, 3u, 4u);
    auto ours = initiator_config();
    auto theirs = responder_config();
    ours.peers[0].window = theirs.peers[0].window = 8;
    TwoEngines two{std::move(ours), std::move(theirs), seed};
    REQUIRE(two.establish());
    two.give(two.initiator, CreateChildSa{two.initiator_sa(), {}, {}});
    two.run();
    two.give(two.initiator, RekeyChildSa{two.initiator_child()});
    two.give(two.initiator, RekeyIkeSa{two.initiator_sa()});
    two.give(two.responder, DeleteChildSa{two.responder.sa().children.back().id});
    two.give(two.responder, RekeyIkeSa{two.responder_sa()});
    two.give(two.initiator, MoveTo{two.initiator_sa(), address("198.51.100.7"), {}});
    SeededRng rng{seed};
    while (!two.wire.empty()) {
        std::swap(two.wire.front(), two.wire[rng.below(two.wire.size())]);
        two.deliver_one();
    }
    two.pass(10min);
    CHECK(two.agree());
    CHECK(two.initiator.count<IkeFailed>() == 0);
    CHECK(two.responder.count<IkeFailed>() == 0);
    CHECK(two.responder.sa().path.remote.address == address("198.51.100.7"));
}

TEST_CASE("an IKE SA may begin without a Child SA", "[engine][rfc6023]") {
    auto ours = initiator_config();
    ours.peers[0].childless = Childless::ask;
    SECTION("where the responder allows it") {
        TwoEngines two{std::move(ours)};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.sa().state == IkeState::established);
        CHECK(two.initiator.count<ChildFailed>() == 0);
        CHECK(two.agree());
        two.give(two.initiator, CreateChildSa{two.initiator_sa(), {}, {}});
        two.run();
        CHECK(two.initiator.sa().children.size() == 1);
        CHECK(two.agree());
        two.give(two.initiator, DeleteChildSa{two.initiator_child()});
        two.run();
        two.give(two.initiator, MoveTo{two.initiator_sa(), address("198.51.100.7"), {}});
        two.run();
        CHECK(two.responder.sa().path.remote.address == address("198.51.100.7"));
    }
    SECTION("not where it does not") {
        auto theirs = responder_config();
        theirs.peers[0].childless = Childless::refuse;
        TwoEngines two{std::move(ours), std::move(theirs)};
        CHECK(two.establish());
    }
}

namespace {

/// An initiator that proves nothing, and who accepts it or not.
TwoEngines with_nobody(bool accepted) {
    auto ours = initiator_config();
    auto theirs = responder_config();
    auto nobody = std::make_shared<LocalCredentials>();
    nobody->null_authentication = true;
    ours.peers[0].local = nobody;
    ours.peers[0].local_id = Identity{IdType::null, {}};
    theirs.peers[0].remote_id.reset();
    auto accepting = std::make_shared<RemoteCredentials>();
    accepting->accept_null = accepted;
    theirs.peers[0].remote = accepting;
    return TwoEngines{std::move(ours), std::move(theirs)};
}

}  // namespace

TEST_CASE("a peer may stay unnamed where that is accepted", "[engine][rfc7619]") {
    const bool accepted = GENERATE(true, false);
    auto two = with_nobody(accepted);
    CHECK(two.establish() == accepted);
    if (!accepted) CHECK(two.initiator.last<IkeFailed>().failure == Failure::authentication_failed);
}

TEST_CASE("who has proven nothing ends nobody's IKE SA with INITIAL_CONTACT", "[engine][rfc7619]") {
    auto two = with_nobody(true);
    REQUIRE(two.establish());
    two.give(two.initiator, Abandon{two.initiator_sa()});
    two.run();
    two.give(two.initiator, Initiate{0, two.path});
    two.run();
    CHECK(two.initiator.engine.status().size() == 1);
    CHECK(two.responder.engine.status().size() == 2);
}

TEST_CASE("an initiator authenticates anew before AUTH_LIFETIME is over", "[engine][rfc4478]") {
    auto theirs = responder_config();
    theirs.peers[0].timers.auth_lifetime = 100s;
    TwoEngines two{initiator_config(), std::move(theirs)};
    REQUIRE(two.establish());
    const auto first = two.initiator_sa();
    two.pass(95s);
    CHECK(two.initiator.engine.status().size() == 1);
    CHECK(two.initiator_sa() != first);
    CHECK(two.agree());
    CHECK(two.initiator.sa().children.size() == 1);
    two.filter = [](Flight&) { return false; };
    two.pass(130s);
    CHECK(two.responder.engine.status().empty());
}

TEST_CASE("AUTH_LIFETIME may come later, and time alone may call for another IKE_AUTH", "[engine][rfc4478]") {
    auto ours = initiator_config();
    const bool told = GENERATE(true, false);
    if (!told) ours.peers[0].timers.reauthentication = 50s;
    TwoEngines two{std::move(ours)};
    REQUIRE(two.establish());
    const auto first = two.initiator_sa();
    if (told) {
        two.give(two.responder, SendInformational{two.responder_sa(),
                                                  {notify(NotifyType::auth_lifetime, Bytes{0, 0, 0, 50})}});
        two.run();
    }
    two.pass(40s);
    CHECK(two.initiator_sa() == first);
    two.pass(15s);
    CHECK(two.initiator.engine.status().size() == 1);
    CHECK(two.initiator_sa() != first);
    CHECK(two.initiator.count<IkeEstablished>() == 2);
    CHECK(two.agree());
    // A responder tells nobody to authenticate anew by being told itself.
    two.give(two.initiator,
             SendInformational{two.initiator_sa(), {notify(NotifyType::auth_lifetime, Bytes{0, 0, 0, 10})}});
    two.run();
    const auto second = two.responder_sa();
    two.pass(12s);
    CHECK(two.responder_sa() == second);
}
