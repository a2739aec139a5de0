#pragma once
// ESP in user space: the Child SAs that the engine installs, found by SPI on the way in and by traffic selector on the way out.
#include <memory>

#include "libike/engine/events.hpp"
#include "libike/esp/esp.hpp"

namespace ike {

struct ChildTraffic {
    ChildSaId child{};
    std::uint32_t spi_in = 0, spi_out = 0;
    std::uint64_t packets_in = 0, octets_in = 0, packets_out = 0, octets_out = 0;
    std::uint64_t replayed = 0, too_old = 0, bad_icv = 0, malformed = 0, selector_mismatch = 0;
    std::uint64_t next_sequence_out = 1, highest_sequence_in = 0;
    Path path;
    bool udp_encapsulation = false;
    std::optional<Instant> last_in, last_out;
};

class DataPlane {
public:
    DataPlane();
    ~DataPlane();
    DataPlane(DataPlane&&) noexcept;
    DataPlane& operator=(DataPlane&&) noexcept;

    /// Takes what an Outbox orders.
    void apply(DataPlaneChange change);

    /// An inner packet that came out of ESP; `packet` is a view into the octets given.
    struct Inner {
        ByteView packet;
        ChildSaId child{};
        std::uint32_t spi = 0;
        std::uint64_t sequence = 0;
        bool path_changed = false;  ///< came from elsewhere than the SA's path: give the engine InboundEsp
    };
    enum class InFailure : std::uint8_t { unknown_spi, truncated, replayed, too_old, integrity, padding, selectors, dummy };
    /// Opens an ESP packet (from its SPI on) in place.
    std::expected<Inner, InFailure> open(Instant now, const Path& path, MutableBytes packet);

    /// Where a sealed packet goes.
    struct Sealed {
        std::size_t size = 0;
        Path path;
        Carrier carrier = Carrier::udp;
        ChildSaId child{};
        std::uint32_t spi = 0;
        std::uint64_t sequence = 0;
    };
    enum class OutFailure : std::uint8_t { not_ip, no_selector, exhausted, too_small };
    /// Seals an inner packet into `out` (its size and 128 octets more are enough).
    std::expected<Sealed, OutFailure> seal(Instant now, ByteView inner, MutableBytes out);

    std::vector<ChildTraffic> traffic() const;
    /// The overhead of the Child SA that traffic to `destination` would take, for MTU arithmetic.
    std::optional<esp::Overhead> overhead_to(const Address& destination) const;

private:
    class State;
    std::unique_ptr<State> state_;
};
std::string_view to_string(DataPlane::InFailure failure);
std::string_view to_string(DataPlane::OutFailure failure);

}  // namespace ike
