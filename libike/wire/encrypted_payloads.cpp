// Encrypted payload, RFC 7296 section 3.14, and Encrypted Fragment payload, RFC 7383 section 2.5: what can be
// said of them without keys.
#include "libike/wire/bodies.hpp"

namespace ike::wire {

Parsed<SkPayload> read_sk(PayloadType first, Reader in) {
    return in.finish(SkPayload{.first = first, .data = to_bytes(in.rest())});
}

void write(const SkPayload& body, Writer& out) { out.octets(body.data); }

Parsed<SkfPayload> read_skf(PayloadType first, Reader in) {
    SkfPayload body;
    body.first = first;
    body.number = in.number<std::uint16_t>("fragment number");
    body.total = in.number<std::uint16_t>("total fragments");
    body.data = to_bytes(in.rest());
    return in.finish(std::move(body));
}

void write(const SkfPayload& body, Writer& out) {
    out.number(body.number).number(body.total).octets(body.data);
}

}  // namespace ike::wire
