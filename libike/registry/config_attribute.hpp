#pragma once
// The Configuration payload (RFC 7296 section 3.15): its type and its attributes.
#include "libike/registry/registry.hpp"

namespace ike {

/// "IKEv2 Configuration Payload CFG Types".
enum class ConfigType : std::uint8_t {
    cfg_request = 1,
    cfg_reply = 2,
    cfg_set = 3,
    cfg_ack = 4,
};
/// The registry, by value.
inline constexpr auto config_types = registry<ConfigType>(
    {
        {ConfigType::cfg_request, "CFG_REQUEST", "RFC 7296"},
        {ConfigType::cfg_reply, "CFG_REPLY", "RFC 7296"},
        {ConfigType::cfg_set, "CFG_SET", "RFC 7296"},
        {ConfigType::cfg_ack, "CFG_ACK", "RFC 7296"},
    },
    {{0, 0, RangeKind::reserved}, {128, 255, RangeKind::private_use}});
constexpr const auto& registry_of(ConfigType) { return config_types; }

/// "IKEv2 Configuration Payload Attribute Types". Any 15-bit value is legal; some have names.
enum class ConfigAttribute : std::uint16_t {
    internal_ip4_address = 1,
    internal_ip4_netmask = 2,
    internal_ip4_dns = 3,
    internal_ip4_nbns = 4,
    internal_ip4_dhcp = 6,
    application_version = 7,
    internal_ip6_address = 8,
    internal_ip6_dns = 10,
    internal_ip6_dhcp = 12,
    internal_ip4_subnet = 13,
    supported_attributes = 14,
    internal_ip6_subnet = 15,
    mip6_home_prefix = 16,
    internal_ip6_link = 17,
    internal_ip6_prefix = 18,
    home_agent_address = 19,
    p_cscf_ip4_address = 20,
    p_cscf_ip6_address = 21,
    ftt_kat = 22,
    external_source_ip4_nat_info = 23,
    timeout_period_for_liveness_check = 24,
    internal_dns_domain = 25,
    internal_dnssec_ta = 26,
    encdns_ip4 = 27,
    encdns_ip6 = 28,
    encdns_digest_info = 29,
};
/// The registry, by value.
inline constexpr auto config_attributes = registry<ConfigAttribute>(
    {
        {ConfigAttribute::internal_ip4_address, "INTERNAL_IP4_ADDRESS", "RFC 7296"},
        {ConfigAttribute::internal_ip4_netmask, "INTERNAL_IP4_NETMASK", "RFC 7296"},
        {ConfigAttribute::internal_ip4_dns, "INTERNAL_IP4_DNS", "RFC 7296"},
        {ConfigAttribute::internal_ip4_nbns, "INTERNAL_IP4_NBNS", "RFC 7296"},
        {ConfigAttribute::internal_ip4_dhcp, "INTERNAL_IP4_DHCP", "RFC 7296"},
        {ConfigAttribute::application_version, "APPLICATION_VERSION", "RFC 7296"},
        {ConfigAttribute::internal_ip6_address, "INTERNAL_IP6_ADDRESS", "RFC 7296"},
        {ConfigAttribute::internal_ip6_dns, "INTERNAL_IP6_DNS", "RFC 7296"},
        {ConfigAttribute::internal_ip6_dhcp, "INTERNAL_IP6_DHCP", "RFC 7296"},
        {ConfigAttribute::internal_ip4_subnet, "INTERNAL_IP4_SUBNET", "RFC 7296"},
        {ConfigAttribute::supported_attributes, "SUPPORTED_ATTRIBUTES", "RFC 7296"},
        {ConfigAttribute::internal_ip6_subnet, "INTERNAL_IP6_SUBNET", "RFC 7296"},
        {ConfigAttribute::mip6_home_prefix, "MIP6_HOME_PREFIX", "RFC 5026"},
        {ConfigAttribute::internal_ip6_link, "INTERNAL_IP6_LINK", "RFC 5739"},
        {ConfigAttribute::internal_ip6_prefix, "INTERNAL_IP6_PREFIX", "RFC 5739"},
        {ConfigAttribute::home_agent_address, "HOME_AGENT_ADDRESS", "3GPP TS 24.302"},
        {ConfigAttribute::p_cscf_ip4_address, "P_CSCF_IP4_ADDRESS", "RFC 7651"},
        {ConfigAttribute::p_cscf_ip6_address, "P_CSCF_IP6_ADDRESS", "RFC 7651"},
        {ConfigAttribute::ftt_kat, "FTT_KAT", "3GPP TS 24.302"},
        {ConfigAttribute::external_source_ip4_nat_info, "EXTERNAL_SOURCE_IP4_NAT_INFO", "3GPP TS 29.139"},
        {ConfigAttribute::timeout_period_for_liveness_check, "TIMEOUT_PERIOD_FOR_LIVENESS_CHECK",
         "3GPP TS 24.302"},
        {ConfigAttribute::internal_dns_domain, "INTERNAL_DNS_DOMAIN", "RFC 8598"},
        {ConfigAttribute::internal_dnssec_ta, "INTERNAL_DNSSEC_TA", "RFC 8598"},
        {ConfigAttribute::encdns_ip4, "ENCDNS_IP4", "RFC 9464"},
        {ConfigAttribute::encdns_ip6, "ENCDNS_IP6", "RFC 9464"},
        {ConfigAttribute::encdns_digest_info, "ENCDNS_DIGEST_INFO", "RFC 9464"},
    },
    {{0, 0, RangeKind::reserved},
     {5, 5, RangeKind::reserved},
     {9, 9, RangeKind::reserved},
     {11, 11, RangeKind::reserved},
     {16384, 32767, RangeKind::private_use}});
constexpr const auto& registry_of(ConfigAttribute) { return config_attributes; }

}  // namespace ike
