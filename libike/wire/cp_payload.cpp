// Configuration payload, RFC 7296 section 3.15.
#include "libike/wire/bodies.hpp"

namespace ike::wire {
namespace {

constexpr std::uint16_t reserved_bit = 0x8000;  // RFC 7296 section 3.15.1

ConfigurationAttribute read_attribute(Reader& in) {
    ConfigurationAttribute attribute;
    const auto type = in.number<std::uint16_t>("attribute type");
    attribute.reserved_bit = (type & reserved_bit) != 0;
    attribute.type = static_cast<ConfigAttribute>(type & ~reserved_bit);
    const auto length = in.number<std::uint16_t>("attribute length");
    attribute.value = to_bytes(in.take(length, "attribute value"));
    return attribute;
}

void write_attribute(const ConfigurationAttribute& attribute, Writer& out) {
    const auto type = static_cast<std::uint16_t>(static_cast<std::uint16_t>(attribute.type) & ~reserved_bit);
    out.number(static_cast<std::uint16_t>(type | (attribute.reserved_bit ? reserved_bit : 0)));
    out.number(length_field<std::uint16_t>(attribute.value.size(), "attribute length"))
        .octets(attribute.value);
}

}  // namespace

Parsed<CpPayload> read_cp(Reader in) {
    CpPayload body;
    body.type = in.code<ConfigType>("cfg type");
    body.reserved = read_reserved(in);
    while (in.remaining() > 0) body.attributes.push_back(read_attribute(in));
    return in.finish(std::move(body));
}

void write(const CpPayload& body, Writer& out) {
    out.code(body.type).octets(body.reserved);
    for (const auto& attribute : body.attributes) write_attribute(attribute, out);
}

}  // namespace ike::wire
