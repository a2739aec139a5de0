#include "libike/wire/message.hpp"

#include <fmt/format.h>

#include "libike/wire/bodies.hpp"
#include "libike/wire/payload_chain.hpp"

namespace ike {
namespace {

constexpr std::size_t length_offset = 24;  // of Length in the header, RFC 7296 section 3.1

/// What the header's Length says against what arrived.
std::optional<WireError> length_error(const Header& header, std::size_t arrived) {
    using Kind = WireError::Kind;
    if (header.length < ike_header_size) return WireError{Kind::value, length_offset, "length"};
    if (header.length > arrived) return WireError{Kind::truncated, length_offset, "length"};
    if (header.length < arrived) return WireError{Kind::trailing, header.length, "length"};
    return std::nullopt;
}

/// The chain's octets. A length that is too small or too large says nothing about where the chain ends; the
/// datagram does.
ByteView payload_octets(const Header& header, ByteView datagram) {
    const bool cut = header.length >= ike_header_size && header.length < datagram.size();
    const auto whole = cut ? datagram.first(header.length) : datagram;
    return whole.subspan(ike_header_size);
}

}  // namespace

std::string spi_text(IkeSpi spi) { return fmt::format("{:016x}", spi); }

const Payload* Message::find(PayloadType type) const {
    const auto found = std::ranges::find(payloads, type, &Payload::type);
    return found == payloads.end() ? nullptr : &*found;
}

const Notify* Message::notify(NotifyType type) const {
    for (const auto& payload : payloads) {
        const auto* body = std::get_if<Notify>(&payload.body);
        if (body != nullptr && body->type == type) return body;
    }
    return nullptr;
}

Parsed<Header> read_header(ByteView datagram) {
    Header header;
    if (read_header(datagram, header)) return header;
    Reader in{datagram};
    header.initiator_spi = in.number<std::uint64_t>("initiator spi");
    header.responder_spi = in.number<std::uint64_t>("responder spi");
    header.next = in.code<PayloadType>("next payload");
    header.version = in.number<std::uint8_t>("version");
    header.exchange = in.code<ExchangeType>("exchange type");
    header.flags = in.number<std::uint8_t>("flags");
    header.message_id = in.number<std::uint32_t>("message id");
    header.length = in.number<std::uint32_t>("length");
    return in.finish(header);
}

Parsed<ReadMessage> read_message(ByteView datagram) {
    const auto header = read_header(datagram);
    if (!header) return std::unexpected{header.error()};
    ReadMessage read;
    read.message.header = *header;
    read.error = length_error(*header, datagram.size());
    auto chain = read_chain(header->next, payload_octets(*header, datagram), ike_header_size);
    read.message.payloads = std::move(chain.payloads);
    if (!read.error) read.error = chain.error;
    return read;
}

std::optional<WireError> read_payloads(const Header& header, ByteView datagram, PayloadChain& into) {
    into.read(header.next, payload_octets(header, datagram), ike_header_size);
    const auto error = length_error(header, datagram.size());
    return error ? error : into.error();
}

Parsed<Message> parse_message(ByteView datagram) {
    auto read = read_message(datagram);
    if (!read) return std::unexpected{read.error()};
    if (read->error) return std::unexpected{*read->error};
    for (const auto& payload : read->message.payloads) {
        if (payload.error) return std::unexpected{*payload.error};
    }
    return std::move(read->message);
}

Bytes write_message(const Message& message) {
    const auto& header = message.header;
    Writer out;
    out.number(header.initiator_spi).number(header.responder_spi);
    out.code(message.payloads.empty() ? PayloadType::none : message.payloads.front().type);
    out.number(header.version).code(header.exchange).number(header.flags);
    out.number(header.message_id).number(std::uint32_t{0});
    write_chain(message.payloads, out);
    out.patch32(length_offset, wire::length_field<std::uint32_t>(out.size(), "length"));
    return out.take();
}

}  // namespace ike
