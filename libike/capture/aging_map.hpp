#pragma once
// A map that forgets what was not asked for longest, and allocates nothing for most of its entries.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "libike/capture/entry_room.hpp"

namespace ike {

/// Entries by key, found by open addressing. A place stays what it is until it is erased.
template <class Key, class Value, class Hash>
class FlatMap {
public:
    std::size_t size() const { return size_; }
    Value* find(const Key& key) {
        if (size_ == 0) return nullptr;
        const auto& slot = slots_[place(key, mix(key))];
        return slot.at == none ? nullptr : &entries_[slot.at].value;
    }
    const Value* find(const Key& key) const { return const_cast<FlatMap*>(this)->find(key); }
    Value& operator[](const Key& key) {
        auto* found = find(key);
        return found != nullptr ? *found : insert(key);
    }
    /// The key will be asked for soon: brings near what is looked at first. (Inlined, as gcc takes calls to
    /// what only fetches for useless.)
    [[gnu::always_inline]] void expect(const Key& key) const {
        if (size_ > 0) __builtin_prefetch(&slots_[mix(key) & (slots_.size() - 1)]);
    }
    /// The next step, once that is near.
    [[gnu::always_inline]] void expect_more(const Key& key) const {
        if (size_ == 0) return;
        const auto at = slots_[mix(key) & (slots_.size() - 1)].at;
        if (at != none) __builtin_prefetch(&entries_[at]);
    }
    /// A new value for a key that is not there yet.
    Value& insert(const Key& key) {
        if ((size_ + 1) * 4 > slots_.size() * 3) grow();
        std::uint32_t at = 0;
        if (!spare_.empty()) {
            at = spare_.back();
            spare_.pop_back();
        } else {
            at = entries_.add();
        }
        auto& made = entries_[at];
        made.key = key;
        const auto mixed = mix(key);
        slots_[place(key, mixed)] = {at, mixed};
        ++size_;
        return made.value;
    }
    /// Takes an entry out; nothing happens where there is none.
    void erase(const Key& key) {
        if (size_ == 0) return;
        auto hole = place(key, mix(key));
        const auto gone = slots_[hole].at;
        if (gone == none) return;
        entries_[gone].value = {};
        spare_.push_back(gone);
        --size_;
        // What the hole would cut off from its place moves up.
        const auto mask = slots_.size() - 1;
        for (auto at = (hole + 1) & mask; slots_[at].at != none; at = (at + 1) & mask) {
            const auto home = slots_[at].mixed & mask;
            if (((at - home) & mask) < ((at - hole) & mask)) continue;
            slots_[hole] = slots_[at];
            hole = at;
        }
        slots_[hole] = {};
    }
    void clear() { *this = {}; }

private:
    struct Entry {
        Key key{};
        Value value{};
    };
    static constexpr std::uint32_t none = ~std::uint32_t{};
    /// The number of an entry and its key's hash, which tells most other keys apart without a look at them.
    struct Slot {
        std::uint32_t at = none;
        std::uint32_t mixed = 0;
    };
    std::uint32_t mix(const Key& key) const {
        // The seed differs from map to map and run to run: whoever makes a capture cannot foretell places.
        auto mixed = (static_cast<std::uint64_t>(Hash{}(key)) ^ seed_) * 0x9e3779b97f4a7c15u;
        mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93u;
        return static_cast<std::uint32_t>(mixed >> 32);
    }
    /// Where the key is, or would be.
    std::size_t place(const Key& key, std::uint32_t mixed) {
        const auto mask = slots_.size() - 1;
        auto at = mixed & mask;
        while (slots_[at].at != none && !(slots_[at].mixed == mixed && entries_[slots_[at].at].key == key))
            at = (at + 1) & mask;
        return at;
    }
    void grow() {
        const auto before =
            std::exchange(slots_, std::vector<Slot>(std::max<std::size_t>(16, slots_.size() * 2)));
        const auto mask = slots_.size() - 1;
        if (before.empty()) seed_ = static_cast<std::uint64_t>(std::bit_cast<std::uintptr_t>(slots_.data()));
        for (const auto& each : before) {
            if (each.at == none) continue;
            auto at = each.mixed & mask;
            while (slots_[at].at != none) at = (at + 1) & mask;
            slots_[at] = each;
        }
    }
    std::vector<Slot> slots_;  ///< a power of two
    EntryRoom<Entry> entries_;
    std::vector<std::uint32_t> spare_;  ///< entries that were erased
    std::size_t size_ = 0;
    std::uint64_t seed_ = 0;
};

/// A map whose size is bounded: when the young half is full it becomes the old half, and what was in the old
/// half and not asked for since is forgotten.
template <class Key, class Value, class Hash = std::hash<Key>>
class AgingMap {
public:
    explicit AgingMap(std::size_t half) : half_{half} {}
    /// The value of `key`, made if need be; valid until the next call.
    Value& operator[](const Key& key) {
        if (auto* found = find(key)) return *found;
        make_room();
        return *remember(key, &young_.insert(key));
    }
    Value* find(const Key& key) {
        // Messages of one SA come in a row, and a table of many is not in the processor's cache.
        if (last_ != nullptr && last_key_ == key) return last_;
        if (auto* found = young_.find(key)) return remember(key, found);
        auto* aged = old_.find(key);
        if (aged == nullptr) return nullptr;
        auto value = std::move(*aged);
        old_.erase(key);
        make_room();
        auto& moved = young_.insert(key);
        moved = std::move(value);
        return remember(key, &moved);
    }
    [[gnu::always_inline]] void expect(const Key& key) const { young_.expect(key); }
    bool empty() const { return young_.size() + old_.size() == 0; }
    void erase(const Key& key) {
        last_ = nullptr;
        young_.erase(key);
        old_.erase(key);
    }
    bool forgot() const { return forgot_; }

private:
    Value* remember(const Key& key, Value* value) {
        last_key_ = key;
        last_ = value;
        return value;
    }
    void make_room() {
        if (young_.size() < half_) return;
        last_ = nullptr;
        forgot_ = forgot_ || old_.size() > 0;
        old_ = std::move(young_);
        young_.clear();
    }
    std::size_t half_;
    FlatMap<Key, Value, Hash> young_, old_;
    Key last_key_{};
    Value* last_ = nullptr;  ///< asked for last, where it is young
    bool forgot_ = false;
};

}  // namespace ike
