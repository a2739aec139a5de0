#pragma once
// How far reading has come, for people who wait: on a terminal that shows nothing else.
#include <chrono>
#include <cstdint>

/// Prints a line on standard error once a second's work is behind, and wipes it away at the end. Says
/// nothing where standard error is no terminal or the size is unknown, nor where packets are shown on one as
/// they are read.
class Progress {
public:
    enum class Shown { meanwhile, afterwards };  ///< what there is to see on standard output
    Progress(std::uint64_t total, Shown shown);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();
    /// Cheap: asks for the position, and looks at the clock, now and then only.
    template <class Position>
    void tick(Position position) {
        if (wanted_ && (++calls_ & 0x3ff) == 0) show(position());
    }

private:
    using Clock = std::chrono::steady_clock;
    void show(std::uint64_t position);
    std::uint64_t total_;
    bool wanted_;
    bool shown_ = false;
    std::uint64_t calls_ = 0;
    Clock::time_point begin_, next_;
};
