#include "libike/io/socket_address.hpp"

#include <unistd.h>

#include <cstring>

namespace ike::io {

SocketAddress::SocketAddress(const Endpoint& endpoint) {
    const auto octets = endpoint.address.octets();
    if (endpoint.address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        std::memcpy(&v4.sin_addr, octets.data(), octets.size());
        std::memcpy(&storage, &v4, sizeof v4);
        size = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(endpoint.port);
        std::memcpy(&v6.sin6_addr, octets.data(), octets.size());
        std::memcpy(&storage, &v6, sizeof v6);
        size = sizeof v6;
    }
}

std::optional<Endpoint> endpoint_of(const sockaddr* address) {
    if (address == nullptr) return std::nullopt;
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        return Endpoint{address_of(v4.sin_addr), ntohs(v4.sin_port)};
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        return Endpoint{address_of(v6.sin6_addr), ntohs(v6.sin6_port)};
    }
    return std::nullopt;
}

int family_of(const Address& address) { return address.is_v4() ? AF_INET : AF_INET6; }

Address address_of(const in_addr& address) {
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &address, octets.size());
    return Address::v4(octets);
}

Address address_of(const in6_addr& address) {
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &address, octets.size());
    return Address::v6(octets);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        reset();
        number_ = other.release();
    }
    return *this;
}

void Descriptor::reset() {
    if (number_ >= 0) close(number_);
    number_ = -1;
}

}  // namespace ike::io
