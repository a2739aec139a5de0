#include "libike/registry/vendor_id.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/text.hpp"
#include "libike/sa/auth.hpp"

namespace ike {
namespace {

/// "SA, Security Association (33)"
void heading(const Payload& payload, TextBuffer& out) {
    const auto known = name(payload.type);
    put(out, known.empty() ? std::string_view{to_string(payload.type)} : known);
    const auto description = payload_type_descriptions.name(payload.type);
    if (!description.empty() && description != known) fmt::format_to(fmt::appender(out), ", {}", description);
    if (!known.empty()) fmt::format_to(fmt::appender(out), " ({})", static_cast<unsigned>(payload.type));
    if (payload.critical) put(out, ", critical");
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

void describe(std::span<const Payload> payloads, const MessageContext& context, Fields& fields,
              std::optional<std::span<const Payload>> inner) {
    fields.open_list("payloads", "");
    for (const auto& payload : payloads) {
        TextBuffer text;
        heading(payload, text);
        fields.open("", {text.data(), text.size()}, {payload.offset, payload.length});
        code_field(fields, "type", "type_id", "", payload.type);
        fields.flag("critical", "", payload.critical);
        fields.number("offset", "", payload.offset);
        fields.number("length", "", payload.length);
        if (payload.reserved) fields.number("reserved", "Reserved bits", payload.reserved);
        describe_body(payload, context, fields);
        describe_error(payload, fields);
        const bool encrypted = payload.type == PayloadType::sk || payload.type == PayloadType::skf;
        if (encrypted && inner) describe(*inner, context, fields);
        fields.close();
    }
    fields.close_list();
}

}  // namespace ike
