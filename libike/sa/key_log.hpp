#pragma once
// Keys on disk, as lines: Wireshark's ikev2_decryption_table and esp_sa, and our own full log from which
// every later key follows. Text only; files are others' work.
//
// Our own log (file name "ike.keys") has one SA a line, a kind and then keyword=value pairs in any order;
// octets and SPIs are hexadecimal, an absent pair means not known:
//   ike spi_i=0123456789abcdef spi_r=... suite=aes256gcm16-prfsha384-x25519 sk_d=... sk_ai=... sk_ar=...
//   sk_ei=... sk_er=...
//       sk_pi=... sk_pr=... shared=... ni=... nr=...
//   esp spi=c1a9656b src=192.0.2.1 dst=203.0.113.2 suite=aes256gcm16-esn encr=... integ=... ike_spi_i=...
//   ike_spi_r=...
//       shared=...
// Unknown keywords are passed over, so that later versions may add some. An IKE SA whose keys change
// (IKE_INTERMEDIATE) has a line for each set of keys, in order.
#include <variant>

#include "libike/sa/key_material.hpp"

namespace ike {

/// Everything about one IKE SA's keys. From Wireshark's table only SPIs, ciphers and SK_ai to SK_er come: prf
/// is then 0.
struct IkeKeyRecord {
    IkeSpi spi_i = 0, spi_r = 0;
    IkeSuite suite;
    IkeKeys keys;
    SecretBytes shared_secret;  ///< g^ir where known
    Bytes nonce_i, nonce_r;
    /// SK_pi or SK_pr.
    const SecretBytes& sk_p(bool of_initiator) const { return of_initiator ? keys.pi : keys.pr; }
};
/// One direction of a Child SA.
struct EspKeyRecord {
    std::uint32_t spi = 0;        ///< 0: any (Wireshark's "*")
    Address source, destination;  ///< outer, at installation; unspecified: any
    EspSuite suite;
    SecretBytes encr_key;  ///< salt included
    SecretBytes integ_key;
    IkeSpi ike_spi_i = 0, ike_spi_r = 0;  ///< of the IKE SA it belongs to, 0: unknown
    SecretBytes shared_secret;            ///< of PFS, where known
};
/// A line of our own log (file name "ike.keys"): `ike ...` or `esp ...`, keyword=value pairs, hexadecimal
/// octets.
std::string key_log_line(const IkeKeyRecord& record);
std::string key_log_line(const EspKeyRecord& record);
/// A line of Wireshark's ikev2_decryption_table; nothing where Wireshark has no name for an algorithm.
std::optional<std::string> wireshark_line(const IkeKeyRecord& record);
/// A line of Wireshark's esp_sa with wildcard addresses, so that it still matches after a move (within the
/// address family of `source`: a row has one). Without ESN, which rows of eight columns cannot express;
/// decryption does without.
std::optional<std::string> wireshark_line(const EspKeyRecord& record);

using KeyRecord = std::variant<IkeKeyRecord, EspKeyRecord>;
/// Reads one line of any of the three formats. Blank lines and comments give no record; the error says what
/// was expected.
Result<std::optional<KeyRecord>> parse_key_line(std::string_view line);

}  // namespace ike
