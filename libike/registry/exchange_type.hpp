#pragma once
// "IKEv2 Exchange Types", header octet 18 (RFC 7296 section 3.1).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal ExchangeType; some have names. IKEv1's are in ike1.hpp.
enum class ExchangeType : std::uint8_t {
    ike_sa_init = 34,
    ike_auth = 35,
    create_child_sa = 36,
    informational = 37,
    ike_session_resume = 38,
    gsa_auth = 39,
    gsa_registration = 40,
    gsa_rekey = 41,
    gsa_inband_rekey = 42,
    ike_intermediate = 43,
    ike_followup_ke = 44,
};
/// The registry, by value.
inline constexpr auto exchange_types = registry<ExchangeType>(
    {
        {ExchangeType::ike_sa_init, "IKE_SA_INIT", "RFC 7296"},
        {ExchangeType::ike_auth, "IKE_AUTH", "RFC 7296"},
        {ExchangeType::create_child_sa, "CREATE_CHILD_SA", "RFC 7296"},
        {ExchangeType::informational, "INFORMATIONAL", "RFC 7296"},
        {ExchangeType::ike_session_resume, "IKE_SESSION_RESUME", "RFC 5723"},
        {ExchangeType::gsa_auth, "GSA_AUTH", "RFC 9838"},
        {ExchangeType::gsa_registration, "GSA_REGISTRATION", "RFC 9838"},
        {ExchangeType::gsa_rekey, "GSA_REKEY", "RFC 9838"},
        {ExchangeType::gsa_inband_rekey, "GSA_INBAND_REKEY", "RFC 9838"},
        {ExchangeType::ike_intermediate, "IKE_INTERMEDIATE", "RFC 9242"},
        {ExchangeType::ike_followup_ke, "IKE_FOLLOWUP_KE", "RFC 9370"},
    },
    {{0, 33, RangeKind::reserved}, {240, 255, RangeKind::private_use}});
constexpr const auto& registry_of(ExchangeType) { return exchange_types; }

}  // namespace ike
