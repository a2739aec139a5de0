// Link layers down to IP, by their LINKTYPE_ numbers (draft-ietf-opsawg-pcaplinktype).
#include "libike/capture/packet.hpp"

#include "libike/base/reader.hpp"

namespace ike {
namespace {

constexpr std::uint16_t ether_ipv4 = 0x0800;
constexpr std::uint16_t ether_vlan = 0x8100;
constexpr std::uint16_t ether_ipv6 = 0x86dd;
constexpr std::uint16_t ether_provider_vlan = 0x88a8;
constexpr std::uint16_t ether_old_provider_vlan = 0x9100;
constexpr std::uint16_t ether_older_provider_vlan = 0x9200;
constexpr std::uint16_t ether_mpls = 0x8847;
constexpr std::uint16_t ether_mpls_multicast = 0x8848;
constexpr std::uint16_t ether_pppoe = 0x8864;
constexpr std::uint16_t ppp_ipv4 = 0x0021;
constexpr std::uint16_t ppp_ipv6 = 0x0057;
constexpr std::uint16_t longest_802_3 = 1500;  // what is less is a length, no type

std::size_t little16(ByteView octets, std::size_t at) {
    return octets[at] | static_cast<std::size_t>(octets[at + 1]) << 8;
}
std::size_t little32(ByteView octets, std::size_t at) {
    return little16(octets, at) | little16(octets, at + 2) << 16;
}
bool looks_like_ip(ByteView octets) {
    return !octets.empty() && (octets[0] >> 4 == 4 || octets[0] >> 4 == 6);
}

NetworkLayer by_ether_type(std::uint16_t type, ByteView rest);

NetworkLayer ethernet(ByteView octets) {
    if (octets.size() < 14) return {};
    return by_ether_type(number16(octets, 12), octets.subspan(14));
}

bool is_vlan(std::uint16_t type) {
    return type == ether_vlan || type == ether_provider_vlan || type == ether_old_provider_vlan ||
           type == ether_older_provider_vlan;
}

/// PPP (RFC 1661), with or without address and control field and with a protocol field of one or two octets.
NetworkLayer ppp(ByteView octets) {
    if (octets.size() >= 2 && octets[0] == 0xff && octets[1] == 3) octets = octets.subspan(2);
    if (octets.size() < 2) return {};
    const bool compressed = (octets[0] & 1) != 0;
    const std::uint16_t protocol = compressed ? octets[0] : number16(octets, 0);
    if (protocol != ppp_ipv4 && protocol != ppp_ipv6) return {};
    return {octets.subspan(compressed ? 1 : 2)};
}

/// An octet in front says which way the frame went; pppd's takes the place of the address field's.
NetworkLayer with_direction(ByteView octets) {
    if (octets.size() < 2) return {};
    octets = octets.subspan(octets[1] == 3 ? 2 : 1);
    return ppp(octets);
}

/// OpenBSD's and FreeBSD's log of pf: its length, without what pads it to words, comes first.
NetworkLayer pflog(ByteView octets) {
    if (octets.empty()) return {};
    const std::size_t size = (octets[0] + std::size_t{3}) / 4 * 4;
    return size >= 4 && octets.size() > size ? NetworkLayer{octets.subspan(size)} : NetworkLayer{};
}

/// Ethernet inside of something else: IP in it, perhaps tagged, and nothing that nests any deeper.
NetworkLayer bridged(ByteView octets) {
    constexpr std::size_t tag = 4;
    for (octets = octets.subspan(std::min<std::size_t>(12, octets.size())); octets.size() > tag;
         octets = octets.subspan(tag)) {
        const auto type = number16(octets, 0);
        if (type == ether_ipv4 || type == ether_ipv6) return {octets.subspan(2)};
        if (!is_vlan(type)) break;
    }
    return {{}, ether_mpls};
}

/// The label stack of RFC 3032; what follows it tells itself by its first four bits.
NetworkLayer mpls(ByteView octets) {
    while (octets.size() >= 4) {
        const bool bottom = (octets[2] & 1) != 0;
        octets = octets.subspan(4);
        if (!bottom) continue;
        if (looks_like_ip(octets)) return {octets};
        // RFC 4448 section 4.6: a control word begins with 0, and Ethernet follows.
        if (octets.size() >= 4 && octets[0] >> 4 == 0) return bridged(octets.subspan(4));
        break;
    }
    return {{}, ether_mpls};
}

/// IEEE 802.2 with SNAP, as some link layers carry Ethernet types.
NetworkLayer llc(ByteView octets) {
    if (octets.size() < 8 || octets[0] != 0xaa || octets[1] != 0xaa || octets[2] != 3) return {};
    const auto type = number16(octets, 6);
    return type > longest_802_3 ? by_ether_type(type, octets.subspan(8)) : NetworkLayer{};
}

/// The first frame of an aggregate (IEEE 802.11 section 9.3.2.2.2): addresses, its length, LLC.
NetworkLayer first_of_aggregate(ByteView octets) {
    if (octets.size() < 14) return {};
    const std::size_t size = number16(octets, 12);
    return llc(octets.subspan(14, std::min(size, octets.size() - 14)));
}

enum class Padding : std::uint8_t { none, to_words };

/// Data frames of IEEE 802.11 that are not encrypted.
NetworkLayer wireless(ByteView octets, Padding padding) {
    if (octets.size() < 24) return {};
    const unsigned type = octets[0] >> 2 & 3;
    const unsigned subtype = octets[0] >> 4;
    const bool is_protected = (octets[1] & 0x40) != 0;
    if (type != 2 || (subtype & 4) != 0 || is_protected) return {};
    std::size_t size = 24;
    if ((octets[1] & 3) == 3) size += 6;  // four addresses
    const bool quality = (subtype & 8) != 0;
    const auto control_at = size;
    if (quality) size += (octets[1] & 0x80) != 0 ? 6 : 2;  // quality of service, HT control
    const bool aggregate = quality && octets.size() > control_at && (octets[control_at] & 0x80) != 0;
    if (padding == Padding::to_words) size = (size + 3) / 4 * 4;
    if (octets.size() <= size) return {};
    return aggregate ? first_of_aggregate(octets.subspan(size)) : llc(octets.subspan(size));
}

/// Of radiotap's fields only the flags tell what is between header and data; the one before them is a time.
NetworkLayer radiotap(ByteView octets) {
    constexpr unsigned has_time = 1, has_flags = 2, more_words = 0x80, data_is_padded = 0x20;
    if (octets.size() < 8) return {};
    const auto size = little16(octets, 2);
    if (size < 8 || octets.size() <= size) return {};
    auto padding = Padding::none;
    if ((octets[4] & has_flags) != 0) {
        std::size_t at = 8;
        while (at + 4 <= size && (octets[at - 1] & more_words) != 0) at += 4;
        if ((octets[4] & has_time) != 0) at = (at + 7) / 8 * 8 + 8;
        if (at < size && (octets[at] & data_is_padded) != 0) padding = Padding::to_words;
    }
    return wireless(octets.subspan(size), padding);
}

/// A header of `size` octets, at least `least`, that names the link type of what follows: none of those that
/// do so again.
NetworkLayer nested(ByteView octets, std::size_t size, std::size_t least, std::size_t link_type) {
    const auto link = static_cast<LinkType>(link_type);
    const bool nests = link == LinkType::ppi || link == LinkType::pktap;
    if (size < least || octets.size() <= size || nests) return {};
    return network_layer(link, octets.subspan(size));
}

/// Per-Packet Information: version, flags, length, link type.
NetworkLayer ppi(ByteView octets) {
    constexpr std::size_t least = 8;
    return octets.size() < least ? NetworkLayer{}
                                 : nested(octets, little16(octets, 2), least, little32(octets, 4));
}

/// Apple's: length, kind of record, link type.
NetworkLayer pktap(ByteView octets) {
    constexpr std::size_t least = 12;
    return octets.size() < least ? NetworkLayer{}
                                 : nested(octets, little32(octets, 0), least, little32(octets, 8));
}

/// Netfilter's log: family, version, resource; attributes, one of which is the packet.
NetworkLayer nflog(ByteView octets) {
    constexpr std::size_t packet = 9;
    for (auto rest = octets.subspan(std::min<std::size_t>(4, octets.size())); rest.size() >= 4;) {
        const auto size = little16(rest, 0);
        if (size < 4) break;
        const auto value = rest.subspan(4, std::min(size, rest.size()) - 4);
        if (little16(rest, 2) == packet) return {value};
        rest = rest.subspan(std::min(rest.size(), (size + 3) / 4 * 4));
    }
    return {};
}

NetworkLayer by_ether_type(std::uint16_t type, ByteView rest) {
    while (is_vlan(type)) {
        if (rest.size() < 4) return {{}, type};
        type = number16(rest, 2);
        rest = rest.subspan(4);
    }
    if (type == ether_ipv4 || type == ether_ipv6) return {rest};
    if (type == ether_mpls || type == ether_mpls_multicast) return mpls(rest);
    if (type == ether_pppoe && rest.size() >= 6) return ppp(rest.subspan(6));
    if (type <= longest_802_3) return llc(rest);
    return {{}, type};
}

}  // namespace

NetworkLayer network_layer(std::uint16_t ether_type, ByteView octets) {
    return by_ether_type(ether_type, octets);
}

NetworkLayer network_layer(LinkType link, ByteView frame) {
    const auto behind = [&](std::size_t size, std::size_t type_at) -> NetworkLayer {
        if (frame.size() < size) return {};
        return by_ether_type(number16(frame, type_at), frame.subspan(size));
    };
    switch (link) {
        case LinkType::ethernet:
            return ethernet(frame);
        case LinkType::linux_sll:
            return behind(16, 14);
        case LinkType::linux_sll2:
            return behind(20, 0);
        case LinkType::rfc1483:
            return llc(frame);
        case LinkType::cisco_hdlc:
            return behind(4, 2);
        // The address family in front differs between systems; the IP version tells enough.
        case LinkType::null:
        case LinkType::loop:
            return frame.size() > 4 ? NetworkLayer{frame.subspan(4)} : NetworkLayer{};
        case LinkType::raw_bsd:
        case LinkType::raw_openbsd:
        case LinkType::raw:
        case LinkType::ipv4:
        case LinkType::ipv6:
            return {frame};
        case LinkType::ppp:
        case LinkType::ppp_hdlc:
            return ppp(frame);
        case LinkType::pppoe:
            return frame.size() > 6 ? ppp(frame.subspan(6)) : NetworkLayer{};
        case LinkType::ppp_pppd:
        case LinkType::ppp_with_direction:
            return with_direction(frame);
        case LinkType::enc:  // family, SPI, flags
            return frame.size() > 12 ? NetworkLayer{frame.subspan(12)} : NetworkLayer{};
        case LinkType::pflog:
            return pflog(frame);
        case LinkType::ieee80211:
            return wireless(frame, Padding::none);
        case LinkType::radiotap:
            return radiotap(frame);
        case LinkType::ppi:
            return ppi(frame);
        case LinkType::nflog:
            return nflog(frame);
        case LinkType::pktap:
            return pktap(frame);
    }
    return {};
}

}  // namespace ike
