#include "libike/mobike/path_choice.hpp"

#include <algorithm>

namespace ike::mobike {

std::vector<Pair> candidate_pairs(const Pair& in_use, const std::vector<Address>& local,
                                  const std::vector<Address>& remote, std::size_t limit) {
    std::vector<Pair> pairs{in_use};
    const auto add = [&](const Address& from, const Address& to) {
        const Pair pair{from, to};
        if (from.family() != to.family() || pairs.size() >= limit) return;
        if (std::ranges::find(pairs, pair) == pairs.end()) pairs.push_back(pair);
    };
    for (const auto& from : local) add(from, in_use.remote);
    for (const auto& to : remote) {
        add(in_use.local, to);
        for (const auto& from : local) add(from, to);
    }
    return pairs;
}

}  // namespace ike::mobike
