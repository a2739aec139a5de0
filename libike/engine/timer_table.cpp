#include "libike/engine/timer_table.hpp"

#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

void TimerTable::put(Slot slot, Entry entry) {
    heap_[slot] = entry;
    entry.sa->timer_slot = slot;
}

void TimerTable::sift_up(Slot slot) {
    const auto entry = heap_[slot];
    while (slot > 0) {
        const auto parent = (slot - 1) / 2;
        if (heap_[parent].at <= entry.at) break;
        put(slot, heap_[parent]);
        slot = parent;
    }
    put(slot, entry);
}

void TimerTable::sift_down(Slot slot) {
    const auto entry = heap_[slot];
    for (;;) {
        auto child = 2 * slot + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
        if (entry.at <= heap_[child].at) break;
        put(slot, heap_[child]);
        slot = child;
    }
    put(slot, entry);
}

void TimerTable::set(IkeSa& sa, std::optional<Instant> deadline) {
    auto slot = sa.timer_slot;
    if (slot == nowhere) {
        if (!deadline) return;
        heap_.push_back({*deadline, &sa});
        sift_up(heap_.size() - 1);
        return;
    }
    if (deadline) {
        const bool sooner = *deadline < heap_[slot].at;
        heap_[slot].at = *deadline;
        sooner ? sift_up(slot) : sift_down(slot);
        return;
    }
    sa.timer_slot = nowhere;
    const auto last = heap_.back();
    heap_.pop_back();
    if (slot == heap_.size()) return;
    put(slot, last);
    sift_up(slot);
    sift_down(last.sa->timer_slot);
}

std::optional<Instant> TimerTable::next() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().at;
}

IkeSa* TimerTable::due(Instant now) const {
    return heap_.empty() || heap_.front().at > now ? nullptr : heap_.front().sa;
}

}  // namespace ike::engine
