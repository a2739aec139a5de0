// Notify payloads and the data that many of them carry (RFC 7296 section 3.10.1 and the RFCs after it).
#include "libike/registry/gateway_id_type.hpp"
#include "libike/registry/ipcomp_transform.hpp"
#include "libike/registry/ppk_id_type.hpp"
#include "libike/registry/private_use.hpp"
#include "libike/registry/secure_password_method.hpp"
#include "libike/registry/signature_hash.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/notify_3gpp.hpp"
#include "libike/render/text.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike {
namespace {

/// True where the whole data was a number of that type.
template <std::unsigned_integral T>
bool number_data(const Notify& notify, Fields& fields, std::string_view key, std::string_view label) {
    Reader in{notify.data};
    const auto value = in.number<T>("data");
    if (!in.finish(0)) return false;
    fields.number(key, label, value);
    return true;
}

/// NAT_DETECTION_*_IP: the hash as the packet's addresses would give it (RFC 7296 section 2.23).
void nat_detection(const Notify& notify, const MessageContext& context, Fields& fields) {
    if (context.packet == nullptr || notify.data.size() != 20) return;
    const bool source = notify.type == NotifyType::nat_detection_source_ip;
    const auto& endpoint = source ? context.packet->source : context.packet->destination;
    const auto hash =
        nat_detection_hash(context.header.initiator_spi, context.header.responder_spi, endpoint);
    const bool matches = equal(hash, notify.data);
    fields.flag("matches", "", matches);
    TextBuffer text;
    put(text, matches ? std::string_view{"is that of "} : std::string_view{"is not that of "});
    put_endpoint(text, endpoint);
    fields.text("-", "Hash", {text.data(), text.size()});
}

void signature_hashes(const Notify& notify, Fields& fields) {
    fields.open_list("hashes", "");
    for (const auto value : signature_hash_values(notify)) {
        fields.open("", "");
        code_field(fields, "name", "id", "Hash", static_cast<SignatureHash>(value));
        fields.close();
    }
    fields.close_list();
}

/// RFC 5685 section 7: type, length, identity [| nonce].
void redirect(const Notify& notify, Fields& fields) {
    Reader in{notify.data};
    const auto type = in.code<GatewayIdType>("gateway identity type");
    const std::size_t size = in.number<std::uint8_t>("gateway identity length");
    const auto identity = in.take(size, "gateway identity");
    const auto nonce = in.rest();
    if (in.failed()) return;
    code_field(fields, "gateway_type", "gateway_type_id", "Gateway identity type", type);
    if (const auto address = Address::from_octets(identity); address && type != GatewayIdType::fqdn) {
        address_field(fields, "gateway", "Gateway", *address);
    } else {
        characters_field(fields, "gateway", "Gateway", identity);
    }
    if (!nonce.empty()) fields.octets("nonce", "Nonce", nonce);
}

/// RFC 7296 section 2.22: CPI and transform ID.
void ipcomp(const Notify& notify, Fields& fields) {
    Reader in{notify.data};
    const auto cpi = in.number<std::uint16_t>("cpi");
    const auto transform = in.code<IpcompTransform>("transform id");
    if (in.failed()) return;
    fields.number("cpi", "CPI", cpi);
    code_field(fields, "transform", "transform_id", "Transform", transform);
}

/// RFC 8784 section 3.
void ppk_identity(const Notify& notify, Fields& fields) {
    Reader in{notify.data};
    const auto type = in.code<PpkIdType>("ppk id type");
    const auto identity = in.rest();
    if (in.failed()) return;
    code_field(fields, "ppk_type", "ppk_type_id", "PPK_ID type", type);
    characters_field(fields, "ppk_id", "PPK_ID", identity);
}

/// RFC 6467 section 3.
void password_methods(const Notify& notify, Fields& fields) {
    fields.open_list("methods", "");
    for (Reader in{notify.data}; in.remaining() >= 2;) {
        fields.open("", "");
        code_field(fields, "name", "id", "Method", in.code<SecurePasswordMethod>("method"));
        fields.close();
    }
    fields.close_list();
}

/// RFC 6311 section 5.1: nonce, expected request to send, expected request to receive.
void message_id_sync(const Notify& notify, Fields& fields) {
    Reader in{notify.data};
    const auto nonce = in.take(4, "nonce");
    const auto send = in.number<std::uint32_t>("send");
    const auto receive = in.number<std::uint32_t>("receive");
    if (in.failed()) return;
    fields.octets("nonce", "Nonce", nonce);
    fields.number("expected_send", "Message ID to send", send);
    fields.number("expected_receive", "Message ID to receive", receive);
}

/// RFC 5723 section 7.2: seconds, then the ticket.
void ticket(const Notify& notify, Fields& fields) {
    Reader in{notify.data};
    const auto seconds = in.number<std::uint32_t>("lifetime");
    const auto octets = in.rest();
    if (in.failed()) return;
    fields.number("lifetime", "Lifetime, seconds", seconds);
    fields.octets("ticket", "Ticket", octets);
}

/// RFC 9593 section 3.2: length, method, and for digital signatures an algorithm.
void auth_methods_supported(const Notify& notify, Fields& fields) {
    fields.open_list("methods", "");
    for (Reader in{notify.data}; in.remaining() >= 2;) {
        const std::size_t size = in.number<std::uint8_t>("length");
        Reader one = in.child(size > 0 ? size - 1 : 0, "method");
        const auto method = one.code<AuthMethod>("method");
        if (one.failed() || in.failed()) break;
        fields.open("", "");
        code_field(fields, "name", "id", "Method", method);
        if (one.remaining() > 0) fields.octets("data", "Data", one.rest());
        fields.close();
    }
    fields.close_list();
}

void no_nats(const Notify& notify, Fields& fields) {
    const auto ends = no_nats_allowed(notify);
    if (!ends) return;
    endpoint_field(fields, "source", "Source", ends->source);
    endpoint_field(fields, "destination", "Destination", ends->destination);
}

/// The key exchange method asked for, RFC 7296 section 1.3.
void invalid_ke(const Notify& notify, Fields& fields) {
    if (const auto group = wanted_group(notify))
        code_field(fields, "group", "group_id", "Group wanted", *group);
}

void address_data(const Notify& notify, Fields& fields) {
    if (const auto address = additional_address(notify))
        address_field(fields, "address", "Address", *address);
}

/// Data that is one number.
void describe_number(const Notify& notify, Fields& fields) {
    switch (notify.type) {
        case NotifyType::set_window_size:
            return (void)number_data<std::uint32_t>(notify, fields, "window", "Window size");
        case NotifyType::auth_lifetime:
            return (void)number_data<std::uint32_t>(notify, fields, "lifetime", "Lifetime, seconds");
        case NotifyType::invalid_message_id:
            return (void)number_data<std::uint32_t>(notify, fields, "message_id", "Message ID");
        case NotifyType::invalid_spi:
            return (void)number_data<std::uint32_t>(notify, fields, "invalid_spi", "SPI");
        case NotifyType::invalid_major_version:
            return (void)number_data<std::uint8_t>(notify, fields, "version", "Version");
        case NotifyType::unsupported_critical_payload:
            return (void)number_data<std::uint8_t>(notify, fields, "payload_type", "Payload type");
        default:
            return describe_3gpp(notify, fields);
    }
}

/// What the data means, where it means something.
void describe_data(const Notify& notify, const MessageContext& context, Fields& fields) {
    switch (notify.type) {
        case NotifyType::nat_detection_source_ip:
        case NotifyType::nat_detection_destination_ip:
            return nat_detection(notify, context, fields);
        case NotifyType::additional_ip4_address:
        case NotifyType::additional_ip6_address:
            return address_data(notify, fields);
        case NotifyType::no_nats_allowed:
            return no_nats(notify, fields);
        case NotifyType::invalid_ke_payload:
            return invalid_ke(notify, fields);
        case NotifyType::signature_hash_algorithms:
            return signature_hashes(notify, fields);
        case NotifyType::redirect:
        case NotifyType::redirected_from:
            return redirect(notify, fields);
        case NotifyType::ipcomp_supported:
            return ipcomp(notify, fields);
        case NotifyType::ppk_identity:
            return ppk_identity(notify, fields);
        case NotifyType::secure_password_methods:
            return password_methods(notify, fields);
        case NotifyType::ikev2_message_id_sync:
            return message_id_sync(notify, fields);
        case NotifyType::ticket_lt_opaque:
            return ticket(notify, fields);
        case NotifyType::supported_auth_methods:
            return auth_methods_supported(notify, fields);
        default:
            return describe_number(notify, fields);
    }
}

}  // namespace

void describe(const Notify& notify, const MessageContext& context, Fields& fields) {
    const auto known = name(notify.type);
    fields.code("notify", "notify_type", "Notify", known.empty() ? describe(notify.type) : std::string{known},
                static_cast<std::uint64_t>(notify.type));
    const bool about_sa = notify.protocol != ProtocolId::none;
    code_field(fields, "protocol", "protocol_id", about_sa ? "Protocol" : "", notify.protocol);
    fields.octets("spi", notify.spi.empty() ? "" : "SPI", notify.spi);
    describe_data(notify, context, fields);
    fields.octets("data", notify.data.empty() ? "" : "Data", notify.data);
}

}  // namespace ike
