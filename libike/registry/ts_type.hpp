#pragma once
// "IKEv2 Traffic Selector Types" (RFC 7296 section 3.13.1).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal TsType; some have names.
enum class TsType : std::uint8_t {
    ipv4_addr_range = 7,
    ipv6_addr_range = 8,
    fc_addr_range = 9,
    seclabel = 10,
};
/// The registry, by value.
inline constexpr auto ts_types = registry<TsType>(
    {
        {TsType::ipv4_addr_range, "TS_IPV4_ADDR_RANGE", "RFC 7296"},
        {TsType::ipv6_addr_range, "TS_IPV6_ADDR_RANGE", "RFC 7296"},
        {TsType::fc_addr_range, "TS_FC_ADDR_RANGE", "RFC 4595"},
        {TsType::seclabel, "TS_SECLABEL", "RFC 9478"},
    },
    {{0, 6, RangeKind::reserved}, {241, 255, RangeKind::private_use}});
constexpr const auto& registry_of(TsType) { return ts_types; }

}  // namespace ike
