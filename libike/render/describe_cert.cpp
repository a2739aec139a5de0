// CERT and CERTREQ payloads (RFC 7296 sections 3.6 and 3.7).
#include "libike/crypto/pki.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/text.hpp"

namespace ike {
namespace {

std::string_view key_text(crypto::KeyKind kind) {
    switch (kind) {
        case crypto::KeyKind::rsa:
            return "RSA";
        case crypto::KeyKind::ecdsa:
            return "ECDSA";
        case crypto::KeyKind::ed25519:
            return "Ed25519";
        case crypto::KeyKind::ed448:
            return "Ed448";
        case crypto::KeyKind::other:
            break;
    }
    return "other";
}

void describe_certificate(const crypto::Certificate& certificate, Fields& fields) {
    fields.text("subject", "Subject", certificate.subject());
    fields.text("issuer", "Issuer", certificate.issuer());
    fields.text("not_before", "Valid from", date_text(certificate.not_before()));
    fields.text("not_after", "Valid to", date_text(certificate.not_after()));
    fields.text("key", "Key",
                fmt::format("{} {} bits", key_text(certificate.key_kind()), certificate.key_bits()));
    fields.open_list("alternative_names", "");
    for (const auto& name : certificate.alternative_names()) fields.text("", "Alternative name", name);
    fields.close_list();
    fields.octets("key_hash", "SHA-1 of the public key", certificate.key_hash());
}

/// SHA-1 of what the URL leads to, then the URL (RFC 7296 section 3.6).
void describe_hash_and_url(ByteView data, Fields& fields) {
    if (data.size() < 20) return;
    fields.octets("hash", "SHA-1", data.first(20));
    characters_field(fields, "url", "URL", data.subspan(20));
}

}  // namespace

void describe(const CertPayload& cert, Fields& fields) {
    code_field(fields, "encoding", "encoding_id", "Encoding", cert.encoding);
    if (cert.encoding == CertEncoding::x509_signature) {
        const auto certificate = crypto::Certificate::from_der(cert.data);
        if (certificate) {
            describe_certificate(*certificate, fields);
        } else {
            fields.text("unreadable", "Unreadable", certificate.error().what);
        }
    } else if (cert.encoding == CertEncoding::hash_and_url_x509 ||
               cert.encoding == CertEncoding::hash_and_url_bundle) {
        describe_hash_and_url(cert.data, fields);
    }
    fields.octets("data", "Data", cert.data);
}

void describe(const CertReqPayload& request, Fields& fields) {
    code_field(fields, "encoding", "encoding_id", "Encoding", request.encoding);
    constexpr std::size_t hash = 20;
    const bool hashes = request.authority.size() % hash == 0;
    fields.open_list("authorities", "");
    for (std::size_t at = 0; hashes && at < request.authority.size(); at += hash) {
        fields.octets("", "SHA-1 of a CA's public key", ByteView{request.authority}.subspan(at, hash));
    }
    fields.close_list();
    if (!hashes) fields.octets("data", "Data", request.authority);
}

}  // namespace ike
