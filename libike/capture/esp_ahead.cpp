#include "libike/capture/esp_ahead.hpp"

namespace ike {
namespace {

/// Waking a thread costs as much as opening a few packets.
constexpr std::uint64_t batch = 32;
/// Looks at a job that is being done before sleeping over it.
constexpr int patience = 2000;

/// How far ahead what the other core wrote is fetched into this one's cache.
constexpr std::size_t soon = 4;

}  // namespace

EspAhead::EspAhead()
    : jobs_(size), texts_{std::make_unique_for_overwrite<std::uint8_t[]>(size * stride)}, thread_{[this] {
          work();
      }} {}

void EspAhead::open(std::size_t slot) noexcept {
    auto& job = jobs_[slot];
    try {
        job.outcome = job.keys->open(job.esp, job.high, text(slot));
    } catch (...) {
        // OpenSSL refused: the owner tries again and sees for itself.
        job.outcome = std::unexpected{esp::OpenFailure::integrity};
    }
}

EspAhead::~EspAhead() {
    stop_ = true;
    put_.fetch_add(1);
    put_.notify_one();
    thread_.join();
}

void EspAhead::put(std::uint64_t number, ByteView esp, const std::shared_ptr<EspKeys>& keys,
                   std::uint32_t high) {
    auto& job = jobs_[number % size];
    if (keys && esp.size() <= longest) {
        job.esp = esp;
        job.high = high;
        if (job.keys != keys) job.keys = keys;
        job.state.store(EspJob::State::ready, std::memory_order_release);
        ++waiting_;
    }
    if ((number + 1) % batch != 0 || std::exchange(waiting_, 0) == 0) return;
    end_.store(number + 1, std::memory_order_release);
    put_.fetch_add(1);
    put_.notify_one();
}

const EspJob* EspAhead::collect(std::uint64_t number) {
    using State = EspJob::State;
    auto& job = jobs_[number % size];
    const auto later = (number + soon) % size;
    __builtin_prefetch(&jobs_[later]);
    __builtin_prefetch(&jobs_[later].outcome);
    __builtin_prefetch(text(later).data());
    auto state = State::ready;
    if (job.state.compare_exchange_strong(state, State::idle, std::memory_order_acquire) ||
        state == State::idle)
        return nullptr;
    for (int i = 0; state == State::taken && i < patience; ++i)
        state = job.state.load(std::memory_order_acquire);
    while (state == State::taken) {
        job.state.wait(State::taken, std::memory_order_acquire);
        state = job.state.load(std::memory_order_acquire);
    }
    job.state.store(State::idle, std::memory_order_relaxed);
    return &job;
}

void EspAhead::work() {
    using State = EspJob::State;
    std::uint64_t next = 0;
    for (int seen = 0; !stop_.load(std::memory_order_relaxed);) {
        const auto end = end_.load(std::memory_order_acquire);
        if (next == end) {
            put_.wait(seen);
            seen = put_.load();
            continue;
        }
        // The owner did what is further behind.
        if (end - next > size) next = end - size;
        const auto slot = next++ % size;
        auto& job = jobs_[slot];
        __builtin_prefetch(&jobs_[(slot + soon) % size], 1);
        auto state = State::ready;
        if (!job.state.compare_exchange_strong(state, State::taken, std::memory_order_acquire)) continue;
        open(slot);
        job.state.store(State::done, std::memory_order_release);
        job.state.notify_one();
    }
}

}  // namespace ike
