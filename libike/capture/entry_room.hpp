#pragma once
// Where tables keep many entries: in places that do not change, at little cost to the system.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace ike {

/// Octets for objects of any type that is not over-aligned; throws std::bad_alloc where there are none left.
class Slab {
public:
    static Slab plain(std::size_t size);
    /// The system is asked for large pages, which it need not give: a fault for each small one would cost
    /// more than what is then written there. `size` is a multiple of 2 MiB.
    static Slab large_pages(std::size_t size);
    std::byte* octets() const { return octets_.get(); }

private:
    struct Free {
        void operator()(std::byte* octets) const;
    };
    explicit Slab(void* octets);
    std::unique_ptr<std::byte, Free> octets_;
};

/// Room for entries that stay where they are: a few at a time, later in large pieces, for which the system is
/// asked for large pages.
template <class Entry>
class EntryRoom {
public:
    EntryRoom() = default;
    EntryRoom(EntryRoom&& other) noexcept
        : chunks_{std::exchange(other.chunks_, {})},
          slabs_{std::exchange(other.slabs_, {})},
          left_{std::exchange(other.left_, 0)},
          made_{std::exchange(other.made_, 0)} {}
    EntryRoom& operator=(EntryRoom other) noexcept {
        chunks_.swap(other.chunks_);
        slabs_.swap(other.slabs_);
        std::swap(left_, other.left_);
        std::swap(made_, other.made_);
        return *this;
    }
    ~EntryRoom() {
        for (std::uint32_t at = 0; at < made_; ++at) std::destroy_at(&(*this)[at]);
    }
    Entry& operator[](std::uint32_t at) { return chunks_[at / chunk_size][at % chunk_size]; }
    const Entry& operator[](std::uint32_t at) const { return chunks_[at / chunk_size][at % chunk_size]; }
    /// The number of one entry more.
    std::uint32_t add() {
        if (made_ == chunks_.size() * chunk_size) add_chunk();
        std::construct_at(&(*this)[made_]);
        return made_++;
    }

private:
    static constexpr std::size_t chunk_size = 64;
    static constexpr std::size_t large = std::size_t{2} << 20;
    static constexpr std::size_t few_chunks = 32;
    void add_chunk() {
        constexpr std::size_t size = chunk_size * sizeof(Entry);
        static_assert(size <= large && alignof(Entry) <= alignof(std::max_align_t));
        if (left_ < size) {
            const bool much = chunks_.size() >= few_chunks;
            left_ = much ? large : size;
            slabs_.push_back(much ? Slab::large_pages(large) : Slab::plain(size));
        }
        const auto whole = chunks_.size() >= few_chunks ? large : size;
        chunks_.push_back(reinterpret_cast<Entry*>(slabs_.back().octets() + (whole - left_)));
        left_ -= size;
    }
    std::vector<Entry*> chunks_;
    std::vector<Slab> slabs_;
    std::size_t left_ = 0;  ///< octets of the last slab
    std::uint32_t made_ = 0;
};

}  // namespace ike
