// IKEv1 and AuthIP: recognised and named, payload by payload, as far as in clear (RFC 2408 section 3).
#include "libike/registry/ike1.hpp"
#include "libike/registry/vendor_id.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/version1.hpp"

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
    fields.octets("data", "Data", data);
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
    const auto address = Address::from_octets(data);
    const bool text = type == ike1::IdType::id_fqdn || type == ike1::IdType::id_user_fqdn;
    if (text) {
        characters_field(fields, "id", "Identity", data);
    } else if (address && (type == ike1::IdType::id_ipv4_addr || type == ike1::IdType::id_ipv6_addr)) {
        address_field(fields, "id", "Identity", *address);
    }
    fields.octets("data", "Data", data);
}

void describe_payload(ike1::PayloadType type, Reader body, Fields& fields) {
    switch (type) {
        case ike1::PayloadType::notification:
            return describe_notification(body, fields);
        case ike1::PayloadType::id:
            return describe_identification(body, fields);
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
    const auto& header = seen.read.message.header;
    fields.flag("authip", seen.authip ? "AuthIP" : "", seen.authip);
    fields.flag("encrypted", "Encrypted", (header.flags & version1_flag_encrypted) != 0);
    fields.open_list("payloads", "");
    for_each_version1_payload(seen, [&](ike1::PayloadType type, std::size_t offset, Reader body) {
        const auto length = body.remaining() + 4;
        fields.open("", to_string(type), {offset, length});
        code_field(fields, "type", "type_id", "", type);
        fields.number("offset", "", offset);
        fields.number("length", "", length);
        describe_payload(type, body, fields);
        fields.close();
    });
    fields.close_list();
}

}  // namespace ike
