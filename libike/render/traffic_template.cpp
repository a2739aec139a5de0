#include "libike/render/traffic_template.hpp"

#include <fmt/format.h>

#include "libike/render/describe.hpp"

namespace ike {
namespace {

constexpr std::array<std::string_view, 8> operations{
    "ignored",         "create a template",     "delete the template", "add packet filters",
    "replace filters", "delete packet filters", "no operation",        "reserved"};
constexpr std::array<std::string_view, 4> directions{"before release 7", "downlink", "uplink", "both ways"};

/// Table 10.5.162: component types and what they hold.
enum class Holds : std::uint8_t { address_mask, address_prefix, number, range, masked };
struct Component {
    std::uint8_t type;
    std::size_t size;
    Holds holds;
    std::string_view name;
};
constexpr Component components[] = {
    {0x10, 8, Holds::address_mask, "IPv4 remote address"},
    {0x11, 8, Holds::address_mask, "IPv4 local address"},
    {0x20, 32, Holds::address_mask, "IPv6 remote address"},
    {0x21, 17, Holds::address_prefix, "IPv6 remote prefix"},
    {0x23, 17, Holds::address_prefix, "IPv6 local prefix"},
    {0x30, 1, Holds::number, "protocol"},
    {0x40, 2, Holds::number, "local port"},
    {0x41, 4, Holds::range, "local ports"},
    {0x50, 2, Holds::number, "remote port"},
    {0x51, 4, Holds::range, "remote ports"},
    {0x60, 4, Holds::number, "SPI"},
    {0x70, 2, Holds::masked, "traffic class"},
    {0x80, 3, Holds::number, "flow label"},
};

std::uint64_t number_of(ByteView octets) {
    std::uint64_t value = 0;
    for (const auto octet : octets) value = value << 8 | octet;
    return value;
}

std::string value_text(const Component& component, ByteView value) {
    const auto half = value.size() / 2;
    switch (component.holds) {
        case Holds::address_mask:
            return fmt::format("{} mask {}", to_string(*Address::from_octets(value.first(half))),
                               to_string(*Address::from_octets(value.subspan(half))));
        case Holds::address_prefix:
            return fmt::format("{}/{}", to_string(*Address::from_octets(value.first(16))), value[16]);
        case Holds::range:
            return fmt::format("{} to {}", number_of(value.first(half)), number_of(value.subspan(half)));
        case Holds::masked:
            return fmt::format("0x{:02x} mask 0x{:02x}", value[0], value[1]);
        case Holds::number:
            break;
    }
    return component.type == 0x60 ? fmt::format("0x{:08x}", number_of(value))
                                  : std::to_string(number_of(value));
}

void describe_components(Reader in, Fields& fields) {
    fields.open_list("components", "");
    while (in.remaining() > 0) {
        const auto type = in.number<std::uint8_t>("component type");
        const auto* known = std::ranges::find(components, type, &Component::type);
        if (known == std::end(components) || in.remaining() < known->size) {
            fields.open("", "Component");
            fields.number("type_id", "Type", type);
            fields.octets("data", "Data", in.rest());
            fields.close();
            break;
        }
        fields.open("", "Component");
        fields.text("type", "Type", known->name);
        fields.number("type_id", "", type);
        fields.text("value", "Value", value_text(*known, in.take(known->size, "component")));
        fields.close();
    }
    fields.close_list();
}

}  // namespace

std::string semi_octets(ByteView octets) {
    std::string text;
    for (const auto octet : octets) {
        for (const unsigned digit : {unsigned{octet} & 15u, unsigned{octet} >> 4u}) {
            if (digit < 10) text.push_back(static_cast<char>('0' + digit));
        }
    }
    return text;
}

void describe_template(Reader in, Fields& fields) {
    constexpr unsigned delete_filters = 5;
    const auto first = in.number<std::uint8_t>("operation");
    if (in.failed()) return;
    const unsigned operation = first >> 5;
    fields.text("operation", "Operation", operations[operation]);
    fields.number("operation_id", "", operation);
    fields.open_list("filters", "");
    for (unsigned i = 0; i < (first & 15u) && in.remaining() > 0; ++i) {
        const auto head = in.number<std::uint8_t>("packet filter");
        fields.open("", "Packet filter");
        fields.number("filter", "Identifier", head & 15u);
        if (operation != delete_filters) {
            fields.text("direction", "Direction", directions[head >> 4 & 3u]);
            fields.number("precedence", "Precedence", in.number<std::uint8_t>("precedence"));
            const std::size_t size = in.number<std::uint8_t>("length");
            describe_components(in.child(std::min(size, in.remaining()), "components"), fields);
        }
        fields.close();
    }
    fields.close_list();
    if (in.remaining() > 0) fields.octets("parameters", "Parameters", in.rest());
}

}  // namespace ike
