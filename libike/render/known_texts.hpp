#pragma once
// Texts of octets that come again and again: selectors, proposals, identities, vendor IDs. Small and
// forgetful.
#include <bit>
#include <vector>

#include "libike/base/octets.hpp"
#include "libike/render/text.hpp"

namespace ike {

/// Remembers what was written for octets of some kind; of two that fall on one place the later stays.
class KnownTexts {
public:
    /// `places` is rounded up to a power of two.
    explicit KnownTexts(std::size_t places = 64) : places_{std::bit_ceil(places)} {}
    /// Appends what `make` appends to `out` for these octets, which must depend on `kind` and `octets` alone.
    template <class Make>
    void put(TextBuffer& out, std::uint8_t kind, ByteView octets, Make make) {
        if (octets.size() > longest) return make();
        if (slots_.empty()) slots_.resize(places_);
        auto& slot = slots_[hash(kind, octets) & (places_ - 1)];
        if (slot.used && slot.kind == kind && equal(slot.octets, octets))
            return ike::put(out, std::string_view{slot.text});
        const auto from = out.size();
        make();
        slot.used = true;
        slot.kind = kind;
        slot.octets.assign(octets.begin(), octets.end());
        slot.text.assign(out.data() + from, out.size() - from);
    }

private:
    static constexpr std::size_t longest = 1024;
    static std::size_t hash(std::uint8_t kind, ByteView octets) {
        // The ends and the size: enough to spread few texts over many places.
        std::uint64_t head = 0, tail = 0;
        const auto count = std::min(octets.size(), sizeof head);
        if (count > 0) {
            std::memcpy(&head, octets.data(), count);
            std::memcpy(&tail, octets.data() + (octets.size() - count), count);
        }
        const auto mixed =
            (head ^ (tail << 7 | tail >> 57) ^ octets.size() << 8 ^ kind) * 0x9e3779b97f4a7c15u;
        return static_cast<std::size_t>(mixed >> 40);
    }
    struct Slot {
        bool used = false;
        std::uint8_t kind = 0;
        Bytes octets;
        std::string text;
    };
    std::size_t places_;
    std::vector<Slot> slots_;  ///< none before the first text
};

}  // namespace ike
