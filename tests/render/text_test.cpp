#include "libike/render/text.hpp"

#include <nlohmann/json.hpp>

#include "libike/base/rng.hpp"
#include "libike/capture/tracker.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/json_fields.hpp"
#include "tests/catch.hpp"
#include "tests/conversation.hpp"

using namespace ike;

namespace {

template <class Put>
std::string text(Put put_it) {
    TextBuffer out;
    put_it(out);
    return {out.data(), out.size()};
}

}  // namespace

TEST_CASE("characters from outside cannot steer a terminal", "[render]") {
    const auto printable = [](std::string_view from) {
        return text([&](TextBuffer& out) { put_printable(out, from); });
    };
    CHECK(printable("gw.example") == "gw.example");
    CHECK(printable("\x1b[31m") == "\\x1b[31m");
    CHECK(printable("Z\xc3\xbcrich") == "Z\xc3\xbcrich");
    CHECK(printable("\xc2\x9b"
                    "31m") == "\\xc2\\x9b31m");
    CHECK(printable("a\xe2\x80\xae"
                    "b") == "a\\xe2\\x80\\xaeb");
    CHECK(printable("\xff\n") == "\\xff\\x0a");
    CHECK(printable(std::string(300, 'a')) == std::string(200, 'a') + "...");
}

TEST_CASE("any octets make a valid JSON string", "[render]") {
    SeededRng rng{3};
    for (std::size_t i = 0; i < 2000; ++i) {
        const auto octets = rng.bytes(rng.below(20));
        const std::string_view from{reinterpret_cast<const char*>(octets.data()), octets.size()};
        const auto json = text([&](TextBuffer& out) { put_json_string(out, from); });
        INFO(json);
        CHECK(nlohmann::json::parse(json).is_string());
    }
    CHECK(text([](TextBuffer& out) { put_json_string(out, "a\"\\\n\xc3\xbc"); }) ==
          "\"a\\\"\\\\\\u000a\xc3\xbc\"");
}

TEST_CASE("times are shown to the microsecond, before and after the first", "[render]") {
    const auto seconds = [](std::int64_t ns) { return text([&](TextBuffer& out) { put_seconds(out, ns); }); };
    CHECK(seconds(0) == "0.000000");
    CHECK(seconds(34'567'890) == "0.034567");
    CHECK(seconds(-1'500'000'000) == "-1.500000");
    CHECK(seconds(std::numeric_limits<std::int64_t>::min()) == "-9223372036.854775");
}

TEST_CASE("every damaged packet still gives valid JSON with the fields of the contract", "[render]") {
    const testing::Conversation talk;
    SeededRng rng{8};
    Tracker tracker{talk.keys(testing::Conversation::Known::ike)};
    for (std::size_t i = 0; i < 3000; ++i) {
        auto packet = talk.packets()[rng.below(talk.packets().size())];
        for (auto hits = rng.below(4); hits > 0; --hits)
            packet[rng.below(packet.size())] = static_cast<std::uint8_t>(rng.number());
        if (rng.below(2) == 0) packet.resize(rng.below(packet.size()));
        const auto json = text([&](TextBuffer& out) {
            JsonFields fields{out};
            describe(tracker.observe(
                         {i + 1, {}, LinkType::raw, packet, static_cast<std::uint32_t>(packet.size())}),
                     fields);
        });
        const auto read = nlohmann::json::parse(json);
        for (const auto* key : {"frame", "time", "src", "dst", "kind", "link"}) CHECK(read.contains(key));
        if (read["kind"] != "ike" || (read.contains("error") && read["error"]["offset"] < 28)) continue;
        for (const auto* key : {"ispi", "rspi", "version", "exchange", "exchange_type", "message_id",
                                "length", "payloads", "decrypted", "integrity", "findings"}) {
            INFO(json);
            CHECK(read.contains(key));
        }
    }
}

TEST_CASE("numbers are written as the library writes them, whatever their length", "[render]") {
    std::vector<std::uint64_t> values{0, 9, 10, 99, ~std::uint64_t{}};
    for (std::uint64_t power = 1; power < 10'000'000'000'000'000'000u; power *= 10) {
        for (const auto near : {power * 10 - 1, power * 10, power * 10 + 1}) values.push_back(near);
    }
    for (unsigned bit = 0; bit < 64; ++bit) values.push_back(std::uint64_t{1} << bit);
    SeededRng rng{51};
    for (int i = 0; i < 2000; ++i) values.push_back(rng.below(~std::uint64_t{}) >> rng.below(64));
    for (const auto value : values) {
        CHECK(text([&](TextBuffer& out) { put_number(out, value); }) == std::to_string(value));
        const auto word = static_cast<std::uint32_t>(value);
        CHECK(text([&](TextBuffer& out) { put_hex(out, word, 8); }) == fmt::format("{:08x}", word));
        const auto time = static_cast<std::int64_t>(value);
        const auto size = time < 0 ? 0 - value : value;
        const auto expected =
            fmt::format("{}{}.{:06}", time < 0 ? "-" : "", size / 1'000'000'000, size / 1000 % 1'000'000);
        CHECK(text([&](TextBuffer& out) { put_seconds(out, time); }) == expected);
    }
}

TEST_CASE("a short text is written as far as it goes", "[render]") {
    ShortText<8> given;
    CHECK(given.empty());
    given.assign("12345678");
    CHECK(text([&](TextBuffer& out) { put(out, given); }) == "12345678");
    given.assign("abc");
    CHECK(text([&](TextBuffer& out) {
              // Into a buffer that is nearly full, so that it has to grow.
              out.resize(out.capacity() - 2);
              std::ranges::fill(out, 'x');
              put(out, given);
              put(out, "de");
          }).ends_with("xabcde"));
}
