// Payload chains: the generic payload header of RFC 7296 section 3.2, one after the other.
#include "libike/wire/bodies.hpp"
#include "libike/wire/message.hpp"

namespace ike {
namespace {

constexpr std::size_t generic_header_size = 4;
constexpr std::uint8_t critical_bit = 0x80;
constexpr std::size_t most_payloads = 1000;

/// SK and SKF are last in a message; their Next Payload names the first one inside (RFC 7296 section 3.14,
/// RFC 7383 section 2.5).
bool ends_chain(PayloadType type) { return type == PayloadType::sk || type == PayloadType::skf; }

/// Reads a payload of type `type` into `payload` and gives its Next Payload field. A body that cannot be
/// taken apart stays Opaque; `in` fails only where the payload itself has no place.
PayloadType read_link(PayloadType type, Reader& in, Payload& payload) {
    payload.type = type;
    payload.offset = in.offset();
    const auto next = in.code<PayloadType>("next payload");
    const auto flags = in.number<std::uint8_t>("critical and reserved");
    payload.critical = (flags & critical_bit) != 0;
    payload.reserved = static_cast<std::uint8_t>(flags & ~critical_bit);
    auto octets = wire::read_substructure(in, generic_header_size, generic_header_size, "payload length");
    if (in.failed()) return next;
    payload.length = in.offset() - payload.offset;
    if (auto body = parse_body(type, next, octets)) {
        payload.body = std::move(*body);
    } else {
        payload.error = body.error();
        payload.body = Opaque{to_bytes(octets.rest())};
        // No SkPayload or SkfPayload holds it then.
        if (ends_chain(type) && next != PayloadType::none) payload.next = next;
    }
    return next;
}

PayloadType next_of(std::span<const Payload> payloads, std::size_t index) {
    const auto& payload = payloads[index];
    if (payload.next) return *payload.next;
    if (const auto* sk = std::get_if<SkPayload>(&payload.body)) return sk->first;
    if (const auto* skf = std::get_if<SkfPayload>(&payload.body)) return skf->first;
    return index + 1 < payloads.size() ? payloads[index + 1].type : PayloadType::none;
}

}  // namespace

Chain read_chain(PayloadType first, ByteView octets, std::size_t origin) {
    Chain chain;
    // Few messages have more payloads; growing step by step would move them time and again.
    chain.payloads.reserve(std::min<std::size_t>(12, octets.size() / generic_header_size));
    Reader in{octets, origin};
    for (auto type = first; type != PayloadType::none;) {
        if (chain.payloads.size() == most_payloads) {
            in.fail({WireError::Kind::value, in.offset(), "number of payloads"});
            break;
        }
        const auto next = read_link(type, in, chain.payloads.emplace_back());
        if (in.failed()) {
            chain.payloads.pop_back();
            break;
        }
        type = ends_chain(type) ? PayloadType::none : next;
    }
    // finish() tells what is left over after the last payload.
    if (const auto end = in.finish(true); !end) chain.error = end.error();
    return chain;
}

void write_chain(std::span<const Payload> payloads, Writer& out) {
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        const auto& payload = payloads[i];
        const auto start = out.size();
        const auto flags = (payload.critical ? critical_bit : 0) | (payload.reserved & ~critical_bit);
        out.code(next_of(payloads, i)).number(static_cast<std::uint8_t>(flags)).number(std::uint16_t{0});
        write_body(payload.body, out);
        out.patch16(start + 2, wire::length_field<std::uint16_t>(out.size() - start, "payload length"));
    }
}

}  // namespace ike
