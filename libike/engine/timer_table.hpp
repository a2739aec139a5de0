#pragma once
// When each IKE SA next wants to be woken: an indexed binary heap, so that 10,000 SAs cost O(log n) a step.
#include <cstddef>
#include <vector>

#include "libike/base/instant.hpp"

namespace ike::engine {

struct IkeSa;

class TimerTable {
public:
    /// Where an SA stands in the table; a member of the SA.
    using Slot = std::size_t;
    static constexpr Slot nowhere = static_cast<Slot>(-1);

    /// Sets or, with nothing, clears the SA's deadline.
    void set(IkeSa& sa, std::optional<Instant> deadline);
    std::optional<Instant> next() const;
    /// The SA whose deadline is the earliest and not after `now`; it stays in the table until set anew.
    IkeSa* due(Instant now) const;

private:
    struct Entry {
        Instant at;
        IkeSa* sa;
    };
    void put(Slot slot, Entry entry);
    void sift_up(Slot slot);
    void sift_down(Slot slot);
    std::vector<Entry> heap_;
};

}  // namespace ike::engine
