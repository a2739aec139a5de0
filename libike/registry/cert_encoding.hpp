#pragma once
// "IKEv2 Certificate Encodings": in CERT and CERTREQ payloads (RFC 7296 section 3.6).
#include "libike/registry/registry.hpp"

namespace ike {

/// Any 8-bit value is a legal CertEncoding; some have names.
enum class CertEncoding : std::uint8_t {
    pkcs7_x509 = 1,
    pgp = 2,
    dns_signed_key = 3,
    x509_signature = 4,
    kerberos_token = 6,
    crl = 7,
    arl = 8,
    spki = 9,
    x509_attribute = 10,
    raw_rsa_key = 11,
    hash_and_url_x509 = 12,
    hash_and_url_bundle = 13,
    ocsp_content = 14,
    raw_public_key = 15,
};
/// The registry, by value.
inline constexpr auto cert_encodings = registry<CertEncoding>(
    {
        {CertEncoding::pkcs7_x509, "PKCS #7 wrapped X.509 certificate", "UNSPECIFIED"},
        {CertEncoding::pgp, "PGP Certificate", "UNSPECIFIED"},
        {CertEncoding::dns_signed_key, "DNS Signed Key", "UNSPECIFIED"},
        {CertEncoding::x509_signature, "X.509 Certificate - Signature", "RFC 7296"},
        {CertEncoding::kerberos_token, "Kerberos Token", "UNSPECIFIED"},
        {CertEncoding::crl, "Certificate Revocation List (CRL)", "RFC 7296"},
        {CertEncoding::arl, "Authority Revocation List (ARL)", "UNSPECIFIED"},
        {CertEncoding::spki, "SPKI Certificate", "UNSPECIFIED"},
        {CertEncoding::x509_attribute, "X.509 Certificate - Attribute", "UNSPECIFIED"},
        {CertEncoding::raw_rsa_key, "Raw RSA Key (DEPRECATED)", "RFC 7296, RFC 7670"},
        {CertEncoding::hash_and_url_x509, "Hash and URL of X.509 certificate", "RFC 7296"},
        {CertEncoding::hash_and_url_bundle, "Hash and URL of X.509 bundle", "RFC 7296"},
        {CertEncoding::ocsp_content, "OCSP Content", "RFC 4806"},
        {CertEncoding::raw_public_key, "Raw Public Key", "RFC 7670"},
    },
    {{0, 0, RangeKind::reserved}, {5, 5, RangeKind::reserved}, {201, 255, RangeKind::private_use}});
constexpr const auto& registry_of(CertEncoding) { return cert_encodings; }

}  // namespace ike
