// usage: engine_steps STEPS [FIRST_SEED]
// Runs duels of an adversary against two engines, one seed after the other, until STEPS moves of the
// adversary are done. Odd seeds give it the keys. A seed that breaks something is printed and ends the run;
// `engine_steps SEED: ...` repeats these seeds alone, `engine_steps SEED!` tells all that happens in one.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "libike/render/event.hpp"
#include "libike/sim/duel.hpp"

namespace {

using ike::sim::Duel;
constexpr std::uint64_t moves_of_a_duel = 2000;

struct Totals {
    std::uint64_t moves = 0, engine_steps = 0, established = 0, failed = 0, rekeyed = 0, children = 0,
                  moved = 0, forged = 0, answered = 0;
    void add(const ike::sim::Duelist& end) {
        established += end.count<ike::IkeEstablished>();
        failed += end.count<ike::IkeFailed>();
        rekeyed += end.count<ike::IkeRekeyed>();
        children += end.count<ike::ChildEstablished>();
        moved += end.count<ike::Moved>();
    }
};

void tell(const Duel& duel, const ike::sim::Duelist& end, const ike::Event& event) {
    fmt::print("{:10.3f} {:5} {}\n", std::chrono::duration<double>{duel.now().time_since_epoch()}.count(),
               &end == &duel.left() ? "left" : "right", ike::event_line(event));
}

/// True when all held.
bool duel(std::uint64_t seed, Totals& totals, Duel::Told told = Duel::Told::events) {
    Duel duel{seed % 2 == 0 ? Duel::Power::wire : Duel::Power::keys, seed, told};
    if (told == Duel::Told::messages) duel.watch = tell;
    ike::sim::Choices choices{seed};
    for (std::uint64_t i = 0; i < moves_of_a_duel && duel.broken().empty(); ++i) {
        duel.step(choices);
        ++totals.moves;
    }
    duel.settle();
    totals.engine_steps += duel.engine_steps();
    totals.add(duel.left());
    totals.add(duel.right());
    totals.forged += duel.forged();
    totals.answered += duel.forged_answered();
    if (duel.broken().empty()) return true;
    fmt::print("seed {}: {}\n", seed, duel.broken());
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> given{argv + 1, argv + argc};
    const bool seeds = !given.empty() && std::ranges::all_of(given, [](std::string_view each) {
        return each.ends_with(':') || each.ends_with('!');
    });
    if (given.empty() || (!seeds && given.size() > 2)) {
        fmt::print(stderr,
                   "usage: engine_steps STEPS [FIRST_SEED] | engine_steps SEED: ... | engine_steps SEED!\n");
        return 2;
    }
    Totals totals;
    bool good = true;
    if (seeds) {
        for (const auto each : given) {
            const auto told = each.ends_with('!') ? Duel::Told::messages : Duel::Told::events;
            good = duel(std::strtoull(each.data(), nullptr, 10), totals, told) && good;
        }
        return good ? 0 : 1;
    }
    const auto number = std::strtoull(argv[1], nullptr, 10);
    const auto first = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 1;
    auto seed = first;
    while (good && totals.moves < number) good = duel(seed++, totals);
    fmt::print(
        "{} moves in duels {} to {}: {} engine steps, {} IKE SAs established, {} rekeyed, {} Child SAs, {} "
        "moves of "
        "addresses, {} messages forged with keys ({} answered), {} IKE SAs ended by a failure; {}\n",
        totals.moves, first, seed - 1, totals.engine_steps, totals.established, totals.rekeyed,
        totals.children, totals.moved, totals.forged, totals.answered, totals.failed,
        good ? "all held" : "BROKEN");
    return good ? 0 : 1;
}
