#pragma once
// Two captures of one conversation, taken at its two ends: what became of each packet on its way.
#include <unordered_map>

#include "libike/diagnose/facts.hpp"

namespace ike::diagnose {

/// What became of a packet between the two places of capture.
enum class Fate : std::uint8_t { unknown, arrived, lost };

/// Packets of one SPI (0: IKE) in one direction, sent at one end and looked for at the other.
struct Passage {
    std::uint32_t spi = 0;
    FileIndex from = 0;
    std::uint64_t sent = 0, arrived = 0;
    std::vector<std::uint64_t> lost_frames;  ///< the first few, of the sending end
    std::uint32_t largest_arrived = 0, smallest_lost = 0, largest_lost = 0;
    std::uint64_t last_arrived = 0;  ///< frame of the sending end
    EpochTime last_arrived_time{};
    std::uint64_t lost_after = 0;      ///< sent and lost after the last one that arrived
    std::vector<std::int64_t> delays;  ///< nanoseconds, clocks aligned, bounded
    Way sent_way, seen_way;            ///< differ where a NAT rewrote
    std::uint64_t lost() const { return sent - arrived; }
};

/// One datagram, as one capture saw it.
struct Trace {
    std::uint64_t key = 0;        ///< of its octets
    std::uint64_t beginning = 0;  ///< of its size and first octets, which every snap length leaves
    std::int64_t time = 0;        ///< nanoseconds
    std::uint64_t frame = 0;
    std::uint32_t spi = 0;
    std::uint32_t size = 0;
    std::uint32_t way = 0;  ///< index
    std::uint8_t ttl = 0;
};

/// The datagrams of one capture, bounded.
class Traces {
public:
    static constexpr std::size_t most = 1'500'000, most_ways = 4096;
    void add(const Observation& seen);
    const std::vector<Trace>& all() const { return traces_; }
    const Way& way(std::uint32_t index) const { return ways_[index]; }
    bool cut() const { return cut_; }
    /// Some packets are not in the capture with all their octets.
    bool snapped() const { return snapped_; }
    /// From here on the beginning of a packet stands for all of it.
    void take_beginnings();
    /// Times by another clock.
    template <class Change>
    void retime(const Change& change) {
        for (auto& each : traces_) each.time = change(each.time);
    }

private:
    std::vector<Trace> traces_;
    std::vector<Way> ways_;
    std::map<Way, std::uint32_t> index_;
    bool cut_ = false, snapped_ = false;
};

/// One datagram by two clocks: when the second saw it, and that less when the first did.
struct Difference {
    std::int64_t time = 0, ahead = 0;
};

/// The comparison of two captures.
class Ends {
public:
    Ends(Traces first, Traces second);
    /// False where the captures have too little in common.
    bool related() const { return pairs_ >= 2; }
    std::uint64_t pairs() const { return pairs_; }
    /// What became of an IKE message or ESP packet seen in a frame of a capture. Packets that were only seen
    /// where they were received count as arrived.
    Fate fate(FileIndex file, std::uint64_t frame) const;
    const std::vector<Passage>& passages() const { return passages_; }
    const Passage* passage(std::uint32_t spi, FileIndex from) const;
    /// To be added to the times of capture 1 to get those of capture 0, at the beginning of that.
    std::int64_t clock_offset() const { return offset_; }
    /// How much faster the clock of capture 1 runs, in parts per million; 0 where that makes no difference.
    double clock_drift() const { return drift_ * 1e6; }
    std::int64_t round_trip() const { return round_trip_; }
    /// Whether the offset is sure: packets were paired in both directions.
    bool aligned() const { return aligned_; }
    bool cut() const { return cut_; }

private:
    void align(const Traces& first, const Traces& second);
    /// What to add to a time of capture 1.
    std::int64_t shift(std::int64_t time) const;
    void estimate_drift(const std::vector<Difference>& forth, const std::vector<Difference>& back);
    std::optional<bool> leaves_here(FileIndex file, const Way& way, std::uint8_t ttl) const;
    void follow(const Traces& from, const Traces& to, FileIndex file);
    std::vector<Passage> passages_;
    std::array<std::unordered_map<std::uint64_t, Fate>, 2> fates_;
    std::array<std::vector<Address>, 2> near_,
        far_;  ///< addresses of this end and of the other, as this capture has them
    std::uint64_t pairs_ = 0;
    std::int64_t offset_ = 0, round_trip_ = 0;
    double drift_ = 0;              ///< of the clock of capture 1, nanoseconds in one
    std::int64_t drift_since_ = 0;  ///< by the clock of capture 1
    bool aligned_ = false, cut_ = false;
};

}  // namespace ike::diagnose
