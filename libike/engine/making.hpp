#pragma once
// SAs that CREATE_CHILD_SA agreed on and that wait for more key exchanges (RFC 9370 section 2.2.4).
#include "libike/engine/child_sa.hpp"
#include "libike/engine/role.hpp"

namespace ike::engine {

/// A Child SA both sides agreed on. It has no keys until the last key exchange is done.
struct AgreedChild {
    ChildSa child;
    InstallChild keys;
    SecretBytes secret;  ///< of the first key exchange; empty without PFS
};
/// A successor of the IKE SA both sides agreed on.
struct AgreedIke {
    Role role{};
    IkeSpi spi_i = 0, spi_r = 0;
    IkeSuite suite;
    SecretBytes secret;  ///< of the first key exchange
    /// Ours: what tells it from others.
    IkeSpi own_spi() const { return role == Role::initiator ? spi_i : spi_r; }
};
/// What is agreed on, and what its keys are made of. Either side keeps one until the last IKE_FOLLOWUP_KE.
struct Making {
    std::variant<AgreedIke, AgreedChild> what;
    Bytes nonce_i, nonce_r;
    std::vector<SecretBytes> additional;  ///< SK(1), SK(2), ... so far
    Bytes link;  ///< content of the ADDITIONAL_KEY_EXCHANGE that the next request carries
    std::uint32_t replaces_in =
        0;          ///< as responder: inbound SPI of the Child SA to be replaced, 0: a new one
    Instant until;  ///< as responder: when the initiator counts as having given it up
    /// The methods of every additional key exchange, in order.
    const std::vector<KeId>& methods() const {
        if (const auto* child = std::get_if<AgreedChild>(&what)) return child->child.suite.additional;
        return std::get<AgreedIke>(what).suite.additional;
    }
    bool is_complete() const { return additional.size() >= methods().size(); }
};

}  // namespace ike::engine
