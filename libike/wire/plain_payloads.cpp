// Payloads that are a few fixed fields and the rest: KE, ID, CERT, CERTREQ, AUTH, Nonce, Vendor ID, EAP (RFC
// 7296 sections 3.4 to 3.9, 3.12 and 3.16) and those without an arm.
#include "libike/wire/bodies.hpp"

namespace ike::wire {

Parsed<KePayload> read_ke(Reader in) {
    KePayload body;
    body.group = in.code<KeId>("key exchange method");
    body.reserved = in.number<std::uint16_t>("reserved");
    body.data = to_bytes(in.rest());
    return in.finish(std::move(body));
}

void write(const KePayload& body, Writer& out) {
    out.code(body.group).number(body.reserved).octets(body.data);
}

Parsed<IdPayload> read_id(Reader in) {
    IdPayload body;
    body.type = in.code<IdType>("id type");
    body.reserved = read_reserved(in);
    body.data = to_bytes(in.rest());
    return in.finish(std::move(body));
}

void write(const IdPayload& body, Writer& out) {
    out.code(body.type).octets(body.reserved).octets(body.data);
}

Parsed<CertPayload> read_cert(Reader in) {
    CertPayload body;
    body.encoding = in.code<CertEncoding>("cert encoding");
    body.data = to_bytes(in.rest());
    return in.finish(std::move(body));
}

void write(const CertPayload& body, Writer& out) { out.code(body.encoding).octets(body.data); }

Parsed<CertReqPayload> read_certreq(Reader in) {
    CertReqPayload body;
    body.encoding = in.code<CertEncoding>("cert encoding");
    body.authority = to_bytes(in.rest());
    return in.finish(std::move(body));
}

void write(const CertReqPayload& body, Writer& out) { out.code(body.encoding).octets(body.authority); }

Parsed<AuthPayload> read_auth(Reader in) {
    AuthPayload body;
    body.method = in.code<AuthMethod>("auth method");
    body.reserved = read_reserved(in);
    body.data = to_bytes(in.rest());
    return in.finish(std::move(body));
}

void write(const AuthPayload& body, Writer& out) {
    out.code(body.method).octets(body.reserved).octets(body.data);
}

Parsed<NoncePayload> read_nonce(Reader in) { return in.finish(NoncePayload{to_bytes(in.rest())}); }

void write(const NoncePayload& body, Writer& out) { out.octets(body.data); }

Parsed<VendorIdPayload> read_vendor_id(Reader in) { return in.finish(VendorIdPayload{to_bytes(in.rest())}); }

void write(const VendorIdPayload& body, Writer& out) { out.octets(body.data); }

Parsed<EapPayload> read_eap(Reader in) { return in.finish(EapPayload{to_bytes(in.rest())}); }

void write(const EapPayload& body, Writer& out) { out.octets(body.message); }

Parsed<Opaque> read_opaque(Reader in) { return in.finish(Opaque{to_bytes(in.rest())}); }

void write(const Opaque& body, Writer& out) { out.octets(body.data); }

}  // namespace ike::wire
