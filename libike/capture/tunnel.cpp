// What carries IP packets beneath IPsec: taken off only where an IP packet is really inside.
#include "libike/base/reader.hpp"
#include "libike/capture/packet.hpp"

namespace ike {
namespace {

constexpr std::uint8_t protocol_ipip = 4;
constexpr std::uint8_t protocol_ipv6 = 41;
constexpr std::uint8_t protocol_gre = 47;
constexpr std::uint16_t ether_bridging = 0x6558;
constexpr std::uint16_t ether_ppp = 0x880b;
constexpr std::uint16_t ether_mpls = 0x8847;
constexpr std::uint16_t ether_erspan = 0x88be;    // of types I and II
constexpr std::uint16_t ether_erspan_3 = 0x22eb;  // of type III
constexpr std::uint16_t port_l2tp = 1701;
constexpr std::uint16_t port_gtpu = 2152;
constexpr std::uint16_t port_teredo = 3544;
constexpr std::uint16_t port_vxlan = 4789;
constexpr std::uint16_t port_vxlan_linux = 8472;  // where Linux had it before the number was assigned
constexpr std::uint16_t port_vxlan_gpe = 4790;
constexpr std::uint16_t port_mpls = 6635;
constexpr std::uint16_t port_tzsp = 37008;
constexpr std::uint16_t port_geneve = 6081;

std::optional<Carried> if_ip(Wrapping tunnel, ByteView octets) {
    if (!read_ip(octets)) return std::nullopt;
    return Carried{tunnel, octets};
}

std::optional<Carried> by_type(Wrapping tunnel, std::uint16_t type, ByteView octets) {
    if (type == ether_bridging) return if_ip(tunnel, network_layer(LinkType::ethernet, octets).ip);
    if (type == ether_ppp) return if_ip(tunnel, network_layer(LinkType::ppp, octets).ip);
    return if_ip(tunnel, network_layer(type, octets).ip);
}

/// Frames that a switch mirrors (draft-foschiano-erspan): of type I bare, of type II behind 8 octets, which
/// come with a sequence number, of type III behind 12, and 8 more where the last bit of these says so.
std::optional<Carried> erspan(std::uint16_t type, std::uint16_t gre_flags, ByteView octets) {
    Reader in{octets};
    Wrapping tunnel{TunnelKind::erspan, {}, {}, {}};
    const bool has_header = type == ether_erspan_3 || (gre_flags & 0x1000) != 0;
    if (has_header) {
        in.number<std::uint16_t>("version and vlan");
        tunnel.identifier = in.number<std::uint16_t>("session id") & 0x3ffu;
        in.take(4, "index or timestamp");
    }
    if (type == ether_erspan_3) {
        in.take(3, "security group and flags");
        if ((in.number<std::uint8_t>("flags") & 1) != 0) in.take(8, "platform");
    }
    return in.failed() ? std::nullopt : by_type(tunnel, ether_bridging, in.rest());
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
    if (in.failed()) return std::nullopt;
    if (type == ether_erspan || type == ether_erspan_3) return erspan(type, flags, in.rest());
    return by_type(tunnel, type, in.rest());
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
    // One flag brings all three fields, of which only those whose flags are set mean something.
    if ((flags & 7) != 0) {
        in.take(3, "sequence number and N-PDU number");
        auto extension = in.number<std::uint8_t>("next extension header");
        if ((flags & 4) == 0) extension = 0;
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

/// draft-ietf-nvo3-vxlan-gpe: the last octet before the identifier says what follows.
std::optional<Carried> vxlan_gpe(ByteView data) {
    Reader in{data};
    const auto flags = in.number<std::uint32_t>("flags and next protocol");
    const Wrapping tunnel{TunnelKind::vxlan, {}, {}, in.number<std::uint32_t>("vni") >> 8};
    if (in.failed() || (flags & 0x08000000) == 0) return std::nullopt;
    const bool bridging = (flags & 0x04000000) == 0 || (flags & 0xff) == 3;
    return bridging ? by_type(tunnel, ether_bridging, in.rest()) : if_ip(tunnel, in.rest());
}

/// RFC 2661 section 3.1: data messages carry PPP.
std::optional<Carried> l2tp(ByteView data) {
    constexpr unsigned control = 0x8000, length = 0x4000, sequence = 0x0800, offset = 0x0200;
    Reader in{data};
    const auto flags = in.number<std::uint16_t>("flags and version");
    if ((flags & control) != 0 || (flags & 0xf) != 2) return std::nullopt;
    if ((flags & length) != 0) in.take(2, "length");
    const Wrapping tunnel{TunnelKind::l2tp, {}, {}, in.number<std::uint32_t>("tunnel and session id")};
    if ((flags & sequence) != 0) in.take(4, "ns and nr");
    if ((flags & offset) != 0) in.take(in.number<std::uint16_t>("offset size"), "offset padding");
    return in.failed() ? std::nullopt : by_type(tunnel, ether_ppp, in.rest());
}

/// RFC 4380 section 5.1.1: IPv6, behind an authentication and an origin indication where there are any.
std::optional<Carried> teredo(ByteView data) {
    Reader in{data};
    if (in.remaining() >= 4 && data[0] == 0 && data[1] == 1)
        in.take(std::size_t{13} + data[2] + data[3], "authentication");
    const auto rest = in.rest();
    const bool origin = rest.size() >= 8 && rest[0] == 0 && rest[1] == 0;
    const auto inside = rest.subspan(origin ? 8 : 0);
    if (in.failed() || inside.empty() || inside[0] >> 4 != 6) return std::nullopt;
    return if_ip({TunnelKind::teredo, {}, {}, {}}, inside);
}

/// What routers mirror as "TaZmen sniffer protocol": tags up to one that says it is the last, then a frame.
std::optional<Carried> tzsp(ByteView data) {
    constexpr std::uint8_t padding = 0, last = 1;
    constexpr std::uint16_t ethernet = 1, ieee80211 = 18;
    Reader in{data};
    const auto version = in.number<std::uint8_t>("version");
    const auto type = in.number<std::uint8_t>("type");
    const auto protocol = in.number<std::uint16_t>("protocol");
    if (version != 1 || type != 0 || (protocol != ethernet && protocol != ieee80211)) return std::nullopt;
    for (auto tag = in.number<std::uint8_t>("tag"); tag != last && !in.failed();
         tag = in.number<std::uint8_t>("tag"))
        if (tag != padding) in.take(in.number<std::uint8_t>("tag length"), "tag");
    if (in.failed()) return std::nullopt;
    const auto link = protocol == ethernet ? LinkType::ethernet : LinkType::ieee80211;
    return if_ip({TunnelKind::tzsp, {}, {}, {}}, network_layer(link, in.rest()).ip);
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
        case TunnelKind::erspan:
            return "ERSPAN";
        case TunnelKind::l2tp:
            return "L2TP";
        case TunnelKind::teredo:
            return "Teredo";
        case TunnelKind::mpls:
            return "MPLS";
        case TunnelKind::tzsp:
            return "TZSP";
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
        case port_vxlan_gpe:
            return vxlan_gpe(data);
        case port_geneve:
            return geneve(data);
        case port_l2tp:
            return l2tp(data);
        case port_teredo:
            return teredo(data);
        case port_mpls:
            return by_type({TunnelKind::mpls, {}, {}, {}}, ether_mpls, data);
        case port_tzsp:
            return tzsp(data);
        default:
            return std::nullopt;
    }
}

}  // namespace ike
