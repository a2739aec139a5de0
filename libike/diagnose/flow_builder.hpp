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
    void take_sequence(EspFlow& flow, std::uint64_t sequence, std::uint64_t digest, const Sighting& at);
    void take_fresh(EspFlow& flow, std::uint64_t sequence, const Sighting& at);
    void take_copy(EspFlow& flow, std::uint64_t sequence, std::uint64_t digest, const Sighting& at);
    void take_old(EspFlow& flow, std::uint64_t sequence, const Sighting& at);
    void restart(EspFlow& flow, std::uint64_t sequence, const Sighting& at);
    esp::ReplayWindow window_{window_size};
    std::vector<Known> ring_;  ///< the latest packets, by sequence number modulo its size
    std::uint64_t last_old_ = 0;
    EpochTime last_time_{};
};

}  // namespace ike::diagnose
