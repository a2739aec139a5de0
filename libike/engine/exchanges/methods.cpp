#include "libike/engine/exchanges/methods.hpp"

#include "libike/sa/auth_methods.hpp"

namespace ike::engine {
namespace {

using Announced = std::vector<AnnouncedMethod>;

bool has(const Announced& methods, AuthMethod wanted) {
    return std::ranges::find(methods, wanted, &AnnouncedMethod::method) != methods.end();
}

/// The first of the announcements that our key can follow, and may.
std::optional<crypto::SignatureScheme> first_possible(const LocalCredentials& own,
                                                      const Announced& announced) {
    for (const auto& each : announced) {
        auto scheme = own.private_key->scheme_for(each.method, each.algorithm);
        if (scheme && crypto::is_wanted(*scheme, own.signature, own.private_key->kind())) return scheme;
    }
    return std::nullopt;
}

}  // namespace

Payload supported_methods(const IkeSa& sa) {
    Announced all;
    const auto* remote = sa.peer->remote.get();
    if (remote != nullptr && !remote->trusted.empty()) {
        for (auto& algorithm : crypto::verifiable_algorithms())
            all.push_back({AuthMethod::digital_signature, 0, std::move(algorithm)});
        for (const auto method : {AuthMethod::ecdsa_sha256_p256, AuthMethod::ecdsa_sha384_p384,
                                  AuthMethod::ecdsa_sha512_p521, AuthMethod::rsa_digital_signature})
            all.push_back({method, 0, {}});
    }
    if (remote != nullptr && !remote->psk.empty()) all.push_back({AuthMethod::shared_key_mic, 0, {}});
    if (remote != nullptr && remote->accept_null) all.push_back({AuthMethod::null_authentication, 0, {}});
    return supported_auth_methods(all);
}

void take_supported_methods(IkeSa& sa, const Message& message) {
    const auto* notify = message.notify(NotifyType::supported_auth_methods);
    if (notify == nullptr || !sa.negotiation) return;
    sa.negotiation->announces_methods = true;
    // An empty one says that there is more in IKE_INTERMEDIATE.
    if (auto methods = announced_methods(*notify); !methods.empty())
        sa.negotiation->peer_methods = std::move(methods);
}

bool announces_methods(const IkeSa& sa) { return sa.negotiation && sa.negotiation->announces_methods; }

Result<crypto::SignatureScheme> choose_signature(const IkeSa& sa) {
    const auto& own = *sa.peer->local;
    // RFC 9593 section 3: in the order of the peer's preference; should none suit, the older way may still
    // work.
    if (auto scheme = first_possible(own, sa.negotiation->peer_methods)) return *scheme;
    return own.private_key->choose(sa.negotiation->peer_hashes, own.signature);
}

bool prefers_psk(const IkeSa& sa) {
    const auto& own = *sa.peer->local;
    const auto& announced = sa.negotiation->peer_methods;
    if (!own.private_key || own.psk.empty() || announced.empty()) return false;
    return !first_possible(own, announced) && has(announced, AuthMethod::shared_key_mic);
}

}  // namespace ike::engine
