#pragma once
// Addresses as values. Nothing here resolves names or knows a socket.
#include <array>
#include <bit>
#include <compare>
#include <cstring>
#include <functional>
#include <string>

#include "libike/base/octets.hpp"

namespace ike {

/// An IPv4 or IPv6 address; the default is 0.0.0.0.
class Address {
public:
    enum class Family : std::uint8_t { v4, v6 };
    constexpr Address() = default;
    static constexpr Address v4(std::array<std::uint8_t, 4> octets) {
        Address address;
        const std::array<std::uint32_t, 4> words{std::bit_cast<std::uint32_t>(octets)};
        address.octets_ = std::bit_cast<std::array<std::uint8_t, 16>>(words);
        return address;
    }
    static constexpr Address v6(std::array<std::uint8_t, 16> octets) {
        Address address;
        address.family_ = Family::v6;
        address.octets_ = octets;
        return address;
    }
    /// From 4 or 16 octets in network order; nothing for any other length.
    static std::optional<Address> from_octets(ByteView octets) {
        if (octets.size() == 4) {
            std::array<std::uint8_t, 4> few;
            std::memcpy(few.data(), octets.data(), few.size());
            return v4(few);
        }
        if (octets.size() != 16) return std::nullopt;
        std::array<std::uint8_t, 16> all;
        std::memcpy(all.data(), octets.data(), all.size());
        return v6(all);
    }
    /// From dotted or colon text, no brackets, no zone.
    static std::optional<Address> parse(std::string_view text);

    Family family() const { return family_; }
    bool is_v4() const { return family_ == Family::v4; }
    bool is_v6() const { return family_ == Family::v6; }
    bool is_unspecified() const;
    bool is_loopback() const;
    /// 4 or 16 octets in network order.
    ByteView octets() const { return ByteView{octets_}.first(is_v4() ? 4 : 16); }
    friend auto operator<=>(const Address&, const Address&) = default;
    friend bool operator==(const Address& a, const Address& b) {
        using Words = std::array<std::uint64_t, 2>;
        return a.family_ == b.family_ && std::bit_cast<Words>(a.octets_) == std::bit_cast<Words>(b.octets_);
    }

private:
    Family family_ = Family::v4;
    std::array<std::uint8_t, 16> octets_{};
};
std::string to_string(const Address& address);

/// An address and a UDP port (0: none, as for native ESP).
struct Endpoint {
    Address address;
    std::uint16_t port = 0;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};
/// "192.0.2.1:500", "[2001:db8::1]:4500"
std::string to_string(const Endpoint& endpoint);
/// Reads what to_string writes; a missing port gives `default_port`.
std::optional<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port = 0);

/// Both ends of a datagram's way, seen from one of them: `local` is ours.
struct Path {
    Endpoint local;
    Endpoint remote;
    friend auto operator<=>(const Path&, const Path&) = default;
};
/// "192.0.2.1:4500 > 203.0.113.2:4500"
std::string to_string(const Path& path);

/// How octets travel between the two endpoints of a path.
enum class Carrier : std::uint8_t {
    udp,         ///< a UDP datagram; IKE on 4500 begins with the non-ESP marker
    native_esp,  ///< IP protocol 50; the octets begin with the SPI
};

/// Octets on a path, without IP or UDP header, non-ESP marker included.
struct Datagram {
    Path path;
    Bytes octets;
    Carrier carrier = Carrier::udp;
    friend bool operator==(const Datagram&, const Datagram&) = default;
};

}  // namespace ike

template <>
struct std::hash<ike::Address> {
    std::size_t operator()(const ike::Address& address) const noexcept {
        std::size_t value = 1469598103934665603ull;
        for (const auto octet : address.octets()) value = (value ^ octet) * 1099511628211ull;
        return value;
    }
};
template <>
struct std::hash<ike::Endpoint> {
    std::size_t operator()(const ike::Endpoint& endpoint) const noexcept {
        return std::hash<ike::Address>{}(endpoint.address) * 31 + endpoint.port;
    }
};
