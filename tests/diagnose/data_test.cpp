// Findings about ESP: loss, copies, order, replays, restarts, one-way traffic, sizes.
#include "tests/catch.hpp"
#include "tests/diagnose/stage.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

Stage healthy() {
    Stage stage;
    stage.connect().pings(40);
    return stage;
}

}  // namespace

TEST_CASE("an ordinary tunnel alarms nobody, with right keys or none", "[diagnose]") {
    const auto stage = healthy();
    for (const auto keys : {Stage::Keys::all, Stage::Keys::none}) {
        CHECK(stage.diagnose(keys).alarms.empty());
        CHECK(stage.diagnose_client(keys).alarms.empty());
        CHECK(stage.diagnose_gateway(keys).alarms.empty());
    }
}

TEST_CASE("lost ESP is found where it arrives, and located by two captures", "[diagnose][esp]") {
    Stage stage;
    stage.connect();
    for (int i = 0; i < 40; ++i) stage.seen_by(true, i % 5 != 2).esp(true).seen_by(true, true).esp(false);
    CHECK(stage.diagnose_gateway().alarms_of("esp-loss"));
    CHECK_FALSE(stage.diagnose_client().has("esp-loss"));
    const auto both = stage.diagnose();
    CHECK(both.alarms_of("esp-loss"));
    const auto found = std::ranges::find(both.findings, "esp-loss", &diagnose::Diagnosis::id);
    CHECK(found->frames.front().file == 0);  // the sending end proves it
    CHECK(found->frames.size() == 8);
    CHECK_FALSE(healthy().diagnose().has("esp-loss"));
}

TEST_CASE("packets that come twice at once are duplicates, much later they are replays",
          "[diagnose][esp][rfc4303]") {
    Stage twice;
    twice.connect();
    for (int i = 0; i < 10; ++i) twice.pings(1).esp(true).again();
    const auto said = twice.diagnose_gateway();
    CHECK(said.has("esp-duplicates"));
    CHECK_FALSE(said.has("esp-replay"));

    Stage replayed;
    replayed.connect().esp(true);
    const auto old = replayed.last_packet();
    replayed.pings(30);
    replayed.raw(old, 62, 61);
    CHECK(replayed.diagnose_gateway().alarms_of("esp-replay"));
    CHECK_FALSE(healthy().diagnose_gateway().has("esp-replay"));
    CHECK_FALSE(healthy().diagnose_gateway().has("esp-duplicates"));
}

TEST_CASE("late packets are reordered, and out of the window when very late", "[diagnose][esp][rfc4303]") {
    Stage stage;
    stage.connect();
    stage.sequence(true, 2).pings(40).sequence(true, 1).esp(true);
    const auto said = stage.diagnose_gateway();
    CHECK(said.alarms_of("esp-reordered"));
    CHECK_FALSE(said.has("esp-loss"));
    CHECK_FALSE(healthy().diagnose_gateway().has("esp-reordered"));
}

TEST_CASE("sequence numbers that begin anew are found", "[diagnose][esp][rfc4303]") {
    Stage stage;
    stage.connect().pings(20).sequence(true, 1).pings(10);
    CHECK(stage.diagnose_gateway().alarms_of("esp-sequence-restarted"));
    CHECK_FALSE(healthy().diagnose_gateway().has("esp-sequence-restarted"));
}

TEST_CASE("ESP that goes one way only is lost or not processed, as the captures tell", "[diagnose][esp]") {
    Stage silent;  // the gateway gets everything and sends nothing
    silent.connect().esp(true, 50).ask(2).answer(2);
    CHECK(silent.diagnose().alarms_of("esp-not-processed"));
    CHECK(silent.diagnose_gateway().alarms_of("esp-not-processed"));
    CHECK(silent.diagnose_client().alarms_of("esp-dropped-one-way"));

    Stage lost;  // the answers are lost on their way back
    lost.connect();
    for (int i = 0; i < 50; ++i) lost.esp(true).seen_by(false, true).esp(false).seen_by(true, true);
    lost.ask(2).answer(2);
    const auto both = lost.diagnose();
    CHECK(both.alarms_of("esp-dropped-one-way"));
    CHECK_FALSE(both.has("esp-not-processed"));
    CHECK_FALSE(healthy().diagnose().has("esp-dropped-one-way"));
}

TEST_CASE("packets lost by size are a path MTU black hole", "[diagnose][pmtu][rfc8899]") {
    Stage stage;
    stage.connect();
    for (int i = 0; i < 10; ++i) {
        stage.pings(1).seen_by(true, false).esp(true, 1, 1400).seen_by(true, true);
    }
    CHECK(stage.diagnose().alarms_of("pmtu-black-hole"));
    CHECK(stage.diagnose_client().alarms_of("pmtu-black-hole"));
    Stage good;
    good.connect();
    for (int i = 0; i < 10; ++i) good.pings(1).esp(true, 1, 1400).esp(false, 1, 1400);
    CHECK(good.diagnose().alarms.empty());
}

TEST_CASE("damaged packets are told from wrong keys, and wrong keys from missing ones", "[diagnose][keys]") {
    auto stage = healthy();
    auto damaged = stage.esp(true).last_packet();
    damaged.back() ^= 1;
    damaged[40] ^= 1;
    stage.raw(damaged);
    CHECK(stage.diagnose_gateway().alarms_of("integrity-bad"));
    CHECK(healthy().diagnose_client(Stage::Keys::wrong).alarms_of("keys-do-not-match"));
    const auto without = healthy().diagnose_client(Stage::Keys::none);
    CHECK(without.has("keys-missing"));
    CHECK_FALSE(without.has("keys-do-not-match"));
    CHECK_FALSE(healthy().diagnose_client().has("keys-missing"));
}

TEST_CASE("sequence numbers of before the capture, one after the other, begin anew; once alone they are late",
          "[diagnose][esp][rfc4303]") {
    Stage stage;
    stage.connect().sequence(true, 500).pings(20).sequence(true, 1).pings(10);
    const auto said = stage.diagnose_gateway();
    CHECK(said.alarms_of("esp-sequence-restarted"));
    CHECK_FALSE(said.has("esp-reordered"));
    CHECK_FALSE(said.has("esp-replay"));
}

TEST_CASE("old packets sent again in their order are replays while the sender counts on",
          "[diagnose][esp][rfc4303]") {
    Stage before, stage;
    before.connect().sequence(true, 400);
    std::vector<Bytes> recorded;
    for (int i = 0; i < 6; ++i) recorded.push_back(before.esp(true).last_packet());
    stage.connect().sequence(true, 500).pings(20);
    for (const auto& each : recorded) stage.raw(each, 62, 61);
    stage.pings(10);
    const auto said = stage.diagnose_gateway();
    CHECK(said.alarms_of("esp-replay"));
    CHECK_FALSE(said.has("esp-sequence-restarted"));
}

TEST_CASE("replays after the last answer are no unanswered packets", "[diagnose][esp]") {
    Stage stage;
    stage.connect();
    std::vector<Bytes> recorded;
    for (int i = 0; i < 8; ++i) {
        stage.esp(true);
        recorded.push_back(stage.last_packet());
        stage.esp(false);
    }
    stage.wait(5s);
    for (const auto& each : recorded) stage.raw(each, 62, 61);
    const auto said = stage.diagnose_gateway();
    CHECK(said.alarms_of("esp-replay"));
    CHECK_FALSE(said.has("esp-not-processed"));
}

TEST_CASE("a capture that has every packet twice alarms nobody", "[diagnose]") {
    auto stage = healthy();
    stage.ask(2).answer(2).doubled();
    for (const auto& said : {stage.diagnose(), stage.diagnose_client(), stage.diagnose_gateway()}) {
        CHECK(said.alarms.empty());
        CHECK(said.has("capture-doubled"));
        CHECK_FALSE(said.has("esp-duplicates"));
    }
}

TEST_CASE("with two captures cut at 96 octets loss is found, and nothing where nothing was lost",
          "[diagnose][esp]") {
    auto fine = healthy();
    CHECK(fine.snap(96).diagnose().alarms.empty());
    CHECK(fine.diagnose().has("two-ends"));
    CHECK_FALSE(fine.diagnose().has("captures-unrelated"));
    Stage stage;
    stage.connect();
    for (int i = 0; i < 40; ++i) stage.seen_by(true, i % 5 != 2).esp(true).seen_by(true, true).esp(false);
    CHECK(stage.snap(96).diagnose().alarms_of("esp-loss"));
}

TEST_CASE("a clock that is hours off and runs faster loses no packet", "[diagnose][esp]") {
    for (const auto ppm : {-2000, -100, 0, 100, 2000}) {
        Stage stage;
        stage.connect().pings(20).wait(60s).pings(20).wait(600s).pings(20).gateway_clock(-5h, ppm);
        INFO(ppm << " ppm");
        CHECK(stage.diagnose().alarms.empty());
        CHECK_FALSE(stage.diagnose().has("esp-loss"));
    }
}

TEST_CASE("a capture that ends before the answers to a burst after a pause alarms nobody",
          "[diagnose][esp]") {
    Stage stage;
    stage.connect().pings(10).wait(20s).esp(true, 5);
    CHECK(stage.diagnose_client().alarms.empty());
    stage.wait(1s).esp(true, 5).wait(1s).esp(true, 5);
    CHECK(stage.diagnose_client().alarms_of("esp-dropped-one-way"));
}
