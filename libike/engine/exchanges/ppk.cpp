#include "libike/engine/exchanges/ppk.hpp"

#include "libike/registry/ppk_id_type.hpp"

namespace ike::engine {

bool is_ppk_agreed(const IkeSa& sa) { return sa.peer->ppk && sa.negotiation->peer_uses_ppk; }

void mix_ppk(IkeSa& sa) {
    auto& bare = sa.negotiation->bare;
    bare.d = std::move(sa.sk_d);
    bare.pi = std::move(sa.sk_pi);
    bare.pr = std::move(sa.sk_pr);
    const auto prf = sa.suite->prf;
    const auto& secret = sa.peer->ppk->secret;
    sa.sk_d = crypto::prf_plus(prf, secret, bare.d, bare.d.size());
    sa.sk_pi = crypto::prf_plus(prf, secret, bare.pi, bare.pi.size());
    sa.sk_pr = crypto::prf_plus(prf, secret, bare.pr, bare.pr.size());
}

void unmix_ppk(IkeSa& sa) {
    auto& bare = sa.negotiation->bare;
    sa.sk_d = std::move(bare.d);
    sa.sk_pi = std::move(bare.pi);
    sa.sk_pr = std::move(bare.pr);
}

Payload ppk_identity(const Ppk& ppk) {
    return notify(NotifyType::ppk_identity,
                  concat(Bytes{static_cast<std::uint8_t>(PpkIdType::fixed)}, ppk.id));
}

bool is_same_ppk(const Ppk& ppk, const Notify& identity) {
    const ByteView data = identity.data;
    return !data.empty() && data.front() == static_cast<std::uint8_t>(PpkIdType::fixed) &&
           equal(data.subspan(1), ppk.id);
}

}  // namespace ike::engine
