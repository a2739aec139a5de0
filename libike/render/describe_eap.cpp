// EAP payloads (RFC 7296 section 3.16, RFC 3748) and what the methods say inside them.
#include "libike/registry/eap_type.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/eap_methods.hpp"

namespace ike {
namespace {

struct Named {
    std::uint8_t value;
    std::string_view name;
};

std::string_view name_in(std::span<const Named> table, std::uint8_t value) {
    for (const auto& each : table) {
        if (each.value == value) return each.name;
    }
    return {};
}
void named_field(Fields& fields, std::string_view key, std::string_view number_key, std::string_view label,
                 std::span<const Named> table, std::uint8_t value) {
    const auto name = name_in(table, value);
    fields.code(key, number_key, label, name.empty() ? std::string_view{"UNKNOWN"} : name, value);
}
void rest_field(Fields& fields, std::string_view label, ByteView octets) {
    if (!octets.empty()) fields.octets("data", label, octets);
}

/// An expanded type: vendor and vendor type (RFC 3748 section 5.7).
void expanded_type(Reader& in, Fields& fields) {
    const auto vendor = in.take(3, "vendor");
    const auto type = in.number<std::uint32_t>("vendor type");
    if (in.failed()) return;
    fields.octets("vendor", "Vendor", vendor);
    fields.number("vendor_type", "Vendor type", type);
    rest_field(fields, "Data", in.rest());
}

/// RFC 3748 section 5.4: a value with its size, and a name.
void md5_challenge(Reader& in, Fields& fields) {
    const std::size_t size = in.number<std::uint8_t>("value size");
    const auto value = in.take(size, "value");
    const auto name = in.rest();
    if (in.failed()) return;
    fields.octets("value", "Value", value);
    if (!name.empty()) characters_field(fields, "name", "Name", name);
}

/// draft-kamath-pppext-eap-mschapv2: OpCode, MS-CHAPv2-ID, MS-Length, then as RFC 2759 has it.
void mschapv2(Reader& in, Fields& fields) {
    constexpr Named opcodes[] = {
        {1, "Challenge"}, {2, "Response"}, {3, "Success"}, {4, "Failure"}, {7, "Change-Password"}};
    const auto opcode = in.number<std::uint8_t>("opcode");
    if (in.failed()) return;
    named_field(fields, "opcode", "opcode_id", "OpCode", opcodes, opcode);
    if (in.remaining() == 0) return;  // the answers to Success and Failure are the opcode alone
    fields.number("ms_id", "MS-CHAPv2-ID", in.number<std::uint8_t>("ms-chapv2-id"));
    fields.number("ms_length", "MS-Length", in.number<std::uint16_t>("ms-length"));
    if (opcode == 3 || opcode == 4) return characters_field(fields, "text", "Message", in.rest());
    if (opcode != 1 && opcode != 2) return rest_field(fields, "Data", in.rest());
    const std::size_t size = in.number<std::uint8_t>("value size");
    auto value = in.child(size, "value");
    const auto name = in.rest();
    if (in.failed()) return;
    if (opcode == 1) {
        fields.octets("challenge", "Challenge", value.rest());
    } else {
        // RFC 2759 section 4: peer challenge, 8 octets reserved, NT response, flags.
        fields.octets("peer_challenge", "Peer challenge", value.take(16, "peer challenge"));
        value.take(8, "reserved");
        fields.octets("nt_response", "NT response", value.take(24, "nt response"));
        fields.number("flags", "Flags", value.number<std::uint8_t>("flags"));
    }
    if (!name.empty()) characters_field(fields, "name", "Name", name);
}

constexpr Named tls_contents[] = {{20, "change_cipher_spec"},
                                  {21, "alert"},
                                  {22, "handshake"},
                                  {23, "application_data"},
                                  {24, "heartbeat"}};
constexpr Named tls_handshakes[] = {
    {0, "hello_request"},        {1, "client_hello"},         {2, "server_hello"},
    {4, "new_session_ticket"},   {8, "encrypted_extensions"}, {11, "certificate"},
    {12, "server_key_exchange"}, {13, "certificate_request"}, {14, "server_hello_done"},
    {15, "certificate_verify"},  {16, "client_key_exchange"}, {20, "finished"},
    {22, "certificate_status"}};

constexpr Named tls_levels[] = {{1, "warning"}, {2, "fatal"}};
// RFC 8446 section 6, RFC 5246 section 7.2; a record of TLS 1.3 that is encrypted is longer than an alert.
constexpr Named tls_alerts[] = {{0, "close_notify"},
                                {10, "unexpected_message"},
                                {20, "bad_record_mac"},
                                {22, "record_overflow"},
                                {40, "handshake_failure"},
                                {42, "bad_certificate"},
                                {43, "unsupported_certificate"},
                                {44, "certificate_revoked"},
                                {45, "certificate_expired"},
                                {46, "certificate_unknown"},
                                {47, "illegal_parameter"},
                                {48, "unknown_ca"},
                                {49, "access_denied"},
                                {50, "decode_error"},
                                {51, "decrypt_error"},
                                {70, "protocol_version"},
                                {71, "insufficient_security"},
                                {80, "internal_error"},
                                {86, "inappropriate_fallback"},
                                {90, "user_canceled"},
                                {100, "no_renegotiation"},
                                {109, "missing_extension"},
                                {110, "unsupported_extension"},
                                {112, "unrecognized_name"},
                                {113, "bad_certificate_status_response"},
                                {115, "unknown_psk_identity"},
                                {116, "certificate_required"},
                                {120, "no_application_protocol"}};

/// The messages of one handshake record, as long as they are in clear (RFC 8446 section 4).
void tls_handshake(ByteView octets, Fields& fields) {
    Reader in{octets};
    while (in.remaining() >= 4) {
        const auto type = in.number<std::uint8_t>("handshake type");
        const std::size_t high = in.number<std::uint8_t>("length");
        const std::size_t size = high << 16 | in.number<std::uint16_t>("length");
        if (name_in(tls_handshakes, type).empty()) return;  // encrypted: this is no type
        fields.open("", "Handshake");
        named_field(fields, "handshake", "handshake_id", "Message", tls_handshakes, type);
        fields.number("length", "Length", size);
        fields.close();
        in.take(std::min(size, in.remaining()), "handshake message");
    }
}

void tls_record(Reader& in, Fields& fields) {
    const auto content = in.number<std::uint8_t>("content type");
    const auto version = in.number<std::uint16_t>("version");
    const std::size_t size = in.number<std::uint16_t>("length");
    const auto octets = in.take(std::min(size, in.remaining()), "record");
    if (in.failed()) return;
    fields.open("", "TLS record");
    named_field(fields, "content", "content_id", "Content", tls_contents, content);
    fields.number("version", "Version", version);
    fields.number("length", "Length", size);
    if (content == 21 && octets.size() == 2) {
        named_field(fields, "alert_level", "alert_level_id", "Level", tls_levels, octets[0]);
        named_field(fields, "alert", "alert_id", "Alert", tls_alerts, octets[1]);
    }
    fields.open_list("messages", "");
    if (content == 22) tls_handshake(octets, fields);
    fields.close_list();
    fields.close();
}

/// RFC 5216 section 3.1: flags, perhaps the length of all fragments, TLS records; TTLS, PEAP, FAST and TEAP
/// have a version in the low bits of the flags.
void tls(EapType type, Reader& in, Fields& fields) {
    if (in.remaining() == 0) return;  // the acknowledgement of a fragment
    const auto flags = in.number<std::uint8_t>("flags");
    fields.flag("tls_start", (flags & 0x20) != 0 ? "Start" : "", (flags & 0x20) != 0);
    fields.flag("tls_more", (flags & 0x40) != 0 ? "More fragments" : "", (flags & 0x40) != 0);
    if (type != EapType::tls) fields.number("tls_version", "Version", flags & 7u);
    if ((flags & 0x80) != 0)
        fields.number("tls_length", "Length of all", in.number<std::uint32_t>("tls length"));
    if (in.failed()) return;
    // Only a first fragment begins with a record.
    const auto data = in.rest();
    Reader records{data};
    const bool begins = data.size() >= 5 && !name_in(tls_contents, data[0]).empty() && data[1] == 3;
    fields.open_list("records", "");
    while (begins && records.remaining() >= 5) tls_record(records, fields);
    fields.close_list();
    if (!begins) rest_field(fields, "Continued TLS data", data);
}

void legacy_nak(Reader& in, Fields& fields) {
    fields.open_list("wanted", "");
    for (const auto each : in.rest()) {
        fields.open("", "");
        code_field(fields, "name", "id", "Method wanted", static_cast<EapType>(each));
        fields.close();
    }
    fields.close_list();
}

void method_data(EapCode code, EapType type, Reader& in, Fields& fields) {
    const bool response = code == EapCode::response;
    switch (type) {
        case EapType::identity:
            return characters_field(fields, response ? "identity" : "prompt",
                                    response ? "Identity" : "Prompt", in.rest());
        case EapType::otp:
        case EapType::gtc:
            // The answer is a password, which no dump and no trace shows.
            if (response)
                return fields.number("answer_octets", "Octets of the answer, not shown", in.rest().size());
            [[fallthrough]];
        case EapType::notification:
            return characters_field(fields, "text", "Text", in.rest());
        case EapType::legacy_nak:
            return legacy_nak(in, fields);
        case EapType::md5_challenge:
            return md5_challenge(in, fields);
        case EapType::ms_eap:
        case EapType::mschapv2:
            return mschapv2(in, fields);
        case EapType::tls:
        case EapType::ttls:
        case EapType::peap:
        case EapType::fast:
        case EapType::teap:
            return tls(type, in, fields);
        case EapType::sim:
        case EapType::aka:
        case EapType::aka_prime:
            return describe_eap_aka(in, fields);
        case EapType::expanded:
            return expanded_type(in, fields);
        default:
            return rest_field(fields, "Data", in.rest());
    }
}

}  // namespace

void describe(const EapPayload& eap, Fields& fields) {
    Reader in{eap.message};
    const auto code = in.code<EapCode>("code");
    const auto identifier = in.number<std::uint8_t>("identifier");
    const auto length = in.number<std::uint16_t>("length");
    if (in.failed()) return fields.octets("data", "Data", eap.message);
    code_field(fields, "code", "code_id", "Code", code);
    fields.number("identifier", "Identifier", identifier);
    fields.number("eap_length", length == eap.message.size() ? "" : "Length, as sent", length);
    if (in.remaining() == 0) return;
    const auto type = in.code<EapType>("type");
    code_field(fields, "method", "method_id", "Method", type);
    method_data(code, type, in, fields);
    if (in.failed()) fields.text("unreadable", "Unreadable", to_string(*in.error()));
}

}  // namespace ike
