#pragma once
// Readers and writers of the payload bodies, one pair each: the parts of parse_body() and write_body(). A
// reader gets all octets after the generic payload header and must use them up.
#include <limits>
#include <stdexcept>

#include "libike/wire/payloads.hpp"

namespace ike::wire {

Parsed<SaPayload> read_sa(Reader in);
Parsed<KePayload> read_ke(Reader in);
Parsed<IdPayload> read_id(Reader in);
Parsed<CertPayload> read_cert(Reader in);
Parsed<CertReqPayload> read_certreq(Reader in);
Parsed<AuthPayload> read_auth(Reader in);
Parsed<NoncePayload> read_nonce(Reader in);
Parsed<Notify> read_notify(Reader in);
Parsed<DeletePayload> read_delete(Reader in);
Parsed<VendorIdPayload> read_vendor_id(Reader in);
Parsed<TsPayload> read_ts(Reader in);
Parsed<CpPayload> read_cp(Reader in);
Parsed<EapPayload> read_eap(Reader in);
Parsed<SkPayload> read_sk(PayloadType first, Reader in);
Parsed<SkfPayload> read_skf(PayloadType first, Reader in);
Parsed<Opaque> read_opaque(Reader in);

void write(const SaPayload& body, Writer& out);
void write(const KePayload& body, Writer& out);
void write(const IdPayload& body, Writer& out);
void write(const CertPayload& body, Writer& out);
void write(const CertReqPayload& body, Writer& out);
void write(const AuthPayload& body, Writer& out);
void write(const NoncePayload& body, Writer& out);
void write(const Notify& body, Writer& out);
void write(const DeletePayload& body, Writer& out);
void write(const VendorIdPayload& body, Writer& out);
void write(const TsPayload& body, Writer& out);
void write(const CpPayload& body, Writer& out);
void write(const EapPayload& body, Writer& out);
void write(const SkPayload& body, Writer& out);
void write(const SkfPayload& body, Writer& out);
void write(const Opaque& body, Writer& out);

/// `size` as a length or count field; a value too long for its field is a broken promise of the caller.
template <std::unsigned_integral Field>
Field length_field(std::size_t size, const char* field) {
    if (size > std::numeric_limits<Field>::max()) throw std::length_error{field};
    return static_cast<Field>(size);
}

/// The 3 reserved octets of RFC 7296's Identification, AUTH, TS and Configuration payloads.
inline std::array<std::uint8_t, 3> read_reserved(Reader& in) {
    const auto first = in.number<std::uint8_t>("reserved");
    const auto second = in.number<std::uint8_t>("reserved");
    return {first, second, in.number<std::uint8_t>("reserved")};
}

/// A reader of what is left of a substructure whose 16-bit length, next in `in`, counts `before` octets up to
/// and with itself.
inline Reader read_substructure(Reader& in, std::size_t before, std::size_t least, std::string_view field) {
    const auto at = in.offset();
    const auto length = in.number<std::uint16_t>(field);
    if (length < least) in.fail({WireError::Kind::value, at, field});
    return in.child(in.failed() ? 0 : length - before, field);
}
/// Makes the failure of a substructure that of what surrounds it.
inline void adopt_failure(Reader& outer, const Reader& inner) {
    if (inner.error()) outer.fail(*inner.error());
}

}  // namespace ike::wire
