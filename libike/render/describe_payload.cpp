#include "libike/registry/vendor_id.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/text.hpp"
#include "libike/sa/auth.hpp"

namespace ike {
namespace {

/// "SA, Security Association (33)"
void heading(PayloadType type, bool critical, TextBuffer& out) {
    const auto known = name(type);
    put(out, known.empty() ? std::string_view{to_string(type)} : known);
    const auto description = payload_type_descriptions.name(type);
    if (!description.empty() && description != known) fmt::format_to(fmt::appender(out), ", {}", description);
    if (!known.empty()) fmt::format_to(fmt::appender(out), " ({})", static_cast<unsigned>(type));
    if (critical) put(out, ", critical");
}

void describe_id(const IdPayload& id, Fields& fields) {
    code_field(fields, "id_type", "id_type_id", "Type", id.type);
    reserved_field(fields, id.reserved);
    fields.text("id", "Identity", to_string(Identity::from(id)));
    fields.octets("data", "Data", id.data);
}

/// Names for the OIDs of RFC 7427 appendix A, RFC 8420 and draft-ietf-ipsecme-ikev2-pqc-auth, by the DER of
/// an AlgorithmIdentifier: a SEQUENCE that begins with the OID.
std::string_view signature_name(ByteView algorithm) {
    struct Row {
        std::string_view oid;  // in hexadecimal
        std::string_view name;
    };
    static constexpr Row rows[] = {
        {"2a864886f70d010105", "sha1WithRSAEncryption"},
        {"2a864886f70d01010b", "sha256WithRSAEncryption"},
        {"2a864886f70d01010c", "sha384WithRSAEncryption"},
        {"2a864886f70d01010d", "sha512WithRSAEncryption"},
        {"2a864886f70d01010a", "RSASSA-PSS"},
        {"2a8648ce3d0401", "ecdsa-with-SHA1"},
        {"2a8648ce3d040302", "ecdsa-with-SHA256"},
        {"2a8648ce3d040303", "ecdsa-with-SHA384"},
        {"2a8648ce3d040304", "ecdsa-with-SHA512"},
        {"2b6570", "Ed25519"},
        {"2b6571", "Ed448"},
        {"608648016503040311", "ML-DSA-44"},
        {"608648016503040312", "ML-DSA-65"},
        {"608648016503040313", "ML-DSA-87"},
    };
    constexpr std::uint8_t sequence = 0x30, object = 0x06;
    if (algorithm.size() < 4 || algorithm[0] != sequence || algorithm[2] != object) return {};
    const std::size_t size = algorithm[3];
    if (algorithm.size() - 4 < size) return {};
    const auto oid = hex(algorithm.subspan(4, size));
    const auto* found = std::ranges::find(rows, std::string_view{oid}, &Row::oid);
    return found == std::end(rows) ? std::string_view{} : found->name;
}

void describe_auth(const AuthPayload& auth, Fields& fields) {
    code_field(fields, "method", "method_id", "Method", auth.method);
    reserved_field(fields, auth.reserved);
    if (auth.method == AuthMethod::digital_signature && !auth.data.empty()) {
        // RFC 7427 section 3: a length, the DER of an AlgorithmIdentifier, the signature.
        const std::size_t size = auth.data[0];
        if (size < auth.data.size()) {
            const auto algorithm = ByteView{auth.data}.subspan(1, size);
            if (const auto name = signature_name(algorithm); !name.empty())
                fields.text("signature", "Signature", name);
            fields.octets("algorithm", "AlgorithmIdentifier", algorithm);
        }
    }
    fields.octets("data", "Data", auth.data);
}

void describe_delete(const DeletePayload& body, Fields& fields) {
    code_field(fields, "protocol", "protocol_id", "Protocol", body.protocol);
    fields.number("spi_size", "", body.spi_size);
    if (body.count != body.spis.size()) fields.number("count", "Number of SPIs, as sent", body.count);
    fields.open_list("spis", "");
    for (const auto& spi : body.spis) fields.octets("", "SPI", spi);
    fields.close_list();
}

void describe_vendor(const VendorIdPayload& vendor, Fields& fields) {
    const auto text = vendor_id_text(vendor.data);
    if (!text.empty()) fields.text("vendor", "Vendor", text);
    fields.octets("data", "Data", vendor.data);
}

void describe_ke(const KePayload& ke, Fields& fields) {
    code_field(fields, "group", "group_id", "Method", ke.group);
    if (ke.reserved) fields.number("reserved", "Reserved", ke.reserved);
    fields.octets("data", "Data", ke.data);
}

void describe_fragment(const SkfPayload& skf, Fields& fields) {
    fields.number("fragment", "Fragment", skf.number);
    fields.number("fragments", "Of", skf.total);
}

void describe_error(const Payload& payload, Fields& fields) {
    if (!payload.error) return;
    fields.open("error", "Unreadable");
    fields.number("offset", "", payload.error->offset);
    fields.text("field", "", payload.error->field);
    fields.text("reason", "Reason", to_string(*payload.error));
    fields.close();
}

}  // namespace

void describe_body(const Payload& payload, const MessageContext& context, Fields& fields) {
    std::visit(Overloaded{[&](const SaPayload& body) { describe(body, fields); },
                          [&](const KePayload& body) { describe_ke(body, fields); },
                          [&](const IdPayload& body) { describe_id(body, fields); },
                          [&](const CertPayload& body) { describe(body, fields); },
                          [&](const CertReqPayload& body) { describe(body, fields); },
                          [&](const AuthPayload& body) { describe_auth(body, fields); },
                          [&](const NoncePayload& body) { fields.octets("data", "Data", body.data); },
                          [&](const Notify& body) { describe(body, context, fields); },
                          [&](const DeletePayload& body) { describe_delete(body, fields); },
                          [&](const VendorIdPayload& body) { describe_vendor(body, fields); },
                          [&](const TsPayload& body) { describe(body, fields); },
                          [&](const CpPayload& body) { describe(body, fields); },
                          [&](const EapPayload& body) { describe(body, fields); }, [&](const SkPayload&) {},
                          [&](const SkfPayload& body) { describe_fragment(body, fields); },
                          [&](const Opaque& body) { fields.octets("data", "Data", body.data); }},
               payload.body);
}

namespace {

bool is_nat_detection(NotifyType type) {
    return type == NotifyType::nat_detection_source_ip || type == NotifyType::nat_detection_destination_ip;
}

/// Whether the body is likely to come again with the same octets, and means the same then.
bool comes_again(const PayloadView& payload) {
    switch (payload.type) {
        case PayloadType::idi:
        case PayloadType::idr:
        case PayloadType::certreq:
        case PayloadType::vendor_id:
        case PayloadType::delete_payload:
        case PayloadType::tsi:
        case PayloadType::tsr:
            return true;
        case PayloadType::notify: {
            const auto notify = notify_view(payload.body);
            return notify && notify->data.size() <= 16 && !is_nat_detection(notify->type);
        }
        default:
            return false;
    }
}

void describe_value(const Payload& payload, const MessageContext& context, Fields& fields) {
    describe_body(payload, context, fields);
    describe_error(payload, fields);
}

/// A body where it lies; what many messages hold is not taken apart for it.
void describe_body(const PayloadView& payload, const MessageContext& context, Fields& fields) {
    if (payload.type == PayloadType::sk) return;
    if (payload.type == PayloadType::nonce) return fields.octets("data", "Data", payload.body);
    if (payload.type == PayloadType::sa && !fields.shows_labels() && payload.readable())
        return describe_sa(payload, fields);
    const auto make = [&] { describe_value(payload.parse(), context, fields); };
    // An error is told with its offset, so that it does not depend on the body alone.
    if (!comes_again(payload) || !payload.readable()) return make();
    fields.repeated(static_cast<std::uint8_t>(payload.type), payload.body, Members{make});
}

/// The members of every payload, up to its body.
void describe_place(PayloadType type, bool critical, Extent where, std::uint8_t reserved, Fields& fields) {
    code_field(fields, "type", "type_id", "", type);
    fields.flag("critical", "", critical);
    fields.number("offset", "", where.offset);
    fields.number("length", "", where.length);
    if (reserved != 0) fields.number("reserved", "Reserved bits", reserved);
}

template <class OnePayload>
void open(const OnePayload& payload, Extent where, Fields& fields) {
    TextBuffer text;
    if (fields.shows_labels()) heading(payload.type, payload.critical, text);
    fields.open("", {text.data(), text.size()}, where);
    describe_place(payload.type, payload.critical, where, payload.reserved, fields);
}

}  // namespace

void describe(const PayloadChain& payloads, const MessageContext& context, Fields& fields,
              const PayloadChain* inner) {
    fields.open_list("payloads", "");
    for (const auto& payload : payloads.views()) {
        open(payload, {payload.offset, payload.length()}, fields);
        describe_body(payload, context, fields);
        const bool encrypted = payload.type == PayloadType::sk || payload.type == PayloadType::skf;
        if (encrypted && inner != nullptr) describe(*inner, context, fields);
        fields.close();
    }
    if (payloads.views().empty()) {
        for (const auto& payload : payloads.payloads()) {
            open(payload, {payload.offset, payload.length}, fields);
            describe_value(payload, context, fields);
            fields.close();
        }
    }
    fields.close_list();
}

}  // namespace ike
