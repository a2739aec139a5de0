#pragma once
// "IKEv2 Notification IPCOMP Transform IDs": in IPCOMP_SUPPORTED notifications (RFC 7296 section 2.22).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal IpcompTransform; some have names.
enum class IpcompTransform : std::uint8_t {
    oui = 1,
    deflate = 2,
    lzs = 3,
    lzjh = 4,
};
/// The registry, by value.
inline constexpr auto ipcomp_transforms = registry<IpcompTransform>(
    {
        {IpcompTransform::oui, "IPCOMP_OUI", "UNSPECIFIED"},
        {IpcompTransform::deflate, "IPCOMP_DEFLATE", "RFC 2394"},
        {IpcompTransform::lzs, "IPCOMP_LZS", "RFC 2395"},
        {IpcompTransform::lzjh, "IPCOMP_LZJH", "RFC 3051"},
    },
    {{0, 0, RangeKind::reserved}, {241, 255, RangeKind::private_use}});
constexpr const auto& registry_of(IpcompTransform) { return ipcomp_transforms; }

}  // namespace ike
