#include "libike/base/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

namespace ike {

std::optional<Address> Address::parse(std::string_view text) {
    const std::string terminated{text};
    Address address;
    if (inet_pton(AF_INET, terminated.c_str(), address.octets_.data()) == 1) return address;
    address.family_ = Family::v6;
    if (inet_pton(AF_INET6, terminated.c_str(), address.octets_.data()) == 1) return address;
    return std::nullopt;
}

bool Address::is_unspecified() const {
    return std::ranges::all_of(octets(), [](auto octet) { return octet == 0; });
}

bool Address::is_loopback() const {
    if (is_v4()) return octets_[0] == 127;
    return std::ranges::all_of(octets().first(15), [](auto octet) { return octet == 0; }) && octets_[15] == 1;
}

std::string to_string(const Address& address) {
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(address.is_v4() ? AF_INET : AF_INET6, address.octets().data(), text, sizeof text);
    return text;
}

std::string to_string(const Endpoint& endpoint) {
    return endpoint.address.is_v4() ? fmt::format("{}:{}", to_string(endpoint.address), endpoint.port)
                                    : fmt::format("[{}]:{}", to_string(endpoint.address), endpoint.port);
}

std::string to_string(const Path& path) {
    return fmt::format("{} > {}", to_string(path.local), to_string(path.remote));
}

std::optional<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
    if (const auto bare = Address::parse(text)) return Endpoint{*bare, default_port};
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        host = text.substr(1, close - 1);
        port = text.substr(close + 1);
        if (!port.empty() && !port.starts_with(':')) return std::nullopt;
    } else if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon);
    }
    const auto address = Address::parse(host);
    if (!address) return std::nullopt;
    if (port.empty()) return Endpoint{*address, default_port};
    port.remove_prefix(1);
    std::uint16_t number{};
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (failure != std::errc{} || end != port.data() + port.size()) return std::nullopt;
    return Endpoint{*address, number};
}

}  // namespace ike
