// IKEv1 and AuthIP: recognised and decoded by name, payload by payload, as far as in clear (RFC 2408 section
// 3, RFC 2407 section 4, RFC 3947).
#include "libike/crypto/pki.hpp"
#include "libike/registry/ike1.hpp"
#include "libike/registry/vendor_id.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/version1.hpp"
#include "libike/sa/auth.hpp"

namespace ike {
namespace {

void describe_notification(Reader in, Fields& fields) {
    const auto doi = in.code<ike1::Doi>("doi");
    const auto protocol = in.code<ike1::ProtocolId>("protocol id");
    const std::size_t spi_size = in.number<std::uint8_t>("spi size");
    const auto type = in.code<ike1::NotifyType>("notify message type");
    const auto spi = in.take(spi_size, "spi");
    const auto data = in.rest();
    if (in.failed()) return;
    code_field(fields, "doi", "doi_id", "DOI", doi);
    code_field(fields, "protocol", "protocol_id", "Protocol", protocol);
    code_field(fields, "notify", "notify_type", "Notify", type);
    fields.octets("spi", "SPI", spi);
    const auto number = static_cast<unsigned>(type);
    // RFC 3706 section 5.2: a sequence number.
    if ((number == 36136 || number == 36137) && data.size() == 4)
        fields.number("dpd_sequence", "DPD sequence number", Reader{data}.number<std::uint32_t>("sequence"));
    fields.octets("data", "Data", data);
}

void describe_delete(Reader in, Fields& fields) {
    const auto doi = in.code<ike1::Doi>("doi");
    const auto protocol = in.code<ike1::ProtocolId>("protocol id");
    const std::size_t spi_size = in.number<std::uint8_t>("spi size");
    const auto count = in.number<std::uint16_t>("number of spis");
    if (in.failed()) return;
    code_field(fields, "doi", "doi_id", "DOI", doi);
    code_field(fields, "protocol", "protocol_id", "Protocol", protocol);
    fields.open_list("spis", "");
    for (unsigned i = 0; i < count && spi_size > 0 && in.remaining() >= spi_size; ++i)
        fields.octets("", "SPI", in.take(spi_size, "spi"));
    fields.close_list();
}

void describe_identity(ike1::IdType type, ByteView data, Fields& fields) {
    switch (type) {
        case ike1::IdType::id_fqdn:
        case ike1::IdType::id_user_fqdn:
            return characters_field(fields, "id", "Identity", data);
        case ike1::IdType::id_der_asn1_dn:
            return fields.text("id", "Identity", to_string(Identity{IdType::der_asn1_dn, to_bytes(data)}));
        case ike1::IdType::id_ipv4_addr_subnet:
        case ike1::IdType::id_ipv6_addr_subnet:
        case ike1::IdType::id_ipv4_addr_range:
        case ike1::IdType::id_ipv6_addr_range: {
            const auto half = data.size() / 2;
            const auto first = Address::from_octets(data.first(half));
            const auto second = Address::from_octets(data.subspan(half));
            if (!first || !second) return;
            const bool range =
                type == ike1::IdType::id_ipv4_addr_range || type == ike1::IdType::id_ipv6_addr_range;
            return fields.text("id", "Identity",
                               to_string(*first) + (range ? "-" : "/") + to_string(*second));
        }
        default:
            break;
    }
    if (const auto address = Address::from_octets(data))
        return address_field(fields, "id", "Identity", *address);
    if (type == ike1::IdType::id_key_id) characters_field(fields, "id", "Identity", data);
}

void describe_identification(Reader in, Fields& fields) {
    const auto type = in.code<ike1::IdType>("id type");
    const auto protocol = in.number<std::uint8_t>("protocol id");
    const auto port = in.number<std::uint16_t>("port");
    const auto data = in.rest();
    if (in.failed()) return;
    code_field(fields, "id_type", "id_type_id", "Type", type);
    fields.number("protocol", "Protocol", protocol);
    fields.number("port", "Port", port);
    describe_identity(type, data, fields);
    fields.octets("data", "Data", data);
}

/// RFC 2408 section 3.9 and 3.10: an encoding and the certificate or the name of an authority.
void describe_certificate(ike1::PayloadType type, Reader in, Fields& fields) {
    const auto encoding = in.code<CertEncoding>("certificate encoding");
    const auto data = in.rest();
    if (in.failed()) return;
    code_field(fields, "encoding", "encoding_id", "Encoding", encoding);
    const bool request = type == ike1::PayloadType::cr;
    if (request && !data.empty()) {
        fields.text("authority", "Authority", to_string(Identity{IdType::der_asn1_dn, to_bytes(data)}));
    } else if (!request && encoding == CertEncoding::x509_signature) {
        return describe(CertPayload{encoding, to_bytes(data)}, fields);
    }
    fields.octets("data", "Data", data);
}

/// RFC 3947 section 5.2: the original address, typed like an identity.
void describe_nat_oa(Reader in, Fields& fields) {
    const auto type = in.code<ike1::IdType>("id type");
    in.take(3, "reserved");
    const auto data = in.rest();
    if (in.failed()) return;
    code_field(fields, "id_type", "id_type_id", "Type", type);
    if (const auto address = Address::from_octets(data))
        address_field(fields, "address", "Address", *address);
}

/// Cisco's fragments ([MS-IKEE] section 2.2.3.3): of which message, which one, whether the last, and a piece
/// of the encrypted message.
void describe_fragment(Reader in, Fields& fields) {
    const auto id = in.number<std::uint16_t>("fragment id");
    const auto number = in.number<std::uint8_t>("fragment number");
    const auto flags = in.number<std::uint8_t>("flags");
    const auto data = in.rest();
    if (in.failed()) return;
    fields.number("fragment_id", "Message", id);
    fields.number("fragment", "Fragment", number);
    fields.flag("last", "Last", (flags & 1) != 0);
    fields.octets("data", "Piece of the message", data);
}

void describe_payload(ike1::PayloadType type, Reader body, Fields& fields) {
    switch (type) {
        case ike1::PayloadType::sa:
            return describe_version1_sa(body, fields);
        case ike1::PayloadType::notification:
            return describe_notification(body, fields);
        case ike1::PayloadType::delete_payload:
            return describe_delete(body, fields);
        case ike1::PayloadType::id:
            return describe_identification(body, fields);
        case ike1::PayloadType::cert:
        case ike1::PayloadType::cr:
            return describe_certificate(type, body, fields);
        case ike1::PayloadType::fragment:
            return describe_fragment(body, fields);
        case ike1::PayloadType::nat_oa:
        case ike1::PayloadType::nat_oa_draft:
            return describe_nat_oa(body, fields);
        case ike1::PayloadType::vendor_id: {
            const auto octets = body.rest();
            if (const auto text = vendor_id_text(octets); !text.empty())
                fields.text("vendor", "Vendor", text);
            return fields.octets("data", "Data", octets);
        }
        default:
            return fields.octets("data", "Data", body.rest());
    }
}

}  // namespace

void describe_version1(const IkeObservation& seen, Fields& fields) {
    const auto& header = seen.header;
    fields.flag("authip", seen.authip ? "AuthIP" : "", seen.authip);
    fields.flag("encrypted", "Encrypted", (header.flags & version1_flag_encrypted) != 0);
    fields.open_list("payloads", "");
    (void)for_each_version1_payload(seen, [&](ike1::PayloadType type, std::size_t offset, Reader body) {
        const auto length = body.remaining() + 4;
        fields.open("", to_string(type), {offset, length});
        code_field(fields, "type", "type_id", "", type);
        fields.flag("critical", "", false);  // version 1 knows no critical payloads
        fields.number("offset", "", offset);
        fields.number("length", "", length);
        describe_payload(type, body, fields);
        fields.close();
    });
    fields.close_list();
}

}  // namespace ike
