#pragma once
// A Child SA as the engine knows it; its keys went to the data plane.
#include "libike/engine/events.hpp"

namespace ike::engine {

struct ChildSa {
    enum class State : std::uint8_t {
        installed,
        replaced,  ///< a rekey brought its successor; waits for its Delete
        deleting,  ///< our Delete is on its way
    };
    ChildSaId id{};
    State state = State::installed;
    std::uint32_t spi_in = 0, spi_out = 0;
    EspSuite suite;
    std::vector<TrafficSelector> ts_local, ts_remote;
    Instant established;
    ChildTerms terms;
    /// The responder narrowed our offer and did not say that it would take more (RFC 7296 section 2.9).
    bool is_all_there_is = false;
    std::optional<Instant> rekey_at;
    std::optional<Instant> expires_at;  ///< hard
    std::optional<Instant> give_up_at;  ///< of a replaced one whose Delete never comes
};
inline Bytes spi_octets(std::uint32_t spi) { return Writer{}.number(spi).take(); }
inline std::optional<std::uint32_t> esp_spi(ByteView octets) {
    if (octets.size() != 4) return std::nullopt;
    return Reader{octets}.number<std::uint32_t>("spi");
}

}  // namespace ike::engine
