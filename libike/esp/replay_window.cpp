#include "libike/esp/replay_window.hpp"

#include <algorithm>
#include <bit>

namespace ike::esp {

namespace {
constexpr std::size_t largest = 65536;
constexpr std::size_t word_bits = 64;
}  // namespace

ReplayWindow::ReplayWindow(std::size_t size, bool esn) : size_{std::min(size, largest)}, esn_{esn} {
    // RFC 6479 section 2: one word more than the window needs, so that the word being filled never holds bits
    // of its low end.
    if (size_ > 0) words_.resize(std::bit_ceil((size_ + word_bits - 1) / word_bits + 1));
}

std::uint64_t ReplayWindow::full_sequence(std::uint32_t low) const {
    if (!esn_) return low;
    // RFC 4303 appendix A2.2. Without a window to go by, the nearest number is the best guess.
    const auto width = static_cast<std::uint32_t>(size_ > 0 ? size_ : std::size_t{1} << 31);
    const auto top_low = static_cast<std::uint32_t>(highest_);
    auto high = static_cast<std::uint32_t>(highest_ >> 32);
    const auto bottom_low = static_cast<std::uint32_t>(top_low - width + 1);
    if (top_low >= width - 1) {
        if (low < bottom_low) ++high;
    } else if (low >= bottom_low && high > 0) {
        --high;
    }
    return std::uint64_t{high} << 32 | low;
}

ReplayWindow::Verdict ReplayWindow::check(std::uint64_t sequence) const {
    if (size_ == 0) return Verdict::fresh;
    if (sequence == 0) return Verdict::replayed;
    if (sequence > highest_) return Verdict::fresh;
    if (highest_ - sequence >= size_) return Verdict::too_old;
    const auto word = words_[sequence / word_bits & (words_.size() - 1)];
    return (word >> sequence % word_bits & 1) != 0 ? Verdict::replayed : Verdict::fresh;
}

void ReplayWindow::update(std::uint64_t sequence) {
    if (size_ == 0) {
        highest_ = std::max(highest_, sequence);
        return;
    }
    const auto mask = words_.size() - 1;
    if (sequence > highest_) {
        const auto from = highest_ / word_bits;
        const auto steps = std::min<std::uint64_t>(sequence / word_bits - from, words_.size());
        for (std::uint64_t i = 1; i <= steps; ++i) words_[(from + i) & mask] = 0;
        highest_ = sequence;
    } else if (highest_ - sequence >= size_) {
        return;
    }
    words_[sequence / word_bits & mask] |= std::uint64_t{1} << sequence % word_bits;
}

}  // namespace ike::esp
