#pragma once
// CPU time of this process, and the best of several alternating rounds: what disturbs a machine only adds.
#include <algorithm>
#include <ctime>
#include <limits>

namespace bench {

/// Seconds of CPU that this process has used.
inline double cpu_seconds() {
    std::timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Adds up pieces of CPU time.
class Stopwatch {
public:
    void start() { begun_ = cpu_seconds(); }
    void stop() { total_ += cpu_seconds() - begun_; }
    double seconds() const { return total_; }
    /// Runs `work` on the clock and gives what it gives.
    template <class Work>
    auto time(Work&& work) {
        struct Running {
            Stopwatch& watch;
            explicit Running(Stopwatch& of) : watch{of} { watch.start(); }
            ~Running() { watch.stop(); }
        } running{*this};
        return work();
    }

private:
    double begun_ = 0;
    double total_ = 0;
};

/// The least of the values it was shown.
struct Best {
    double value = std::numeric_limits<double>::infinity();
    void add(double seconds) { value = std::min(value, seconds); }
};

}  // namespace bench
