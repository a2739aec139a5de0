#pragma once
// ESP packets opened on another core while the packets before them are still being looked at.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "libike/capture/esp_keys.hpp"

namespace ike {

/// One ESP packet to be opened ahead of its turn. Whoever has it may write to it; `state` says who that is.
struct alignas(64) EspJob {
    enum class State : int {
        idle,   ///< the owner's: nothing to do, or the outcome is known to it
        ready,  ///< whoever takes it first
        taken,  ///< the helper's
        done,   ///< the owner's, with an outcome
    };
    std::atomic<State> state = State::idle;
    ByteView esp;
    std::shared_ptr<EspKeys> keys;  ///< used by the helper alone
    std::uint32_t high = 0;         ///< half of the sequence number that was assumed
    std::expected<esp::Opened, esp::OpenFailure> outcome;
};

/// A ring of jobs and the thread that does them, in order. The owner puts packets in, goes on, and later
/// asks for each outcome; what the helper has not begun by then the owner does itself, so that neither waits
/// for the other for longer than a packet takes.
class EspAhead {
public:
    /// So many packets ahead at most.
    static constexpr std::size_t size = 256;
    /// Longer packets, such as network cards join, are left to the owner.
    static constexpr std::size_t longest = 10240;
    EspAhead();
    EspAhead(const EspAhead&) = delete;
    EspAhead& operator=(const EspAhead&) = delete;
    ~EspAhead();
    /// Packet `number`, counted from 0 without a gap; without keys it is but counted. `esp` stays valid until
    /// collect() of that number, which comes before the number `number` + size is put.
    void put(std::uint64_t number, ByteView esp, const std::shared_ptr<EspKeys>& keys, std::uint32_t high);
    /// The job of packet `number` if the helper did it; its views stay valid until the number `number` + size
    /// is put.
    const EspJob* collect(std::uint64_t number);

private:
    void work();
    void open(std::size_t slot) noexcept;
    /// What the outcome of a job is a view of.
    MutableBytes text(std::size_t slot) { return {&texts_[slot * stride], longest}; }
    /// An odd number of cache lines, so that the beginnings of texts do not drive out each other.
    static constexpr std::size_t stride = longest + 3 * 64;
    std::vector<EspJob> jobs_;
    unsigned waiting_ = 0;                   ///< jobs put since the helper was told last
    std::unique_ptr<std::uint8_t[]> texts_;  ///< pages of it that are never written take no memory
    std::atomic<int> put_ = 0;               ///< grows with each batch; its sign is of no meaning
    std::atomic<std::uint64_t> end_ = 0;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

}  // namespace ike
