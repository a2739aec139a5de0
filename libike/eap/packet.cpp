#include "libike/eap/packet.hpp"

#include <stdexcept>

#include "libike/base/writer.hpp"

namespace ike::eap {
namespace {

struct Row {
    EapType method;
    std::string_view word, name;
};
// MSCHAPv2 goes by the number of Microsoft's EAP, 26; nobody uses 29, which has the name at IANA.
constexpr Row rows[] = {
    {EapType::ms_eap, "mschapv2", "EAP-MSCHAPv2"},
    {EapType::md5_challenge, "md5", "EAP-MD5"},
    {EapType::gtc, "gtc", "EAP-GTC"},
    {EapType::tls, "tls", "EAP-TLS"},
};

bool has_type(EapCode code) { return code == EapCode::request || code == EapCode::response; }

}  // namespace

Parsed<Packet> parse_packet(ByteView octets) {
    Reader in{octets};
    Packet packet;
    packet.code = in.code<EapCode>("eap code");
    packet.identifier = in.number<std::uint8_t>("eap identifier");
    const auto length = in.number<std::uint16_t>("eap length");
    if (!in.failed() && length != octets.size()) in.fail({WireError::Kind::value, 2, "eap length"});
    if (has_type(packet.code)) {
        packet.type = in.code<EapType>("eap type");
        packet.data = to_bytes(in.rest());
    }
    return in.finish(std::move(packet));
}

Bytes write_packet(const Packet& packet) {
    const std::size_t size = 4 + (has_type(packet.code) ? 1 + packet.data.size() : 0);
    if (size > 0xffff) throw std::length_error{"an EAP packet longer than its length field can say"};
    Writer out;
    out.code(packet.code).number(packet.identifier).number(static_cast<std::uint16_t>(size));
    if (has_type(packet.code)) out.code(packet.type).octets(packet.data);
    return out.take();
}

std::optional<EapType> method_from(std::string_view word) {
    for (const auto& row : rows) {
        if (row.word == word) return row.method;
    }
    return std::nullopt;
}

std::string method_name(EapType method) {
    for (const auto& row : rows) {
        if (row.method == method) return std::string{row.name};
    }
    return to_string(method);
}

bool is_safe_alone(EapType method) { return method == EapType::tls; }

}  // namespace ike::eap
