#include "libike/render/filter.hpp"

#include "libike/render/follow.hpp"
#include "libike/render/json_fields.hpp"
#include "libike/render/stats.hpp"
#include "tests/catch.hpp"
#include "tests/conversation.hpp"

using namespace ike;
using ike::testing::Conversation;

namespace {

/// Calls `look` for each packet of the conversation, a quarter of a second apart.
template <class Look>
void play(Look look) {
    const Conversation talk;
    Tracker tracker{talk.keys(Conversation::Known::ike)};
    std::uint64_t number = 0;
    for (const auto& packet : talk.packets()) {
        const EpochTime time{std::chrono::milliseconds{1'700'000'000'000 + 250 * number}};
        look(tracker.observe(
            {++number, time, LinkType::raw, packet, static_cast<std::uint32_t>(packet.size())}));
    }
}

/// The frames that a filter lets through.
std::vector<std::uint64_t> frames(std::string_view text) {
    auto filter = Filter::parse(text);
    INFO(text);
    REQUIRE(filter);
    std::vector<std::uint64_t> found;
    play([&](const Observation& seen) {
        if (filter->matches(seen)) found.push_back(seen.packet.frame);
    });
    return found;
}
using Frames = std::vector<std::uint64_t>;

FilterError error(std::string_view text) {
    const auto filter = Filter::parse(text);
    INFO(text);
    REQUIRE_FALSE(filter);
    return filter.error();
}

}  // namespace

TEST_CASE("findings about a whole capture can be asked for by name", "[render][filter]") {
    auto filter = Filter::parse("finding == esp-loss or finding contains roam");
    REQUIRE(filter);
    CHECK(filter->asks("finding"));
    CHECK_FALSE(filter->asks("spi"));
    filter->know({.by_frame = {{5, {"esp-loss", "weak-crypto"}}, {6, {"weak-crypto"}}, {7, {"roam"}}},
                  .stretches = {}});
    std::vector<std::uint64_t> found;
    play([&](const Observation& seen) {
        if (filter->matches(seen)) found.push_back(seen.packet.frame);
    });
    CHECK(found == std::vector<std::uint64_t>{5, 7});
}

TEST_CASE("a finding about part of an ESP SA matches those packets, and one that does not exist is an error",
          "[render][filter]") {
    static constexpr std::string_view ids[] = {"esp-loss", "esp-replay", "roam"};
    auto filter = Filter::parse("finding == esp-loss", ids);
    REQUIRE(filter);
    CHECK(filter->words("finding") == std::vector<std::string>{"esp-loss"});
    filter->know(
        {.by_frame = {}, .stretches = {{"esp-loss", 0xc1000001, 1, 100}, {"roam", 0xc2000001, 1, 100}}});
    std::vector<std::uint64_t> found;
    play([&](const Observation& seen) {
        if (filter->matches(seen)) found.push_back(seen.packet.frame);
    });
    CHECK(found == std::vector<std::uint64_t>{6});
    const auto stranger = Filter::parse("frame == 1 && finding in {roam, esp-lost}", ids);
    REQUIRE_FALSE(stranger);
    CHECK(stranger.error().column == 33);
    CHECK(stranger.error().message == "there is no finding \"esp-lost\"; nearest: esp-loss");
    CHECK(Filter::parse("finding contains lost", ids));
}

// Frames: 1, 2 IKE_SA_INIT; 3, 4 IKE_AUTH; 5, 6 ESP there and back; 7, 8 INFORMATIONAL, sent twice.
TEST_CASE("filters pick packets by names, numbers, addresses and SPIs", "[render][filter]") {
    const std::pair<std::string_view, Frames> cases[] = {
        {"exchange == IKE_AUTH", {3, 4}},
        {"exchange == 35", {3, 4}},
        {"exchange == ike_auth && response", {4}},
        {"exchange == IKE_AUTH and not response", {3}},
        {"exchange != IKE_SA_INIT", {3, 4, 7, 8}},
        {"exchange in {IKE_SA_INIT, INFORMATIONAL}", {1, 2, 7, 8}},
        {"payload == IDi", {3}},
        {"id contains EXAMPLE", {3, 4}},
        {"id == client.example", {3}},
        {"kind == esp", {5, 6}},
        {"spi == 0xc1000001", {3, 6}},
        {"spi == 1122334455667788", {1, 2, 3, 4, 7, 8}},
        {"src == 192.0.2.0/24", {1, 3, 5, 7, 8}},
        {"path == 203.0.113.2:4500", {1, 2, 3, 4, 5, 6, 7, 8}},
        {"dst == 203.0.113.3", {}},
        {"inner.src == 10.98.0.1", {5}},
        {"inner.port in {2000}", {5, 6}},
        {"inner.protocol == 17 && seq == 1", {5, 6}},
        {"decrypted", {3, 4, 5, 6, 7, 8}},
        {"!decrypted", {1, 2}},
        {"integrity == good && kind == ike", {3, 4, 7, 8}},
        {"retransmission", {8}},
        {"time >= 1.5", {7, 8}},
        {"frame < 3 || frame >= 8", {1, 2, 8}},
        {"encr == ENCR_AES_GCM_16 && ke", {1, 2}},
        {"auth == 2", {3, 4}},
        {"ts contains 10.0.0.0/8", {3, 4}},
        {"verified == unknown", {3, 4}},
        {"finding", {}},
        {"(kind == ike && (mid == 0 || mid == 2)) && !(request)", {2}},
    };
    for (const auto& [text, wanted] : cases) {
        INFO(text);
        CHECK(frames(text) == wanted);
    }
}

TEST_CASE("a mistake in a filter is shown where it is", "[render][filter]") {
    CHECK(error("exchang == IKE_AUTH").message == "there is no field \"exchang\"; is \"exchange\" meant?");
    CHECK(error("kind == ike && exchange == IKE_AUT").column == 28);
    CHECK(error("exchange = IKE_AUTH").message == "\"==\" compares");
    CHECK(error("(kind == ike").message == "this parenthesis is not closed");
    CHECK(error("(kind == ike").column == 1);
    CHECK(error("frame in {1, 2").column == 10);
    CHECK(error("src == 192.0.2.0/33").message == "expected a prefix of 0 to 32 bits");
    CHECK(error("spi > 5").message == "spi has no order, only \"==\" and \"!=\"");
    CHECK(error("kind contains esp").column == 6);
    CHECK(error("kind == ike kind").message == "\"kind\" was not expected here");
    CHECK(error("frame ==").message == "a value was expected here");
    CHECK(error("").message == "a field was expected here");
    CHECK(error("id == \"open").message == "a quotation mark has no other");
    CHECK(error(std::string(1000, '(')).message == "is nested too deeply");
    CHECK(to_string(error("a == 1"), "a == 1") ==
          "column 1: there is no field \"a\"; ikedump(1) lists them\n  a == 1\n  ^");
}

TEST_CASE("an SA is followed to what comes of it", "[render][filter]") {
    const auto followed = [](std::string_view spi) {
        auto follow = Follow::parse(spi);
        REQUIRE(follow);
        Frames found;
        play([&](const Observation& seen) {
            if (follow->matches(seen)) found.push_back(seen.packet.frame);
        });
        return found;
    };
    CHECK(followed("1122334455667788") == Frames{1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(followed("0xc2000002") == Frames{4, 5, 7, 8});
    CHECK(followed("99aabbccddeeff00") == Frames{2, 3, 4, 5, 6, 7, 8});
    CHECK(followed("c9999999").empty());
    CHECK_FALSE(Follow::parse("nothing"));
    CHECK_FALSE(Follow::parse(""));
}

TEST_CASE("a capture is counted, SA by SA", "[render]") {
    Stats stats;
    play([&](const Observation& seen) { stats.add(seen); });
    TextBuffer out;
    JsonFields fields{out};
    stats.describe(fields);
    const std::string json{out.data(), out.size()};
    CHECK(json.find(R"("kinds":{"ike":6,"esp":2})") != json.npos);
    CHECK(json.find(R"("ispi":"1122334455667788","rspi":"99aabbccddeeff00","messages":6,)") != json.npos);
    CHECK(json.find(R"("retransmissions":1,"opened":4,"shut":0)") != json.npos);
    CHECK(json.find(R"("exchanges":{"IKE_SA_INIT":2,"IKE_AUTH":2,"INFORMATIONAL":2})") != json.npos);
    CHECK(json.find(R"("spi":"c2000002","packets":1,)") != json.npos);
    TextBuffer text;
    stats.put(text);
    CHECK(std::string{text.data(), text.size()}.starts_with("8 packets, "));
}

TEST_CASE("missing, repeated and late ESP packets are counted", "[render]") {
    Stats stats;
    Observation seen;
    seen.what.kind = Kind::esp;
    seen.esp.readable = true;
    seen.esp.spi = 1;
    for (const std::uint64_t sequence : {5u, 6u, 9u, 8u, 8u, 10u}) {
        seen.esp.sequence = sequence;
        stats.add(seen);
    }
    TextBuffer out;
    JsonFields fields{out};
    stats.describe(fields);
    const std::string json{out.data(), out.size()};
    CHECK(json.find(R"("first_seq":5,"last_seq":10,"missing":1,"repeated":1,"late":1)") != json.npos);
}
