#pragma once
// Transforms by the short words that configurations write, as in "aes256gcm16-prfsha384-x25519-ke1_mlkem768".
// The words are those of strongSwan's proposals, which administrators know.
#include <optional>
#include <span>

#include "libike/registry/integ_id.hpp"
#include "libike/registry/prf_id.hpp"
#include "libike/registry/transform_type.hpp"

namespace ike {

/// One word and the transform it stands for.
struct Keyword {
    std::string_view word;
    TransformType type{};
    std::uint16_t id = 0;  ///< of the registry that `type` names
    std::optional<std::uint16_t>
        key_length;  ///< Key Length attribute in bits; nothing where the transform takes none
};

/// All words without a prefix; where several mean the same transform, the first is the one find_word() gives.
std::span<const Keyword> keywords();

/// The transform of a word in lower case. "ke1_" to "ke7_" before a key exchange method make it ADDKE1 to
/// ADDKE7. Integrity words for AH are AUTH_ transforms, so "aes128gmac" is the cipher; for AH ask
/// find_ah_keyword(). Nothing for an unknown word.
std::optional<Keyword> find_keyword(std::string_view word);
/// The same, but AES-GMAC words name the integrity transforms that AH uses (RFC 4543 section 9).
std::optional<Keyword> find_ah_keyword(std::string_view word);

/// The word of a transform ("aes256", "ke2_mlkem768"), "" where it has none.
std::string find_word(TransformType type, std::uint16_t id, std::optional<std::uint16_t> key_length = {});

/// The PRF that a proposal without one means beside this integrity algorithm: the same primitive.
std::optional<PrfId> implied_prf(IntegId integ);

}  // namespace ike
