#include "libike/capture/esp_ahead.hpp"

namespace ike {
namespace {

/// Looks at a row that is being done before sleeping over it: about as long as a row takes.
constexpr int patience = 2000;
/// Waking a thread costs as much as opening a few packets.
constexpr std::uint64_t rows_for_waking = 4;
/// How far ahead what the other core wrote is fetched into this one's cache.
constexpr std::size_t soon = 4;

}  // namespace

EspAhead::EspAhead()
    : jobs_(size), texts_{std::make_unique_for_overwrite<std::uint8_t[]>(size * stride)}, thread_{[this] {
          work();
      }} {}

EspAhead::~EspAhead() {
    stop_ = true;
    put_.fetch_add(1);
    put_.notify_one();
    thread_.join();
}

void EspAhead::put(std::uint64_t number, ByteView esp, const std::shared_ptr<EspTwins>& keys,
                   std::uint32_t high) {
    auto& job = jobs_[number % size];
    job.wanted = keys && esp.size() <= longest;
    if (job.wanted) {
        job.esp = esp;
        job.high = high;
        if (job.keys != keys) job.keys = keys;
        any_ = true;
    }
    if ((number + 1) % row != 0 || !std::exchange(any_, false)) return;
    const auto full = number / row;
    if (full == current_) return;  // the owner has begun with it
    row_of(full).state.store(State::ready, std::memory_order_release);
    handed_over_ = full + 1;
    end_.store(handed_over_, std::memory_order_release);
    if (handed_over_ % rows_for_waking != 0) return;
    put_.fetch_add(1);
    put_.notify_one();
}

const EspJob* EspAhead::collect(std::uint64_t number) {
    const auto later = (number + soon) % size;
    __builtin_prefetch(&jobs_[later].outcome);
    __builtin_prefetch(text(later).data());
    if (const auto of = number / row; of != current_) {
        current_ = of;
        current_done_ = is_done(of);
    }
    const auto& job = jobs_[number % size];
    return current_done_ && job.wanted ? &job : nullptr;
}

/// Settles whose a row is.
bool EspAhead::is_done(std::uint64_t number) {
    auto& state = row_of(number).state;
    auto now = State::ready;
    if (state.compare_exchange_strong(now, State::idle, std::memory_order_acquire) || now == State::idle)
        return false;
    while (now == State::taken && do_last()) now = state.load(std::memory_order_acquire);
    for (int i = 0; now == State::taken && i < patience; ++i) now = state.load(std::memory_order_acquire);
    while (now == State::taken) {
        state.wait(State::taken, std::memory_order_acquire);
        now = state.load(std::memory_order_acquire);
    }
    state.store(State::idle, std::memory_order_relaxed);
    return true;
}

/// Opens the last row that nobody has begun; false where there is none.
bool EspAhead::do_last() {
    for (auto last = handed_over_; last > current_ + 1; --last) {
        if (!take(last - 1)) continue;
        open(last - 1, &EspTwins::of_owner);
        row_of(last - 1).state.store(State::done, std::memory_order_relaxed);
        return true;
    }
    return false;
}

bool EspAhead::take(std::uint64_t number) {
    auto state = State::ready;
    return row_of(number).state.compare_exchange_strong(state, State::taken, std::memory_order_acquire);
}

void EspAhead::open(std::uint64_t number, EspKeys EspTwins::*whose) noexcept {
    const auto first = number % rows * row;
    for (auto slot = first; slot < first + row; ++slot) {
        auto& job = jobs_[slot];
        if (!job.wanted) continue;
        try {
            job.outcome = ((*job.keys).*whose).open(job.esp, job.high, text(slot));
        } catch (...) {
            // OpenSSL refused: the owner tries again in its turn and sees for itself.
            job.outcome = std::unexpected{esp::OpenFailure::integrity};
        }
    }
}

void EspAhead::work() {
    std::uint64_t next = 0;
    for (int seen = 0; !stop_.load(std::memory_order_relaxed);) {
        const auto end = end_.load(std::memory_order_acquire);
        if (next == end) {
            put_.wait(seen);
            seen = put_.load();
            continue;
        }
        // The owner did what is further behind.
        if (end - next > rows) next = end - rows;
        const auto number = next++;
        if (!take(number)) continue;
        open(number, &EspTwins::of_helper);
        auto& state = row_of(number).state;
        state.store(State::done, std::memory_order_release);
        state.notify_one();
    }
}

}  // namespace ike
