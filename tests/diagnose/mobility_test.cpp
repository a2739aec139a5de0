// Findings about moving: each with a conversation that shows it and one that must not.
#include "libike/sa/notify_data.hpp"
#include "tests/catch.hpp"
#include "tests/diagnose/stage.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

const std::vector<Payload> update{notify(NotifyType::update_sa_addresses),
                                  notify(NotifyType::cookie2, Bytes(16, 7))};
const std::vector<Payload> echoed{notify(NotifyType::cookie2, Bytes(16, 7))};

/// Connected, with traffic, and moved to another address; the update is in every capture.
Stage moved(unsigned children = 1) {
    Stage stage;
    stage.connect({notify(NotifyType::mobike_supported)}, {notify(NotifyType::mobike_supported)}, children);
    for (unsigned i = 0; i < children; ++i) stage.pings(5, i);
    stage.wait(300ms).from(cell_4500).ask(10, update).answer(10, echoed);
    return stage;
}

}  // namespace

TEST_CASE("a healthy roam alarms nobody", "[diagnose][mobike]") {
    auto stage = moved();
    stage.pings(20).ask(11).answer(11);
    for (const auto keys : {Stage::Keys::all, Stage::Keys::none}) {
        CHECK(stage.diagnose(keys).alarms.empty());
        CHECK(stage.diagnose_client(keys).alarms.empty());
        CHECK(stage.diagnose_gateway(keys).alarms.empty());
    }
    const auto said = stage.diagnose_client();
    CHECK(said.has("roam"));
}

TEST_CASE("an update that nobody answers is found, with and without keys", "[diagnose][mobike][rfc4555]") {
    Stage stage;
    stage.connect().pings(5).wait(300ms).from(cell_4500).seen_by(true, false).ask(10, update);
    stage.wait(4s).again().wait(7s).again().wait(13s).again().wait(1s);
    CHECK(stage.diagnose().alarms_of("mobike-update-unanswered"));
    CHECK(stage.diagnose_client().alarms_of("mobike-update-unanswered"));
    CHECK(stage.diagnose_client(Stage::Keys::none).alarms_of("mobike-update-unanswered"));
    CHECK_FALSE(moved().diagnose_client().has("mobike-update-unanswered"));
}

TEST_CASE("COOKIE2 that does not come back is found", "[diagnose][mobike][rfc4555]") {
    Stage stage;
    stage.connect().from(cell_4500).ask(10, update).answer(10);
    CHECK(stage.diagnose_client().alarms_of("mobike-cookie2-missing"));
    Stage other;
    other.connect().from(cell_4500).ask(10, update).answer(10, {notify(NotifyType::cookie2, Bytes(16, 8))});
    CHECK(other.diagnose_client().alarms_of("mobike-cookie2-missing"));
    CHECK_FALSE(moved().diagnose_client().has("mobike-cookie2-missing"));
}

TEST_CASE("ESP that follows an update before anybody proved the new path is noted",
          "[diagnose][mobike][rfc4555]") {
    const std::vector<Payload> asks{notify(NotifyType::cookie2, Bytes(16, 9))};
    auto trusting = moved();
    trusting.pings(5);
    CHECK(trusting.diagnose_gateway().has("mobike-update-unproven"));
    CHECK_FALSE(trusting.diagnose_gateway().alarms_of("mobike-update-unproven"));
    auto careful = moved();
    careful.say(ExchangeType::informational, 0, false, false, asks);
    careful.say(ExchangeType::informational, 0, true, true, asks).pings(5);
    CHECK_FALSE(careful.diagnose_gateway().has("mobike-update-unproven"));
    auto late = moved();
    late.pings(2).say(ExchangeType::informational, 0, false, false, asks);
    late.say(ExchangeType::informational, 0, true, true, asks).pings(5);
    CHECK(late.diagnose_gateway().has("mobike-update-unproven"));
}

TEST_CASE("addresses that the peer refuses are found", "[diagnose][mobike][rfc4555]") {
    Stage stage;
    stage.connect().from(cell_4500).ask(10, update).answer(10, {notify(NotifyType::unacceptable_addresses)});
    CHECK(stage.diagnose_gateway().alarms_of("mobike-addresses-refused"));
    CHECK_FALSE(moved().diagnose_gateway().has("mobike-addresses-refused"));
}

TEST_CASE("a Child SA that stays behind is found", "[diagnose][mobike][rfc4555]") {
    auto stage = moved(2);
    stage.pings(20, 0);
    for (int i = 0; i < 20; ++i) stage.from(client_4500).esp(false, 1, 84, 1);
    CHECK(stage.diagnose_gateway().alarms_of("mobike-child-left-behind"));
    auto good = moved(2);
    for (int i = 0; i < 20; ++i) good.pings(1, 0).pings(1, 1);
    CHECK(good.diagnose_gateway().alarms.empty());
}

TEST_CASE("ESP that stays on the old path is found", "[diagnose][mobike]") {
    auto stage = moved();
    for (int i = 0; i < 20; ++i) {
        stage.from(cell_4500).esp(true);
        stage.from(client_4500).seen_by(false, true).esp(false).seen_by(true, true);
    }
    CHECK(stage.diagnose_gateway().alarms_of("esp-on-old-path"));
    const auto both = stage.diagnose();
    CHECK(both.alarms_of("esp-on-old-path"));
    CHECK_FALSE(both.has("esp-dropped-one-way"));
}

TEST_CASE("a client without MOBIKE that changes its address is found", "[diagnose][mobike]") {
    Stage stage;
    stage.connect({}, {notify(NotifyType::mobike_supported)}).pings(5);
    Stage second{2};
    second.from(cell_4500).wait(3s).connect({}, {notify(NotifyType::mobike_supported)}).pings(5);
    // IKE_SA_INIT of the stage is always from the first address; its IKE_AUTH is from the second.
    CHECK(stage.diagnose_client().alarms.empty());
    Stage stray;
    stray.connect({}, {notify(NotifyType::mobike_supported)})
        .pings(5)
        .from(cell_4500)
        .ask(2)
        .wait(4s)
        .again()
        .wait(7s)
        .again();
    CHECK(stray.diagnose_client().alarms_of("mobike-not-negotiated"));
    CHECK_FALSE(moved().diagnose_client().has("mobike-not-negotiated"));
}

TEST_CASE("ESP to a NAT mapping that has changed is found", "[diagnose][nat]") {
    Stage stage;
    const auto rebound = *parse_endpoint("192.0.2.2:40001");
    stage.connect().pings(5);
    for (int i = 0; i < 30; ++i) {
        stage.from(rebound).esp(true);
        stage.from(client_4500).esp(false);
    }
    CHECK(stage.diagnose_gateway().alarms_of("nat-mapping-stale"));
    Stage good;
    good.connect().pings(5).from(rebound).pings(30);
    CHECK_FALSE(good.diagnose_gateway().has("nat-mapping-stale"));
}

TEST_CASE("a client that moves behind one NAT is no stale mapping; sending on to the old place is",
          "[diagnose][nat][mobike]") {
    const auto one = *parse_endpoint("203.0.113.1:41321"), two = *parse_endpoint("203.0.113.1:32556");
    const std::vector<Payload> bare{notify(NotifyType::update_sa_addresses)};
    Stage told;
    told.from(one).connect().pings(8).from(two).ask(2, bare).answer(2).pings(8);
    CHECK(told.diagnose_gateway().alarms.empty());
    CHECK(told.diagnose_gateway().has("nat-mapping-stale"));
    Stage stale;
    stale.from(one).connect().pings(8).esp(false, 30).from(two).ask(2, bare).answer(2).pings(8);
    CHECK(stale.diagnose_gateway().alarms_of("nat-mapping-stale"));
}

TEST_CASE("two clients on one LAN are not one that moved, also where nobody has the keys",
          "[diagnose][mobike]") {
    Stage one{1}, two{2};
    one.connect().pings(40);
    two.wait(3s).from(*parse_endpoint("192.0.2.9:4500")).connect().pings(40);
    one.merge(two);
    CHECK(one.diagnose_client(Stage::Keys::none).alarms.empty());
    CHECK(one.diagnose_gateway(Stage::Keys::none).alarms.empty());
}

TEST_CASE("a client that took its leave and comes again from elsewhere has not failed to move",
          "[diagnose][mobike]") {
    const std::vector<Payload> leave{
        payload(PayloadType::delete_payload, DeletePayload{ProtocolId::ike, 0, 0, {}})};
    Stage ended{1}, later{2};
    ended.connect().pings(5).ask(2, leave).answer(2);
    later.wait(90s).from(cell_4500).connect().pings(5);
    ended.merge(later);
    CHECK(ended.diagnose_client().alarms.empty());
    CHECK(ended.diagnose_gateway().alarms.empty());
    // At once, it is a reconnection in place of a move.
    Stage left{1}, next{2};
    left.connect().pings(5).ask(2, leave).answer(2);
    next.wait(3s).from(cell_4500).connect().pings(5);
    left.merge(next);
    CHECK(left.diagnose_client().alarms_of("reconnect-instead-of-move"));
}
