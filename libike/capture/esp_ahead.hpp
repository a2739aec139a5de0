#pragma once
// ESP packets opened on another core while the packets before them are still being looked at.
#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "libike/capture/esp_keys.hpp"

namespace ike {

/// The keys of one SA for each of two threads: whoever opens packets writes to what is keyed.
struct EspTwins {
    EspKeys of_helper, of_owner;
};

/// One ESP packet to be opened ahead of its turn. Nobody writes to a line of the cache that the other writes
/// to.
struct EspJob {
    alignas(64) ByteView esp;
    std::shared_ptr<EspTwins> keys;
    std::uint32_t high = 0;  ///< half of the sequence number that was assumed
    bool wanted = false;
    alignas(64) std::expected<esp::Opened, esp::OpenFailure> outcome;
};

/// A ring of jobs, in rows, and the thread that does them, row by row in order. The owner puts packets in,
/// goes on, and later asks for each outcome. A row that the helper has not begun by then is left to the
/// owner; while the helper is at it, the owner does the last row that waits. So neither waits for the other
/// for longer than a row takes.
class EspAhead {
public:
    /// So many packets ahead at most.
    static constexpr std::size_t size = 256;
    /// Packets handed over at once.
    static constexpr std::size_t row = 16;
    /// Longer packets, such as network cards join, are left to the owner.
    static constexpr std::size_t longest = 10240;
    EspAhead();
    EspAhead(const EspAhead&) = delete;
    EspAhead& operator=(const EspAhead&) = delete;
    ~EspAhead();
    /// Packet `number`, without a gap between numbers; without keys it is but counted. `esp` stays valid
    /// until collect() of that number, which comes before the number `number` + size is put.
    void put(std::uint64_t number, ByteView esp, const std::shared_ptr<EspTwins>& keys, std::uint32_t high);
    /// The job of packet `number` if it was done; its views stay valid until the number `number` + size is
    /// put. Numbers are asked for in order.
    const EspJob* collect(std::uint64_t number);

private:
    enum class State : int {
        idle,   ///< nothing to do, or no longer
        ready,  ///< whoever takes it first
        taken,
        done,
    };
    struct alignas(64) Row {
        std::atomic<State> state = State::idle;
    };
    static constexpr std::size_t rows = size / row;
    void work();
    bool take(std::uint64_t number);
    void open(std::uint64_t number, EspKeys EspTwins::*whose) noexcept;
    bool is_done(std::uint64_t number);
    bool do_last();
    Row& row_of(std::uint64_t number) { return rows_[number % rows]; }
    /// What the outcome of a job is a view of.
    MutableBytes text(std::size_t slot) { return {&texts_[slot * stride], longest}; }
    /// An odd number of cache lines, so that the beginnings of texts do not drive out each other.
    static constexpr std::size_t stride = longest + 3 * 64;
    std::vector<EspJob> jobs_;
    std::array<Row, rows> rows_;
    bool any_ = false;                       ///< of the row that is being put, whether a packet is wanted
    std::uint64_t handed_over_ = 0;          ///< rows
    std::uint64_t current_ = ~0ull;          ///< the row being collected
    bool current_done_ = false;              ///< whether its jobs were done
    std::unique_ptr<std::uint8_t[]> texts_;  ///< pages of it that are never written take no memory
    std::atomic<int> put_ = 0;               ///< grows with each row; its sign is of no meaning
    std::atomic<std::uint64_t> end_ = 0;     ///< rows the helper may look at
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

}  // namespace ike
