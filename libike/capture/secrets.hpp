#pragma once
// Shared secrets of key exchanges that went by, from what secrets are at hand.
#include "libike/capture/key_store.hpp"

namespace ike {

/// Both public values of one key exchange.
struct PublicValues {
    KeId group{};
    ByteView initiator, responder;
};
/// What the shared secret may be: the one that follows from a private value whose public value is one of
/// these, else every shared secret at hand of the right size, up to a bound. What is right is for the ICV to
/// say.
std::vector<SecretBytes> shared_secret_candidates(const KeyStore& keys, const PublicValues& values);

}  // namespace ike
