#pragma once
// ESP in user space: the Child SAs that the engine installs, found by SPI on the way in and by traffic
// selector on the way out.
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
    std::uint64_t dummies = 0;  ///< next header 59, RFC 4303 section 2.6
    std::uint64_t congestion =
        0;  ///< dropped because the outer header said congestion and the inner cannot (RFC 6040)
    std::uint64_t compressed_out = 0, decompressed_in = 0;  ///< IPComp
    std::uint64_t expired = 0;                              ///< refused after the hard limit
    std::uint64_t too_big = 0;                              ///< refused for the path's MTU
    EspMode mode = EspMode::tunnel;
    /// `last_in` counts authentic packets on the SA's own path only: others prove nothing about it (RFC 4555
    /// section 3.12).
    std::optional<Instant> last_in, last_out;
};

/// The Child SAs of a host. Where several have selectors for a packet, the narrowest takes it; among equals
/// the youngest. Nothing is allocated for a packet; octets belong to the caller.
class DataPlane {
public:
    DataPlane();
    ~DataPlane();
    DataPlane(DataPlane&&) noexcept;
    DataPlane& operator=(DataPlane&&) noexcept;

    /// Takes what an Outbox orders. Throws std::invalid_argument for an SA whose inbound SPI is taken or
    /// whose suite or keys ESP cannot use: an engine never orders one. Orders about an SA that is gone do
    /// nothing.
    void apply(DataPlaneChange change);

    /// An inner packet that came out of ESP; `packet` is a view into the octets given or, where the packet
    /// was made anew (transport mode, IPComp), into the data plane's own, until the next open(). It may be
    /// written to.
    struct Inner {
        MutableBytes packet;
        ChildSaId child{};
        std::uint32_t spi = 0;
        std::uint64_t sequence = 0;
        /// Came from elsewhere than the SA's path, and is the newest so far: give the engine InboundEsp. A
        /// late packet of an earlier path says nothing.
        bool path_changed = false;
    };
    enum class InFailure : std::uint8_t {
        unknown_spi,
        truncated,
        replayed,
        too_old,
        integrity,
        padding,
        selectors,
        dummy,        ///< as meant by its sender
        malformed,    ///< authentic, but what is inside is no IP packet of the announced version
        congestion,   ///< RFC 6040 section 4.2: outer CE, inner Not-ECT
        compression,  ///< IPComp that was not agreed on, or that does not decompress to an IP packet
        expired,      ///< the hard limit of the SA (ChildLimits)
    };
    /// Opens an ESP packet (from its SPI on) in place; TFC padding is cut off. `outer_class` is DSCP and ECN
    /// of the outer header where the caller knows them: in tunnel mode the inner packet gets the combination
    /// of RFC 6040 section 4.2, in transport mode both.
    std::expected<Inner, InFailure> open(Instant now, const Path& path, MutableBytes packet,
                                         std::uint8_t outer_class = 0);

    /// Where a sealed packet goes.
    struct Sealed {
        std::size_t size = 0;
        Path path;
        Carrier carrier = Carrier::udp;
        ChildSaId child{};
        std::uint32_t spi = 0;
        std::uint64_t sequence = 0;
        /// DSCP and ECN of the inner packet, for the outer header of a caller who can set them (RFC 4301
        /// section 5.1.2, RFC 6040 section 4.1, normal mode); 0 of a dummy.
        std::uint8_t traffic_class = 0;
        bool dont_fragment = false;  ///< for the outer header (DfBit)
    };
    enum class OutFailure : std::uint8_t {
        not_ip,
        no_selector,
        exhausted,  ///< sequence numbers used up, or the SA's hard limit reached
        too_small,
        not_transport,  ///< a fragment, or options and extension headers that transport mode cannot carry
        too_big,        ///< for the path, and not to be fragmented: inner_mtu() says what fits
    };
    /// Octets that seal() may need for an inner packet of that size.
    std::size_t room_for(std::size_t inner) const;
    /// Seals an inner packet into `out`, which has room_for() it.
    std::expected<Sealed, OutFailure> seal(Instant now, ByteView inner, MutableBytes out);
    /// A dummy packet with `size` octets of nothing, on the SA that traffic of `child` takes (RFC 4303
    /// section 2.6). no_selector: no such SA.
    std::expected<Sealed, OutFailure> seal_dummy(Instant now, ChildSaId child, std::size_t size,
                                                 MutableBytes out);

    /// The limits that Child SAs met since the last call: for the engine (LimitReached), after each open()
    /// and seal() or every now and then.
    std::vector<LimitReached> take_limits();
    bool has_limits() const;

    /// What IP packets of ours to `remote` may have, outer headers included; from then on inner packets that
    /// ask not to be fragmented and would not fit are refused (RFC 4301 section 8.2). 0: unknown.
    void set_path_mtu(const Address& remote, std::size_t mtu);
    /// The largest inner packet that fits where this one would go; nothing where no path MTU is known, or no
    /// SA.
    std::optional<std::size_t> inner_mtu(ByteView inner) const;

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
