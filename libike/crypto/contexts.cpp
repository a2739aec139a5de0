#include "libike/crypto/openssl/contexts.hpp"

#include <atomic>

#include "libike/crypto/openssl/block_mac.hpp"

namespace ike::crypto {
namespace {

bool rekey(EVP_CIPHER_CTX* context, const std::uint8_t* key, int encrypt) {
    return EVP_CipherInit_ex(context, nullptr, nullptr, key, nullptr, encrypt) == 1;
}

}  // namespace

KeyNumber::KeyNumber() { renew(); }

void KeyNumber::renew() {
    static std::atomic<std::uint64_t> last = 0;
    value_ = ++last;
}

SpareContexts& SpareContexts::of_this_thread() {
    thread_local SpareContexts spares;
    return spares;
}

CipherContext SpareContexts::take(const Use& use, ByteView key) {
    Spare* found = nullptr;
    for (auto& spare : spares_) {
        const auto& kept = spare.use;
        const bool fits = spare.context && kept.cipher == use.cipher && kept.encrypt == use.encrypt &&
                          kept.key_size == use.key_size;
        if (!fits) continue;
        if (kept.owner == use.owner) return std::move(spare.context);
        found = &spare;
    }
    if (found == nullptr) return nullptr;
    must(rekey(found->context.get(), key.data(), use.encrypt), "a cipher key");
    return std::move(found->context);
}

void SpareContexts::give(const Use& use, CipherContext context) {
    spares_[next_++ % spares_.size()] = {use, std::move(context)};
}

void SpareContexts::forget(std::uint64_t owner) {
    static constexpr std::array<std::uint8_t, 64> zeros{};
    for (auto& spare : spares_) {
        if (!spare.context || spare.use.owner != owner) continue;
        spare.use.owner = 0;
        const bool wiped =
            spare.use.key_size <= zeros.size() && rekey(spare.context.get(), zeros.data(), spare.use.encrypt);
        if (!wiped) spare.context.reset();
    }
}

Contexts::~Contexts() {
    if (rested_ && number_.value() != 0) SpareContexts::of_this_thread().forget(number_.value());
}

void Contexts::rekey(ByteView key) {
    if (rested_) SpareContexts::of_this_thread().forget(number_.value());
    rested_ = false;
    drop();
    key_.assign(key);
    number_.renew();
}

EVP_CIPHER_CTX* Contexts::get(int encrypt) {
    return get(encrypt, [this](const EVP_CIPHER* cipher, ByteView key, int direction) {
        auto spare = SpareContexts::of_this_thread().take(use(direction), key);
        return spare ? std::move(spare) : keyed_context(cipher, key, direction);
    });
}

void Contexts::rest() {
    for (int encrypt = 0; encrypt < 2; ++encrypt) {
        auto& context = contexts_[static_cast<std::size_t>(encrypt)];
        if (!context) continue;
        SpareContexts::of_this_thread().give(use(encrypt), std::move(context));
        rested_ = true;
    }
}

}  // namespace ike::crypto
