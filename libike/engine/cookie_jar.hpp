#pragma once
// Stateless cookies against floods of IKE_SA_INIT (RFC 7296 section 2.6).
#include "libike/engine/turn.hpp"

namespace ike::engine {

class CookieJar {
public:
    struct Asker {
        IkeSpi spi_i = 0;
        Address address;
        ByteView nonce;
    };
    /// version | HMAC-SHA-256(secret of that version, Ni | IPi | SPIi). The secret changes every minute of
    /// use; the one before is still honoured.
    Bytes bake(Turn& turn, const Asker& asker);
    bool is_ours(Turn& turn, const Asker& asker, ByteView cookie);

private:
    struct Secret {
        std::uint8_t version = 0;
        SecretBytes octets;
    };
    void rotate(Turn& turn);
    static Bytes with(const Secret& secret, const Asker& asker);
    Secret now_, before_;
    Instant since_;
};

}  // namespace ike::engine
