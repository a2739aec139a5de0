#pragma once
// From a captured frame to what IPsec is carried in: link and IP headers taken off, IP fragments joined.
#include <list>
#include <memory>
#include <vector>

#include "libike/base/address.hpp"
#include "libike/capture/capture_file.hpp"

namespace ike {

/// What an IP packet carries.
enum class Transport : std::uint8_t {
    none,      ///< not IP, or not readable as such
    fragment,  ///< an IP fragment whose packet is not complete yet
    udp,
    tcp,
    esp,
    ah,
    icmp,  ///< of either family
    other,
};

/// What IP packets are carried in on their way (not counting IPsec itself).
enum class TunnelKind : std::uint8_t { ipip, gre, gtpu, vxlan, geneve, erspan, l2tp, teredo, mpls, tzsp };
/// "IPIP", "GRE", "GTP-U", "VXLAN", "Geneve", "ERSPAN", "L2TP", "Teredo", "MPLS", "TZSP"
std::string_view to_string(TunnelKind kind);

/// A tunnel taken off: its ends, and the key, TEID or network identifier where it has one.
struct Wrapping {
    TunnelKind kind{};
    Address source, destination;
    std::optional<std::uint32_t> identifier;
};

/// The tunnels around a packet, outermost first: most often none, and then they cost nothing to copy.
class Wrappings {
public:
    static constexpr std::size_t most = 4;
    Wrappings() {}  // NOLINT: places beyond the count are never read
    Wrappings(const Wrappings& other) { *this = other; }
    Wrappings& operator=(const Wrappings& other) {
        const auto count = other.count_;
        for (count_ = 0; count_ < count;) add(other.places_[count_]);
        return *this;
    }
    ~Wrappings() = default;
    /// Precondition: !full().
    void add(const Wrapping& wrapping) { std::construct_at(&places_[count_++], wrapping); }
    bool full() const { return count_ == most; }
    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }
    const Wrapping& operator[](std::size_t at) const { return places_[at]; }
    const Wrapping* begin() const { return places_.data(); }
    const Wrapping* end() const { return places_.data() + count_; }

private:
    static_assert(std::is_trivially_destructible_v<Wrapping>);
    union {
        std::array<Wrapping, most> places_;
    };
    std::uint8_t count_ = 0;
};

/// What TCP's header says of a segment.
struct TcpSegment {
    std::uint32_t sequence = 0;
    std::uint8_t flags = 0;
    ByteView data;
    static constexpr std::uint8_t fin = 1, syn = 2, rst = 4;
};

/// What one frame brought. Views stay valid until the next frame is read.
struct Packet {
    std::uint64_t frame = 0;
    EpochTime time{};
    LinkType link{};
    Transport transport = Transport::none;
    std::uint8_t protocol = 0;     ///< IP protocol number
    bool cut = false;              ///< the capture holds less than was on the wire
    bool reassembled = false;      ///< from IP fragments; this frame brought the last missing one
    std::uint16_t ether_type = 0;  ///< where the frame is not IP and its link layer has one
    Endpoint source, destination;  ///< ports 0 without UDP or TCP
    ByteView octets;               ///< UDP: its data; others: all after the IP headers
    ByteView ip;  ///< the IP packet from its header on; of a reassembled one the last fragment
    std::uint8_t hop_limit = 0;
    bool dont_fragment = false;        ///< IPv4's flag; true with IPv6, whose routers never do
    TcpSegment tcp;                    ///< of Transport::tcp
    std::uint32_t file = 0;            ///< which of several captures it is from
    std::uint64_t number_in_file = 0;  ///< 0 where there is one capture alone
    std::uint32_t original_size = 0;   ///< of the frame, octets on the wire
    Wrappings wrappings;
};

/// An IP packet taken apart as far as its addresses and what it carries.
struct IpHeaders {
    Address source, destination;
    std::uint8_t protocol = 0;  ///< of `payload`, behind extension headers
    bool fragment = false;      ///< one of several
    bool more_fragments = false;
    std::uint32_t fragment_offset = 0;  ///< in octets
    std::uint32_t identification = 0;
    bool cut = false;         ///< fewer octets than the length field says
    std::size_t claimed = 0;  ///< octets by that field, the header included; 0: it is 0
    std::uint8_t hop_limit = 0;
    bool dont_fragment = false;
    ByteView payload;
    ByteView whole;  ///< headers and payload without what the link layer padded
};
/// Nothing when the octets do not begin with a whole IPv4 or IPv6 header. A chain of IPv6 extension headers
/// ends at ESP, AH, a fragment, or where it cannot be read.
std::optional<IpHeaders> read_ip(ByteView octets);
/// The same into fresh `headers`; false where that is nothing.
bool read_ip(ByteView octets, IpHeaders& headers);

/// A payload and the number of its protocol.
struct UpperLayer {
    std::uint8_t protocol = 0;
    ByteView octets;
};
/// Whether something else than an upper layer may follow in an IPv6 packet (RFC 7045).
bool is_ipv6_extension(std::uint8_t protocol);
/// Steps over IPv6 extension headers (RFC 8200 section 4), fragment headers apart.
UpperLayer behind_extensions(UpperLayer upper);

/// The octets that follow a frame's link layer, when they are IP.
struct NetworkLayer {
    ByteView ip;
    std::uint16_t ether_type = 0;  ///< what else it is, where the link layer says
};
NetworkLayer network_layer(LinkType link, ByteView frame);
/// The same behind an Ethernet type.
NetworkLayer network_layer(std::uint16_t ether_type, ByteView octets);

/// An IP packet that another packet carries.
struct Carried {
    Wrapping tunnel;  ///< without its ends
    ByteView ip;
};
/// What an IP payload of `protocol` carries, behind GRE or bare (RFC 2003, 2784, 2890, 4213).
std::optional<Carried> carried_by_ip(std::uint8_t protocol, ByteView payload);
/// What UDP data to or from `port` carries: GTP-U (3GPP TS 29.281), VXLAN (RFC 7348), Geneve (RFC 8926), L2TP
/// (RFC 2661), Teredo (RFC 4380), MPLS (RFC 7510), mirrored frames (TZSP).
std::optional<Carried> carried_by_udp(std::uint16_t port, ByteView data);

/// Joins IP fragments (RFC 791, RFC 8200 section 4.5), bounded: packets begun and never finished are dropped,
/// oldest first.
class Reassembler {
public:
    /// The whole payload once its last missing fragment is here; it stays valid until the next call.
    /// Fragments of several captures (`file`), which may have seen the same ones, are not mixed.
    std::optional<UpperLayer> add(EpochTime time, const IpHeaders& fragment, std::uint32_t file = 0);

private:
    struct Key {
        Address source, destination;
        std::uint32_t identification;
        std::uint32_t file;
        std::uint8_t protocol;  ///< 0 of IPv6, where only the first fragment's counts
        bool operator==(const Key&) const = default;
    };
    struct Partial {
        Key key;
        std::uint8_t protocol = 0;
        EpochTime begun{};
        Bytes octets;
        std::vector<bool> have;  ///< one for each 8 octets
        std::optional<std::size_t> size;
    };
    void drop_old(EpochTime time);
    static void place(Partial& partial, const IpHeaders& fragment);
    static bool complete(const Partial& partial);
    std::list<Partial> partials_;  ///< oldest first
    Bytes whole_;
};

/// Reads frames into packets; remembers the fragments among them.
class PacketReader {
public:
    Packet read(const Frame& frame) {
        Packet packet;
        read(frame, packet);
        return packet;
    }
    /// The same into `packet`, whatever it held.
    void read(const Frame& frame, Packet& packet);

private:
    void read_network(ByteView octets, Packet& packet);
    void read_transport(std::uint8_t protocol, ByteView payload, Packet& packet);
    void read_carried(const Carried& carried, Packet& packet);
    /// Of packets as they are, and of those in tunnels.
    std::array<Reassembler, 2> reassemblers_;
};

}  // namespace ike
