#pragma once
// Who the peers are and how they prove it (RFC 7296 sections 2.15 and 3.5).
#include "libike/crypto/pki.hpp"
#include "libike/sa/key_material.hpp"

namespace ike {

/// An identification as IDi and IDr carry it.
struct Identity {
    IdType type{};
    Bytes data;
    /// From text as strongSwan takes it: an address, "a@b" (RFC822), "gw.example" (FQDN), "C=.., CN=.." (DER
    /// DN), "@#hex" (key id), a prefix "fqdn:", "email:", "keyid:", "ipv4:" overriding, "%null" (ID_NULL,
    /// RFC 7619). "%any" is refused: use no Identity for it.
    static Result<Identity> parse(std::string_view text);
    IdPayload payload() const { return {type, {}, data}; }
    static Identity from(const IdPayload& payload) { return {payload.type, payload.data}; }
    friend bool operator==(const Identity&, const Identity&) = default;
};
std::string to_string(const Identity& identity);
/// True when the certificate's subject or an alternative name is this identity (RFC 4945 section 3.1).
bool certifies(const crypto::Certificate& certificate, const Identity& identity);

/// The octets that one side signs, in parts: RealMessage | NonceOfOther | prf(SK_p, RestOfID) [| IntAuth |
/// message id] (RFC 7296 section 2.15, RFC 9242 section 3.3.2).
struct SignedOctets {
    ByteView real_message;  ///< first IKE_SA_INIT message of the signer, from the header on
    ByteView nonce_of_other;
    ByteView id_body;  ///< ID payload without its generic header
    ByteView sk_p;
    ByteView intermediate;  ///< IntAuth and the like, or empty
    PrfId prf{};
    Bytes join() const;
};
/// AUTH data for a shared secret: prf(prf(secret, "Key Pad for IKEv2"), signed octets).
Bytes psk_auth(PrfId prf, ByteView secret, const SignedOctets& octets);
/// The body of an ID payload: type, reserved, data.
Bytes id_body(const IdPayload& id);

}  // namespace ike
