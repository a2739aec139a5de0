#include "libike/capture/observation.hpp"

#include "libike/base/ip_protocols.hpp"
#include "libike/esp/esp.hpp"

namespace ike {
namespace {

constexpr std::uint8_t protocol_sctp = 132;

void read_ports(ByteView payload, InnerPacket& inner) {
    if (payload.size() < 4) return;
    switch (inner.protocol) {
        case protocol_tcp:
        case protocol_udp:
        case protocol_sctp:
            inner.ports = true;
            inner.source.port = static_cast<std::uint16_t>(payload[0] << 8 | payload[1]);
            inner.destination.port = static_cast<std::uint16_t>(payload[2] << 8 | payload[3]);
            break;
        case protocol_icmp:
        case protocol_icmp6:
            inner.icmp_type = payload[0];
            inner.icmp_code = payload[1];
            break;
        default:
            break;
    }
}

}  // namespace

std::string_view to_string(IcvState state) {
    switch (state) {
        case IcvState::good:
            return "good";
        case IcvState::bad:
            return "bad";
        case IcvState::unknown:
            break;
    }
    return "unknown";
}

std::optional<InnerPacket> inner_packet(std::uint8_t next_header, ByteView payload, std::size_t size,
                                        const Packet& outer) {
    if (next_header == esp::next_header_none) return std::nullopt;
    InnerPacket inner;
    if (next_header == esp::next_header_ipv4 || next_header == esp::next_header_ipv6) {
        IpHeaders headers;
        if (!read_ip(payload, headers)) return std::nullopt;
        inner.tunnel = true;
        inner.protocol = headers.protocol;
        inner.source.address = headers.source;
        inner.destination.address = headers.destination;
        inner.length = headers.claimed == 0 ? size : std::min(headers.claimed, size);
        inner.fragment = headers.fragment && headers.fragment_offset != 0;
        if (!inner.fragment) read_ports(headers.payload, inner);
        return inner;
    }
    inner.protocol = next_header;
    inner.source.address = outer.source.address;
    inner.destination.address = outer.destination.address;
    inner.length = size;
    read_ports(payload, inner);
    return inner;
}

}  // namespace ike
