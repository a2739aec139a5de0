#pragma once
// What a capture holds, counted.
#include <map>
#include <unordered_map>

#include "libike/capture/key_store.hpp"
#include "libike/capture/observation.hpp"
#include "libike/esp/replay_window.hpp"
#include "libike/render/fields.hpp"
#include "libike/render/path_follower.hpp"
#include "libike/render/text.hpp"

namespace ike {

/// Counts packets, and the messages and packets of each SA. Bounded: SAs beyond 100,000 are counted, not
/// listed.
class Stats {
public:
    void add(const Observation& seen);
    /// Tables for people.
    void put(TextBuffer& out) const;
    /// One object.
    void describe(Fields& fields) const;

private:
    struct Times {
        EpochTime first{}, last{};
        std::uint64_t packets = 0, octets = 0;
        void add(EpochTime time, std::size_t size);
        double seconds() const;
    };
    struct IkeSa {
        SpiPair spis;
        Times times;
        std::map<std::uint8_t, std::uint64_t> exchanges;
        std::uint64_t retransmissions = 0, opened = 0, shut = 0;
        std::uint64_t moves = 0;
        bool version1 = false;
    };
    struct EspSa {
        std::uint32_t spi = 0;
        Kind kind{};
        Times times;
        std::uint64_t first_sequence = 0, missing = 0, repeated = 0, late = 0, opened = 0, bad = 0, moves = 0;
        Endpoint source, destination;
        esp::ReplayWindow window{1024, true};
    };
    void add_ike(const Observation& seen);
    void add_esp(const Observation& seen);
    void put_ike(TextBuffer& out) const;
    void put_esp(TextBuffer& out) const;
    void describe_ike(Fields& fields) const;
    void describe_esp(Fields& fields) const;
    Times all_;
    std::map<Kind, std::uint64_t> kinds_;
    std::vector<IkeSa> ike_;  ///< in the order in which they came
    std::unordered_map<SpiPair, std::size_t, SpiPairHash> ike_at_;
    std::unordered_map<IkeSpi, std::size_t> latest_;  ///< by the initiator's SPI
    PathFollower follower_;
    std::vector<EspSa> esp_;
    std::unordered_map<std::uint32_t, std::size_t> esp_at_;
    std::uint64_t unlisted_ = 0;  ///< packets of SAs beyond the bound
};

}  // namespace ike
