// Lines for what is around IPsec: tunnels, ICMP, and packets that are none of it.
#include "libike/render/line.hpp"

namespace ike {
namespace {

void put_protocol(TextBuffer& out, std::uint8_t protocol) {
    const auto word = ip_protocol_name(protocol);
    if (!word.empty()) return put(out, word);
    put(out, "protocol ");
    put_number(out, protocol);
}

void put_quoted(TextBuffer& out, const QuotedPacket& quoted, TextCache& cache) {
    put(out, ", about ");
    cache.put(out, quoted.source);
    put(out, " > ");
    cache.put(out, quoted.destination);
    out.push_back(' ');
    if (quoted.spi) {
        put(out, quoted.kind == Kind::ah ? std::string_view{"AH spi=0x"} : std::string_view{"ESP spi=0x"});
        put_hex(out, *quoted.spi, 8);
        if (quoted.sequence) {
            put(out, " seq=");
            put_number(out, *quoted.sequence);
        }
    } else if (quoted.ike) {
        put(out, "IKE ");
        put_hex(out, quoted.ike->initiator_spi >> 32, 8);
        put(out, ".. ");
        put(out, to_string(quoted.ike->exchange));
        put(out, " mid=");
        put_number(out, quoted.ike->message_id);
    } else if (quoted.kind == Kind::ike) {
        put(out, "IKE");
    } else {
        put_protocol(out, quoted.protocol);
    }
    put(out, " len ");
    put_number(out, quoted.length);
}

}  // namespace

std::string_view ip_protocol_name(std::uint8_t protocol) {
    switch (protocol) {
        case 1:
            return "ICMP";
        case 2:
            return "IGMP";
        case 4:
            return "IPIP";
        case 6:
            return "TCP";
        case 17:
            return "UDP";
        case 41:
            return "IPv6";
        case 47:
            return "GRE";
        case 50:
            return "ESP";
        case 51:
            return "AH";
        case 58:
            return "ICMPv6";
        case 59:
            return "none";
        case 89:
            return "OSPF";
        case 108:
            return "IPComp";
        case 132:
            return "SCTP";
        default:
            return "";
    }
}

void put_tunnels(TextBuffer& out, const Packet& packet, TextCache& cache) {
    for (const auto& wrapping : packet.wrappings) {
        put(out, "in ");
        put(out, to_string(wrapping.kind));
        out.push_back(' ');
        cache.put(out, Endpoint{wrapping.source, 0});
        put(out, " > ");
        cache.put(out, Endpoint{wrapping.destination, 0});
        out.push_back(' ');
    }
}

void put_icmp(TextBuffer& out, const Observation& seen, TextCache& cache) {
    const auto& icmp = seen.icmp;
    put(out, icmp.v6 ? std::string_view{"ICMPv6 "} : std::string_view{"ICMP "});
    if (!icmp.readable) return put(out, "too short");
    if (icmp.name.empty()) {
        fmt::format_to(fmt::appender(out), "type {} code {}", icmp.type, icmp.code);
    } else {
        put(out, icmp.name);
    }
    if (icmp.mtu) {
        put(out, ", MTU ");
        put_number(out, *icmp.mtu);
    }
    if (icmp.quoted) return put_quoted(out, *icmp.quoted, cache);
    put(out, " len ");
    put_number(out, seen.what.octets.size());
}

void put_other(TextBuffer& out, const Packet& packet) {
    if (packet.transport == Transport::none) {
        fmt::format_to(fmt::appender(out), "not IP ({:#06x})", packet.ether_type);
        return;
    }
    if (packet.transport == Transport::fragment) put(out, "IP fragment ");
    put_protocol(out, packet.protocol);
    put(out, " len ");
    put_number(out, packet.octets.size());
}

}  // namespace ike
