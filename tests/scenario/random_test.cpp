// A thousand lives at random. IKE_SCENARIO_SEED=N repeats one with its story; IKE_SCENARIO_COUNT lives more
// or fewer.
#include <cstdlib>
#include <map>

#include "tests/scenario/random_life.hpp"

using namespace scenario;

namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
    const auto* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

TEST_CASE("a thousand random lives end in agreement of both ends or in a named failure",
          "[scenario][random]") {
    const auto only = setting("IKE_SCENARIO_SEED", 0);
    const auto first = only == 0 ? 1 : only;
    const auto last = only == 0 ? setting("IKE_SCENARIO_COUNT", 1000) : only;
    std::uint64_t alive = 0, ended = 0;
    for (auto seed = first; seed <= last; ++seed) {
        const auto verdict = live(seed);
        ++(verdict.alive ? alive : ended);
        if (only != 0) {
            for (const auto& line : verdict.story) WARN(line);
            WARN((verdict.alive ? "alive" : "ended") << ": " << verdict.named);
        }
        if (!verdict.trouble.empty()) {
            FAIL_CHECK("IKE_SCENARIO_SEED=" << seed << " test_scenario '[random]': " << verdict.trouble);
        }
    }
    WARN(alive << " lives kept their IKE SA, " << ended << " ended by name");
    // The conditions are rough, not hopeless: a test in which all die shows nothing.
    if (only == 0) CHECK(alive > (last - first) / 3);
}

TEST_CASE("the same seed gives the same life", "[scenario][random]") {
    const auto once = live(42), again = live(42);
    CHECK(once.story == again.story);
    CHECK(once.alive == again.alive);
    CHECK(once.named == again.named);
}
