// What is kept of IKE_SA_INIT where secrets are at hand, and the keys that follow from it (RFC 7296 section
// 2.14).
#include "libike/capture/auth_check.hpp"
#include "libike/capture/tracker.hpp"

namespace ike {

void Tracker::keep_init(InitMemory& init) {
    const auto& seen = seen_.ike;
    const bool response = seen.header.is_response();
    auto& exchange = exchanges_[seen.header.initiator_spi];
    auto ke = seen.outer.body<KePayload>(PayloadType::ke);
    if (!ke) return;
    // After COOKIE or INVALID_KE_PAYLOAD the last request is the one that counts (RFC 7296 section 2.15).
    (response ? exchange.response : exchange.request) = to_bytes(seen_.ike.octets);
    (response ? exchange.ke_r : exchange.ke_i) = std::move(ke->data);
    exchange.group = ke->group;
    if (!response) return;
    const auto sa = seen.outer.body<SaPayload>(PayloadType::sa);
    if (!sa || sa->proposals.size() != 1) return;
    exchange.responder_spi = seen.header.responder_spi;
    if (auto suite = ike_suite(sa->proposals.front())) exchange.suite = std::move(*suite);
    derive_init(init, exchange);
}

void Tracker::derive_init(const InitMemory& init, const InitExchange& exchange) {
    const auto& header = seen_.ike.header;
    const SpiPair spis{header.initiator_spi, header.responder_spi};
    const bool complete = exchange.suite && !init.nonce_i.empty() && !init.nonce_r.empty();
    if (!complete || !crypto::supported(exchange.suite->prf)) return;
    auto secrets = shared_secret_candidates(keys_, {exchange.group, exchange.ke_i, exchange.ke_r});
    for (const auto at : keys_.ike(spis)) {
        const auto& known = keys_.ike(at);
        if (!known.keys.ei.empty()) return;
        if (!known.shared_secret.empty()) secrets.push_back(known.shared_secret.clone());
    }
    for (auto& secret : secrets) {
        IkeKeyRecord made;
        made.spi_i = spis.initiator;
        made.spi_r = spis.responder;
        made.suite = *exchange.suite;
        made.nonce_i = to_bytes(init.nonce_i.view());
        made.nonce_r = to_bytes(init.nonce_r.view());
        made.keys = derive_ike_keys(*exchange.suite, secret,
                                    {made.nonce_i, made.nonce_r, spis.initiator, spis.responder});
        made.shared_secret = std::move(secret);
        keys_.add(std::move(made));
    }
}

/// What can be verified of a message that was opened.
void Tracker::check(SaMemory& sa) {
    auto& seen = seen_.ike;
    const auto& header = seen.header;
    if (header.exchange == ExchangeType::informational) {
        if (auto found = check_cookie2(seen, sa)) seen.checks.push_back(std::move(*found));
        return;
    }
    const bool auth = header.exchange == ExchangeType::ike_auth;
    if (!auth && header.exchange != ExchangeType::ike_intermediate) return;
    auto* exchange = keys_.has_more() ? exchanges_.find(header.initiator_spi) : nullptr;
    const auto* init = inits_.find(header.initiator_spi);
    static const InitMemory unseen;
    InitExchange nothing;
    const AuthContext context{keys_, keys_.ike(*sa.keys.key), init != nullptr ? *init : unseen,
                              exchange != nullptr ? *exchange : nothing, header.from_initiator()};
    if (!auth && seen.repeats == 0) return note_intermediate(context, seen);
    if (auto found = check_auth(context, seen)) seen.checks.push_back(std::move(*found));
    // Both sides are through: what was kept has served. (With EAP the responder sends AUTH twice.)
    if (header.is_response() && exchange != nullptr && exchange->verified_i && exchange->verified_r)
        exchanges_.erase(header.initiator_spi);
}

}  // namespace ike
