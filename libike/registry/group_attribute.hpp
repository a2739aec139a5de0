#pragma once
// The attributes of Group IKEv2's GSA and KD payloads (RFC 9838 sections 4.4 and 4.5).
#include "libike/registry/registry.hpp"

namespace ike {

/// "GSA Attributes".
enum class GsaAttribute : std::uint16_t {
    key_lifetime = 1,
    initial_message_id = 2,
    next_spi = 3,
};
/// The registry, by value.
inline constexpr auto gsa_attributes = registry<GsaAttribute>(
    {
        {GsaAttribute::key_lifetime, "GSA_KEY_LIFETIME", "RFC 9838"},
        {GsaAttribute::initial_message_id, "GSA_INITIAL_MESSAGE_ID", "RFC 9838"},
        {GsaAttribute::next_spi, "GSA_NEXT_SPI", "RFC 9838"},
    },
    {{0, 0, RangeKind::reserved}, {16384, 32767, RangeKind::private_use}});
constexpr const auto& registry_of(GsaAttribute) { return gsa_attributes; }

/// "Group-wide Policy Attributes".
enum class GroupPolicyAttribute : std::uint16_t {
    atd = 1,
    dtd = 2,
    sender_id_bits = 3,
};
/// The registry, by value.
inline constexpr auto group_policy_attributes = registry<GroupPolicyAttribute>(
    {
        {GroupPolicyAttribute::atd, "GWP_ATD", "RFC 9838"},
        {GroupPolicyAttribute::dtd, "GWP_DTD", "RFC 9838"},
        {GroupPolicyAttribute::sender_id_bits, "GWP_SENDER_ID_BITS", "RFC 9838"},
    },
    {{0, 0, RangeKind::reserved}, {16384, 32767, RangeKind::private_use}});
constexpr const auto& registry_of(GroupPolicyAttribute) { return group_policy_attributes; }

/// "Group Key Bag Attributes".
enum class GroupKeyBagAttribute : std::uint16_t {
    sa_key = 1,
};
/// The registry, by value.
inline constexpr auto group_key_bag_attributes = registry<GroupKeyBagAttribute>(
    {
        {GroupKeyBagAttribute::sa_key, "SA_KEY", "RFC 9838"},
    },
    {{0, 0, RangeKind::reserved}, {16384, 32767, RangeKind::private_use}});
constexpr const auto& registry_of(GroupKeyBagAttribute) { return group_key_bag_attributes; }

/// "Member Key Bag Attributes".
enum class MemberKeyBagAttribute : std::uint16_t {
    wrap_key = 1,
    auth_key = 2,
    gm_sender_id = 3,
};
/// The registry, by value.
inline constexpr auto member_key_bag_attributes = registry<MemberKeyBagAttribute>(
    {
        {MemberKeyBagAttribute::wrap_key, "WRAP_KEY", "RFC 9838"},
        {MemberKeyBagAttribute::auth_key, "AUTH_KEY", "RFC 9838"},
        {MemberKeyBagAttribute::gm_sender_id, "GM_SENDER_ID", "RFC 9838"},
    },
    {{0, 0, RangeKind::reserved}, {16384, 32767, RangeKind::private_use}});
constexpr const auto& registry_of(MemberKeyBagAttribute) { return member_key_bag_attributes; }

}  // namespace ike
