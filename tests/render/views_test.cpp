// What people and programs read, over a small conversation, octet for octet. IKE_GOLDEN_WRITE=1 rewrites the
// files.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "libike/render/describe.hpp"
#include "libike/render/json_fields.hpp"
#include "libike/render/ladder.hpp"
#include "libike/render/line.hpp"
#include "libike/render/tree_fields.hpp"
#include "tests/catch.hpp"
#include "tests/conversation.hpp"

using namespace ike;
using ike::testing::Conversation;

namespace {

/// Shows each packet of the conversation with `show(observation, buffer)`.
template <class Show>
std::string shown(Show show) {
    const Conversation talk;
    Tracker tracker{talk.keys(Conversation::Known::ike)};
    TextBuffer out;
    std::uint64_t number = 0;
    for (const auto& packet : talk.packets()) {
        const EpochTime time{std::chrono::nanoseconds{1'700'000'000'000'000'000 +
                                                      static_cast<std::int64_t>(number) * 250'000'000}};
        show(tracker.observe(
                 {++number, time, LinkType::raw, packet, static_cast<std::uint32_t>(packet.size())}),
             out);
    }
    return {out.data(), out.size()};
}

void compare(const std::string& text, const std::string& name) {
    const auto path = std::string{IKE_SOURCE_DIR} + "/tests/golden/" + name;
    if (std::getenv("IKE_GOLDEN_WRITE") != nullptr) std::ofstream{path} << text;
    std::ifstream file{path};
    std::stringstream wanted;
    wanted << file.rdbuf();
    INFO(path);
    CHECK(text == wanted.str());
}

}  // namespace

TEST_CASE("lines are as in the golden file", "[render][golden]") {
    LineWriter lines{Colour::none};
    compare(shown([&](const Observation& seen, TextBuffer& out) { lines.put_line(out, seen); }),
            "conversation.lines");
}

TEST_CASE("trees are as in the golden file", "[render][golden]") {
    compare(shown([](const Observation& seen, TextBuffer& out) {
                TreeFields fields{out};
                describe(seen, fields);
            }),
            "conversation.tree");
}

TEST_CASE("JSON is as in the golden file", "[render][golden]") {
    compare(shown([](const Observation& seen, TextBuffer& out) {
                JsonFields fields{out};
                describe(seen, fields);
                out.push_back('\n');
            }),
            "conversation.json");
}

TEST_CASE("ladders are as in the golden files", "[render][golden]") {
    for (const auto& [charset, name] : {std::pair{Charset::unicode, "conversation.ladder"},
                                        {Charset::ascii, "conversation.ladder.ascii"}}) {
        Ladder ladder{Colour::none, charset};
        auto text = shown([&](const Observation& seen, TextBuffer& out) { ladder.add(seen, out); });
        TextBuffer rest;
        ladder.finish(rest);
        compare(text + std::string{rest.data(), rest.size()}, name);
    }
}

TEST_CASE("colour changes nothing but colour", "[render]") {
    LineWriter plain{Colour::none}, painted{Colour::ansi};
    const auto without = shown([&](const Observation& seen, TextBuffer& out) { plain.put_line(out, seen); });
    auto with = shown([&](const Observation& seen, TextBuffer& out) { painted.put_line(out, seen); });
    CHECK(with != without);
    for (std::size_t at = 0; (at = with.find('\x1b', at)) != with.npos;)
        with.erase(at, with.find('m', at) - at + 1);
    CHECK(with == without);
}

TEST_CASE("what could not be read to its end is told with its place, its payload and the reason",
          "[render]") {
    const Conversation talk;
    const auto& whole = talk.packets()[0];
    constexpr std::size_t ike = 32, sa_length = ike + 28 + 2, length = ike + 24;
    const auto views_of = [](const Bytes& packet) {
        Tracker tracker{KeyStore{}};
        const auto& seen =
            tracker.observe({1, {}, LinkType::raw, packet, static_cast<std::uint32_t>(packet.size())});
        TextBuffer out;
        LineWriter lines{Colour::none};
        lines.put_line(out, seen);
        JsonFields json{out};
        describe(seen, json);
        return std::string{out.data(), out.size()};
    };
    const auto contains = [](const std::string& text, std::string_view part) {
        INFO(text);
        INFO(part);
        CHECK(text.find(part) != text.npos);
    };
    // The SA payload claims more than there is.
    auto broken = whole;
    broken[sa_length] = 0xff;
    contains(views_of(broken), "truncated at offset 32: payload length, in SA\n");
    contains(views_of(broken), R"("error":{"offset":32,"field":"payload length","payload":"SA","reason":)");
    // A transform in it does.
    broken = whole;
    broken[ike + 28 + 4 + 8 + 2] = 0x7f;
    contains(views_of(broken), R"("field":"transform length","payload":"SA","reason":)");
    // The header claims less: what is left over lies in no payload.
    broken = whole;
    broken[length + 3] -= 1;
    CHECK(views_of(broken).find(R"("payload":"SA","reason")") == std::string::npos);
    contains(views_of(broken), R"("error":{"offset":)");
}
