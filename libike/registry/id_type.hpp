#pragma once
// "IKEv2 Identification Payload ID Types" (RFC 7296 section 3.5).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal IdType; some have names.
enum class IdType : std::uint8_t {
    ipv4_addr = 1,
    fqdn = 2,
    rfc822_addr = 3,
    ipv6_addr = 5,
    der_asn1_dn = 9,
    der_asn1_gn = 10,
    key_id = 11,
    fc_name = 12,
    null = 13,
};
/// The registry, by value.
inline constexpr auto id_types = registry<IdType>(
    {
        {IdType::ipv4_addr, "ID_IPV4_ADDR", "RFC 7296"},
        {IdType::fqdn, "ID_FQDN", "RFC 7296"},
        {IdType::rfc822_addr, "ID_RFC822_ADDR", "RFC 7296"},
        {IdType::ipv6_addr, "ID_IPV6_ADDR", "RFC 7296"},
        {IdType::der_asn1_dn, "ID_DER_ASN1_DN", "RFC 7296"},
        {IdType::der_asn1_gn, "ID_DER_ASN1_GN", "RFC 7296"},
        {IdType::key_id, "ID_KEY_ID", "RFC 7296"},
        {IdType::fc_name, "ID_FC_NAME", "RFC 4595"},
        {IdType::null, "ID_NULL", "RFC 7619"},
    },
    {{0, 0, RangeKind::reserved}, {201, 255, RangeKind::private_use}});
constexpr const auto& registry_of(IdType) { return id_types; }

}  // namespace ike
