#include "libike/capture/recognise.hpp"

#include "libike/esp/esp.hpp"
#include "libike/wire/message.hpp"

namespace ike {
namespace {

constexpr std::uint16_t port_ike = 500;
constexpr std::uint16_t port_encapsulation = 4500;
constexpr std::size_t marker_size = 4;
constexpr std::size_t most_learned = 65536;

bool has_marker(ByteView octets) {
    return octets.size() >= marker_size && octets[0] == 0 && octets[1] == 0 && octets[2] == 0 &&
           octets[3] == 0;
}
bool on_port(const Packet& packet, std::uint16_t port) {
    return packet.source.port == port || packet.destination.port == port;
}

/// RFC 7296 section 3.1: registered exchanges and payloads, none of the reserved flags.
bool possible_version2(const Header& header) {
    const auto exchange = static_cast<unsigned>(header.exchange);
    const auto next = static_cast<unsigned>(header.next);
    const bool known_payload = next == 0 || (next >= 33 && next <= 54);
    return (header.version & 0xf0) == 0x20 && exchange >= 34 && exchange <= 44 && known_payload &&
           (header.flags & ~(flag_initiator | flag_version | flag_response)) == 0;
}
/// RFC 2408 section 3.1, and AuthIP's exchanges.
bool possible_version1(const Header& header) {
    const auto exchange = static_cast<unsigned>(header.exchange);
    const auto next = static_cast<unsigned>(header.next);
    const bool known_exchange =
        (exchange >= 1 && exchange <= 6) || exchange == 32 || exchange == 33 || exchange >= 243;
    return header.version == 0x10 && known_exchange && ((next >= 1 && next <= 22) || next >= 128) &&
           (header.flags & ~7) == 0;
}

/// RFC 8489 section 5: two zero bits, a length that is that of the octets, and the magic cookie. Some send it
/// from port 4500.
bool looks_like_stun(ByteView octets) {
    constexpr std::size_t header = 20, word = 4;
    constexpr std::uint32_t magic_cookie = 0x2112a442;
    if (octets.size() < header || (octets[0] & 0xc0) != 0) return false;
    Reader in{octets.subspan(2, 6)};
    const auto length = in.number<std::uint16_t>("length");
    return length == octets.size() - header && length % word == 0 &&
           in.number<std::uint32_t>("magic cookie") == magic_cookie;
}

/// The header's length field is that of the octets: the cheapest test, as nearly all ESP fails it.
bool length_fits(ByteView octets) {
    constexpr std::size_t length_at = 24;
    return octets.size() >= ike_header_size &&
           network_number<std::uint32_t>(octets.data() + length_at) == octets.size();
}

}  // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::ike:
            return "ike";
        case Kind::esp:
            return "esp";
        case Kind::ah:
            return "ah";
        case Kind::keepalive:
            return "keepalive";
        case Kind::icmp:
            return "icmp";
        case Kind::other:
            break;
    }
    return "other";
}

bool looks_like_ike(ByteView octets) {
    if (!length_fits(octets)) return false;
    Header header;
    return read_header(octets, header) && header.initiator_spi != 0 &&
           (possible_version2(header) || possible_version1(header));
}

Recognised Recogniser::look(const Packet& packet) {
    switch (packet.transport) {
        case Transport::udp:
            return look_into_udp(packet);
        case Transport::esp:
            return {Kind::esp, packet.octets};
        case Transport::ah:
            return {Kind::ah, packet.octets};
        case Transport::icmp:
            return {Kind::icmp, packet.octets};
        default:
            return {Kind::other, packet.octets};
    }
}

Recognised Recogniser::look_into_udp(const Packet& packet) {
    // RFC 7296 section 2.23: on port 4500 IKE begins with a marker. Some leave it out, and strongSwan does so
    // from there to port 500.
    if (looks_like_ike(packet.octets)) return {Kind::ike, packet.octets};
    if (looks_like_stun(packet.octets)) return {Kind::other, packet.octets};
    if (on_port(packet, port_encapsulation)) return by_marker(packet.octets);
    if (has_marker(packet.octets) && looks_like_ike(packet.octets.subspan(marker_size))) {
        learn(packet);
        return {Kind::ike, packet.octets.subspan(marker_size), true, false, true};
    }
    if (on_port(packet, port_ike)) {
        const bool keepalive = packet.octets.size() == 1 && packet.octets[0] == 0xff;
        return {keepalive ? Kind::keepalive : Kind::ike, packet.octets, true};
    }
    if (encapsulating_.contains(packet.source) || encapsulating_.contains(packet.destination)) {
        return by_marker(packet.octets);
    }
    return {Kind::other, packet.octets};
}

Recognised Recogniser::look_into_stream(ByteView octets) {
    auto found = by_marker(octets);
    found.udp = false;
    found.tcp = true;
    return found;
}

Recognised Recogniser::by_marker(ByteView octets) {
    switch (esp::sort_port_4500(octets)) {
        case esp::Sort::keepalive:
            return {Kind::keepalive, octets, true};
        case esp::Sort::ike:
            return {Kind::ike, octets.subspan(std::min(octets.size(), marker_size)), true, false, true};
        case esp::Sort::esp:
            return {Kind::esp, octets, true};
        case esp::Sort::too_short:
            break;
    }
    return {Kind::other, octets};
}

void Recogniser::learn(const Packet& packet) {
    if (encapsulating_.size() + 2 > most_learned) encapsulating_.clear();
    encapsulating_.insert(packet.source);
    encapsulating_.insert(packet.destination);
}

}  // namespace ike
