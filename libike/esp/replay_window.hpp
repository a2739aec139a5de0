#pragma once
// The anti-replay window of RFC 4303 section 3.4.3, kept as in RFC 6479: a ring of words that is never
// shifted. With ESN it also recovers the high 32 bits (appendix A2).
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ike::esp {

class ReplayWindow {
public:
    /// `size` in packets, at most 65536 (more is taken as that); 0 checks nothing.
    explicit ReplayWindow(std::size_t size, bool esn = false);
    enum class Verdict : std::uint8_t { fresh, replayed, too_old };
    /// The 64-bit sequence number that `low` most likely stands for (without ESN: `low`).
    std::uint64_t full_sequence(std::uint32_t low) const;
    /// Sequence number 0 is never sent (RFC 4303 section 3.3.3) and counts as replayed.
    Verdict check(std::uint64_t sequence) const;
    /// Marks as received; call only after the ICV was right.
    void update(std::uint64_t sequence);
    std::uint64_t highest() const { return highest_; }
    std::size_t size() const { return size_; }

private:
    std::size_t size_;
    bool esn_;
    std::uint64_t highest_ = 0;
    std::vector<std::uint64_t> words_;
};

}  // namespace ike::esp
