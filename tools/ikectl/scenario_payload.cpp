// Payloads that a scenario sends.
#include <fmt/format.h>

#include <charconv>

#include "tools/ikectl/scenario.hpp"

namespace scenario {

namespace {

/// A code point by its registered name or its number.
template <class Code>
std::optional<Code> code(YamlMap& map, const std::string& key, std::string_view what) {
    const auto given = map.text(key);
    if (!given) return std::nullopt;
    if (const auto* known = ike::find_code<Code>(given->value)) return known->value;
    std::underlying_type_t<Code> number{};
    const auto& text = given->value;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return static_cast<Code>(number);
    map.fail(key, fmt::format("\"{}\" is no {}", text, what),
             "write its name as the RFC has it, or its number");
    return std::nullopt;
}

ike::Bytes octets(YamlMap& map, const std::string& key) {
    const auto given = map.text(key);
    if (!given) return {};
    auto found = ike::from_hex(given->value);
    if (!found) map.fail(key, "not hexadecimal octets");
    return std::move(found).value_or(ike::Bytes{});
}

}  // namespace

std::optional<ike::Payload> read_payload(YamlMap& map) {
    const auto notify = code<ike::NotifyType>(map, "notify", "notify message type");
    const auto type = code<ike::PayloadType>(map, "type", "payload type");
    const auto critical = map.yes_no("critical");
    auto data = octets(map, "data");
    auto spi = octets(map, "spi");
    const auto protocol = code<ike::ProtocolId>(map, "protocol", "protocol");
    if (map.failed()) return std::nullopt;
    if (notify.has_value() == type.has_value()) {
        map.fail("type", "wants either notify or type");
        return std::nullopt;
    }
    ike::Payload made;
    if (notify) {
        made = ike::notify(*notify, std::move(data));
        std::get<ike::Notify>(made.body).spi = std::move(spi);
        if (protocol) std::get<ike::Notify>(made.body).protocol = *protocol;
    } else {
        made = ike::payload(*type, ike::Opaque{std::move(data)});
    }
    made.critical = critical && critical->value;
    return made;
}

}  // namespace scenario
