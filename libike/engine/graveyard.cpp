#include "libike/engine/graveyard.hpp"

#include "libike/crypto/crypto.hpp"

namespace ike::engine {
namespace {

// As long as a peer with the usual timers asks again.
constexpr Duration rest = 60s;
constexpr std::size_t most_graves = 512;

std::array<std::uint8_t, 20> fingerprint(ByteView octets) {
    const ByteView parts[] = {octets};
    return crypto::sha1(parts);
}

}  // namespace

void Graveyard::bury(Instant now, IkeSpi own, ByteView request, std::vector<Bytes> answer) {
    if (graves_.size() == most_graves) graves_.pop_front();
    graves_.push_back({own, fingerprint(request), std::move(answer), now + rest});
}

const std::vector<Bytes>* Graveyard::find(Instant now, IkeSpi own, ByteView request) {
    while (!graves_.empty() && graves_.front().until < now) graves_.pop_front();
    const auto found = std::ranges::find(graves_, own, &Grave::own);
    return found == graves_.end() || found->request != fingerprint(request) ? nullptr : &found->answer;
}

}  // namespace ike::engine
