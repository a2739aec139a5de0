#pragma once
// OpenSSL's AEAD alone, used as ESP uses it: the yardstick.
#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "libike/base/octets.hpp"

namespace bench {

[[noreturn]] inline void broken(const char* what) {
    fmt::print(stderr, "bench: {}\n", what);
    std::exit(3);
}
inline void must(int ok) {
    if (ok != 1) broken("OpenSSL refused");
}

/// The AEAD as ESP uses it: 12 octets of nonce, 8 of associated data, 16 of tag, one context keyed once.
class Aead {
public:
    Aead(const EVP_CIPHER* cipher, const unsigned char* key, int encrypt) : context_{EVP_CIPHER_CTX_new()} {
        must(EVP_CipherInit_ex(context_.get(), cipher, nullptr, key, nullptr, encrypt));
    }
    void seal(std::uint64_t number, ike::MutableBytes data, unsigned char* tag) {
        begin(number);
        int size = 0;
        must(EVP_EncryptUpdate(context_.get(), data.data(), &size, data.data(),
                               static_cast<int>(data.size())));
        must(EVP_EncryptFinal_ex(context_.get(), data.data() + size, &size));
        must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, 16, tag));
    }
    /// From `data` to `out`; whether the tag fits is nobody's concern.
    void open_to(std::uint64_t number, ike::ByteView data, unsigned char* out, unsigned char* tag) {
        begin(number);
        int size = 0;
        must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, 16, tag));
        must(EVP_DecryptUpdate(context_.get(), out, &size, data.data(), static_cast<int>(data.size())));
        (void)EVP_DecryptFinal_ex(context_.get(), out + size, &size);
    }
    void open(std::uint64_t number, ike::MutableBytes data, unsigned char* tag) {
        begin(number);
        int size = 0;
        must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, 16, tag));
        must(EVP_DecryptUpdate(context_.get(), data.data(), &size, data.data(),
                               static_cast<int>(data.size())));
        must(EVP_DecryptFinal_ex(context_.get(), data.data() + size, &size));
    }

private:
    void begin(std::uint64_t number) {
        std::array<unsigned char, 12> nonce{};
        std::copy_n(reinterpret_cast<const unsigned char*>(&number), 8, nonce.data() + 4);
        int size = 0;
        must(EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, nonce.data(), -1));
        must(EVP_CipherUpdate(context_.get(), nullptr, &size, nonce.data(), 8));
    }
    struct Free {
        void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    };
    std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
};

}  // namespace bench
