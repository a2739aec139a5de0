// What is around IPsec: tunnels, and ICMP errors about it.
#include "libike/render/describe.hpp"
#include "libike/render/text.hpp"

namespace ike {
namespace {

std::string_view view(const TextBuffer& text) { return {text.data(), text.size()}; }

void describe_quoted(const QuotedPacket& quoted, Fields& fields) {
    fields.open("quoted", "Quotes");
    fields.text("kind", "Kind", to_string(quoted.kind));
    endpoint_field(fields, "src", "From", quoted.source);
    endpoint_field(fields, "dst", "To", quoted.destination);
    fields.number("ip_protocol", "Protocol", quoted.protocol);
    fields.number("length", "Length of the IP packet", quoted.length);
    if (quoted.spi) hex_field(fields, "spi", "SPI", *quoted.spi, 8);
    if (quoted.sequence) fields.number("seq", "Sequence number", *quoted.sequence);
    if (quoted.ike) {
        hex_field(fields, "ispi", "Initiator's SPI", quoted.ike->initiator_spi, 16);
        hex_field(fields, "rspi", "Responder's SPI", quoted.ike->responder_spi, 16);
        code_field(fields, "exchange", "exchange_type", "Exchange", quoted.ike->exchange);
        fields.number("message_id", "Message ID", quoted.ike->message_id);
        fields.flag("response", "Response", quoted.ike->is_response());
    }
    fields.close();
}

}  // namespace

void describe(const IcmpObservation& icmp, Fields& fields) {
    if (!icmp.readable) return;
    fields.number("icmp_type", "Type", icmp.type);
    fields.number("icmp_code", "Code", icmp.code);
    if (!icmp.name.empty()) fields.text("icmp_name", "Meaning", icmp.name);
    if (icmp.mtu) fields.number("mtu", "MTU of the next hop", *icmp.mtu);
    if (icmp.quoted) describe_quoted(*icmp.quoted, fields);
}

void describe_tunnels(const Packet& packet, Fields& fields) {
    if (packet.wrappings.empty()) return;
    fields.open_list("tunnels", "");
    for (const auto& wrapping : packet.wrappings) {
        TextBuffer text;
        put(text, "In ");
        put(text, to_string(wrapping.kind));
        fields.open("", view(text));
        fields.text("type", "", to_string(wrapping.kind));
        address_field(fields, "src", "From", wrapping.source);
        address_field(fields, "dst", "To", wrapping.destination);
        if (wrapping.identifier) fields.number("id", "Identifier", *wrapping.identifier);
        fields.close();
    }
    fields.close_list();
}

}  // namespace ike
