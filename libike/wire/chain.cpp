// Payload chains: the generic payload header of RFC 7296 section 3.2, one after the other.
#include "libike/wire/bodies.hpp"
#include "libike/wire/payload_chain.hpp"

namespace ike {
namespace {

constexpr std::uint8_t critical_bit = 0x80;

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
    std::vector<PayloadView> views;
    // Few messages have more payloads; growing step by step would move them time and again.
    views.reserve(std::min<std::size_t>(16, octets.size() / 4));
    chain.error = walk_chain(first, octets, origin, views);
    chain.payloads.reserve(views.size());
    for (const auto& view : views) chain.payloads.push_back(view.parse());
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
