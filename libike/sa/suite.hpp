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
    friend bool operator==(const EspSuite&, const EspSuite&) = default;
};
/// "aes256gcm16-prfsha384-x25519", "aes256-sha256-modp2048-esn"
std::string to_string(const IkeSuite& suite);
std::string to_string(const EspSuite& suite);

/// One proposal in strongSwan's notation, as "aes256-aes128-sha256-modp2048-x25519" or "aes128gcm16-esn". For IKE a PRF is
/// added from the integrity algorithm where none is named; for ESP "noesn" is added where nothing is said; INTEG is left out
/// with an AEAD. The error names the keyword that is not known or not supported.
Result<Proposal> parse_proposal(ProtocolId protocol, std::string_view text);
/// Several, separated by commas; numbered from 1.
Result<std::vector<Proposal>> parse_proposals(ProtocolId protocol, std::string_view text);
/// The notation again, with numbers for what has no keyword.
std::string to_string(const Proposal& proposal);
/// What the toolkit offers and accepts unless told otherwise.
std::vector<Proposal> default_proposals(ProtocolId protocol);

/// RFC 7296 section 3.3.6: the first of the offered proposals that an acceptable one meets, one transform of each type (in the
/// offerer's order of preference when `prefer_offered`, else ours); number and SPI are the offer's. `require_ke` false: a KE
/// transform may be missing or NONE on either side (the first Child SA). Nothing when none fits.
struct Preference {
    bool offered_first = true;
    bool ignore_ke = false;  ///< the Child SA of IKE_AUTH: KE transforms are left out of the comparison and the answer
};
std::optional<Proposal> choose(std::span<const Proposal> offered, std::span<const Proposal> acceptable,
                               Preference preference = {});
/// True when `answer` is one of the offered proposals with exactly one transform of each type: what an initiator must check.
bool is_valid_choice(const Proposal& answer, std::span<const Proposal> offered);
/// The suite of a proposal with one transform a type; an error names what is missing, doubled or not supported by crypto.
Result<IkeSuite> ike_suite(const Proposal& chosen);
Result<EspSuite> esp_suite(const Proposal& chosen);

}  // namespace ike
