#pragma once
// What vendors and 3GPP made of the private-use ranges of notifications and configuration attributes. The
// same number may mean different things to different vendors, so each has a table of its own; a Vendor ID or
// the exchange's company tells which applies.
#include "libike/registry/config_attribute.hpp"
#include "libike/registry/notify_type.hpp"

namespace ike {

/// Between a phone and an ePDG or N3IWF: 3GPP TS 24.302 section 8.1.2 and TS 24.502 section 9.2.4.
inline constexpr auto notify_types_3gpp = registry<NotifyType>({
    {NotifyType{8192}, "PDN_CONNECTION_REJECTION", "3GPP TS 24.302"},
    {NotifyType{8193}, "MAX_CONNECTION_REACHED", "3GPP TS 24.302"},
    {NotifyType{8241}, "SEMANTIC_ERROR_IN_THE_TFT_OPERATION", "3GPP TS 24.302"},
    {NotifyType{8242}, "SYNTACTICAL_ERROR_IN_THE_TFT_OPERATION", "3GPP TS 24.302"},
    {NotifyType{8244}, "SEMANTIC_ERRORS_IN_PACKET_FILTERS", "3GPP TS 24.302"},
    {NotifyType{8245}, "SYNTACTICAL_ERRORS_IN_PACKET_FILTERS", "3GPP TS 24.302"},
    {NotifyType{9000}, "NON_3GPP_ACCESS_TO_EPC_NOT_ALLOWED", "3GPP TS 24.302"},
    {NotifyType{9001}, "USER_UNKNOWN", "3GPP TS 24.302"},
    {NotifyType{9002}, "NO_APN_SUBSCRIPTION", "3GPP TS 24.302"},
    {NotifyType{9003}, "AUTHORIZATION_REJECTED", "3GPP TS 24.302"},
    {NotifyType{9006}, "ILLEGAL_ME", "3GPP TS 24.302"},
    {NotifyType{10500}, "NETWORK_FAILURE", "3GPP TS 24.302"},
    {NotifyType{11001}, "RAT_TYPE_NOT_ALLOWED", "3GPP TS 24.302"},
    {NotifyType{11005}, "IMEI_NOT_ACCEPTED", "3GPP TS 24.302"},
    {NotifyType{11011}, "PLMN_NOT_ALLOWED", "3GPP TS 24.302"},
    {NotifyType{11055}, "UNAUTHENTICATED_EMERGENCY_NOT_SUPPORTED", "3GPP TS 24.302"},
    {NotifyType{15500}, "CONGESTION", "3GPP TS 24.502"},
    {NotifyType{40961}, "REACTIVATION_REQUESTED_CAUSE", "3GPP TS 24.302"},
    {NotifyType{41041}, "BACKOFF_TIMER", "3GPP TS 24.302"},
    {NotifyType{41050}, "PDN_TYPE_IPv4_ONLY_ALLOWED", "3GPP TS 24.302"},
    {NotifyType{41051}, "PDN_TYPE_IPv6_ONLY_ALLOWED", "3GPP TS 24.302"},
    {NotifyType{41101}, "DEVICE_IDENTITY", "3GPP TS 24.302"},
    {NotifyType{41112}, "EMERGENCY_SUPPORT", "3GPP TS 24.302"},
    {NotifyType{41134}, "EMERGENCY_CALL_NUMBERS", "3GPP TS 24.302"},
    {NotifyType{41288}, "NBIFOM_GENERIC_CONTAINER", "3GPP TS 24.302"},
    {NotifyType{41304}, "P-CSCF_RESELECTION_SUPPORT", "3GPP TS 24.302"},
    {NotifyType{41501}, "PTI", "3GPP TS 24.302"},
    {NotifyType{42011}, "IKEV2_MULTIPLE_BEARER_PDN_CONNECTIVITY", "3GPP TS 24.302"},
    {NotifyType{42014}, "EPS_QOS", "3GPP TS 24.302"},
    {NotifyType{42015}, "EXTENDED_EPS_QOS", "3GPP TS 24.302"},
    {NotifyType{42017}, "TFT", "3GPP TS 24.302"},
    {NotifyType{42020}, "MODIFIED_BEARER", "3GPP TS 24.302"},
    {NotifyType{42094}, "APN_AMBR", "3GPP TS 24.302"},
    {NotifyType{42095}, "EXTENDED_APN_AMBR", "3GPP TS 24.302"},
    {NotifyType{51015}, "N1_MODE_CAPABILITY", "3GPP TS 24.302"},
    {NotifyType{51115}, "N1_MODE_INFORMATION", "3GPP TS 24.302"},
    {NotifyType{52216}, "N1_MODE_S_NSSAI_PLMN_ID", "3GPP TS 24.302"},
    {NotifyType{52301}, "DNS_SRV_SEC_INFO_IND", "3GPP TS 24.302"},
    {NotifyType{52302}, "DNS_SRV_SEC_INFO", "3GPP TS 24.302"},
    {NotifyType{52331}, "ATSSS_REQUEST", "3GPP TS 24.302"},
    {NotifyType{52332}, "ATSSS_RESPONSE", "3GPP TS 24.302"},
    {NotifyType{55501}, "5G_QOS_INFO", "3GPP TS 24.502"},
    {NotifyType{55502}, "NAS_IP4_ADDRESS", "3GPP TS 24.502"},
    {NotifyType{55503}, "NAS_IP6_ADDRESS", "3GPP TS 24.502"},
    {NotifyType{55504}, "UP_IP4_ADDRESS", "3GPP TS 24.502"},
    {NotifyType{55505}, "UP_IP6_ADDRESS", "3GPP TS 24.502"},
    {NotifyType{55506}, "NAS_TCP_PORT", "3GPP TS 24.502"},
    {NotifyType{55507}, "N3GPP_BACKOFF_TIMER", "3GPP TS 24.502"},
    {NotifyType{55911}, "HPA_INFO", "3GPP TS 24.302"},
});

/// strongSwan's: BEET mode and the mediation extension (draft-brunner-ikev2-mediation).
inline constexpr auto notify_types_strongswan = registry<NotifyType>({
    {NotifyType{8192}, "ME_CONNECT_FAILED", "draft-brunner-ikev2-mediation"},
    {NotifyType{40961}, "USE_BEET_MODE", "strongSwan"},
    {NotifyType{40962}, "ME_MEDIATION", "draft-brunner-ikev2-mediation"},
    {NotifyType{40963}, "ME_ENDPOINT", "draft-brunner-ikev2-mediation"},
    {NotifyType{40964}, "ME_CALLBACK", "draft-brunner-ikev2-mediation"},
    {NotifyType{40965}, "ME_CONNECTID", "draft-brunner-ikev2-mediation"},
    {NotifyType{40966}, "ME_CONNECTKEY", "draft-brunner-ikev2-mediation"},
    {NotifyType{40967}, "ME_CONNECTAUTH", "draft-brunner-ikev2-mediation"},
    {NotifyType{40968}, "ME_RESPONSE", "draft-brunner-ikev2-mediation"},
});

/// libreswan's, for a second, unauthenticated offer in IKE_AUTH.
inline constexpr auto notify_types_libreswan = registry<NotifyType>({
    {NotifyType{40960}, "NULL_AUTH", "libreswan"},
});

/// Configuration attributes of Check Point (16387 on), XAUTH (16520 on), Microsoft ([MS-IKEE]) and Cisco
/// Unity (28672 on).
inline constexpr auto private_config_attributes = registry<ConfigAttribute>({
    {ConfigAttribute{16387}, "CHKPT_DEF_DOMAIN", "Check Point"},
    {ConfigAttribute{16388}, "CHKPT_MAC_ADDRESS", "Check Point"},
    {ConfigAttribute{16389}, "CHKPT_MARCIPAN_REASON_CODE", "Check Point"},
    {ConfigAttribute{16520}, "XAUTH_TYPE", "draft-ietf-ipsec-isakmp-xauth"},
    {ConfigAttribute{16521}, "XAUTH_USER_NAME", "draft-ietf-ipsec-isakmp-xauth"},
    {ConfigAttribute{16522}, "XAUTH_USER_PASSWORD", "draft-ietf-ipsec-isakmp-xauth"},
    {ConfigAttribute{16523}, "XAUTH_PASSCODE", "draft-ietf-ipsec-isakmp-xauth"},
    {ConfigAttribute{16524}, "XAUTH_MESSAGE", "draft-ietf-ipsec-isakmp-xauth"},
    {ConfigAttribute{16525}, "XAUTH_CHALLENGE", "draft-ietf-ipsec-isakmp-xauth"},
    {ConfigAttribute{16526}, "XAUTH_DOMAIN", "draft-ietf-ipsec-isakmp-xauth"},
    {ConfigAttribute{16527}, "XAUTH_STATUS", "draft-ietf-ipsec-isakmp-xauth"},
    {ConfigAttribute{16528}, "XAUTH_NEXT_PIN", "draft-ietf-ipsec-isakmp-xauth"},
    {ConfigAttribute{16529}, "XAUTH_ANSWER", "draft-ietf-ipsec-isakmp-xauth"},
    {ConfigAttribute{23456}, "INTERNAL_IP4_SERVER", "MS-IKEE"},
    {ConfigAttribute{23457}, "INTERNAL_IP6_SERVER", "MS-IKEE"},
    {ConfigAttribute{28672}, "UNITY_BANNER", "Cisco"},
    {ConfigAttribute{28673}, "UNITY_SAVE_PASSWD", "Cisco"},
    {ConfigAttribute{28674}, "UNITY_DEF_DOMAIN", "Cisco"},
    {ConfigAttribute{28675}, "UNITY_SPLITDNS_NAME", "Cisco"},
    {ConfigAttribute{28676}, "UNITY_SPLIT_INCLUDE", "Cisco"},
    {ConfigAttribute{28677}, "UNITY_NATT_PORT", "Cisco"},
    {ConfigAttribute{28678}, "UNITY_LOCAL_LAN", "Cisco"},
    {ConfigAttribute{28679}, "UNITY_PFS", "Cisco"},
    {ConfigAttribute{28680}, "UNITY_FW_TYPE", "Cisco"},
    {ConfigAttribute{28681}, "UNITY_BACKUP_SERVERS", "Cisco"},
    {ConfigAttribute{28682}, "UNITY_DDNS_HOSTNAME", "Cisco"},
});

/// What the 3GPP notification DEVICE_IDENTITY identifies (TS 24.302 section 8.2.9.2).
enum class DeviceIdentityType : std::uint8_t { imei = 1, imeisv = 2 };
inline constexpr auto device_identity_types = registry<DeviceIdentityType>({
    {DeviceIdentityType::imei, "IMEI", "3GPP TS 24.302"},
    {DeviceIdentityType::imeisv, "IMEISV", "3GPP TS 24.302"},
});
constexpr const auto& registry_of(DeviceIdentityType) { return device_identity_types; }

/// The registered name, else what is known of the private use, else to_string():
/// "COOKIE2", "PRIVATE USE (42094, 3GPP: APN_AMBR)", "PRIVATE USE (8192, 3GPP: PDN_CONNECTION_REJECTION,
/// strongSwan: ME_CONNECT_FAILED)".
std::string describe(NotifyType type);
/// The same for configuration attributes: "PRIVATE USE (23456, MS-IKEE: INTERNAL_IP4_SERVER)".
std::string describe(ConfigAttribute attribute);

}  // namespace ike
