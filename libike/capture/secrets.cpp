#include "libike/capture/secrets.hpp"

namespace ike {
namespace {

constexpr std::size_t most_candidates = 64;

/// Octets of g^ir: of elliptic curves the x coordinate alone (RFC 5903 section 7), of ML-KEM 32 whatever its
/// public value (FIPS 203 section 3.3). 0: not known.
std::size_t shared_size(KeId group) {
    if (group == KeId::ml_kem_512 || group == KeId::ml_kem_768 || group == KeId::ml_kem_1024) return 32;
    const auto size = crypto::public_value_size(group);
    const auto number = static_cast<unsigned>(group);
    const bool has_y = (number >= 19 && number <= 21) || (number >= 25 && number <= 30);
    return has_y ? size / 2 : size;
}

/// Nothing where the private value is that of neither side.
std::optional<SecretBytes> by_private_value(const SecretBytes& secret, const PublicValues& values) {
    const auto own = crypto::KeyExchange::from_private(values.group, secret);
    if (!own) return std::nullopt;
    const bool initiator = equal(own->public_value(), values.initiator);
    if (!initiator && !equal(own->public_value(), values.responder)) return std::nullopt;
    auto shared = own->agree(initiator ? values.responder : values.initiator);
    if (!shared) return std::nullopt;
    return std::move(*shared);
}

}  // namespace

std::vector<SecretBytes> shared_secret_candidates(const KeyStore& keys, const PublicValues& values) {
    std::vector<SecretBytes> found;
    if (values.initiator.empty() || values.responder.empty()) return found;
    for (const auto& secret : keys.private_values()) {
        auto shared = by_private_value(secret, values);
        if (!shared) continue;
        found.push_back(std::move(*shared));
        return found;
    }
    const auto size = shared_size(values.group);
    for (const auto& secret : keys.shared_secrets()) {
        if (found.size() == most_candidates) break;
        if (size == 0 || secret.size() == size) found.push_back(secret.clone());
    }
    return found;
}

}  // namespace ike
