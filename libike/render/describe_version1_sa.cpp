// IKEv1's SA payload: situation, proposals, transforms and their attributes (RFC 2408 sections 3.3 to 3.6,
// RFC 2407 section 4.6, RFC 2409 appendix A).
#include "libike/registry/ike1.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/version1.hpp"

namespace ike {
namespace {

constexpr std::size_t most_parts = 1000;

std::string phase1_value(ike1::Phase1Attribute type, std::uint16_t value) {
    switch (type) {
        case ike1::Phase1Attribute::encryption_algorithm:
            return to_string(ike1::Encryption{value});
        case ike1::Phase1Attribute::hash_algorithm:
            return to_string(ike1::Hash{value});
        case ike1::Phase1Attribute::authentication_method:
            return to_string(ike1::AuthMethod{value});
        case ike1::Phase1Attribute::group_description:
            return to_string(ike1::Group{value});
        case ike1::Phase1Attribute::group_type:
            return to_string(ike1::GroupType{value});
        case ike1::Phase1Attribute::life_type:
            return to_string(ike1::LifeType{value});
        default:
            return {};
    }
}
std::string phase2_value(ike1::Phase2Attribute type, std::uint16_t value) {
    switch (type) {
        case ike1::Phase2Attribute::sa_life_type:
            return to_string(ike1::LifeType{value});
        case ike1::Phase2Attribute::group_description:
            return to_string(ike1::Group{value});
        case ike1::Phase2Attribute::encapsulation_mode:
            return to_string(ike1::EncapsulationMode{value});
        case ike1::Phase2Attribute::authentication_algorithm:
            return to_string(ike1::AuthAlgorithm{value});
        default:
            return {};
    }
}

/// RFC 2408 section 3.3: a type with the format bit, a value or a length and octets.
void describe_attribute(Reader& in, ike1::ProtocolId protocol, Fields& fields) {
    const auto field = in.number<std::uint16_t>("attribute type");
    const auto value = in.number<std::uint16_t>("attribute value");
    const bool fixed = (field & 0x8000) != 0;
    const std::uint16_t type = field & 0x7fff;
    const auto octets = fixed ? ByteView{} : in.take(value, "attribute value");
    if (in.failed()) return;
    const bool phase1 = protocol == ike1::ProtocolId::proto_isakmp;
    fields.open("", "Attribute");
    if (phase1) {
        code_field(fields, "type", "type_id", "Type", ike1::Phase1Attribute{type});
    } else {
        code_field(fields, "type", "type_id", "Type", ike1::Phase2Attribute{type});
    }
    const auto text = !fixed   ? std::string{}
                      : phase1 ? phase1_value(ike1::Phase1Attribute{type}, value)
                               : phase2_value(ike1::Phase2Attribute{type}, value);
    if (!text.empty()) {
        fields.code("name", "value", "Value", text, value);
    } else if (fixed) {
        fields.number("value", "Value", value);
    } else if (octets.size() <= 8) {
        // Lifetimes: a number of any length.
        std::uint64_t number = 0;
        for (const auto octet : octets) number = number << 8 | octet;
        fields.number("value", "Value", number);
    } else {
        fields.octets("data", "Value", octets);
    }
    fields.close();
}

std::string transform_name(ike1::ProtocolId protocol, std::uint8_t id) {
    switch (protocol) {
        case ike1::ProtocolId::proto_isakmp:
            return id == 1 ? "KEY_IKE" : "";
        case ike1::ProtocolId::proto_ipsec_esp:
            return to_string(ike1::EspTransform{id});
        case ike1::ProtocolId::proto_ipsec_ah:
            return to_string(ike1::AhTransform{id});
        default:
            return {};
    }
}

void describe_transform(Reader in, ike1::ProtocolId protocol, Fields& fields) {
    const auto number = in.number<std::uint8_t>("transform number");
    const auto id = in.number<std::uint8_t>("transform id");
    in.take(2, "reserved");
    if (in.failed()) return;
    fields.open("", "Transform");
    fields.number("number", "Number", number);
    const auto name = transform_name(protocol, id);
    fields.code("name", "id", "ID", name.empty() ? std::string_view{"UNKNOWN"} : name, id);
    fields.open_list("attributes", "");
    for (std::size_t i = 0; i < most_parts && in.remaining() >= 4 && !in.failed(); ++i)
        describe_attribute(in, protocol, fields);
    fields.close_list();
    fields.close();
}

/// A chain of substructures with generic headers of their own.
template <class Take>
void each_part(Reader& in, Take take) {
    for (std::size_t i = 0; i < most_parts && in.remaining() >= 4; ++i) {
        const auto next = in.number<std::uint8_t>("next payload");
        in.number<std::uint8_t>("reserved");
        const std::size_t length = in.number<std::uint16_t>("length");
        const Reader body = in.child(length >= 4 ? length - 4 : in.remaining() + 1, "substructure");
        if (in.failed()) return;
        take(body);
        if (next == 0) return;
    }
}

void describe_proposal(Reader in, Fields& fields) {
    const auto number = in.number<std::uint8_t>("proposal number");
    const auto protocol = in.code<ike1::ProtocolId>("protocol id");
    const std::size_t spi_size = in.number<std::uint8_t>("spi size");
    const auto count = in.number<std::uint8_t>("number of transforms");
    const auto spi = in.take(spi_size, "spi");
    if (in.failed()) return;
    fields.open("", "Proposal");
    fields.number("number", "Number", number);
    code_field(fields, "protocol", "protocol_id", "Protocol", protocol);
    fields.octets("spi", spi.empty() ? "" : "SPI", spi);
    fields.number("transform_count", "Number of transforms", count);
    fields.open_list("transforms", "");
    each_part(in, [&](Reader body) { describe_transform(body, protocol, fields); });
    fields.close_list();
    fields.close();
}

}  // namespace

void describe_version1_sa(Reader in, Fields& fields) {
    const auto doi = in.code<ike1::Doi>("doi");
    const auto situation = in.number<std::uint32_t>("situation");
    if (in.failed()) return;
    code_field(fields, "doi", "doi_id", "DOI", doi);
    // RFC 2407 section 4.2: identity only, secrecy, integrity, as bits; the latter two bring labels.
    constexpr std::uint32_t identity_only = 1;
    fields.code("situation", "situation_id", "Situation",
                situation == identity_only ? "SIT_IDENTITY_ONLY" : "UNKNOWN", situation);
    if (situation != identity_only) return fields.octets("data", "Data", in.rest());
    fields.open_list("proposals", "");
    each_part(in, [&](Reader body) { describe_proposal(body, fields); });
    fields.close_list();
}

}  // namespace ike
