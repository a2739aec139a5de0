// Traffic selectors as text: addresses, and protocol and ports in brackets behind them.
#include <fmt/format.h>

#include <charconv>

#include "libike/sa/traffic_selectors.hpp"

namespace ike {

namespace {

struct ProtocolName {
    std::string_view word;
    std::uint8_t number;
};
constexpr ProtocolName protocol_names[] = {{"icmp", 1},   {"tcp", 6},        {"udp", 17},  {"gre", 47},
                                           {"icmp6", 58}, {"ipv6-icmp", 58}, {"sctp", 132}};

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}
template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// The first or last address of a prefix.
Address bound(const Address& address, unsigned prefix, std::uint8_t host) {
    auto octets = to_bytes(address.octets());
    for (unsigned i = 0; i < octets.size(); ++i) {
        const auto network = prefix >= 8 * (i + 1) ? 0xffu
                             : prefix <= 8 * i     ? 0u
                                                   : 0xffu << (8 - (prefix - 8 * i)) & 0xffu;
        octets[i] = static_cast<std::uint8_t>((octets[i] & network) | (host & ~network));
    }
    return *Address::from_octets(octets);
}

bool read_addresses(std::string_view text, TrafficSelector& selector) {
    std::optional<Address> start, end;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        start = Address::parse(text.substr(0, slash));
        const auto prefix = number<std::uint8_t>(text.substr(slash + 1));
        if (!start || !prefix || *prefix > start->octets().size() * 8) return false;
        end = bound(*start, *prefix, 0xff);
        start = bound(*start, *prefix, 0);
    } else if (const auto dash = text.find('-'); dash != std::string_view::npos) {
        start = Address::parse(trim(text.substr(0, dash)));
        end = Address::parse(trim(text.substr(dash + 1)));
    } else {
        start = end = Address::parse(text);
    }
    if (!start || !end || start->family() != end->family() || *end < *start) return false;
    selector.type = start->is_v4() ? TsType::ipv4_addr_range : TsType::ipv6_addr_range;
    selector.start = *start;
    selector.end = *end;
    return true;
}

struct Ports {
    std::uint16_t start, end;
};
/// "8" or "8(0)" for ICMP: a type, with all codes or one.
std::optional<Ports> icmp_ports(std::string_view text) {
    const auto open = text.find('(');
    const auto type = number<std::uint8_t>(text.substr(0, open));
    if (!type) return std::nullopt;
    const auto base = static_cast<std::uint16_t>(*type << 8);
    if (open == std::string_view::npos) return Ports{base, static_cast<std::uint16_t>(base | 0xff)};
    if (!text.ends_with(')')) return std::nullopt;
    const auto code = number<std::uint8_t>(text.substr(open + 1, text.size() - open - 2));
    if (!code) return std::nullopt;
    return Ports{static_cast<std::uint16_t>(base | *code), static_cast<std::uint16_t>(base | *code)};
}

bool is_icmp(std::uint8_t protocol) { return protocol == 1 || protocol == 58; }

bool read_ports(std::string_view text, TrafficSelector& selector) {
    if (text == "any") return true;
    if (text == "opaque") {
        selector.start_port = 65535;
        selector.end_port = 0;
        return true;
    }
    const auto dash = text.find('-');
    const auto one = [&](std::string_view word) -> std::optional<Ports> {
        if (is_icmp(selector.protocol)) return icmp_ports(word);
        const auto port = number<std::uint16_t>(word);
        if (!port) return std::nullopt;
        return Ports{*port, *port};
    };
    const auto from = one(trim(text.substr(0, dash)));
    const auto to = dash == std::string_view::npos ? from : one(trim(text.substr(dash + 1)));
    if (!from || !to || to->end < from->start) return false;
    selector.start_port = from->start;
    selector.end_port = to->end;
    return true;
}

/// "tcp/80", "17", "udp/1000-2000", "/53"
bool read_protocol(std::string_view text, TrafficSelector& selector) {
    const auto slash = text.find('/');
    const auto word = trim(text.substr(0, slash));
    if (const auto* named = std::ranges::find(protocol_names, word, &ProtocolName::word);
        named != std::end(protocol_names)) {
        selector.protocol = named->number;
    } else if (const auto value = number<std::uint8_t>(word)) {
        selector.protocol = *value;
    } else if (!(word.empty() && slash != std::string_view::npos) && word != "any") {
        return false;
    }
    return slash == std::string_view::npos || read_ports(trim(text.substr(slash + 1)), selector);
}

std::string address_text(const TrafficSelector& selector) {
    const auto bits = static_cast<unsigned>(selector.start.octets().size() * 8);
    for (unsigned prefix = 0; prefix <= bits; ++prefix) {
        if (bound(selector.start, prefix, 0) == selector.start &&
            bound(selector.start, prefix, 0xff) == selector.end) {
            return fmt::format("{}/{}", to_string(selector.start), prefix);
        }
    }
    return fmt::format("{}-{}", to_string(selector.start), to_string(selector.end));
}

std::string port_text(const TrafficSelector& selector) {
    const auto start = selector.start_port, end = selector.end_port;
    if (start == 0 && end == 65535) return "";
    if (start == 65535 && end == 0) return "/opaque";
    if (is_icmp(selector.protocol)) {
        if (start == end) return fmt::format("/{}({})", start >> 8, start & 0xff);
        const bool all_codes = (start & 0xff) == 0 && (end & 0xff) == 0xff;
        if (all_codes && start >> 8 == end >> 8) return fmt::format("/{}", start >> 8);
        if (all_codes) return fmt::format("/{}-{}", start >> 8, end >> 8);
        return fmt::format("/{}({})-{}({})", start >> 8, start & 0xff, end >> 8, end & 0xff);
    }
    return start == end ? fmt::format("/{}", start) : fmt::format("/{}-{}", start, end);
}

}  // namespace

Result<TrafficSelector> parse_selector(std::string_view text) {
    const auto refuse = [&] {
        return failure(
            fmt::format("traffic selector \"{}\": not an address, prefix or range", text),
            "write 10.0.0.0/24, 10.0.0.1-10.0.0.9 or 2001:db8::/64, with [tcp/80] behind it where wanted");
    };
    auto rest = trim(text);
    TrafficSelector selector;
    if (const auto open = rest.find('['); open != std::string_view::npos) {
        if (!rest.ends_with(']')) return refuse();
        if (!read_protocol(rest.substr(open + 1, rest.size() - open - 2), selector)) return refuse();
        rest = trim(rest.substr(0, open));
    }
    if (!read_addresses(rest, selector)) return refuse();
    return selector;
}

Result<std::vector<TrafficSelector>> parse_selectors(std::string_view comma_separated) {
    std::vector<TrafficSelector> selectors;
    for (auto rest = comma_separated;;) {
        const auto comma = rest.find(',');
        auto selector = parse_selector(rest.substr(0, comma));
        if (!selector) return std::unexpected{std::move(selector.error())};
        selectors.push_back(std::move(*selector));
        if (comma == std::string_view::npos) return selectors;
        rest.remove_prefix(comma + 1);
    }
}

std::string to_string(const TrafficSelector& selector) {
    if (selector.type != TsType::ipv4_addr_range && selector.type != TsType::ipv6_addr_range) {
        return fmt::format("{}:{}", to_string(selector.type), hex(selector.opaque));
    }
    const auto ports = port_text(selector);
    if (selector.protocol == 0 && ports.empty()) return address_text(selector);
    const auto* named = std::ranges::find(protocol_names, selector.protocol, &ProtocolName::number);
    const auto protocol = named != std::end(protocol_names) ? std::string{named->word}
                          : selector.protocol == 0          ? std::string{}
                                                            : fmt::to_string(selector.protocol);
    return fmt::format("{}[{}{}]", address_text(selector), protocol, ports);
}

std::string to_string(std::span<const TrafficSelector> selectors) {
    std::string text;
    for (const auto& selector : selectors) {
        if (!text.empty()) text += ", ";
        text += to_string(selector);
    }
    return text;
}

}  // namespace ike
