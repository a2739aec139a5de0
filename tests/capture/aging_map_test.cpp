#include "libike/capture/aging_map.hpp"

#include <unordered_map>

#include "libike/base/rng.hpp"
#include "tests/catch.hpp"

using namespace ike;

TEST_CASE("a flat map holds what a map of the library does, whatever is put in and taken out", "[capture]") {
    SeededRng rng{7};
    FlatMap<std::uint64_t, std::string, std::hash<std::uint64_t>> map;
    std::unordered_map<std::uint64_t, std::string> model;
    for (int step = 0; step < 60'000; ++step) {
        // Few keys, and neighbours, so that places are fought over.
        const auto key = rng.below(700) << (rng.below(2) * 32);
        if (rng.below(3) == 0) {
            map.erase(key);
            model.erase(key);
        } else {
            const auto value = std::to_string(step);
            map[key] = value;
            model[key] = value;
        }
        const auto other = rng.below(700) << (rng.below(2) * 32);
        const auto* found = map.find(other);
        const auto expected = model.find(other);
        REQUIRE((found != nullptr) == (expected != model.end()));
        if (found != nullptr) REQUIRE(*found == expected->second);
    }
    REQUIRE(map.size() == model.size());
    for (const auto& [key, value] : model) REQUIRE(*map.find(key) == value);
    map.clear();
    CHECK(map.size() == 0);
    CHECK(map.find(1) == nullptr);
}

TEST_CASE("an aging map forgets what was not asked for, and says so", "[capture]") {
    AgingMap<int, int> map{100};
    for (int i = 0; i < 100; ++i) map[i] = i;
    CHECK(*map.find(0) == 0);
    CHECK(!map.forgot());
    for (int i = 100; i < 199; ++i) map[i] = i;
    CHECK(*map.find(7) == 7);  // of the old half: it is young again
    CHECK(!map.forgot());
    for (int i = 300; i < 500; ++i) map[i] = i;
    CHECK(map.forgot());
    CHECK(map.find(8) == nullptr);
    CHECK(*map.find(499) == 499);
    map.erase(499);
    CHECK(map.find(499) == nullptr);
}
