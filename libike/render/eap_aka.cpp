// "EAP-AKA and EAP-SIM Parameters" of IANA: subtypes and attributes.
#include "libike/render/describe.hpp"
#include "libike/render/eap_methods.hpp"

namespace ike {
namespace {

struct Named {
    std::uint8_t value;
    std::string_view name;
};
constexpr Named subtypes[] = {
    {1, "AKA-Challenge"},
    {2, "AKA-Authentication-Reject"},
    {4, "AKA-Synchronization-Failure"},
    {5, "AKA-Identity"},
    {10, "SIM-Start"},
    {11, "SIM-Challenge"},
    {12, "Notification"},
    {13, "Reauthentication"},
    {14, "Client-Error"},
};
constexpr Named attributes[] = {
    {1, "AT_RAND"},
    {2, "AT_AUTN"},
    {3, "AT_RES"},
    {4, "AT_AUTS"},
    {6, "AT_PADDING"},
    {7, "AT_NONCE_MT"},
    {10, "AT_PERMANENT_ID_REQ"},
    {11, "AT_MAC"},
    {12, "AT_NOTIFICATION"},
    {13, "AT_ANY_ID_REQ"},
    {14, "AT_IDENTITY"},
    {15, "AT_VERSION_LIST"},
    {16, "AT_SELECTED_VERSION"},
    {17, "AT_FULLAUTH_ID_REQ"},
    {19, "AT_COUNTER"},
    {20, "AT_COUNTER_TOO_SMALL"},
    {21, "AT_NONCE_S"},
    {22, "AT_CLIENT_ERROR_CODE"},
    {23, "AT_KDF_INPUT"},
    {24, "AT_KDF"},
    {129, "AT_IV"},
    {130, "AT_ENCR_DATA"},
    {132, "AT_NEXT_PSEUDONYM"},
    {133, "AT_NEXT_REAUTH_ID"},
    {134, "AT_CHECKCODE"},
    {135, "AT_RESULT_IND"},
    {136, "AT_BIDDING"},
    {137, "AT_IPMS_IND"},
    {138, "AT_IPMS_RES"},
    {139, "AT_TRUST_IND"},
    {140, "AT_SHORT_NAME_FOR_NETWORK"},
    {141, "AT_FULL_NAME_FOR_NETWORK"},
    {142, "AT_RQSI_IND"},
    {143, "AT_RQSI_RES"},
    {144, "AT_TWAN_CONN_MODE"},
    {145, "AT_VIRTUAL_NETWORK_ID"},
    {146, "AT_VIRTUAL_NETWORK_REQ"},
    {147, "AT_CONNECTIVITY_TYPE"},
    {148, "AT_HANDOVER_INDICATION"},
    {149, "AT_HANDOVER_SESSION_ID"},
    {150, "AT_MN_SERIAL_ID"},
    {152, "AT_PUB_ECDHE"},
};

std::string_view name_in(std::span<const Named> table, std::uint8_t value) {
    for (const auto& each : table) {
        if (each.value == value) return each.name;
    }
    return "UNKNOWN";
}

/// Identities and names have their actual length in front, and padding behind (RFC 4187 section 10.5).
void text_value(ByteView value, Fields& fields) {
    Reader in{value};
    const std::size_t size = in.number<std::uint16_t>("actual length");
    const auto text = in.take(size, "text");
    if (!in.failed()) characters_field(fields, "text", "Text", text);
}

void number_value(ByteView value, Fields& fields) {
    if (value.size() >= 2) fields.number("value_number", "Number", std::uint64_t{value[0]} << 8 | value[1]);
}

void describe_value(std::uint8_t type, ByteView value, Fields& fields) {
    switch (type) {
        case 14:
        case 23:
        case 132:
        case 133:
            return text_value(value, fields);
        case 12:
        case 16:
        case 19:
        case 22:
        case 24:
            return number_value(value, fields);
        default:
            return;
    }
}

}  // namespace

void describe_eap_aka(Reader& in, Fields& fields) {
    const auto subtype = in.number<std::uint8_t>("subtype");
    in.take(2, "reserved");
    if (in.failed()) return;
    fields.code("subtype", "subtype_id", "Subtype", name_in(subtypes, subtype), subtype);
    fields.open_list("attributes", "");
    while (in.remaining() > 0) {
        const auto type = in.number<std::uint8_t>("attribute type");
        const std::size_t size = in.number<std::uint8_t>("attribute length") * std::size_t{4};
        const auto value = in.take(size >= 2 ? size - 2 : in.remaining() + 1, "attribute value");
        if (in.failed()) break;
        fields.open("", name_in(attributes, type));
        fields.code("type", "type_id", "", name_in(attributes, type), type);
        describe_value(type, value, fields);
        fields.octets("value", "Value", value);
        fields.close();
    }
    fields.close_list();
}

}  // namespace ike
