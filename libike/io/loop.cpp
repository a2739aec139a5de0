#include "libike/io/loop.hpp"

#include <asio.hpp>
#include <csignal>

namespace ike::io {

namespace {

std::chrono::steady_clock::time_point steady(Instant instant) {
    return std::chrono::steady_clock::time_point{
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(instant.time_since_epoch())};
}

}  // namespace

Instant now() {
    return Instant{std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
}

std::chrono::nanoseconds wall_offset() {
    return std::chrono::system_clock::now().time_since_epoch() - now().time_since_epoch();
}

EpochTime wall_time(Instant instant) { return EpochTime{instant.time_since_epoch() + wall_offset()}; }

struct Loop::State {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
    asio::signal_set interrupts{context};
    asio::signal_set status{context};
    std::function<void()> on_status;
    bool interrupted = false;

    void wait_for_status() {
        status.async_wait([this](const asio::error_code& error, int) {
            if (error) return;
            on_status();
            wait_for_status();
        });
    }
};

Loop::Loop() : state_{std::make_unique<State>()} {}
Loop::~Loop() = default;

asio::io_context& Loop::context() { return state_->context; }

Ended Loop::run_until(const std::function<bool()>& done, std::optional<Instant> deadline) {
    asio::steady_timer wake{state_->context};
    if (deadline) {
        // The timer only wakes run_one(); the clock is asked below.
        wake.expires_at(steady(*deadline));
        wake.async_wait([](const asio::error_code&) {});
    }
    while (true) {
        if (done && done()) return Ended::done;
        if (state_->interrupted) return Ended::interrupted;
        if (deadline && now() >= *deadline) return Ended::deadline;
        state_->context.run_one();
    }
}

Ended Loop::run_for(Duration time) { return run_until({}, now() + time); }

void Loop::catch_interrupts() {
    state_->interrupts.add(SIGINT);
    state_->interrupts.add(SIGTERM);
    state_->interrupts.async_wait([this](const asio::error_code& error, int) {
        if (error) return;
        state_->interrupted = true;
        // Back to what the system does: the next one ends the process.
        state_->interrupts.clear();
    });
}

bool Loop::interrupted() const { return state_->interrupted; }
void Loop::forget_interrupt() { state_->interrupted = false; }

void Loop::on_status_signal(std::function<void()> handler) {
    state_->on_status = std::move(handler);
    state_->status.add(SIGUSR1);
    state_->wait_for_status();
}

struct Timer::State {
    explicit State(Loop& loop) : timer{loop.context()} {}
    asio::steady_timer timer;
    std::uint64_t generation =
        0;  ///< of the deadline at hand: a handler that was queued before cancel() knows itself by it
};

Timer::Timer(Loop& loop) : state_{std::make_shared<State>(loop)} {}
Timer::~Timer() = default;
Timer::Timer(Timer&&) noexcept = default;
Timer& Timer::operator=(Timer&&) noexcept = default;

void Timer::set(Instant when, std::function<void()> handler) {
    const auto generation = ++state_->generation;
    state_->timer.expires_at(steady(when));
    state_->timer.async_wait([weak = std::weak_ptr{state_}, generation,
                              handler = std::move(handler)](const asio::error_code& error) {
        const auto state = weak.lock();
        if (error || !state || state->generation != generation) return;
        handler();
    });
}

void Timer::cancel() {
    ++state_->generation;
    state_->timer.cancel();
}

}  // namespace ike::io
