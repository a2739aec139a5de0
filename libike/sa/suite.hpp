#pragma once
// What was chosen from an SA payload, and how choices are written down: proposals in strongSwan's notation.
#include "libike/base/error.hpp"
#include "libike/crypto/crypto.hpp"
#include "libike/wire/payloads.hpp"

namespace ike {

/// The transforms an IKE SA runs on.
struct IkeSuite {
    EncrId encr{};
    std::uint16_t key_bits = 0;  ///< 0 where the cipher has one key length
    PrfId prf{};
    IntegId integ = IntegId::none;  ///< none with an AEAD
    KeId ke = KeId::none;
    std::vector<KeId> additional;  ///< ADDKE1 to ADDKE7 in order, without NONE (RFC 9370)
    friend bool operator==(const IkeSuite&, const IkeSuite&) = default;
};
/// The transforms an ESP Child SA runs on. `ke` is none without PFS.
struct EspSuite {
    EncrId encr{};
    std::uint16_t key_bits = 0;
    IntegId integ = IntegId::none;
    KeId ke = KeId::none;
    bool esn = false;
    std::vector<KeId> additional;
    /// Octets of an ICV whose key is not known, where `integ` is none: stepped over unchecked. Only for
    /// reading captures.
    std::uint8_t unchecked_icv = 0;
    friend bool operator==(const EspSuite&, const EspSuite&) = default;
};
/// "aes256gcm16-prfsha384-x25519", "aes256-sha256-modp2048-esn"
std::string to_string(const IkeSuite& suite);
std::string to_string(const EspSuite& suite);
/// Proposal 1 with exactly the suite's transforms, without SPI.
Proposal to_proposal(const IkeSuite& suite);
Proposal to_proposal(const EspSuite& suite);
/// True for the combined-mode ciphers, known to crypto or not: no integrity algorithm goes with them (RFC
/// 5282 section 8).
bool is_aead(EncrId id);

/// One proposal in strongSwan's notation, as "aes256-aes128-sha256-modp2048-x25519" or "aes128gcm16-esn". For
/// IKE a PRF is added from the integrity algorithm where none is named; for ESP "noesn" is added where
/// nothing is said; INTEG is left out with an AEAD. The error names the keyword that is not known or not
/// supported. Additional key exchanges are "ke1_mlkem768"; numbers are understood where there is no keyword:
/// "encr250/128", "ke1_36".
enum class Unsupported : std::uint8_t {
    refuse,
    allow,  ///< what crypto cannot do may be offered all the same
};
Result<Proposal> parse_proposal(ProtocolId protocol, std::string_view text,
                                Unsupported unsupported = Unsupported::refuse);
/// The words as they stand: nothing is added, left out, sorted or refused but what is not known.
Result<Proposal> parse_transforms(ProtocolId protocol, std::string_view text);
/// Several, separated by commas; numbered from 1. "default" stands for default_proposals().
Result<std::vector<Proposal>> parse_proposals(ProtocolId protocol, std::string_view text,
                                              Unsupported unsupported = Unsupported::refuse);
/// The notation again, with numbers for what has no keyword.
std::string to_string(const Proposal& proposal);
std::string to_string(const Transform& transform);
/// What the toolkit offers and accepts unless told otherwise.
std::vector<Proposal> default_proposals(ProtocolId protocol);

struct Preference {
    bool offered_first = true;  ///< the offerer's order of proposals and transforms decides, else ours
    bool ignore_ke =
        false;  ///< the Child SA of IKE_AUTH: KE transforms are left out of the comparison and the answer
};
/// RFC 7296 section 3.3.6: the first of the offered proposals that an acceptable one meets, with one
/// transform of each type; number and SPI are the offer's. A type that is absent equals NONE (INTEG, KE,
/// ADDKE) or 32-bit sequence numbers (SN) alone. Nothing when none fits.
std::optional<Proposal> choose(std::span<const Proposal> offered, std::span<const Proposal> acceptable,
                               Preference preference = {});
/// True when `answer` is one of the offered proposals with exactly one transform of each type: what an
/// initiator must check.
bool is_valid_choice(const Proposal& answer, std::span<const Proposal> offered, Preference preference = {});
/// The suite of a proposal with one transform a type; an error names what is missing, doubled or not
/// supported by crypto.
Result<IkeSuite> ike_suite(const Proposal& chosen);
Result<EspSuite> esp_suite(const Proposal& chosen);

}  // namespace ike
