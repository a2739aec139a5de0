#include "tools/ikedump/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace {

constexpr std::chrono::milliseconds first_after{1000};
constexpr std::chrono::milliseconds interval{200};
constexpr double mebi = 1024.0 * 1024.0;

}  // namespace

Progress::Progress(std::uint64_t total, Shown shown)
    : total_{total},
      wanted_{total > 0 && ::isatty(STDERR_FILENO) == 1 &&
              (shown == Shown::afterwards || ::isatty(STDOUT_FILENO) == 0)},
      begin_{Clock::now()},
      next_{begin_ + first_after} {}

Progress::~Progress() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(std::uint64_t position) {
    const auto now = Clock::now();
    if (now < next_ || position == 0) return;
    next_ = now + interval;
    const auto seconds = std::chrono::duration<double>(now - begin_).count();
    const auto rate = static_cast<double>(position) / seconds;
    const auto left = static_cast<double>(total_ - std::min(position, total_)) / rate;
    fmt::print(stderr, "\r\x1b[Kikedump: {:.0f} % of {:.0f} MiB, {:.0f} MiB/s, {:.0f} s left",
               100.0 * static_cast<double>(position) / static_cast<double>(total_),
               static_cast<double>(total_) / mebi, rate / mebi, left);
    std::fflush(stderr);
    shown_ = true;
}
