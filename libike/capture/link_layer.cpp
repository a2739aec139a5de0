// Link layers down to IP, by their LINKTYPE_ numbers (draft-ietf-opsawg-pcaplinktype).
#include "libike/capture/packet.hpp"

namespace ike {
namespace {

constexpr std::uint16_t ether_ipv4 = 0x0800;
constexpr std::uint16_t ether_vlan = 0x8100;
constexpr std::uint16_t ether_ipv6 = 0x86dd;
constexpr std::uint16_t ether_provider_vlan = 0x88a8;
constexpr std::uint16_t ether_old_provider_vlan = 0x9100;
constexpr std::uint16_t ether_mpls = 0x8847;
constexpr std::uint16_t ether_mpls_multicast = 0x8848;
constexpr std::uint16_t ether_pppoe = 0x8864;
constexpr std::uint16_t ppp_ipv4 = 0x0021;
constexpr std::uint16_t ppp_ipv6 = 0x0057;
constexpr std::uint16_t longest_802_3 = 1500;  // what is less is a length, no type

std::uint16_t number16(ByteView octets, std::size_t at) {
    return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

NetworkLayer by_ether_type(std::uint16_t type, ByteView rest);

/// PPP (RFC 1661), with or without address and control field and with a protocol field of one or two octets.
NetworkLayer ppp(ByteView octets) {
    if (octets.size() >= 2 && octets[0] == 0xff && octets[1] == 3) octets = octets.subspan(2);
    if (octets.size() < 2) return {};
    const bool compressed = (octets[0] & 1) != 0;
    const std::uint16_t protocol = compressed ? octets[0] : number16(octets, 0);
    if (protocol != ppp_ipv4 && protocol != ppp_ipv6) return {};
    return {octets.subspan(compressed ? 1 : 2)};
}

/// The label stack of RFC 3032; what follows it tells itself by its first four bits.
NetworkLayer mpls(ByteView octets) {
    while (octets.size() >= 4) {
        const bool bottom = (octets[2] & 1) != 0;
        octets = octets.subspan(4);
        if (!bottom) continue;
        if (!octets.empty() && (octets[0] >> 4 == 4 || octets[0] >> 4 == 6)) return {octets};
        break;
    }
    return {{}, ether_mpls};
}

/// IEEE 802.2 with SNAP, as some link layers carry Ethernet types.
NetworkLayer llc(ByteView octets) {
    if (octets.size() < 8 || octets[0] != 0xaa || octets[1] != 0xaa || octets[2] != 3) return {};
    return by_ether_type(number16(octets, 6), octets.subspan(8));
}

NetworkLayer by_ether_type(std::uint16_t type, ByteView rest) {
    while (type == ether_vlan || type == ether_provider_vlan || type == ether_old_provider_vlan) {
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

/// Data frames of IEEE 802.11 that are not encrypted.
NetworkLayer wireless(ByteView octets) {
    if (octets.size() < 24) return {};
    const unsigned type = octets[0] >> 2 & 3;
    const unsigned subtype = octets[0] >> 4;
    const bool is_protected = (octets[1] & 0x40) != 0;
    if (type != 2 || (subtype & 4) != 0 || is_protected) return {};
    std::size_t size = 24;
    if ((octets[1] & 3) == 3) size += 6;                              // four addresses
    if ((subtype & 8) != 0) size += (octets[1] & 0x80) != 0 ? 6 : 2;  // quality of service, HT control
    return octets.size() > size ? llc(octets.subspan(size)) : NetworkLayer{};
}

NetworkLayer radiotap(ByteView octets) {
    if (octets.size() < 4) return {};
    const std::size_t size = static_cast<std::size_t>(octets[2]) | static_cast<std::size_t>(octets[3]) << 8;
    return octets.size() > size ? wireless(octets.subspan(size)) : NetworkLayer{};
}

}  // namespace

NetworkLayer network_layer(LinkType link, ByteView frame) {
    const auto behind = [&](std::size_t size, std::size_t type_at) -> NetworkLayer {
        if (frame.size() < size) return {};
        return by_ether_type(number16(frame, type_at), frame.subspan(size));
    };
    switch (link) {
        case LinkType::ethernet:
            return behind(14, 12);
        case LinkType::linux_sll:
            return behind(16, 14);
        case LinkType::linux_sll2:
            return behind(20, 0);
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
            return ppp(frame);
        case LinkType::ieee80211:
            return wireless(frame);
        case LinkType::radiotap:
            return radiotap(frame);
    }
    return {};
}

}  // namespace ike
