#pragma once
// The last answers of IKE SAs that ended with them: a Delete, a refusal in IKE_AUTH. The answer may be lost,
// and the peer asks again (RFC 7296 section 2.1). Bounded, and short-lived.
#include <array>
#include <deque>

#include "libike/engine/turn.hpp"

namespace ike::engine {

class Graveyard {
public:
    /// Keeps what was answered to the datagram `request`.
    void bury(Instant now, IkeSpi own, ByteView request, std::vector<Bytes> answer);
    /// The answer once more, for the same octets; nullptr for any others.
    const std::vector<Bytes>* find(Instant now, IkeSpi own, ByteView request);

private:
    struct Grave {
        IkeSpi own = 0;
        std::array<std::uint8_t, 20> request{};  ///< its SHA-1
        std::vector<Bytes> answer;
        Instant until;
    };
    std::deque<Grave> graves_;  ///< oldest first
};

}  // namespace ike::engine
