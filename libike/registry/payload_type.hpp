#pragma once
// "IKEv2 Payload Types", the Next Payload fields (RFC 7296 section 3.2).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal PayloadType; some have names. IKEv1's are in ike1.hpp.
enum class PayloadType : std::uint8_t {
    none = 0,
    sa = 33,
    ke = 34,
    idi = 35,
    idr = 36,
    cert = 37,
    certreq = 38,
    auth = 39,
    nonce = 40,
    notify = 41,
    delete_payload = 42,
    vendor_id = 43,
    tsi = 44,
    tsr = 45,
    sk = 46,
    cp = 47,
    eap = 48,
    gspm = 49,
    idg = 50,
    gsa = 51,
    kd = 52,
    skf = 53,
    ps = 54,
};
/// The registry, by value. Short names, unambiguous beside one another: IANA's notation but for Nonce,
/// Notify, Delete and Vendor ID.
inline constexpr auto payload_types = registry<PayloadType>(
    {
        {PayloadType::none, "NONE", "RFC 7296"},
        {PayloadType::sa, "SA", "RFC 7296"},
        {PayloadType::ke, "KE", "RFC 7296"},
        {PayloadType::idi, "IDi", "RFC 7296"},
        {PayloadType::idr, "IDr", "RFC 7296"},
        {PayloadType::cert, "CERT", "RFC 7296"},
        {PayloadType::certreq, "CERTREQ", "RFC 7296"},
        {PayloadType::auth, "AUTH", "RFC 7296"},
        {PayloadType::nonce, "Nonce", "RFC 7296"},
        {PayloadType::notify, "Notify", "RFC 7296"},
        {PayloadType::delete_payload, "Delete", "RFC 7296"},
        {PayloadType::vendor_id, "Vendor ID", "RFC 7296"},
        {PayloadType::tsi, "TSi", "RFC 7296"},
        {PayloadType::tsr, "TSr", "RFC 7296"},
        {PayloadType::sk, "SK", "RFC 7296"},
        {PayloadType::cp, "CP", "RFC 7296"},
        {PayloadType::eap, "EAP", "RFC 7296"},
        {PayloadType::gspm, "GSPM", "RFC 6467"},
        {PayloadType::idg, "IDg", "RFC 9838"},
        {PayloadType::gsa, "GSA", "RFC 9838"},
        {PayloadType::kd, "KD", "RFC 9838"},
        {PayloadType::skf, "SKF", "RFC 7383"},
        {PayloadType::ps, "PS", "RFC 8019"},
    },
    {{1, 32, RangeKind::reserved}, {128, 255, RangeKind::private_use}});
/// The "Next Payload Type" column.
inline constexpr auto payload_type_descriptions = registry<PayloadType>({
    {PayloadType::none, "No Next Payload", "RFC 7296"},
    {PayloadType::sa, "Security Association", "RFC 7296"},
    {PayloadType::ke, "Key Exchange", "RFC 7296"},
    {PayloadType::idi, "Identification - Initiator", "RFC 7296"},
    {PayloadType::idr, "Identification - Responder", "RFC 7296"},
    {PayloadType::cert, "Certificate", "RFC 7296"},
    {PayloadType::certreq, "Certificate Request", "RFC 7296"},
    {PayloadType::auth, "Authentication", "RFC 7296"},
    {PayloadType::nonce, "Nonce", "RFC 7296"},
    {PayloadType::notify, "Notify", "RFC 7296"},
    {PayloadType::delete_payload, "Delete", "RFC 7296"},
    {PayloadType::vendor_id, "Vendor ID", "RFC 7296"},
    {PayloadType::tsi, "Traffic Selector - Initiator", "RFC 7296"},
    {PayloadType::tsr, "Traffic Selector - Responder", "RFC 7296"},
    {PayloadType::sk, "Encrypted and Authenticated", "RFC 7296"},
    {PayloadType::cp, "Configuration", "RFC 7296"},
    {PayloadType::eap, "Extensible Authentication", "RFC 7296"},
    {PayloadType::gspm, "Generic Secure Password Method", "RFC 6467"},
    {PayloadType::idg, "Group Identification", "RFC 9838"},
    {PayloadType::gsa, "Group Security Association", "RFC 9838"},
    {PayloadType::kd, "Key Download", "RFC 9838"},
    {PayloadType::skf, "Encrypted and Authenticated Fragment", "RFC 7383"},
    {PayloadType::ps, "Puzzle Solution", "RFC 8019"},
});
/// The "Notation" column.
inline constexpr auto payload_type_notations = registry<PayloadType>({
    {PayloadType::sa, "SA", "RFC 7296"},       {PayloadType::ke, "KE", "RFC 7296"},
    {PayloadType::idi, "IDi", "RFC 7296"},     {PayloadType::idr, "IDr", "RFC 7296"},
    {PayloadType::cert, "CERT", "RFC 7296"},   {PayloadType::certreq, "CERTREQ", "RFC 7296"},
    {PayloadType::auth, "AUTH", "RFC 7296"},   {PayloadType::nonce, "Ni, Nr", "RFC 7296"},
    {PayloadType::notify, "N", "RFC 7296"},    {PayloadType::delete_payload, "D", "RFC 7296"},
    {PayloadType::vendor_id, "V", "RFC 7296"}, {PayloadType::tsi, "TSi", "RFC 7296"},
    {PayloadType::tsr, "TSr", "RFC 7296"},     {PayloadType::sk, "SK", "RFC 7296"},
    {PayloadType::cp, "CP", "RFC 7296"},       {PayloadType::eap, "EAP", "RFC 7296"},
    {PayloadType::gspm, "GSPM", "RFC 6467"},   {PayloadType::idg, "IDg", "RFC 9838"},
    {PayloadType::gsa, "GSA", "RFC 9838"},     {PayloadType::kd, "KD", "RFC 9838"},
    {PayloadType::skf, "SKF", "RFC 7383"},     {PayloadType::ps, "PS", "RFC 8019"},
});
constexpr const auto& registry_of(PayloadType) { return payload_types; }

}  // namespace ike
