#pragma once
// "ROHC Attribute Types": in ROHC_SUPPORTED notifications (RFC 5857 section 2.1.2).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 15-bit value is a legal RohcAttribute; some have names.
enum class RohcAttribute : std::uint16_t {
    max_cid = 1,
    rohc_profile = 2,
    rohc_integ = 3,
    rohc_icv_len = 4,
    mrru = 5,
};
/// The registry, by value.
inline constexpr auto rohc_attributes = registry<RohcAttribute>(
    {
        {RohcAttribute::max_cid, "Maximum Context Identifier (MAX_CID)", "RFC 5857"},
        {RohcAttribute::rohc_profile, "ROHC Profile (ROHC_PROFILE)", "RFC 5857"},
        {RohcAttribute::rohc_integ, "ROHC Integrity Algorithm (ROHC_INTEG)", "RFC 5857"},
        {RohcAttribute::rohc_icv_len, "ROHC ICV Length in bytes (ROHC_ICV_LEN)", "RFC 5857"},
        {RohcAttribute::mrru, "Maximum Reconstructed Reception Unit (MRRU)", "RFC 5857"},
    },
    {{0, 0, RangeKind::reserved}, {16384, 32767, RangeKind::private_use}});
constexpr const auto& registry_of(RohcAttribute) { return rohc_attributes; }

}  // namespace ike
