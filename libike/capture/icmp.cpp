#include "libike/capture/icmp.hpp"

#include "libike/base/ip_protocols.hpp"
#include "libike/wire/message.hpp"

namespace ike {
namespace {

constexpr std::size_t icmp_header = 8;

struct Name {
    std::uint8_t type, code;
    std::string_view text;
};
constexpr std::uint8_t any_code = 255;
/// "ICMP Type Numbers" of IANA, those seen around IPsec.
constexpr Name names_v4[] = {
    {0, any_code, "echo reply"},
    {3, 0, "net unreachable"},
    {3, 1, "host unreachable"},
    {3, 2, "protocol unreachable"},
    {3, 3, "port unreachable"},
    {3, 4, "fragmentation needed"},
    {3, 5, "source route failed"},
    {3, 6, "net unknown"},
    {3, 7, "host unknown"},
    {3, 9, "net prohibited"},
    {3, 10, "host prohibited"},
    {3, 13, "administratively prohibited"},
    {3, any_code, "unreachable"},
    {4, any_code, "source quench"},
    {5, any_code, "redirect"},
    {8, any_code, "echo request"},
    {9, any_code, "router advertisement"},
    {10, any_code, "router solicitation"},
    {11, 0, "time exceeded in transit"},
    {11, 1, "reassembly time exceeded"},
    {11, any_code, "time exceeded"},
    {12, any_code, "parameter problem"},
    {40, any_code, "security failure"},
};
/// "ICMPv6 type Numbers".
constexpr Name names_v6[] = {
    {1, 0, "no route"},
    {1, 1, "administratively prohibited"},
    {1, 3, "address unreachable"},
    {1, 4, "port unreachable"},
    {1, any_code, "unreachable"},
    {2, any_code, "packet too big"},
    {3, 0, "hop limit exceeded in transit"},
    {3, 1, "reassembly time exceeded"},
    {3, any_code, "time exceeded"},
    {4, any_code, "parameter problem"},
    {128, any_code, "echo request"},
    {129, any_code, "echo reply"},
    {130, any_code, "multicast listener query"},
    {131, any_code, "multicast listener report"},
    {133, any_code, "router solicitation"},
    {134, any_code, "router advertisement"},
    {135, any_code, "neighbor solicitation"},
    {136, any_code, "neighbor advertisement"},
    {137, any_code, "redirect"},
    {143, any_code, "multicast listener report 2"},
};

bool is_error(std::uint8_t type, bool v6) {
    if (v6) return type < 128;
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12 || type == 40;
}

void read_esp(Reader in, QuotedPacket& quoted) {
    quoted.kind = Kind::esp;
    quoted.spi = in.number<std::uint32_t>("spi");
    if (in.failed()) quoted.spi.reset();
    const auto sequence = in.number<std::uint32_t>("sequence number");
    if (!in.failed()) quoted.sequence = sequence;
}

void read_ah(Reader in, QuotedPacket& quoted) {
    in.take(4, "next header, length, reserved");
    read_esp(in, quoted);
    quoted.kind = Kind::ah;
}

/// At least 8 octets of the quoted payload are there, so of UDP perhaps no more than its header.
void read_udp(Reader in, QuotedPacket& quoted) {
    quoted.source.port = in.number<std::uint16_t>("source port");
    quoted.destination.port = in.number<std::uint16_t>("destination port");
    in.take(4, "length and checksum");
    if (in.failed()) return;
    const auto on_port = [&](std::uint16_t port) {
        return quoted.source.port == port || quoted.destination.port == port;
    };
    const auto data = in.rest();
    const bool encapsulation = on_port(4500);
    const bool marker = data.size() >= 4 && std::ranges::all_of(data.first(4), [](auto o) { return o == 0; });
    if (encapsulation && data.size() >= 4 && !marker) return read_esp(Reader{data}, quoted);
    const auto message = encapsulation && marker ? data.subspan(4) : data;
    const auto header = read_header(message);
    const bool ike = on_port(500) || (encapsulation && marker);
    if (header && (ike || looks_like_ike(message))) quoted.ike = *header;
    if (ike || quoted.ike) quoted.kind = Kind::ike;
}

std::optional<QuotedPacket> read_quoted(ByteView octets) {
    const auto headers = read_ip(octets);
    if (!headers) return std::nullopt;
    QuotedPacket quoted;
    quoted.source.address = headers->source;
    quoted.destination.address = headers->destination;
    quoted.protocol = headers->protocol;
    const auto field = [&](std::size_t at) { return std::size_t{octets[at]} << 8 | octets[at + 1]; };
    quoted.length = headers->source.is_v4() ? field(2) : 40 + field(4);
    if (headers->fragment && headers->fragment_offset != 0) return quoted;
    const Reader in{headers->payload};
    if (headers->protocol == protocol_esp) read_esp(in, quoted);
    if (headers->protocol == protocol_ah) read_ah(in, quoted);
    if (headers->protocol == protocol_udp) read_udp(in, quoted);
    return quoted;
}

}  // namespace

std::string_view icmp_name(std::uint8_t type, std::uint8_t code, bool v6) {
    const auto names = v6 ? std::span<const Name>{names_v6} : std::span<const Name>{names_v4};
    for (const auto& each : names) {
        if (each.type == type && (each.code == code || each.code == any_code)) return each.text;
    }
    return {};
}

IcmpObservation read_icmp(ByteView octets, bool v6) {
    IcmpObservation seen;
    seen.v6 = v6;
    if (octets.size() < icmp_header) return seen;
    seen.readable = true;
    seen.type = octets[0];
    seen.code = octets[1];
    seen.name = icmp_name(seen.type, seen.code, v6);
    seen.error = is_error(seen.type, v6);
    Reader in{octets.subspan(4)};
    const auto field = in.number<std::uint32_t>("rest of header");
    // RFC 1191 section 4: the lower half; 0 from routers older than that. RFC 4443 section 3.2: all of it.
    if (!v6 && seen.type == 3 && seen.code == 4 && (field & 0xffff) != 0) seen.mtu = field & 0xffff;
    if (v6 && seen.type == 2) seen.mtu = field;
    if (seen.error) seen.quoted = read_quoted(in.rest());
    return seen;
}

}  // namespace ike
