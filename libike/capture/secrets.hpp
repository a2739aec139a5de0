#pragma once
// Shared secrets of key exchanges that went by, from what secrets are at hand.
#include <functional>

#include "libike/capture/key_store.hpp"

namespace ike {

/// Both public values of one key exchange.
struct PublicValues {
    KeId group{};
    ByteView initiator, responder;
};
/// The shared secret of one key exchange: known, else one of those at hand that have its size.
struct NeededSecret {
    SecretBytes known;
    std::size_t size = 0;  ///< octets; 0: any
};
/// Known where a private value at hand has one of these public values.
NeededSecret needed_secret(const KeyStore& keys, const PublicValues& values);
/// Whether there is anything to try for each of them.
bool can_guess(const KeyStore& keys, std::span<const NeededSecret> needed);

/// Finds the secrets of an SA's key exchanges among those at hand. What is right is for the ICV to say.
class SecretGuesses {
public:
    explicit SecretGuesses(const KeyStore& keys) : keys_{keys} {}
    /// Calls `fits` with a secret for each exchange (at least one) until it returns true: first with secrets
    /// that came in the order of the exchanges, beginning behind those that fitted last, then with all
    /// others, within bounds.
    using Fits = std::function<bool(ByteView first, std::span<const SecretBytes> additional)>;
    bool find(std::span<const NeededSecret> needed, const Fits& fits);

private:
    static constexpr std::size_t no_place = ~std::size_t{};
    struct Candidate {
        const SecretBytes* secret;
        std::size_t place;  ///< among those at hand; no_place of a known one
    };
    using Choice = std::vector<const Candidate*>;
    using Candidates = std::vector<std::vector<Candidate>>;  ///< of each exchange
    std::vector<Candidate> candidates(const NeededSecret& needed) const;
    bool fits(const Choice& choice, const Fits& fits);
    bool find_in_order(const Candidates& all, const Fits& fits);
    bool find_anywhere(const Candidates& all, const Fits& fits);
    const KeyStore& keys_;
    std::size_t fitted_ = 0;        ///< the place behind the last one that did
    std::size_t budget_ = 500'000;  ///< tries left, in all: some microseconds each
};

}  // namespace ike
