#include "libike/crypto/crypto.hpp"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>
#include <variant>

#include "libike/crypto/openssl/block_mac.hpp"
#include "libike/crypto/openssl/cipher_kind.hpp"
#include "libike/crypto/openssl/contexts.hpp"
#include "libike/crypto/openssl/gcm_message.hpp"

namespace ike::crypto {

namespace {

int length(ByteView octets) { return static_cast<int>(octets.size()); }

/// Salt and IV, what OpenSSL takes as the IV of an AEAD.
struct Nonce {
    std::array<std::uint8_t, 12> octets{};
    std::size_t salt = 0;

    explicit Nonce(ByteView given) : salt{given.size()} { std::ranges::copy(given, octets.begin()); }
    std::uint8_t* with(ByteView iv) {
        std::memcpy(octets.data() + salt, iv.data(), std::min(iv.size(), octets.size() - salt));
        return octets.data();
    }
};

/// GCM and ChaCha20-Poly1305; `text` tells whether data is encrypted or, for GMAC, authenticated alone.
class Aead {
public:
    enum class Text : std::uint8_t { encrypted, authenticated };
    Aead(const EVP_CIPHER* cipher, ByteView key, ByteView salt, Text text)
        : contexts_{cipher, key},
          nonce_{salt},
          text_{text},
          is_gcm_{EVP_CIPHER_get_mode(cipher) == EVP_CIPH_GCM_MODE} {}

    void seal(ByteView iv, ByteView aad, MutableBytes data, MutableBytes icv) {
        auto* context = contexts_.get(1);
        begin(context, iv);
        int size = 0;
        if (!run(context, aad, data)) must(false, "a seal");
        must(EVP_EncryptFinal_ex(context, data.data() + data.size(), &size) == 1, "a seal");
        must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length(icv), icv.data()) == 1, "an ICV");
    }
    bool open(ByteView iv, ByteView aad, MutableBytes data, ByteView icv) {
        auto* context = contexts_.get(0);
        auto* tag = const_cast<std::uint8_t*>(icv.data());
        if (is_gcm_) {
            begin_opening(context, nonce_.with(iv), {tag, icv.size()});
        } else {
            begin(context, iv);
            must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length(icv), tag) == 1, "an ICV");
        }
        int size = 0;
        return run(context, aad, data) && EVP_DecryptFinal_ex(context, data.data() + data.size(), &size) == 1;
    }

    void rest() { contexts_.rest(); }
    void rekey(ByteView key, ByteView salt) {
        contexts_.rekey(key);
        nonce_ = Nonce{salt};
    }

private:
    /// A whole nonce is to GCM a "fixed IV" of length -1, too: that costs less than to begin anew.
    void begin(EVP_CIPHER_CTX* context, ByteView iv) {
        auto* nonce = nonce_.with(iv);
        if (is_gcm_ && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IV_FIXED, -1, nonce) == 1) return;
        must(EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce, -1) == 1, "an IV");
    }
    bool run(EVP_CIPHER_CTX* context, ByteView aad, MutableBytes data) const {
        int size = 0;
        if (!aad.empty() && EVP_CipherUpdate(context, nullptr, &size, aad.data(), length(aad)) != 1)
            return false;
        if (data.empty()) return true;
        auto* out = text_ == Text::encrypted ? data.data() : nullptr;
        return EVP_CipherUpdate(context, out, &size, data.data(), length(data)) == 1;
    }
    Contexts contexts_;
    Nonce nonce_;
    Text text_;
    bool is_gcm_;
};

/// CCM (RFC 4309): OpenSSL wants the lengths first.
class Ccm {
public:
    Ccm(const EVP_CIPHER* cipher, ByteView key, ByteView salt, std::size_t icv)
        : contexts_{cipher, key}, nonce_{salt}, icv_{static_cast<int>(icv)} {}

    void seal(ByteView iv, ByteView aad, MutableBytes data, MutableBytes icv) {
        auto* context = this->context(1);
        must(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce_.with(iv)) == 1, "an IV");
        must(run(context, aad, data), "a seal");
        must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length(icv), icv.data()) == 1, "an ICV");
    }
    bool open(ByteView iv, ByteView aad, MutableBytes data, ByteView icv) {
        auto* context = this->context(0);
        must(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, nonce_.with(iv)) == 1, "an IV");
        must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length(icv),
                                 const_cast<std::uint8_t*>(icv.data())) == 1,
             "an ICV");
        return run(context, aad, data);
    }

    void rest() { contexts_.drop(); }
    void rekey(ByteView key, ByteView salt) {
        contexts_.rekey(key);
        nonce_ = Nonce{salt};
    }

private:
    EVP_CIPHER_CTX* context(int encrypt) {
        return contexts_.get(encrypt, [&](const EVP_CIPHER* cipher, ByteView key, int direction) {
            CipherContext made{EVP_CIPHER_CTX_new()};
            must(made != nullptr &&
                     EVP_CipherInit_ex2(made.get(), cipher, nullptr, nullptr, direction, nullptr) == 1 &&
                     EVP_CIPHER_CTX_ctrl(made.get(), EVP_CTRL_AEAD_SET_IVLEN, 11, nullptr) == 1 &&
                     EVP_CIPHER_CTX_ctrl(made.get(), EVP_CTRL_AEAD_SET_TAG, icv_, nullptr) == 1 &&
                     EVP_CipherInit_ex2(made.get(), nullptr, key.data(), nullptr, direction, nullptr) == 1,
                 "a CCM key");
            return made;
        });
    }
    static bool run(EVP_CIPHER_CTX* context, ByteView aad, MutableBytes data) {
        static std::uint8_t nothing = 0;  // OpenSSL reads a null pointer as something else than empty data
        int size = 0;
        auto* at = data.empty() ? &nothing : data.data();
        return EVP_CipherUpdate(context, nullptr, &size, nullptr, length(data)) == 1 &&
               (aad.empty() || EVP_CipherUpdate(context, nullptr, &size, aad.data(), length(aad)) == 1) &&
               EVP_CipherUpdate(context, at, &size, at, length(data)) == 1;
    }
    Contexts contexts_;
    Nonce nonce_;
    int icv_;
};

/// CCM of RFC 3610 with L = 4, from a CTR and a CBC cipher.
class ComposedCcm {
public:
    ComposedCcm(const EVP_CIPHER* counter, const EVP_CIPHER* chain, ByteView key, ByteView salt,
                std::size_t icv)
        : chain_cipher_{chain},
          counter_{keyed_context(counter, key, 1)},
          mac_{keyed_context(chain, key, 1)},
          nonce_{salt},
          icv_{icv} {}
    void rekey(ByteView key, ByteView salt) {
        counter_ = keyed_context(EVP_CIPHER_CTX_get0_cipher(counter_.get()), key, 1);
        mac_ = CbcMac{keyed_context(chain_cipher_, key, 1)};
        nonce_ = Nonce{salt};
    }

    void seal(ByteView iv, ByteView aad, MutableBytes data, MutableBytes icv) {
        const auto tag = authenticate(iv, aad, data);
        const auto mask = begin(iv);
        crypt(data);
        for (std::size_t i = 0; i < icv.size(); ++i) icv[i] = tag[i] ^ mask[i];
    }
    bool open(ByteView iv, ByteView aad, MutableBytes data, ByteView icv) {
        const auto mask = begin(iv);
        crypt(data);
        auto tag = authenticate(iv, aad, data);
        for (std::size_t i = 0; i < tag.size(); ++i) tag[i] ^= mask[i];
        return equal_secret(ByteView{tag}.first(icv_), icv);
    }

    /// Keeps its contexts: rare, and not worth more.
    void rest() {}

private:
    Block first_block(std::uint8_t flags, ByteView iv, std::size_t last) {
        Block block{};
        block[0] = flags;
        std::memcpy(block.data() + 1, nonce_.with(iv), 11);
        for (std::size_t i = 0; i < 4; ++i) block[15 - i] = static_cast<std::uint8_t>(last >> 8 * i);
        return block;
    }
    Block authenticate(ByteView iv, ByteView aad, ByteView data) {
        // RFC 3610 section 2.2; longer associated data than 65279 octets is none of IKE's.
        if (aad.size() >= 0xff00) throw std::length_error{"CCM: too much associated data"};
        const auto flags = (aad.empty() ? 0u : 64u) + 8 * ((icv_ - 2) / 2) + 3;
        mac_.begin();
        mac_.update(first_block(static_cast<std::uint8_t>(flags), iv, data.size()));
        if (!aad.empty()) {
            const std::array<std::uint8_t, 2> size{static_cast<std::uint8_t>(aad.size() >> 8),
                                                   static_cast<std::uint8_t>(aad.size())};
            mac_.update(size);
            mac_.update(aad);
            mac_.pad();
        }
        mac_.update(data);
        mac_.pad();
        return mac_.chained();
    }
    /// Counter block 0 masks the tag, data starts with block 1.
    Block begin(ByteView iv) {
        const auto start = first_block(3, iv, 0);
        must(EVP_EncryptInit_ex(counter_.get(), nullptr, nullptr, nullptr, start.data()) == 1, "an IV");
        Block mask{};
        crypt(mask);
        return mask;
    }
    void crypt(MutableBytes data) {
        int size = 0;
        if (!data.empty())
            must(EVP_EncryptUpdate(counter_.get(), data.data(), &size, data.data(), length(data)) == 1,
                 "a CCM");
    }
    const EVP_CIPHER* chain_cipher_;
    CipherContext counter_;
    CbcMac mac_;
    Nonce nonce_;
    std::size_t icv_;
};

class Cbc {
public:
    Cbc(const EVP_CIPHER* cipher, ByteView key) : contexts_{cipher, key} {}
    void crypt(int encrypt, ByteView iv, MutableBytes data) {
        auto* context = contexts_.get(encrypt);
        int size = 0;
        if (encrypt == 1) {
            must(EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, iv.data(), -1) == 1, "an IV");
        } else {
            // To a cipher that decrypts, the IV is the block before: cheaper than to begin anew. What is no
            // whole number of blocks would stay behind for the next.
            must(data.size() % iv.size() == 0, "whole blocks");
            Block nothing{};
            must(EVP_CipherUpdate(context, nothing.data(), &size, iv.data(), length(iv)) == 1, "an IV");
        }
        if (!data.empty())
            must(EVP_CipherUpdate(context, data.data(), &size, data.data(), length(data)) == 1, "CBC");
    }

    void rest() { contexts_.rest(); }
    void rekey(ByteView key, ByteView) { contexts_.rekey(key); }

private:
    Contexts contexts_;
};

/// RFC 3686 section 4: nonce, IV and a block counter that starts at one.
class Ctr {
public:
    Ctr(const EVP_CIPHER* cipher, ByteView key, ByteView salt) : contexts_{cipher, key}, nonce_{salt} {}
    void crypt(int, ByteView iv, MutableBytes data) {
        Block start{};
        std::memcpy(start.data(), nonce_.with(iv), 12);
        start[15] = 1;
        auto* context = contexts_.get(1);
        int size = 0;
        must(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, start.data()) == 1, "an IV");
        if (!data.empty())
            must(EVP_EncryptUpdate(context, data.data(), &size, data.data(), length(data)) == 1, "CTR");
    }

    void rest() { contexts_.rest(); }
    void rekey(ByteView key, ByteView salt) {
        contexts_.rekey(key);
        nonce_ = Nonce{salt};
    }

private:
    Contexts contexts_;
    Nonce nonce_;
};

struct Null {
    void crypt(int, ByteView, MutableBytes) {}
    void rest() {}
    void rekey(ByteView, ByteView) {}
};

using Keyed = std::variant<Null, Cbc, Ctr, Aead, Ccm, ComposedCcm>;

Keyed keyed(const CipherRow& row, ByteView key, ByteView salt) {
    if (row.mode == CipherMode::null) return Null{};
    const auto* cipher = fetched_cipher(row.name);
    switch (row.mode) {
        case CipherMode::cbc:
            return Cbc{cipher, key};
        case CipherMode::ctr:
            return Ctr{cipher, key, salt};
        case CipherMode::ccm:
            return Ccm{cipher, key, salt, row.icv};
        case CipherMode::composed_ccm:
            return ComposedCcm{cipher, fetched_cipher(row.mac_name), key, salt, row.icv};
        case CipherMode::gmac:
            return Aead{cipher, key, salt, Aead::Text::authenticated};
        default:
            return Aead{cipher, key, salt, Aead::Text::encrypted};
    }
}

template <class T>
concept Authenticating = requires(T cipher, ByteView view, MutableBytes data) {
    cipher.open(view, view, data, view);
};

[[noreturn]] void misused() {
    throw std::logic_error{"Cipher: an AEAD seals and opens, others encrypt and decrypt"};
}

}  // namespace

struct Cipher::State {
    CipherShape shape;
    Keyed cipher;
};

Cipher::Cipher(std::unique_ptr<State> state) : state_{std::move(state)} {}
Cipher::Cipher(Cipher&&) noexcept = default;
Cipher& Cipher::operator=(Cipher&&) noexcept = default;
Cipher::~Cipher() = default;

Result<Cipher> Cipher::create(EncrId id, unsigned key_bits, ByteView key) {
    const auto row = cipher_row(id, key_bits);
    if (!row || !supported(id, key_bits)) {
        const auto bits = key_bits == 0 ? std::string{} : fmt::format(" with {} bits", key_bits);
        return failure(fmt::format("encryption: {}{} is not supported", to_string(id), bits),
                       row ? "OpenSSL's legacy provider is needed for it" : "");
    }
    const auto shape = row->shape();
    if (key.size() != shape.key + shape.salt) {
        return failure(fmt::format("encryption: {} takes key material of {} octets, not {}", to_string(id),
                                   shape.key + shape.salt, key.size()));
    }
    return Cipher{
        std::unique_ptr<State>{new State{shape, keyed(*row, key.first(shape.key), key.subspan(shape.key))}}};
}

const CipherShape& Cipher::shape() const { return state_->shape; }

bool Cipher::rekey(ByteView key) {
    const auto& shape = state_->shape;
    if (key.size() != shape.key + shape.salt) return false;
    std::visit([&](auto& cipher) { cipher.rekey(key.first(shape.key), key.subspan(shape.key)); },
               state_->cipher);
    return true;
}

void Cipher::seal(ByteView iv, ByteView aad, MutableBytes data, MutableBytes icv) {
    std::visit(
        [&]<class T>(T& cipher) {
            if constexpr (Authenticating<T>) {
                cipher.seal(iv, aad, data, icv);
            } else {
                misused();
            }
        },
        state_->cipher);
}

bool Cipher::open(ByteView iv, ByteView aad, MutableBytes data, ByteView icv) {
    return std::visit(
        [&]<class T>(T& cipher) -> bool {
            if constexpr (Authenticating<T>) {
                return cipher.open(iv, aad, data, icv);
            } else {
                misused();
            }
        },
        state_->cipher);
}

namespace {

void crypt(Keyed& keyed, int encrypt, ByteView iv, MutableBytes data) {
    std::visit(
        [&]<class T>(T& cipher) {
            if constexpr (Authenticating<T>) {
                misused();
            } else {
                cipher.crypt(encrypt, iv, data);
            }
        },
        keyed);
}

}  // namespace

void Cipher::encrypt(ByteView iv, MutableBytes data) { crypt(state_->cipher, 1, iv, data); }
void Cipher::rest() {
    std::visit([](auto& cipher) { cipher.rest(); }, state_->cipher);
}
void Cipher::decrypt(ByteView iv, MutableBytes data) { crypt(state_->cipher, 0, iv, data); }

}  // namespace ike::crypto
