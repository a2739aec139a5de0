#include "libike/base/rng.hpp"

namespace ike {

std::uint64_t SeededRng::next() {
    state_ += 0x9e3779b97f4a7c15ull;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

void SeededRng::fill(MutableBytes octets) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < octets.size(); ++i) {
        if (i % 8 == 0) word = next();
        octets[i] = static_cast<std::uint8_t>(word >> (8 * (i % 8)));
    }
}

}  // namespace ike
