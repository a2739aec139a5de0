#pragma once
// Telling messages apart by a few octets.
#include <array>
#include <cstring>

#include "libike/base/octets.hpp"

namespace ike {

/// In the manner of FNV-1a, four words side by side so that no multiplication waits for the one before:
/// enough to tell messages apart, nobody gains by a collision.
class Digest {
public:
    explicit Digest(ByteView octets) : a_{start ^ octets.size()} {
        std::size_t at = 0;
        for (; at + block <= octets.size(); at += block) take(&octets[at]);
        if (at == octets.size()) return;
        if (at > 0) {
            take(&octets[octets.size() - block]);  // what is left, and some once more
        } else {
            std::array<std::uint8_t, block> few{};
            std::ranges::copy(octets, few.begin());
            take(few.data());
        }
    }
    std::uint32_t value() const {
        const auto all = mixed(mixed(mixed(a_, b_ ^ b_ >> 32), c_ ^ c_ >> 32), d_ ^ d_ >> 32) * prime;
        return static_cast<std::uint32_t>(all ^ all >> 32);
    }

private:
    static constexpr std::uint64_t prime = 0x100000001b3u;
    static std::uint64_t mixed(std::uint64_t lane, std::uint64_t word) {
        lane = (lane ^ word) * prime;
        return lane ^ lane >> 29;
    }
    static constexpr std::uint64_t start = 0xcbf29ce484222325u;
    static constexpr std::size_t block = 32;
    static std::uint64_t word(const std::uint8_t* at) {
        std::uint64_t value{};
        std::memcpy(&value, at, sizeof value);
        return value;
    }
    void take(const std::uint8_t* at) {
        a_ = mixed(a_, word(at));
        b_ = mixed(b_, word(at + 8));
        c_ = mixed(c_, word(at + 16));
        d_ = mixed(d_, word(at + 24));
    }
    std::uint64_t a_, b_ = start + 1, c_ = start + 2, d_ = start + 3;
};

}  // namespace ike
