#include "libike/engine/exchanges/proof.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/eap.hpp"
#include "libike/engine/exchanges/init_notifies.hpp"
#include "libike/engine/exchanges/methods.hpp"

namespace ike::engine {
namespace {

/// What `signer` of this IKE SA signs.
SignedOctets signed_octets(const IkeSa& sa, Role signer) {
    const auto& negotiation = *sa.negotiation;
    const bool initiator = signer == Role::initiator;
    SignedOctets octets;
    octets.real_message = initiator ? negotiation.init_i : negotiation.init_r;
    octets.nonce_of_other = initiator ? negotiation.nonce_r : negotiation.nonce_i;
    octets.id_body = initiator ? negotiation.id_i : negotiation.id_r;
    octets.sk_p = initiator ? sa.sk_pi : sa.sk_pr;
    octets.prf = sa.suite->prf;
    octets.intermediate = negotiation.transcript;
    return octets;
}
Role other(Role role) { return role == Role::initiator ? Role::responder : Role::initiator; }

Result<std::string> check_psk(const IkeSa& sa, const AuthPayload& auth) {
    const auto& secret = sa.peer->remote->psk;
    if (secret.empty()) return failure("the peer uses a shared secret and none is configured for it");
    const auto expected = psk_auth(sa.suite->prf, secret, signed_octets(sa, other(sa.role)));
    if (!equal_secret(expected, auth.data))
        return failure("the peer's shared secret is another one than ours");
    return std::string{"PSK"};
}

/// RFC 7619 section 2.1: a MAC with SK_p in the place of a shared secret. It proves nothing but that this is
/// one peer.
Bytes null_auth(const IkeSa& sa, Role signer) {
    return psk_auth(sa.suite->prf, signer == Role::initiator ? sa.sk_pi : sa.sk_pr,
                    signed_octets(sa, signer));
}
Result<std::string> check_null(const IkeSa& sa, const AuthPayload& auth) {
    if (!sa.peer->remote->accept_null)
        return failure("the peer does not say who it is, and that is not accepted");
    if (!equal_secret(null_auth(sa, other(sa.role)), auth.data))
        return failure("the peer's AUTH payload is wrong");
    return std::string{"NULL"};
}

/// The certificates of the message, the first of them the peer's own (RFC 7296 section 3.6).
Result<std::vector<crypto::Certificate>> certificates(const Message& message) {
    std::vector<crypto::Certificate> chain;
    for (const auto& each : message.payloads) {
        const auto* body = std::get_if<CertPayload>(&each.body);
        if (body == nullptr || body->encoding != CertEncoding::x509_signature) continue;
        auto certificate = crypto::Certificate::from_der(body->data);
        if (!certificate) return std::unexpected{std::move(certificate.error())};
        chain.push_back(std::move(*certificate));
    }
    return chain;
}

Result<std::string> check_signature(const IkeSa& sa, const Turn& turn, const Message& message,
                                    const AuthPayload& auth, const Identity& id) {
    const auto& trusted = sa.peer->remote->trusted;
    if (trusted.empty()) return failure("the peer signs and no CA is configured for it");
    auto chain = certificates(message);
    if (!chain) return std::unexpected{std::move(chain.error())};
    if (chain->empty()) return failure("the peer signs and sent no certificate");
    const auto& leaf = chain->front();
    const auto valid = crypto::verify_chain(leaf, std::span{*chain}.subspan(1), trusted, wall_clock(turn),
                                            sa.peer->remote->revoked, sa.peer->remote->revocation);
    if (!valid) return std::unexpected{valid.error()};
    if (!certifies(leaf, id)) {
        return failure(fmt::format("the certificate of {} does not say {}", leaf.subject(), to_string(id)));
    }
    const auto octets = signed_octets(sa, other(sa.role)).join();
    const ByteView parts[] = {octets};
    const auto scheme = crypto::verify(leaf, auth.method, auth.data, parts);
    if (!scheme) return std::unexpected{scheme.error()};
    return crypto::to_string(*scheme);
}

/// RFC 7296 section 2.16: the MSK in the place of a shared secret, or SK_p where the method makes none.
Bytes eap_auth(const IkeSa& sa, Role signer) {
    const auto msk = key_of(*sa.negotiation->eap);
    const auto& sk_p = signer == Role::initiator ? sa.sk_pi : sa.sk_pr;
    return psk_auth(sa.suite->prf, msk.empty() ? sk_p : msk, signed_octets(sa, signer));
}
bool is_by_eap(const IkeSa& sa) { return sa.negotiation->eap && sa.negotiation->eap->finished; }

Result<std::string> check_eap(const IkeSa& sa, const AuthPayload& auth) {
    if (auth.method != AuthMethod::shared_key_mic)
        return failure("the AUTH payload after EAP is by " + to_string(auth.method));
    if (!equal_secret(eap_auth(sa, other(sa.role)), auth.data))
        return failure("the peer has another key from EAP than we");
    return how_proven(sa, other(sa.role));
}

}  // namespace

std::int64_t wall_clock(const Turn& turn) {
    if (turn.config.wall_seconds != nullptr) return turn.config.wall_seconds(turn.now);
    return std::chrono::floor<std::chrono::seconds>(turn.config.wall_offset + turn.now.time_since_epoch())
        .count();
}

void add_certificate_requests(const PeerConfig& peer, Payloads& to) {
    CertReqPayload request{CertEncoding::x509_signature, {}};
    for (const auto& authority : peer.remote->trusted) append(request.authority, authority.key_hash());
    to.push_back(payload(std::move(request)));
}

Result<Proof> prove(const IkeSa& sa, Turn& turn) {
    Proof proof;
    if (is_by_eap(sa)) {
        proof.auth = {AuthMethod::shared_key_mic, {}, eap_auth(sa, sa.role)};
        proof.method = how_proven(sa, sa.role);
        return proof;
    }
    if (!sa.peer->local) return failure("prove who we are: no credentials are configured");
    const auto& credentials = *sa.peer->local;
    const auto octets = signed_octets(sa, sa.role);
    if (!credentials.private_key && credentials.psk.empty() && credentials.null_authentication) {
        proof.auth = {AuthMethod::null_authentication, {}, null_auth(sa, sa.role)};
        proof.method = "NULL";
        return proof;
    }
    if (!credentials.private_key || prefers_psk(sa)) {
        if (credentials.psk.empty()) return failure("prove who we are: no shared secret and no private key");
        proof.auth = {AuthMethod::shared_key_mic, {}, psk_auth(sa.suite->prf, credentials.psk, octets)};
        proof.method = "PSK";
        return proof;
    }
    const auto scheme = choose_signature(sa);
    if (!scheme) return std::unexpected{scheme.error()};
    const auto joined = octets.join();
    const ByteView parts[] = {joined};
    auto signature = credentials.private_key->sign(*scheme, parts, turn.rng);
    if (!signature) return std::unexpected{std::move(signature.error())};
    proof.auth = {scheme->method, {}, std::move(*signature)};
    proof.method = crypto::to_string(*scheme);
    for (const auto& each : credentials.chain) {
        proof.certificates.push_back({CertEncoding::x509_signature, to_bytes(each.der())});
    }
    return proof;
}

Result<std::string> check_proof(const IkeSa& sa, const Turn& turn, const Message& message,
                                const Identity& id) {
    const auto* auth = message.get<AuthPayload>();
    if (auth == nullptr) return failure("the peer sent no AUTH payload");
    if (is_by_eap(sa)) return check_eap(sa, *auth);
    if (!sa.peer->remote) return failure("no credentials are configured for the peer");
    switch (auth->method) {
        case AuthMethod::shared_key_mic:
            return check_psk(sa, *auth);
        case AuthMethod::null_authentication:
            return check_null(sa, *auth);
        case AuthMethod::rsa_digital_signature:
        case AuthMethod::ecdsa_sha256_p256:
        case AuthMethod::ecdsa_sha384_p384:
        case AuthMethod::ecdsa_sha512_p521:
        case AuthMethod::digital_signature:
            return check_signature(sa, turn, message, *auth, id);
        default:
            return failure(fmt::format("authentication by {} is not understood", to_string(auth->method)));
    }
}

}  // namespace ike::engine
