#include "libike/engine/cookie_jar.hpp"

#include "libike/crypto/crypto.hpp"

namespace ike::engine {

constexpr Duration secret_life = 60s;
constexpr std::size_t secret_size = 32;

void CookieJar::rotate(Turn& turn) {
    if (!now_.octets.empty() && turn.now - since_ < secret_life) return;
    // A pause longer than two lives leaves nothing to honour.
    const bool stale = !now_.octets.empty() && turn.now - since_ >= 2 * secret_life;
    before_ = std::move(now_);
    if (stale) before_ = {};
    now_ = {static_cast<std::uint8_t>(before_.version + 1), SecretBytes{secret_size}};
    turn.rng.fill(now_.octets.mutable_view());
    since_ = turn.now;
}

Bytes CookieJar::with(const Secret& secret, const Asker& asker) {
    const auto spi = Writer{}.number(asker.spi_i).take();
    const ByteView parts[] = {asker.nonce, asker.address.octets(), spi};
    const auto mac = crypto::prf(PrfId::hmac_sha2_256, secret.octets, parts);
    return concat(Bytes{secret.version}, mac.view());
}

Bytes CookieJar::bake(Turn& turn, const Asker& asker) {
    rotate(turn);
    return with(now_, asker);
}

bool CookieJar::is_ours(Turn& turn, const Asker& asker, ByteView cookie) {
    rotate(turn);
    if (cookie.empty()) return false;
    const auto& secret = cookie.front() == now_.version ? now_ : before_;
    return !secret.octets.empty() && equal_secret(cookie, with(secret, asker));
}

}  // namespace ike::engine
