// What carries IP packets beneath IPsec: taken off only where an IP packet is really inside.
#include "libike/base/reader.hpp"
#include "libike/capture/packet.hpp"

namespace ike {
namespace {

constexpr std::uint8_t protocol_ipip = 4;
constexpr std::uint8_t protocol_ipv6 = 41;
constexpr std::uint8_t protocol_gre = 47;
constexpr std::uint16_t ether_ipv4 = 0x0800;
constexpr std::uint16_t ether_ipv6 = 0x86dd;
constexpr std::uint16_t ether_bridging = 0x6558;
constexpr std::uint16_t ether_ppp = 0x880b;
constexpr std::uint16_t port_gtpu = 2152;
constexpr std::uint16_t port_vxlan = 4789;
constexpr std::uint16_t port_vxlan_linux = 8472;  // where Linux had it before the number was assigned
constexpr std::uint16_t port_geneve = 6081;

std::optional<Carried> if_ip(Wrapping tunnel, ByteView octets) {
    if (!read_ip(octets)) return std::nullopt;
    return Carried{tunnel, octets};
}

std::optional<Carried> by_type(Wrapping tunnel, std::uint16_t type, ByteView octets) {
    switch (type) {
        case ether_ipv4:
        case ether_ipv6:
            return if_ip(tunnel, octets);
        case ether_bridging:
            return if_ip(tunnel, network_layer(LinkType::ethernet, octets).ip);
        case ether_ppp:
            return if_ip(tunnel, network_layer(LinkType::ppp, octets).ip);
        default:
            return std::nullopt;
    }
}

/// RFC 2784 with the key and sequence number of RFC 2890; version 1 is PPTP's (RFC 2637).
std::optional<Carried> gre(ByteView payload) {
    Reader in{payload};
    const auto flags = in.number<std::uint16_t>("flags and version");
    const auto type = in.number<std::uint16_t>("protocol type");
    const unsigned version = flags & 7;
    if (version > 1 || (flags & 0x4000) != 0) return std::nullopt;
    Wrapping tunnel{TunnelKind::gre, {}, {}, {}};
    if ((flags & 0x8000) != 0) in.take(4, "checksum");
    if ((flags & 0x2000) != 0) tunnel.identifier = in.number<std::uint32_t>("key");
    if ((flags & 0x1000) != 0) in.take(4, "sequence number");
    if (version == 1 && (flags & 0x0080) != 0) in.take(4, "acknowledgment");
    return in.failed() ? std::nullopt : by_type(tunnel, type, in.rest());
}

/// 3GPP TS 29.281 section 5.1: only G-PDUs carry packets.
std::optional<Carried> gtpu(ByteView data) {
    constexpr std::uint8_t g_pdu = 255;
    Reader in{data};
    const auto flags = in.number<std::uint8_t>("flags");
    const auto type = in.number<std::uint8_t>("message type");
    in.number<std::uint16_t>("length");
    const Wrapping tunnel{TunnelKind::gtpu, {}, {}, in.number<std::uint32_t>("teid")};
    if (in.failed() || flags >> 5 != 1 || (flags & 0x10) == 0 || type != g_pdu) return std::nullopt;
    if ((flags & 7) != 0) {
        in.take(3, "sequence number and N-PDU number");
        auto extension = in.number<std::uint8_t>("next extension header");
        while (extension != 0 && !in.failed()) {
            const std::size_t size = in.number<std::uint8_t>("extension length") * std::size_t{4};
            in.take(size >= 2 ? size - 2 : in.remaining() + 1, "extension");
            extension = in.number<std::uint8_t>("next extension header");
        }
    }
    return in.failed() ? std::nullopt : if_ip(tunnel, in.rest());
}

std::optional<Carried> vxlan(ByteView data) {
    Reader in{data};
    const auto flags = in.number<std::uint32_t>("flags");
    const auto network = in.number<std::uint32_t>("vni") >> 8;
    if (in.failed() || (flags & 0x08000000) == 0) return std::nullopt;
    return by_type({TunnelKind::vxlan, {}, {}, network}, ether_bridging, in.rest());
}

std::optional<Carried> geneve(ByteView data) {
    Reader in{data};
    const auto first = in.number<std::uint8_t>("version and option length");
    in.number<std::uint8_t>("flags");
    const auto type = in.number<std::uint16_t>("protocol type");
    const auto network = in.number<std::uint32_t>("vni") >> 8;
    in.take((first & 0x3fu) * 4, "options");
    if (in.failed() || first >> 6 != 0) return std::nullopt;
    return by_type({TunnelKind::geneve, {}, {}, network}, type, in.rest());
}

}  // namespace

std::string_view to_string(TunnelKind kind) {
    switch (kind) {
        case TunnelKind::ipip:
            return "IPIP";
        case TunnelKind::gre:
            return "GRE";
        case TunnelKind::gtpu:
            return "GTP-U";
        case TunnelKind::vxlan:
            return "VXLAN";
        case TunnelKind::geneve:
            break;
    }
    return "Geneve";
}

std::optional<Carried> carried_by_ip(std::uint8_t protocol, ByteView payload) {
    switch (protocol) {
        case protocol_ipip:
        case protocol_ipv6:
            return if_ip({TunnelKind::ipip, {}, {}, {}}, payload);
        case protocol_gre:
            return gre(payload);
        default:
            return std::nullopt;
    }
}

std::optional<Carried> carried_by_udp(std::uint16_t port, ByteView data) {
    switch (port) {
        case port_gtpu:
            return gtpu(data);
        case port_vxlan:
        case port_vxlan_linux:
            return vxlan(data);
        case port_geneve:
            return geneve(data);
        default:
            return std::nullopt;
    }
}

}  // namespace ike
