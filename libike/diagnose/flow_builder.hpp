#pragma once
// The sequence numbers of one ESP SPI, packet by packet: gaps, copies, late packets, restarts.
#include "libike/diagnose/facts.hpp"
#include "libike/esp/replay_window.hpp"

namespace ike::diagnose {

/// Adds packets to an EspFlow.
class FlowBuilder {
public:
    void add(EspFlow& flow, const Observation& seen, std::uint64_t digest);

private:
    static constexpr std::size_t window_size = 4096, remembered = 128;
    struct Known {
        std::uint64_t sequence = 0, digest = 0;
        EpochTime time{};
        std::size_t path = 0;  ///< hash of its way
    };
    std::uint64_t unwrap(std::uint32_t low) const;
    /// False for what is no packet of its own: copies and replays.
    bool take_sequence(EspFlow& flow, std::uint64_t sequence, std::uint64_t digest, const Sighting& at);
    void take_fresh(EspFlow& flow, std::uint64_t sequence, const Sighting& at);
    bool take_copy(EspFlow& flow, std::uint64_t sequence, std::uint64_t digest, const Sighting& at);
    bool take_old(EspFlow& flow, std::uint64_t sequence, const Sighting& at);
    void restart(EspFlow& flow, std::uint64_t sequence, const Sighting& at);
    bool begins_anew(std::uint64_t sequence) const;
    bool goes_on_as_before(std::uint64_t sequence) const;
    void revoke_restart(EspFlow& flow);
    esp::ReplayWindow window_{window_size};
    std::vector<Known> ring_;  ///< the latest packets, by sequence number modulo its size
    std::uint64_t last_old_ = 0;
    bool old_came_late_ = false;  ///< that one counts as reordered, else as a replay
    EpochTime last_time_{};
    /// How things stood before the sender seemed to begin anew.
    struct Before {
        esp::ReplayWindow window;
        std::uint64_t lowest = 0, highest = 0, unique = 0;
        std::vector<Gap> gaps;
    };
    std::optional<Before> before_;
    Oddity since_restart_;
};

}  // namespace ike::diagnose
