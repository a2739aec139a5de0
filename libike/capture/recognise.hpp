#pragma once
// What of IPsec a packet is: by protocol and port, and by content on ports of any number.
#include <unordered_set>

#include "libike/capture/packet.hpp"
#include "libike/wire/message.hpp"

namespace ike {

enum class Kind : std::uint8_t { ike, esp, ah, keepalive, icmp, other };
/// "ike", "esp", "ah", "keepalive", "icmp", "other"
std::string_view to_string(Kind kind);

struct Recognised {
    Kind kind = Kind::other;
    ByteView octets;      ///< IKE: from its header on; ESP: from its SPI on
    bool udp = false;     ///< ESP and keepalives: in UDP
    bool tcp = false;     ///< from a TCP stream (RFC 9329)
    bool marker = false;  ///< IKE: behind a non-ESP marker (RFC 7296 section 2.23)
};

/// True for what can hardly be anything but an IKE message, of either version: version, exchange, flags and
/// first payload are possible, and the length is that of the octets.
bool looks_like_ike(ByteView octets);

/// Sorts packets. Remembers on which endpoints IKE was seen behind a non-ESP marker: there UDP carries ESP
/// too.
class Recogniser {
public:
    Recognised look(const Packet& packet);
    /// One message of a TCP stream.
    static Recognised look_into_stream(ByteView octets);

private:
    Recognised look_into_udp(const Packet& packet);
    static Recognised by_marker(ByteView octets);
    void learn(const Packet& packet);
    std::unordered_set<Endpoint> encapsulating_;
};

}  // namespace ike
