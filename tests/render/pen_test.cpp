#include "libike/base/rng.hpp"
#include "libike/render/text.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

template <class Put>
std::string text(Put put) {
    TextBuffer out;
    put(out);
    return {out.data(), out.size()};
}

}  // namespace

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
