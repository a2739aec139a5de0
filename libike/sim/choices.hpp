#pragma once
// Decisions for a test driver, from a seed or from octets that a fuzzer mutates.
#include "libike/base/rng.hpp"

namespace ike::sim {

class Choices {
public:
    explicit Choices(std::uint64_t seed) : rng_{seed} {}
    /// Every octet is a decision; when they are used up, is_over() says so and all decisions are 0.
    explicit Choices(ByteView octets) : rng_{0}, octets_{octets} {}
    /// In [0, bound); bound at least 1.
    unsigned below(unsigned bound) {
        if (!octets_) return static_cast<unsigned>(rng_.below(bound));
        unsigned value = octet();
        if (bound > 256) value = value << 8 | octet();
        return value % bound;
    }
    bool one_in(unsigned count) { return below(count) == 0; }
    bool is_over() const { return octets_ && octets_->empty(); }

private:
    unsigned octet() {
        if (octets_->empty()) return 0;
        const auto value = octets_->front();
        octets_ = octets_->subspan(1);
        return value;
    }
    SeededRng rng_;
    std::optional<ByteView> octets_;
};

}  // namespace ike::sim
