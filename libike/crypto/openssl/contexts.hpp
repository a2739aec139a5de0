#pragma once
// Keyed cipher contexts that outlive their use for a moment, so that the next one costs little.
#include <array>

#include "libike/base/secret.hpp"
#include "libike/crypto/openssl/handle.hpp"

namespace ike::crypto {

/// Tells keys apart, never two alike; what was moved from has none (0).
class KeyNumber {
public:
    KeyNumber();
    KeyNumber(KeyNumber&& other) noexcept : value_{std::exchange(other.value_, 0)} {}
    KeyNumber& operator=(KeyNumber&&) = delete;
    ~KeyNumber() = default;
    /// Of another key from now on.
    void renew();
    std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0;
};

/// Contexts that ciphers gave back, a few for each thread: to make one costs several times what keying one
/// anew does, and whose key is still in it needs not even that.
class SpareContexts {
public:
    static SpareContexts& of_this_thread();
    /// What a context is for; `owner` is the number of its key.
    struct Use {
        const EVP_CIPHER* cipher = nullptr;
        std::size_t key_size = 0;
        int encrypt = 0;
        std::uint64_t owner = 0;
    };
    /// Nothing where none fits.
    CipherContext take(const Use& use, ByteView key);
    void give(const Use& use, CipherContext context);
    /// The key of `owner` is no more: no context of this thread keeps it.
    void forget(std::uint64_t owner);

private:
    struct Spare {
        Use use;
        CipherContext context;
    };
    std::array<Spare, 4> spares_{};
    std::size_t next_ = 0;
};

/// A keyed context a direction, each made when that direction is first used: most ciphers see only one.
class Contexts {
public:
    Contexts(const EVP_CIPHER* cipher, ByteView key) : cipher_{cipher}, key_{key} {}
    Contexts(Contexts&&) noexcept = default;
    Contexts& operator=(Contexts&&) = delete;
    ~Contexts();
    /// `prepare` makes what is not there: of the cipher, the key and the direction.
    template <class Prepare>
    EVP_CIPHER_CTX* get(int encrypt, Prepare&& prepare) {
        auto& context = contexts_[static_cast<std::size_t>(encrypt)];
        if (!context) context = prepare(cipher_, key_.view(), encrypt);
        return context.get();
    }
    /// One that is nothing but keyed.
    EVP_CIPHER_CTX* get(int encrypt);
    /// Gives contexts that are nothing but keyed to whoever needs one next.
    void rest();
    void drop() { contexts_ = {}; }
    /// For the same cipher another key, of the same size.
    void rekey(ByteView key);

private:
    SpareContexts::Use use(int encrypt) const { return {cipher_, key_.size(), encrypt, number_.value()}; }
    const EVP_CIPHER* cipher_;
    SecretBytes key_;
    KeyNumber number_;
    bool rested_ = false;
    std::array<CipherContext, 2> contexts_;
};

}  // namespace ike::crypto
