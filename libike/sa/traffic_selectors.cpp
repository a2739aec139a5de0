#include "libike/sa/traffic_selectors.hpp"

namespace ike {

namespace {

constexpr std::uint16_t last_port = 65535;
/// More than a TS payload can hold are of no use (its count is one octet).
constexpr std::size_t most_selectors = 255;

bool is_range(const TrafficSelector& selector) {
    return selector.type == TsType::ipv4_addr_range || selector.type == TsType::ipv6_addr_range;
}
/// Start 65535, end 0: the ports cannot be known (RFC 7296 section 3.13.1).
bool is_opaque(const TrafficSelector& selector) {
    return selector.start_port == last_port && selector.end_port == 0;
}
bool has_all_ports(const TrafficSelector& selector) {
    return selector.start_port == 0 && selector.end_port == last_port;
}

/// The ports of both; false where they have none in common.
bool narrow_ports(const TrafficSelector& a, const TrafficSelector& b, TrafficSelector& out) {
    if (is_opaque(a) || is_opaque(b)) {
        // OPAQUE is met by itself and by ANY.
        if (!(is_opaque(a) && is_opaque(b)) && !has_all_ports(a) && !has_all_ports(b)) return false;
        out.start_port = last_port;
        out.end_port = 0;
        return true;
    }
    out.start_port = std::max(a.start_port, b.start_port);
    out.end_port = std::min(a.end_port, b.end_port);
    return out.start_port <= out.end_port;
}

std::optional<TrafficSelector> intersection(const TrafficSelector& a, const TrafficSelector& b) {
    if (a.type != b.type) return std::nullopt;
    if (!is_range(a)) return a == b ? std::optional{a} : std::nullopt;
    if (a.protocol != 0 && b.protocol != 0 && a.protocol != b.protocol) return std::nullopt;
    TrafficSelector both;
    both.type = a.type;
    both.protocol = a.protocol != 0 ? a.protocol : b.protocol;
    if (!narrow_ports(a, b, both)) return std::nullopt;
    both.start = std::max(a.start, b.start);
    both.end = std::min(a.end, b.end);
    if (both.end < both.start) return std::nullopt;
    return both;
}

}  // namespace

TrafficSelector host_selector(const Address& address) {
    TrafficSelector selector;
    selector.type = address.is_v4() ? TsType::ipv4_addr_range : TsType::ipv6_addr_range;
    selector.start = selector.end = address;
    return selector;
}

TrafficSelector everything(Address::Family family) {
    std::array<std::uint8_t, 16> ones;
    ones.fill(0xff);
    if (family == Address::Family::v6) {
        auto selector = host_selector(Address::v6({}));
        selector.end = Address::v6(ones);
        return selector;
    }
    auto selector = host_selector(Address::v4({}));
    selector.end = Address::v4({0xff, 0xff, 0xff, 0xff});
    return selector;
}

std::vector<TrafficSelector> narrow(std::span<const TrafficSelector> offered,
                                    std::span<const TrafficSelector> ours) {
    std::vector<TrafficSelector> common;
    for (const auto& theirs : offered) {
        for (const auto& own : ours) {
            const auto both = intersection(theirs, own);
            if (!both) continue;
            const auto within = [&](const TrafficSelector& outer) { return contains(outer, *both); };
            if (std::ranges::any_of(common, within)) continue;
            std::erase_if(common, [&](const TrafficSelector& inner) { return contains(*both, inner); });
            if (common.size() < most_selectors) common.push_back(*both);
        }
    }
    return common;
}

bool contains(const TrafficSelector& outer, const TrafficSelector& inner) {
    const auto both = intersection(outer, inner);
    return both && *both == inner;
}

bool contains(std::span<const TrafficSelector> outer, std::span<const TrafficSelector> inner) {
    return std::ranges::all_of(inner, [&](const TrafficSelector& each) {
        return std::ranges::any_of(outer,
                                   [&](const TrafficSelector& around) { return contains(around, each); });
    });
}

bool matches(const TrafficSelector& selector, const Address& address, std::uint8_t protocol,
             std::uint16_t port, bool port_known) {
    if (!is_range(selector) || address.is_v4() != (selector.type == TsType::ipv4_addr_range)) return false;
    if (address < selector.start || selector.end < address) return false;
    if (selector.protocol != 0 && selector.protocol != protocol) return false;
    if (has_all_ports(selector)) return true;
    if (is_opaque(selector)) return !port_known;
    return port_known && selector.start_port <= port && port <= selector.end_port;
}

namespace {

enum Protocol : std::uint8_t {
    hop_by_hop = 0,
    icmp = 1,
    tcp = 6,
    udp = 17,
    dccp = 33,
    ipv6_route = 43,
    ipv6_fragment = 44,
    ah = 51,
    icmp6 = 58,
    ipv6_options = 60,
    sctp = 132,
    mobility = 135,
    udp_lite = 136
};

/// Ports or their like from the first octets of an upper layer header.
void read_ports(PacketFields& fields, Reader& in) {
    switch (fields.protocol) {
        case tcp:
        case udp:
        case dccp:
        case sctp:
        case udp_lite:
            fields.source_port = in.number<std::uint16_t>("source port");
            fields.destination_port = in.number<std::uint16_t>("destination port");
            break;
        case icmp:
        case icmp6:
            // RFC 7296 section 3.13.1: the type in the upper octet, the code in the lower.
            fields.source_port = fields.destination_port = in.number<std::uint16_t>("type and code");
            break;
        case mobility:
            in.take(2, "payload proto and header len");
            fields.source_port = fields.destination_port =
                static_cast<std::uint16_t>(in.number<std::uint8_t>("type") << 8);
            break;
        default:
            break;
    }
    if (in.failed()) {
        fields.ports_known = false;
        fields.source_port = fields.destination_port = 0;
    }
}

std::optional<PacketFields> ipv4_fields(ByteView packet) {
    Reader in{packet};
    const std::size_t header = (in.number<std::uint8_t>("version and header length") & 0x0fu) * 4;
    in.take(5, "type of service to identification");
    const auto fragment = in.number<std::uint16_t>("fragment offset") & 0x1fff;
    in.take(1, "time to live");
    PacketFields fields;
    fields.protocol = in.number<std::uint8_t>("protocol");
    in.take(2, "checksum");
    const auto source = in.take(4, "source");
    const auto destination = in.take(4, "destination");
    if (header < 20) return std::nullopt;
    in.take(header - 20, "options");
    if (in.failed()) return std::nullopt;
    fields.source = *Address::from_octets(source);
    fields.destination = *Address::from_octets(destination);
    fields.ports_known = fragment == 0;
    if (fields.ports_known) read_ports(fields, in);
    return fields;
}

bool is_extension(std::uint8_t protocol) {
    return protocol == hop_by_hop || protocol == ipv6_route || protocol == ipv6_fragment ||
           protocol == ipv6_options || protocol == ah;
}

std::optional<PacketFields> ipv6_fields(ByteView packet) {
    Reader in{packet};
    in.take(6, "version to payload length");
    PacketFields fields;
    fields.protocol = in.number<std::uint8_t>("next header");
    in.take(1, "hop limit");
    const auto source = in.take(16, "source");
    const auto destination = in.take(16, "destination");
    if (in.failed()) return std::nullopt;
    fields.source = *Address::from_octets(source);
    fields.destination = *Address::from_octets(destination);
    while (fields.ports_known && is_extension(fields.protocol)) {
        const auto kind = fields.protocol;
        fields.protocol = in.number<std::uint8_t>("next header");
        const std::size_t length = in.number<std::uint8_t>("extension length");
        if (kind == ipv6_fragment) {
            fields.ports_known = (in.number<std::uint16_t>("fragment offset") & 0xfff8) == 0;
            in.take(4, "identification");
        } else {
            in.take(kind == ah ? (length + 2) * 4 - 2 : length * 8 + 6, "extension");
        }
        if (in.failed()) return std::nullopt;
    }
    if (fields.ports_known) read_ports(fields, in);
    return fields;
}

}  // namespace

std::optional<PacketFields> packet_fields(ByteView packet) {
    if (packet.empty()) return std::nullopt;
    if (packet[0] >> 4 == 4) return ipv4_fields(packet);
    if (packet[0] >> 4 == 6) return ipv6_fields(packet);
    return std::nullopt;
}

}  // namespace ike
