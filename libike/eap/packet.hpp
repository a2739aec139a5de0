#pragma once
// An EAP packet as it lies in an EAP payload (RFC 3748 section 4).
#include "libike/base/reader.hpp"
#include "libike/registry/eap_type.hpp"

namespace ike::eap {

/// Requests and responses have a type and its data; Success and Failure end after the identifier.
struct Packet {
    EapCode code{};
    std::uint8_t identifier = 0;
    EapType type{};
    Bytes data;  ///< what follows the type; of an expanded type vendor and vendor type too
    friend bool operator==(const Packet&, const Packet&) = default;
};

/// Strict: the length field is that of the octets, requests and responses have a type, Success and Failure
/// nothing.
Parsed<Packet> parse_packet(ByteView octets);
/// `data` holds at most 65,530 octets; longer throws std::length_error.
Bytes write_packet(const Packet& packet);

/// "mschapv2", "md5", "gtc" and "tls", as profiles name the methods that are spoken here.
std::optional<EapType> method_from(std::string_view word);
/// "EAP-MSCHAPv2" and so on, for people; other types by IANA's name.
std::string method_name(EapType method);
/// Whether both sides are proven by the method and no password can be guessed from it (RFC 5998 section 4).
bool is_safe_alone(EapType method);

}  // namespace ike::eap
