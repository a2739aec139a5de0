#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>

#include "libike/io/host.hpp"

namespace ike::io {

namespace {

/// The address in a socket address of a family we know.
std::optional<Address> address_in(const sockaddr& generic) {
    if (generic.sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &generic, sizeof in);
        std::array<std::uint8_t, 4> octets{};
        std::memcpy(octets.data(), &in.sin_addr, octets.size());
        return Address::v4(octets);
    }
    if (generic.sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &generic, sizeof in);
        std::array<std::uint8_t, 16> octets{};
        std::memcpy(octets.data(), &in.sin6_addr, octets.size());
        if (octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80) return std::nullopt;  // fe80::/10
        return Address::v6(octets);
    }
    return std::nullopt;
}

}  // namespace

std::optional<Address> interface_address(const std::string& name, Address::Family family) {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return std::nullopt;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner{list, freeifaddrs};
    for (const auto* each = list; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || name != each->ifa_name) continue;
        if (const auto address = address_in(*each->ifa_addr); address && address->family() == family)
            return address;
    }
    return std::nullopt;
}

}  // namespace ike::io
