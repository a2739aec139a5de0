#pragma once
// IKEv1 as far as naming its messages needs: exchanges, payloads, notifications (RFC 2408, RFC 2407, RFC
// 2409). Registries: "Internet Key Exchange (IKE) Attributes" and "Magic Numbers for ISAKMP Protocol".
#include "libike/registry/registry.hpp"

namespace ike::ike1 {

/// Exchange types of IKEv1, and those AuthIP took from the private range ([MS-AIPS]).
enum class ExchangeType : std::uint8_t {
    none = 0,
    base = 1,
    identity_protection = 2,
    authentication_only = 3,
    aggressive = 4,
    informational = 5,
    transaction = 6,
    quick_mode = 32,
    new_group_mode = 33,
    authip_main_mode = 243,
    authip_quick_mode = 244,
    authip_extended_mode = 245,
    authip_notify = 246,
};
/// The registry, by value.
inline constexpr auto exchange_types = registry<ExchangeType>(
    {
        {ExchangeType::none, "NONE", "RFC 2408"},
        {ExchangeType::base, "Base", "RFC 2408"},
        {ExchangeType::identity_protection, "Identity Protection (Main Mode)", "RFC 2408"},
        {ExchangeType::authentication_only, "Authentication Only", "RFC 2408"},
        {ExchangeType::aggressive, "Aggressive", "RFC 2408"},
        {ExchangeType::informational, "Informational", "RFC 2408"},
        {ExchangeType::transaction, "Transaction (Config Mode)", "draft-ietf-ipsec-isakmp-mode-cfg"},
        {ExchangeType::quick_mode, "Quick Mode", "RFC 2409"},
        {ExchangeType::new_group_mode, "New Group Mode", "RFC 2409"},
        {ExchangeType::authip_main_mode, "AuthIP Main Mode", "MS-AIPS"},
        {ExchangeType::authip_quick_mode, "AuthIP Quick Mode", "MS-AIPS"},
        {ExchangeType::authip_extended_mode, "AuthIP Extended Mode", "MS-AIPS"},
        {ExchangeType::authip_notify, "AuthIP Notify", "MS-AIPS"},
    },
    {{7, 31, RangeKind::reserved}, {240, 242, RangeKind::private_use}, {247, 255, RangeKind::private_use}});
constexpr const auto& registry_of(ExchangeType) { return exchange_types; }

/// Next Payload values of IKEv1, with those of the NAT traversal drafts, Cisco and AuthIP from the private
/// range.
enum class PayloadType : std::uint8_t {
    none = 0,
    sa = 1,
    proposal = 2,
    transform = 3,
    ke = 4,
    id = 5,
    cert = 6,
    cr = 7,
    hash = 8,
    sig = 9,
    nonce = 10,
    notification = 11,
    delete_payload = 12,
    vendor_id = 13,
    attributes = 14,
    sak = 15,
    sat = 16,
    kd = 17,
    seq = 18,
    pop = 19,
    nat_d = 20,
    nat_oa = 21,
    gap = 22,
    gss_api = 129,
    nat_d_draft = 130,
    nat_oa_draft = 131,
    fragment = 132,
    crypto = 133,
    gss_id = 134,
    authip_auth = 135,
};
/// The registry, by value. Short names as IKEv1 traces print them.
inline constexpr auto payload_types = registry<PayloadType>(
    {
        {PayloadType::none, "NONE", "RFC 2408"},
        {PayloadType::sa, "SA", "RFC 2408"},
        {PayloadType::proposal, "P", "RFC 2408"},
        {PayloadType::transform, "T", "RFC 2408"},
        {PayloadType::ke, "KE", "RFC 2408"},
        {PayloadType::id, "ID", "RFC 2408"},
        {PayloadType::cert, "CERT", "RFC 2408"},
        {PayloadType::cr, "CR", "RFC 2408"},
        {PayloadType::hash, "HASH", "RFC 2408"},
        {PayloadType::sig, "SIG", "RFC 2408"},
        {PayloadType::nonce, "NONCE", "RFC 2408"},
        {PayloadType::notification, "N", "RFC 2408"},
        {PayloadType::delete_payload, "D", "RFC 2408"},
        {PayloadType::vendor_id, "VID", "RFC 2408"},
        {PayloadType::attributes, "A", "draft-ietf-ipsec-isakmp-mode-cfg"},
        {PayloadType::sak, "SAK", "RFC 6407"},
        {PayloadType::sat, "SAT", "RFC 6407"},
        {PayloadType::kd, "KD", "RFC 6407"},
        {PayloadType::seq, "SEQ", "RFC 6407"},
        {PayloadType::pop, "POP", "RFC 6407"},
        {PayloadType::nat_d, "NAT-D", "RFC 3947"},
        {PayloadType::nat_oa, "NAT-OA", "RFC 3947"},
        {PayloadType::gap, "GAP", "RFC 6407"},
        {PayloadType::gss_api, "GSS-API", "MS-AIPS"},
        {PayloadType::nat_d_draft, "NAT-D (draft)", "draft-ietf-ipsec-nat-t-ike"},
        {PayloadType::nat_oa_draft, "NAT-OA (draft)", "draft-ietf-ipsec-nat-t-ike"},
        {PayloadType::fragment, "FRAG", "Cisco"},
        {PayloadType::crypto, "CRYPTO", "MS-AIPS"},
        {PayloadType::gss_id, "GSS_ID", "MS-AIPS"},
        {PayloadType::authip_auth, "AUTH", "MS-AIPS"},
    },
    {{128, 128, RangeKind::private_use}, {136, 255, RangeKind::private_use}});
constexpr const auto& registry_of(PayloadType) { return payload_types; }

/// Notify message types of ISAKMP and of the IPsec DOI.
enum class NotifyType : std::uint16_t {
    invalid_payload_type = 1,
    doi_not_supported = 2,
    situation_not_supported = 3,
    invalid_cookie = 4,
    invalid_major_version = 5,
    invalid_minor_version = 6,
    invalid_exchange_type = 7,
    invalid_flags = 8,
    invalid_message_id = 9,
    invalid_protocol_id = 10,
    invalid_spi = 11,
    invalid_transform_id = 12,
    attributes_not_supported = 13,
    no_proposal_chosen = 14,
    bad_proposal_syntax = 15,
    payload_malformed = 16,
    invalid_key_information = 17,
    invalid_id_information = 18,
    invalid_cert_encoding = 19,
    invalid_certificate = 20,
    cert_type_unsupported = 21,
    invalid_cert_authority = 22,
    invalid_hash_information = 23,
    authentication_failed = 24,
    invalid_signature = 25,
    address_notification = 26,
    notify_sa_lifetime = 27,
    certificate_unavailable = 28,
    unsupported_exchange_type = 29,
    unequal_payload_lengths = 30,
    connected = 16384,
    responder_lifetime = 24576,
    replay_status = 24577,
    initial_contact = 24578,
    r_u_there = 36136,
    r_u_there_ack = 36137,
    notify_status = 40003,
    notify_dos_cookie = 40004,
    exchange_info = 40005,
    unity_load_balance = 40501,
    unity_group_hash = 40503,
};
/// The registry, by value.
inline constexpr auto notify_types = registry<NotifyType>(
    {
        {NotifyType::invalid_payload_type, "INVALID-PAYLOAD-TYPE", "RFC 2408"},
        {NotifyType::doi_not_supported, "DOI-NOT-SUPPORTED", "RFC 2408"},
        {NotifyType::situation_not_supported, "SITUATION-NOT-SUPPORTED", "RFC 2408"},
        {NotifyType::invalid_cookie, "INVALID-COOKIE", "RFC 2408"},
        {NotifyType::invalid_major_version, "INVALID-MAJOR-VERSION", "RFC 2408"},
        {NotifyType::invalid_minor_version, "INVALID-MINOR-VERSION", "RFC 2408"},
        {NotifyType::invalid_exchange_type, "INVALID-EXCHANGE-TYPE", "RFC 2408"},
        {NotifyType::invalid_flags, "INVALID-FLAGS", "RFC 2408"},
        {NotifyType::invalid_message_id, "INVALID-MESSAGE-ID", "RFC 2408"},
        {NotifyType::invalid_protocol_id, "INVALID-PROTOCOL-ID", "RFC 2408"},
        {NotifyType::invalid_spi, "INVALID-SPI", "RFC 2408"},
        {NotifyType::invalid_transform_id, "INVALID-TRANSFORM-ID", "RFC 2408"},
        {NotifyType::attributes_not_supported, "ATTRIBUTES-NOT-SUPPORTED", "RFC 2408"},
        {NotifyType::no_proposal_chosen, "NO-PROPOSAL-CHOSEN", "RFC 2408"},
        {NotifyType::bad_proposal_syntax, "BAD-PROPOSAL-SYNTAX", "RFC 2408"},
        {NotifyType::payload_malformed, "PAYLOAD-MALFORMED", "RFC 2408"},
        {NotifyType::invalid_key_information, "INVALID-KEY-INFORMATION", "RFC 2408"},
        {NotifyType::invalid_id_information, "INVALID-ID-INFORMATION", "RFC 2408"},
        {NotifyType::invalid_cert_encoding, "INVALID-CERT-ENCODING", "RFC 2408"},
        {NotifyType::invalid_certificate, "INVALID-CERTIFICATE", "RFC 2408"},
        {NotifyType::cert_type_unsupported, "CERT-TYPE-UNSUPPORTED", "RFC 2408"},
        {NotifyType::invalid_cert_authority, "INVALID-CERT-AUTHORITY", "RFC 2408"},
        {NotifyType::invalid_hash_information, "INVALID-HASH-INFORMATION", "RFC 2408"},
        {NotifyType::authentication_failed, "AUTHENTICATION-FAILED", "RFC 2408"},
        {NotifyType::invalid_signature, "INVALID-SIGNATURE", "RFC 2408"},
        {NotifyType::address_notification, "ADDRESS-NOTIFICATION", "RFC 2408"},
        {NotifyType::notify_sa_lifetime, "NOTIFY-SA-LIFETIME", "RFC 2408"},
        {NotifyType::certificate_unavailable, "CERTIFICATE-UNAVAILABLE", "RFC 2408"},
        {NotifyType::unsupported_exchange_type, "UNSUPPORTED-EXCHANGE-TYPE", "RFC 2408"},
        {NotifyType::unequal_payload_lengths, "UNEQUAL-PAYLOAD-LENGTHS", "RFC 2408"},
        {NotifyType::connected, "CONNECTED", "RFC 2408"},
        {NotifyType::responder_lifetime, "RESPONDER-LIFETIME", "RFC 2407"},
        {NotifyType::replay_status, "REPLAY-STATUS", "RFC 2407"},
        {NotifyType::initial_contact, "INITIAL-CONTACT", "RFC 2407"},
        {NotifyType::r_u_there, "R-U-THERE", "RFC 3706"},
        {NotifyType::r_u_there_ack, "R-U-THERE-ACK", "RFC 3706"},
        {NotifyType::notify_status, "NOTIFY_STATUS", "MS-IKEE"},
        {NotifyType::notify_dos_cookie, "NOTIFY_DOS_COOKIE", "MS-IKEE"},
        {NotifyType::exchange_info, "EXCHANGE_INFO", "MS-IKEE"},
        {NotifyType::unity_load_balance, "UNITY-LOAD-BALANCE", "Cisco"},
        {NotifyType::unity_group_hash, "UNITY-GROUP-HASH", "Cisco"},
    },
    {{0, 0, RangeKind::reserved},
     {31, 8191, RangeKind::reserved},
     {8192, 16383, RangeKind::private_use},
     {16385, 24575, RangeKind::reserved},
     {32768, 36135, RangeKind::private_use},
     {36138, 40500, RangeKind::private_use},
     {40504, 40959, RangeKind::private_use}});
constexpr const auto& registry_of(NotifyType) { return notify_types; }

/// "IPSEC Security Protocol Identifiers".
enum class ProtocolId : std::uint8_t {
    proto_isakmp = 1,
    proto_ipsec_ah = 2,
    proto_ipsec_esp = 3,
    proto_ipcomp = 4,
    proto_gigabeam_radio = 5,
};
/// The registry, by value.
inline constexpr auto protocol_ids = registry<ProtocolId>(
    {
        {ProtocolId::proto_isakmp, "PROTO_ISAKMP", "RFC 2407"},
        {ProtocolId::proto_ipsec_ah, "PROTO_IPSEC_AH", "RFC 2407"},
        {ProtocolId::proto_ipsec_esp, "PROTO_IPSEC_ESP", "RFC 2407"},
        {ProtocolId::proto_ipcomp, "PROTO_IPCOMP", "RFC 2407"},
        {ProtocolId::proto_gigabeam_radio, "PROTO_GIGABEAM_RADIO", "RFC 4705"},
    },
    {{0, 0, RangeKind::reserved}, {249, 255, RangeKind::private_use}});
constexpr const auto& registry_of(ProtocolId) { return protocol_ids; }

/// "ISAKMP Domain of Interpretation (DOI)".
enum class Doi : std::uint32_t {
    isakmp = 0,
    ipsec = 1,
    gdoi = 2,
};
/// The registry, by value.
inline constexpr auto dois = registry<Doi>({
    {Doi::isakmp, "ISAKMP", "RFC 2408"},
    {Doi::ipsec, "IPSEC", "RFC 2407"},
    {Doi::gdoi, "GDOI", "RFC 6407"},
});
constexpr const auto& registry_of(Doi) { return dois; }

/// "IPSEC Identification Type".
enum class IdType : std::uint8_t {
    id_ipv4_addr = 1,
    id_fqdn = 2,
    id_user_fqdn = 3,
    id_ipv4_addr_subnet = 4,
    id_ipv6_addr = 5,
    id_ipv6_addr_subnet = 6,
    id_ipv4_addr_range = 7,
    id_ipv6_addr_range = 8,
    id_der_asn1_dn = 9,
    id_der_asn1_gn = 10,
    id_key_id = 11,
    id_list = 12,
};
/// The registry, by value.
inline constexpr auto id_types = registry<IdType>(
    {
        {IdType::id_ipv4_addr, "ID_IPV4_ADDR", "RFC 2407"},
        {IdType::id_fqdn, "ID_FQDN", "RFC 2407"},
        {IdType::id_user_fqdn, "ID_USER_FQDN", "RFC 2407"},
        {IdType::id_ipv4_addr_subnet, "ID_IPV4_ADDR_SUBNET", "RFC 2407"},
        {IdType::id_ipv6_addr, "ID_IPV6_ADDR", "RFC 2407"},
        {IdType::id_ipv6_addr_subnet, "ID_IPV6_ADDR_SUBNET", "RFC 2407"},
        {IdType::id_ipv4_addr_range, "ID_IPV4_ADDR_RANGE", "RFC 2407"},
        {IdType::id_ipv6_addr_range, "ID_IPV6_ADDR_RANGE", "RFC 2407"},
        {IdType::id_der_asn1_dn, "ID_DER_ASN1_DN", "RFC 2407"},
        {IdType::id_der_asn1_gn, "ID_DER_ASN1_GN", "RFC 2407"},
        {IdType::id_key_id, "ID_KEY_ID", "RFC 2407"},
        {IdType::id_list, "ID_LIST", "RFC 3554"},
    },
    {{0, 0, RangeKind::reserved}, {249, 255, RangeKind::private_use}});
constexpr const auto& registry_of(IdType) { return id_types; }

}  // namespace ike::ike1
