// CP payloads (RFC 7296 section 3.15) and EAP payloads (section 3.16, RFC 3748).
#include "libike/registry/eap_type.hpp"
#include "libike/registry/private_use.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/text.hpp"

namespace ike {
namespace {

/// An address and what is behind it: a netmask of an IPv4 subnet, a prefix length for IPv6.
bool address_value(ByteView value, Fields& fields) {
    if (value.size() == 4 || value.size() == 16) {
        address_field(fields, "address", "Address", *Address::from_octets(value));
        return true;
    }
    if (value.size() == 8) {
        address_field(fields, "address", "Address", *Address::from_octets(value.first(4)));
        address_field(fields, "netmask", "Netmask", *Address::from_octets(value.subspan(4)));
        return true;
    }
    if (value.size() == 17) {
        address_field(fields, "address", "Address", *Address::from_octets(value.first(16)));
        fields.number("prefix_length", "Prefix length", value[16]);
        return true;
    }
    return false;
}

void supported_attributes(ByteView value, Fields& fields) {
    fields.open_list("supported", "");
    for (Reader in{value}; in.remaining() >= 2;) {
        fields.open("", "");
        code_field(fields, "name", "id", "Supported",
                   static_cast<ConfigAttribute>(in.number<std::uint16_t>("type") & 0x7fff));
        fields.close();
    }
    fields.close_list();
}

void describe_value(const ConfigurationAttribute& attribute, Fields& fields) {
    if (attribute.value.empty()) return;
    switch (attribute.type) {
        case ConfigAttribute::application_version:
        case ConfigAttribute::internal_dns_domain:
            return characters_field(fields, "text", "Text", attribute.value);
        case ConfigAttribute::supported_attributes:
            return supported_attributes(attribute.value, fields);
        case ConfigAttribute::timeout_period_for_liveness_check: {
            Reader in{attribute.value};
            const auto seconds = in.number<std::uint32_t>("seconds");
            if (!in.failed()) fields.number("seconds", "Seconds", seconds);
            return;
        }
        default:
            break;
    }
    const auto type = static_cast<unsigned>(attribute.type);
    const bool addresses = (type >= 1 && type <= 21) || type == 23456 || type == 23457;
    if (addresses) (void)address_value(attribute.value, fields);
}

void describe(const ConfigurationAttribute& attribute, Fields& fields) {
    const auto text = describe(attribute.type);
    fields.open("", text);
    fields.code("type", "type_id", "", text, static_cast<std::uint64_t>(attribute.type));
    if (attribute.reserved_bit) fields.flag("reserved_bit", "Reserved bit", true);
    describe_value(attribute, fields);
    fields.octets("value", attribute.value.empty() ? "" : "Value", attribute.value);
    fields.close();
}

/// An expanded type: vendor and vendor type (RFC 3748 section 5.7).
void expanded_type(Reader& in, Fields& fields) {
    const auto vendor = in.take(3, "vendor");
    const auto type = in.number<std::uint32_t>("vendor type");
    if (in.failed()) return;
    fields.octets("vendor", "Vendor", vendor);
    fields.number("vendor_type", "Vendor type", type);
}

void eap_data(EapCode code, EapType type, Reader& in, Fields& fields) {
    if (type == EapType::expanded) expanded_type(in, fields);
    const auto data = in.rest();
    switch (type) {
        case EapType::identity:
            return characters_field(fields, code == EapCode::response ? "identity" : "prompt",
                                    code == EapCode::response ? "Identity" : "Prompt", data);
        case EapType::notification:
            return characters_field(fields, "text", "Text", data);
        case EapType::legacy_nak:
            fields.open_list("wanted", "");
            for (const auto each : data) {
                fields.open("", "");
                code_field(fields, "name", "id", "Method wanted", static_cast<EapType>(each));
                fields.close();
            }
            return fields.close_list();
        default:
            break;
    }
    if (!data.empty()) fields.octets("data", "Data", data);
}

}  // namespace

void describe(const CpPayload& cp, Fields& fields) {
    code_field(fields, "cfg_type", "cfg_type_id", "CFG type", cp.type);
    reserved_field(fields, cp.reserved);
    fields.open_list("attributes", "");
    for (const auto& attribute : cp.attributes) describe(attribute, fields);
    fields.close_list();
}

void describe(const EapPayload& eap, Fields& fields) {
    Reader in{eap.message};
    const auto code = in.code<EapCode>("code");
    const auto identifier = in.number<std::uint8_t>("identifier");
    const auto length = in.number<std::uint16_t>("length");
    if (in.failed()) return fields.octets("data", "Data", eap.message);
    code_field(fields, "code", "code_id", "Code", code);
    fields.number("identifier", "Identifier", identifier);
    fields.number("length", length == eap.message.size() ? "" : "Length, as sent", length);
    if (in.remaining() == 0) return;
    const auto type = in.code<EapType>("type");
    code_field(fields, "method", "method_id", "Method", type);
    eap_data(code, type, in, fields);
}

}  // namespace ike
