#pragma once
// "IKEv2 Gateway Identity Types": in REDIRECT and REDIRECTED_FROM notifications (RFC 5685 section 6).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal GatewayIdType; some have names.
enum class GatewayIdType : std::uint8_t {
    ipv4_address = 1,
    ipv6_address = 2,
    fqdn = 3,
};
/// The registry, by value.
inline constexpr auto gateway_id_types = registry<GatewayIdType>(
    {
        {GatewayIdType::ipv4_address, "IPv4 address of the VPN gateway", "RFC 5685"},
        {GatewayIdType::ipv6_address, "IPv6 address of the VPN gateway", "RFC 5685"},
        {GatewayIdType::fqdn, "FQDN of the VPN gateway", "RFC 5685"},
    },
    {{0, 0, RangeKind::reserved}, {241, 255, RangeKind::private_use}});
constexpr const auto& registry_of(GatewayIdType) { return gateway_id_types; }

}  // namespace ike
