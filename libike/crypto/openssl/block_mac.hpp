#pragma once
// MACs of 128-bit block ciphers in CBC mode: AES-CMAC (RFC 4493), AES-XCBC-MAC (RFC 3566), and CBC-MAC bare
// for CCM.
#include <array>
#include <span>

#include "libike/base/secret.hpp"
#include "libike/crypto/openssl/handle.hpp"

namespace ike::crypto {

/// EVP_CIPHER by OpenSSL's name, fetched once; nothing where this OpenSSL has none. Ciphers that moved to the
/// legacy provider come from there, where it can be loaded.
const EVP_CIPHER* fetched_cipher(const char* name);
/// A keyed context without padding; `name` must be available.
CipherContext keyed_context(const EVP_CIPHER* cipher, ByteView key, int encrypt);

using Block = std::array<std::uint8_t, 16>;

/// Chains blocks as CBC does and keeps the last.
class CbcMac {
public:
    explicit CbcMac(CipherContext context) : context_{std::move(context)} {}
    /// Starts a message.
    void begin();
    void update(ByteView octets);
    /// Zeros up to a block boundary.
    void pad();
    /// Encrypts what is left in the buffer, xored with `mask`; it must be a whole block. Gives the chaining
    /// value.
    Block finish(const Block& mask);
    /// The chaining value; the message so far must be whole blocks.
    const Block& chained();
    /// Octets in the unfinished block, at most 16: a full last block waits for what follows.
    std::size_t waiting() const { return waiting_; }
    std::uint8_t* buffer() { return buffer_.data(); }
    /// One block on its own, without a look at what is chained.
    Block encrypt(const Block& block);

private:
    void flush();
    void chain(ByteView blocks);
    CipherContext context_;
    Block buffer_{};
    Block last_{};
    std::size_t waiting_ = 0;
};

/// AES-CMAC or AES-XCBC-MAC-96's full 128 bits, under one key.
class BlockMac {
public:
    /// RFC 4493; `key` of 16, 24 or 32 octets.
    static BlockMac cmac(ByteView key);
    /// RFC 3566; `key` of 16 octets.
    static BlockMac xcbc(ByteView key);
    static constexpr std::size_t size = 16;
    void sign(std::span<const ByteView> parts, std::uint8_t* out);

private:
    BlockMac(CbcMac mac, const Block& whole, const Block& padded)
        : mac_{std::move(mac)}, whole_{whole}, padded_{padded} {}
    CbcMac mac_;
    Block whole_;   ///< xored into a last block that was whole
    Block padded_;  ///< and into one that was padded
};

}  // namespace ike::crypto
