// Notify and Delete payloads, RFC 7296 sections 3.10 and 3.11: the two that point at SAs by SPI.
#include "libike/wire/bodies.hpp"

namespace ike::wire {

Parsed<Notify> read_notify(Reader in) {
    Notify body;
    body.protocol = in.code<ProtocolId>("protocol id");
    const auto spi_size = in.number<std::uint8_t>("spi size");
    body.type = in.code<NotifyType>("notify message type");
    body.spi = to_bytes(in.take(spi_size, "spi"));
    body.data = to_bytes(in.rest());
    return in.finish(std::move(body));
}

void write(const Notify& body, Writer& out) {
    out.code(body.protocol).number(length_field<std::uint8_t>(body.spi.size(), "spi size")).code(body.type);
    out.octets(body.spi).octets(body.data);
}

/// The octets decide how many SPIs there are; a count that disagrees is kept. Octets that are no whole number
/// of SPIs cannot be taken apart.
Parsed<DeletePayload> read_delete(Reader in) {
    DeletePayload body;
    body.protocol = in.code<ProtocolId>("protocol id");
    body.spi_size = in.number<std::uint8_t>("spi size");
    body.count = in.number<std::uint16_t>("num of spis");
    while (body.spi_size > 0 && in.remaining() > 0)
        body.spis.push_back(to_bytes(in.take(body.spi_size, "spi")));
    return in.finish(std::move(body));
}

void write(const DeletePayload& body, Writer& out) {
    out.code(body.protocol).number(body.spi_size).number(body.count);
    for (const auto& spi : body.spis) out.octets(spi);
}

}  // namespace ike::wire
