#pragma once
// Distinguished names between text and DER (RFC 5280 section 4.1.2.4), for ID_DER_ASN1_DN.
#include "libike/base/error.hpp"
#include "libike/base/octets.hpp"

namespace ike {

/// DER of "C=CH, O=Example, CN=gw", in the order written; "/C=CH/O=Example" is understood too. Types are the
/// usual short words or dotted object identifiers; a separator inside a value is escaped with a backslash or
/// the value put in quotes; "#" and hexadecimal octets give a value's whole DER. PrintableString where it
/// suffices, else UTF8String; IA5String for E and DC.
Result<Bytes> dn_from_text(std::string_view text);
/// The text of a DER Name, most significant first as it stands; "#" and hexadecimal where it cannot be read.
std::string dn_text(ByteView der);
/// Equality of types and values, whatever string types the two use and without regard to ASCII case (RFC 5280
/// section 7.1).
bool is_same_dn(ByteView a, ByteView b);

}  // namespace ike
