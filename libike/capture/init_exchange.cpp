// What is kept of IKE_SA_INIT where secrets are at hand, and the keys that follow from it (RFC 7296 section
// 2.14).
#include "libike/capture/auth_check.hpp"
#include "libike/capture/tracker.hpp"
#include "libike/sa/watched_suite.hpp"

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
    if (auto suite = watched_ike_suite(sa->proposals.front())) exchange.suite = std::move(*suite);
    derive_init(init, exchange);
}

void Tracker::derive_init(const InitMemory& init, const InitExchange& exchange) {
    const auto& header = seen_.ike.header;
    const SpiPair spis{header.initiator_spi, header.responder_spi};
    const bool complete = exchange.suite && init.nonces && init.nonces->complete();
    if (!complete || !crypto::supported(exchange.suite->prf)) return;
    LockedSa locked;
    locked.seed = std::make_unique<SaSeed>();
    auto& seed = *locked.seed;
    seed.from = SaSeed::From::ike_sa_init;
    seed.suite = *exchange.suite;
    seed.nonce_i = to_bytes(init.nonces->i.view());
    seed.nonce_r = to_bytes(init.nonces->r.view());
    seed.spis = spis;
    seed.secrets.push_back(needed_secret(keys_, {exchange.group, exchange.ke_i, exchange.ke_r}));
    if (has_own_keys(seed) || !can_guess(keys_, seed.secrets)) return;
    locked.missing.of = MissingKeys::Of::ike_sa_init;
    locked.missing.frame = seen_.ike.answers != 0 ? seen_.ike.answers : seen_.packet.frame;
    locked.missing.exchanges = 1;
    locked_ike_[spis] = std::move(locked);
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
    const auto& record = keys_.ike(*sa.keys.key);
    if (record.sk_p(header.from_initiator()).empty()) {
        if (auth && seen.inner.find(PayloadType::auth) != nullptr)
            seen.checks.push_back(unchecked_auth("needs SK_pi and SK_pr, which these keys lack"));
        return;
    }
    auto* exchange = exchanges_.find(header.initiator_spi);
    const auto* init = inits_.find(header.initiator_spi);
    static const InitMemory unseen;
    InitExchange nothing;
    const AuthContext context{keys_, record, init != nullptr ? *init : unseen,
                              exchange != nullptr ? *exchange : nothing, header.from_initiator()};
    if (!auth && seen.repeats == 0) return note_intermediate(context, seen);
    if (auto found = check_auth(context, seen)) seen.checks.push_back(std::move(*found));
    // Both sides are through: what was kept has served. (With EAP the responder sends AUTH twice.)
    if (header.is_response() && exchange != nullptr && exchange->verified_i && exchange->verified_r)
        exchanges_.erase(header.initiator_spi);
}

}  // namespace ike
