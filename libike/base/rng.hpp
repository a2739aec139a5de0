#pragma once
// Randomness is handed to the engine; only tools know where it comes from.
#include <array>

#include "libike/base/octets.hpp"

namespace ike {

/// A source of random octets.
class Rng {
public:
    virtual ~Rng() = default;
    virtual void fill(MutableBytes octets) = 0;

    Bytes bytes(std::size_t count) {
        Bytes octets(count);
        fill(octets);
        return octets;
    }
    std::uint64_t number() {
        std::array<std::uint8_t, 8> octets{};
        fill(octets);
        std::uint64_t value = 0;
        for (const auto octet : octets) value = value << 8 | octet;
        return value;
    }
    /// Uniform enough in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound) { return number() % bound; }
};

/// The same octets for the same seed, on every machine: for tests, the simulator and `--seed`. Not for keys
/// that must stay secret.
class SeededRng final : public Rng {
public:
    explicit SeededRng(std::uint64_t seed) : state_{seed} {}
    void fill(MutableBytes octets) override;

private:
    std::uint64_t state_;  // SplitMix64
    std::uint64_t next();
};

}  // namespace ike
