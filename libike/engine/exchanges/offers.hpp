#pragma once
// Proposals and KE payloads on their way out and in, the same for every exchange that negotiates an SA.
#include "libike/engine/exchanges/exchange.hpp"
#include "libike/sa/suite.hpp"

namespace ike::engine {

inline constexpr std::size_t nonce_size =
    32;  ///< RFC 7296 section 2.10: at least half the PRF's key size, at most 256
/// The group whose value goes along: the first of the first proposal that has one, nothing where that one
/// does without.
std::optional<KeId> first_group(std::span<const Proposal> proposals);
/// Whether any of the proposals has this group.
bool offers_group(std::span<const Proposal> proposals, KeId group);
/// Which key exchange methods stay in the proposals.
enum class KeyExchanges : std::uint8_t {
    keep,
    keep_first,  ///< no additional ones: the peer does not speak IKE_INTERMEDIATE
    leave_out,   ///< the Child SA of IKE_AUTH (section 1.2)
};
/// The proposals with `spi` in each.
std::vector<Proposal> with_spi(std::vector<Proposal> proposals, const Bytes& spi, KeyExchanges ke);
/// Whether any of the proposals has an additional key exchange (RFC 9370).
bool has_additional(std::span<const Proposal> proposals);
/// RFC 7296 section 2.10.
bool is_nonce(const NoncePayload* nonce);
/// INVALID_KE_PAYLOAD naming the group wanted.
std::unexpected<Refusal> refuse_ke(KeId wanted);

}  // namespace ike::engine
