// SA and TS payloads (RFC 7296 sections 3.3 and 3.13).
#include "libike/registry/transform_id.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/text.hpp"
#include "libike/sa/suite.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike {
namespace {

void describe(const Attribute& attribute, Fields& fields) {
    fields.open("", "Attribute");
    code_field(fields, "type", "type_id", "Type", attribute.type);
    if (attribute.fixed) {
        fields.number("value", "Value", attribute.value);
    } else {
        fields.octets("value", "Value", attribute.data);
    }
    fields.close();
}

void transform_heading(const Transform& transform, std::string_view id, TextBuffer& out) {
    put(out, "Transform ");
    const auto type = name(transform.type);
    put(out, type.empty() ? std::string_view{to_string(transform.type)} : type);
    put(out, ": ");
    put(out, id);
    if (!id.ends_with(')')) fmt::format_to(fmt::appender(out), " ({})", transform.id);
    if (const auto bits = transform.key_length()) fmt::format_to(fmt::appender(out), ", {} bits", *bits);
}

void describe(const Transform& transform, Fields& fields) {
    const auto known = transform_id_name(transform.type, transform.id);
    const auto id = known.empty() ? transform_id_text(transform.type, transform.id) : std::string{known};
    TextBuffer heading;
    transform_heading(transform, id, heading);
    fields.open("", {heading.data(), heading.size()});
    code_field(fields, "type", "type_id", "", transform.type);
    fields.code("name", "id", "", id, transform.id);
    if (const auto bits = transform.key_length()) fields.number("key_length", "", *bits);
    const bool plain =
        transform.attributes.empty() || (transform.attributes.size() == 1 && transform.key_length());
    if (!plain) {
        fields.open_list("attributes", "");
        for (const auto& attribute : transform.attributes) describe(attribute, fields);
        fields.close_list();
    }
    if (transform.last) fields.number("last", "Last Substruc", *transform.last);
    if (transform.reserved1) fields.number("reserved1", "Reserved after Last Substruc", transform.reserved1);
    if (transform.reserved2) fields.number("reserved2", "Reserved after Transform Type", transform.reserved2);
    fields.close();
}

void describe_transforms(const Proposal& proposal, std::string_view text, Fields& fields) {
    fields.text("text", "", text);
    if (proposal.last) fields.number("last", "Last Substruc", *proposal.last);
    if (proposal.reserved) fields.number("reserved", "Reserved", proposal.reserved);
    if (proposal.transform_count)
        fields.number("transform_count", "Number of transforms, as sent", *proposal.transform_count);
    fields.open_list("transforms", "");
    for (const auto& transform : proposal.transforms) describe(transform, fields);
    fields.close_list();
}

void describe_numbers(std::uint8_t number, ProtocolId protocol, ByteView spi, Fields& fields) {
    fields.number("number", "", number);
    code_field(fields, "protocol", "protocol_id", "Protocol", protocol);
    fields.octets("spi", spi.empty() ? "" : "SPI", spi);
}

void describe(const Proposal& proposal, Fields& fields) {
    const auto text = to_string(proposal);
    TextBuffer heading;
    fmt::format_to(fmt::appender(heading), "Proposal {}: {}", proposal.number, text);
    fields.open("", {heading.data(), heading.size()});
    describe_numbers(proposal.number, proposal.protocol, proposal.spi, fields);
    describe_transforms(proposal, text, fields);
    fields.close();
}

void describe(const TrafficSelector& selector, Fields& fields) {
    const auto text = to_string(selector);
    fields.open("", text);
    code_field(fields, "ts_type", "ts_type_id", "Type", selector.type);
    fields.text("text", "", text);
    if (selector.type == TsType::ipv4_addr_range || selector.type == TsType::ipv6_addr_range) {
        fields.number("protocol", "Protocol", selector.protocol);
        fields.number("start_port", "Start port", selector.start_port);
        fields.number("end_port", "End port", selector.end_port);
        address_field(fields, "start", "Start", selector.start);
        address_field(fields, "end", "End", selector.end);
    } else {
        fields.octets("data", "Data", selector.opaque);
        if (selector.type == TsType::seclabel) characters_field(fields, "label", "Label", selector.opaque);
    }
    fields.close();
}

}  // namespace

void describe(const SaPayload& sa, Fields& fields) {
    fields.open_list("proposals", "");
    for (const auto& proposal : sa.proposals) describe(proposal, fields);
    fields.close_list();
}

void describe_sa(const PayloadView& payload, Fields& fields) {
    fields.open_list("proposals", "");
    std::optional<Payload> parsed;
    std::size_t index = 0;
    for (auto rest = payload.body; auto proposal = next_proposal(rest); ++index) {
        fields.open("", "");
        describe_numbers(proposal->number, proposal->protocol, proposal->spi, fields);
        // All but the SPI and the number, which differ from SA to SA.
        std::array<std::uint8_t, 1000> like{};
        const std::array head{static_cast<std::uint8_t>(proposal->protocol), proposal->last,
                              proposal->reserved, proposal->transform_count,
                              static_cast<std::uint8_t>(rest.empty() ? 1 : 0)};
        const auto make = [&] {
            if (!parsed) parsed = payload.parse();
            const auto& value = std::get<SaPayload>(parsed->body).proposals[index];
            describe_transforms(value, to_string(value), fields);
        };
        if (head.size() + proposal->transforms.size() <= like.size()) {
            const auto end = std::ranges::copy(head, like.begin()).out;
            std::ranges::copy(proposal->transforms, end);
            fields.repeated(static_cast<std::uint8_t>(PayloadType::sa),
                            ByteView{like}.first(head.size() + proposal->transforms.size()), Members{make});
        } else {
            make();
        }
        fields.close();
    }
    fields.close_list();
}

void describe(const TsPayload& ts, Fields& fields) {
    if (ts.count) fields.number("count", "Number of selectors, as sent", *ts.count);
    reserved_field(fields, ts.reserved);
    fields.open_list("selectors", "");
    for (const auto& selector : ts.selectors) describe(selector, fields);
    fields.close_list();
}

}  // namespace ike
