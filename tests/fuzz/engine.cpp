// Two engines and an adversary whose every move comes from the input. The first octet says what it can do.
#include <cstdio>
#include <cstdlib>

#include "libike/sim/duel.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using ike::sim::Duel;
    if (size < 2) return 0;
    Duel duel{data[0] % 2 == 0 ? Duel::Power::wire : Duel::Power::keys, data[0] / 2u};
    ike::sim::Choices choices{ike::ByteView{data, size}.subspan(1)};
    constexpr int most_steps = 1000;
    for (int i = 0; i < most_steps && !choices.is_over(); ++i) duel.step(choices);
    duel.settle();
    if (!duel.broken().empty()) {
        std::fprintf(stderr, "duel: %s\n", duel.broken().c_str());
        std::abort();
    }
    return 0;
}
