// Findings about setting up and keeping: silence, refusals, groups, floods, repeated values; and about the
// capture.
#include "tests/catch.hpp"
#include "tests/diagnose/stage.hpp"

using namespace ike;
using namespace ike::testing;

TEST_CASE("a request that nobody answers: dead peer or dead path, as the captures tell",
          "[diagnose][rfc7296]") {
    Stage ignored;
    ignored.connect().pings(5).wait(1s).ask(2).wait(4s).again().wait(7200ms).again().wait(13s).again();
    CHECK(ignored.diagnose().alarms_of("peer-dead"));
    const auto alone = ignored.diagnose_client();
    REQUIRE(alone.alarms_of("peer-dead"));
    CHECK(alone.findings.front().grade == diagnose::Grade::unknown);
    CHECK(alone.findings.front().message.find("strongSwan") != std::string::npos);

    Stage lost;
    lost.connect().pings(5).wait(1s).seen_by(true, false).ask(2).wait(4s).again().wait(7200ms).again();
    lost.wait(1s).seen_by(true, true).esp(false);
    const auto both = lost.diagnose();
    CHECK_FALSE(both.has("peer-dead"));

    Stage good;
    good.connect().pings(5).ask(2).answer(2).wait(10s).ask(3).answer(3);
    CHECK(good.diagnose().alarms.empty());
}

TEST_CASE("one lost packet of IKE is a note", "[diagnose][rfc7296]") {
    Stage stage;
    stage.connect().ask(2).wait(4s).again().answer(2).pings(3);
    const auto said = stage.diagnose_client();
    CHECK(said.has("ike-retransmissions"));
    CHECK(said.alarms.empty());
}

TEST_CASE("a peer that answers only new IKE SAs has lost its state", "[diagnose][rfc7296]") {
    Stage stage;
    stage.connect().pings(5).ask(2).wait(4s).again().wait(7s).again();
    Stage next{2};
    next.wait(20s).connect().pings(5);
    stage.merge(next);
    CHECK(stage.diagnose_client().alarms_of("peer-lost-state"));
}

TEST_CASE("a cookie or another group first costs a round trip, no more; over and over it is a loop",
          "[diagnose][rfc7296]") {
    Stage cookie;
    const auto asked = notify(NotifyType::cookie, Bytes(16, 5));
    cookie.init_request().init_response({asked}).init_request({asked}).init_response();
    const auto said = cookie.diagnose_client();
    CHECK(said.has("cookie-round-trip"));
    CHECK_FALSE(said.has("half-open-flood"));
    CHECK_FALSE(said.has("cookie-wrong"));
    Stage changed;
    changed.init_request().init_response({asked});
    changed.init_request({notify(NotifyType::cookie, Bytes(16, 6))}).init_response({asked});
    CHECK(changed.diagnose_gateway().alarms_of("cookie-wrong"));
    Stage loop;
    for (int i = 0; i < 4; ++i) {
        loop.init_request({payload(VendorIdPayload{Bytes(4, static_cast<std::uint8_t>(i))})});
        loop.init_response({notify(NotifyType::invalid_ke_payload, {0, 14})}).wait(1s);
    }
    CHECK(loop.diagnose_client().alarms_of("invalid-ke-loop"));
    CHECK_FALSE(said.has("invalid-ke-loop"));
}

TEST_CASE("refused proposals and selectors are found", "[diagnose][rfc7296]") {
    Stage ike;
    ike.init_request().init_response({notify(NotifyType::no_proposal_chosen)});
    CHECK(ike.diagnose_client(Stage::Keys::none).alarms_of("no-proposal-ike"));
    Stage child;
    child.connect().say(ExchangeType::create_child_sa, 2, true, false, {notify(NotifyType::rekey_sa)});
    child.say(ExchangeType::create_child_sa, 2, false, true, {notify(NotifyType::no_proposal_chosen)});
    CHECK(child.diagnose_client().alarms_of("no-proposal-child"));
    Stage selectors;
    selectors.connect().say(ExchangeType::create_child_sa, 2, true, false, {});
    selectors.say(ExchangeType::create_child_sa, 2, false, true, {notify(NotifyType::ts_unacceptable)});
    CHECK(selectors.diagnose_client().alarms_of("ts-unacceptable"));
    Stage other;
    other.connect().say(ExchangeType::create_child_sa, 2, true, false, {});
    other.say(ExchangeType::create_child_sa, 2, false, true, {notify(NotifyType::no_additional_sas)});
    const auto said = other.diagnose_client();
    CHECK(said.alarms_of("child-refused"));
    CHECK_FALSE(said.has("no-proposal-child"));
    CHECK_FALSE(said.has("ts-unacceptable"));
}

TEST_CASE("rekeying at once from both ends is a collision, and no fault", "[diagnose][rfc7296]") {
    Stage stage;
    const auto say = [&](bool forth, bool response, std::uint8_t first) {
        stage.say(ExchangeType::create_child_sa, forth != response ? 2u : 0u, forth, response,
                  {notify(NotifyType::rekey_sa), payload(NoncePayload{Bytes(32, first)})});
    };
    stage.connect();
    say(true, false, 9);
    say(false, false, 1);
    say(false, true, 8);
    say(true, true, 7);
    const auto said = stage.diagnose_client();
    REQUIRE(said.has("rekey-collision"));
    CHECK(said.alarms.empty());
    const auto found = std::ranges::find(said.findings, "rekey-collision", &diagnose::Diagnosis::id);
    CHECK(found->message.find("responder loses") != std::string::npos);  // it sent the lowest nonce
}

TEST_CASE("half-open IKE SAs in numbers are a flood, connections in numbers are not", "[diagnose][attack]") {
    Stage flood, busy;
    for (std::uint64_t i = 10; i < 80; ++i) {
        Stage one{i};
        one.wait(std::chrono::milliseconds{50 * i}).init_request().init_response();
        flood.merge(one);
        Stage whole{i};
        whole.wait(std::chrono::milliseconds{50 * i}).connect();
        busy.merge(whole);
    }
    CHECK(flood.diagnose_gateway().alarms_of("half-open-flood"));
    CHECK_FALSE(busy.diagnose_gateway(Stage::Keys::none).has("half-open-flood"));
}

TEST_CASE("a nonce that two IKE SAs share is found", "[diagnose][attack]") {
    Stage stage;
    stage.init_request().init_response({payload(NoncePayload{Bytes(32, 6)})});
    Stage other{2};
    other.wait(1s).init_request().init_response({payload(NoncePayload{Bytes(32, 6)})});
    stage.merge(other);
    CHECK(stage.diagnose_gateway().alarms_of("repeated-values"));
    Stage good;
    good.init_request().again().init_response().again();
    CHECK_FALSE(good.diagnose_gateway().has("repeated-values"));
}

TEST_CASE("weak algorithms are found where they were chosen, and noted where they were offered",
          "[diagnose][rfc8247]") {
    const auto weak = *parse_proposal(ProtocolId::ike, "3des-sha1-modp1024", Unsupported::allow);
    Stage chosen;
    chosen.init_request().init_response({payload(SaPayload{{weak}})});
    CHECK(chosen.diagnose_client().alarms_of("weak-crypto"));
    Stage good;
    good.init_request().init_response();
    CHECK_FALSE(good.diagnose_client().has("weak-crypto"));
}

TEST_CASE("the capture's own shortcomings are notes", "[diagnose]") {
    Stage late;
    late.seen_by(false, false).connect().seen_by(true, true).pings(10).ask(2).answer(2);
    const auto said = late.diagnose_client(Stage::Keys::none);
    CHECK(said.has("capture-starts-mid-session"));
    CHECK(said.alarms.empty());
    Stage one_sided;
    one_sided.connect().ask(2).wait(1s).ask(3).wait(1s).ask(4).answer(4).wait(10s).pings(1);
    const auto half = one_sided.diagnose_client();
    CHECK(half.has("capture-one-sided"));
    CHECK(half.alarms.empty());
}

TEST_CASE("captures that have nothing in common are looked at alone", "[diagnose]") {
    Stage stage;
    stage.seen_by(true, false).connect().pings(5).seen_by(false, true).wait(1s);
    Stage other{2};
    other.seen_by(false, true).connect().pings(5);
    stage.merge(other);
    const auto said = stage.diagnose(Stage::Keys::none);
    CHECK(said.has("captures-unrelated"));
    CHECK(said.alarms.empty());
}

TEST_CASE("IKE_AUTH without an answer is found where the capture has the beginning of each packet alone",
          "[diagnose][auth]") {
    Stage stage;
    stage.init_request().init_response().say(ExchangeType::ike_auth, 1, true, false, {});
    for (const auto gap : {4s, 7s, 13s}) stage.wait(gap).again();
    CHECK(stage.snap(70).diagnose_client().alarms_of("udp4500-blocked"));
    CHECK_FALSE(stage.diagnose_client().has("capture-starts-mid-session"));
}

TEST_CASE("an initiator that leaves at once after IKE_AUTH refused it, also where nobody has the keys",
          "[diagnose][auth]") {
    Stage refused;
    refused.connect().wait(30ms).ask(2, {notify(NotifyType::authentication_failed)}).answer(2);
    CHECK(refused.diagnose_client(Stage::Keys::none).alarms_of("auth-failed"));
    CHECK(refused.diagnose_gateway(Stage::Keys::none).alarms_of("auth-failed"));
    Stage used;
    used.connect().pings(4).ask(2, {payload(DeletePayload{ProtocolId::ike, 0, 0, {}})}).answer(2);
    CHECK(used.diagnose_client(Stage::Keys::none).alarms.empty());
}
