// Traffic Selector payloads, RFC 7296 section 3.13.
#include "libike/wire/bodies.hpp"

namespace ike::wire {
namespace {

constexpr std::size_t selector_header_size = 4;

/// Octets of one address of a selector of that type; 0 for types that are no address ranges.
std::size_t address_size(TsType type) {
    if (type == TsType::ipv4_addr_range) return 4;
    if (type == TsType::ipv6_addr_range) return 16;
    return 0;
}

Address read_address(Reader& in, std::size_t size, std::string_view field) {
    return Address::from_octets(in.take(size, field)).value_or(Address{});
}

TrafficSelector read_selector(Reader& in) {
    TrafficSelector selector;
    selector.type = in.code<TsType>("ts type");
    selector.protocol = in.number<std::uint8_t>("ip protocol id");
    auto inner = read_substructure(in, selector_header_size, selector_header_size, "selector length");
    if (const auto size = address_size(selector.type); size > 0) {
        selector.start_port = inner.number<std::uint16_t>("start port");
        selector.end_port = inner.number<std::uint16_t>("end port");
        selector.start = read_address(inner, size, "starting address");
        selector.end = read_address(inner, size, "ending address");
        if (inner.remaining() > 0) inner.fail({WireError::Kind::trailing, inner.offset(), "selector length"});
    } else {
        selector.opaque = to_bytes(inner.rest());
    }
    adopt_failure(in, inner);
    return selector;
}

void write_selector(const TrafficSelector& selector, Writer& out) {
    const auto start = out.size();
    out.code(selector.type).number(selector.protocol).number(std::uint16_t{0});
    if (address_size(selector.type) > 0 && selector.opaque.empty()) {
        out.number(selector.start_port).number(selector.end_port);
        out.octets(selector.start.octets()).octets(selector.end.octets());
    } else {
        out.octets(selector.opaque);
    }
    out.patch16(start + 2, length_field<std::uint16_t>(out.size() - start, "selector length"));
}

}  // namespace

/// The octets decide how many selectors there are; a count that disagrees is kept.
Parsed<TsPayload> read_ts(Reader in) {
    TsPayload body;
    const auto count = in.number<std::uint8_t>("number of tss");
    body.reserved = read_reserved(in);
    while (in.remaining() > 0) body.selectors.push_back(read_selector(in));
    if (count != body.selectors.size()) body.count = count;
    return in.finish(std::move(body));
}

void write(const TsPayload& body, Writer& out) {
    out.number(body.count ? *body.count : length_field<std::uint8_t>(body.selectors.size(), "number of tss"));
    out.octets(body.reserved);
    for (const auto& selector : body.selectors) write_selector(selector, out);
}

}  // namespace ike::wire
