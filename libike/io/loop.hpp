#pragma once
// Waiting: one thread, one loop. Sessions, timers and signals of a tool share it, so that nothing here needs
// a lock.
#include <functional>
#include <memory>

#include "libike/base/instant.hpp"
#include "libike/capture/time.hpp"

namespace asio {
class io_context;
}

namespace ike::io {

/// Monotonic time of the machine. Its zero is the machine's (boot, on Linux).
Instant now();
/// Nanoseconds to add to an Instant for time since the Unix epoch, as the wall clock stands now.
std::chrono::nanoseconds wall_offset();
/// What the wall clock showed, or will show, at `instant`.
EpochTime wall_time(Instant instant);

/// Why run_until() came back.
enum class Ended : std::uint8_t {
    done,         ///< the condition holds
    deadline,     ///< the time has come
    interrupted,  ///< SIGINT or SIGTERM, now or before
};

class Loop {
public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Serves everything until `done` says true (asked after each thing that happened), the deadline passes,
    /// or the user interrupts. Not to be called from within a callback.
    Ended run_until(const std::function<bool()>& done, std::optional<Instant> deadline = {});
    Ended run_for(Duration time);

    /// From now on the first SIGINT or SIGTERM ends run_until(); a second one ends the process at once.
    void catch_interrupts();
    bool interrupted() const;
    /// Forgets an interrupt, so that a clean end can use the loop again.
    void forget_interrupt();
    /// Calls `handler` for each SIGUSR1.
    void on_status_signal(std::function<void()> handler);

    /// For what else wants to wait here.
    asio::io_context& context();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// One deadline at a time; destroying or setting it again forgets the old one. The loop must outlive it.
class Timer {
public:
    explicit Timer(Loop& loop);
    ~Timer();
    Timer(Timer&&) noexcept;
    Timer& operator=(Timer&&) noexcept;
    void set(Instant when, std::function<void()> handler);
    void cancel();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace ike::io
