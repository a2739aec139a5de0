#include "libike/crypto/openssl/block_mac.hpp"

#include <cstring>

namespace ike::crypto {

CipherContext keyed_context(const EVP_CIPHER* cipher, ByteView key, int encrypt) {
    CipherContext context{EVP_CIPHER_CTX_new()};
    must(cipher != nullptr && context != nullptr, "a cipher context");
    must(EVP_CipherInit_ex2(context.get(), cipher, nullptr, nullptr, encrypt, nullptr) == 1, "a cipher");
    // Blowfish and CAST have keys of several lengths.
    if (EVP_CIPHER_CTX_get_key_length(context.get()) != static_cast<int>(key.size())) {
        must(EVP_CIPHER_CTX_set_key_length(context.get(), static_cast<int>(key.size())) == 1,
             "a key's length");
    }
    must(EVP_CipherInit_ex2(context.get(), nullptr, key.data(), nullptr, encrypt, nullptr) == 1,
         "a cipher key");
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    // The cipher knows now. The flag would only make each new key tell it again, at the price of the key.
    EVP_CIPHER_CTX_clear_flags(context.get(), EVP_CIPH_NO_PADDING);
    return context;
}

void CbcMac::begin() {
    static constexpr Block zero{};
    must(EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, zero.data(), 1) == 1, "a MAC");
    waiting_ = 0;
    last_ = zero;
}

void CbcMac::chain(ByteView blocks) {
    std::array<std::uint8_t, 512> out;
    while (!blocks.empty()) {
        const auto now = blocks.first(std::min(blocks.size(), out.size()));
        int size = 0;
        must(EVP_CipherUpdate(context_.get(), out.data(), &size, now.data(), static_cast<int>(now.size())) ==
                 1,
             "a MAC");
        std::memcpy(last_.data(), out.data() + now.size() - last_.size(), last_.size());
        blocks = blocks.subspan(now.size());
    }
}

void CbcMac::flush() {
    chain(buffer_);
    waiting_ = 0;
}

void CbcMac::update(ByteView octets) {
    while (!octets.empty()) {
        if (waiting_ == buffer_.size()) flush();
        if (waiting_ == 0 && octets.size() > buffer_.size()) {
            // All but the last block, which may have to wait for its mask.
            const auto whole = (octets.size() - 1) / buffer_.size() * buffer_.size();
            chain(octets.first(whole));
            octets = octets.subspan(whole);
            continue;
        }
        const auto count = std::min(octets.size(), buffer_.size() - waiting_);
        std::memcpy(buffer_.data() + waiting_, octets.data(), count);
        waiting_ += count;
        octets = octets.subspan(count);
    }
}

void CbcMac::pad() {
    if (waiting_ == 0) return;
    std::memset(buffer_.data() + waiting_, 0, buffer_.size() - waiting_);
    flush();
}

Block CbcMac::finish(const Block& mask) {
    for (std::size_t i = 0; i < mask.size(); ++i) buffer_[i] ^= mask[i];
    flush();
    return last_;
}

const Block& CbcMac::chained() {
    if (waiting_ == buffer_.size()) flush();
    return last_;
}

Block CbcMac::encrypt(const Block& block) {
    begin();
    chain(block);
    return last_;
}

namespace {

/// Multiplication by x in GF(2^128), RFC 4493 section 2.3.
Block doubled(const Block& block) {
    Block out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
        const unsigned next = i + 1 < block.size() ? block[i + 1] : 0u;
        out[i] = static_cast<std::uint8_t>(block[i] << 1 | next >> 7);
    }
    out[15] ^= static_cast<std::uint8_t>((block[0] >> 7) * 0x87);
    return out;
}

const char* aes_cbc_name(std::size_t key_size) {
    return key_size == 16 ? "AES-128-CBC" : key_size == 24 ? "AES-192-CBC" : "AES-256-CBC";
}
CbcMac aes_mac(ByteView key) {
    return CbcMac{keyed_context(fetched_cipher(aes_cbc_name(key.size())), key, 1)};
}

}  // namespace

BlockMac BlockMac::cmac(ByteView key) {
    auto mac = aes_mac(key);
    const auto whole = doubled(mac.encrypt({}));
    return {std::move(mac), whole, doubled(whole)};
}

BlockMac BlockMac::xcbc(ByteView key) {
    // RFC 3566 section 4: three keys from constants of one repeated octet.
    auto derive = aes_mac(key);
    const auto constant = [&](std::uint8_t octet) {
        Block block;
        block.fill(octet);
        return derive.encrypt(block);
    };
    const auto first = constant(1);
    return {aes_mac(first), constant(2), constant(3)};
}

void BlockMac::sign(std::span<const ByteView> parts, std::uint8_t* out) {
    mac_.begin();
    for (const auto part : parts) mac_.update(part);
    const auto waiting = mac_.waiting();
    if (waiting < Block{}.size()) {
        mac_.buffer()[waiting] = 0x80;
        std::memset(mac_.buffer() + waiting + 1, 0, Block{}.size() - waiting - 1);
    }
    const auto tag = mac_.finish(waiting < Block{}.size() ? padded_ : whole_);
    std::memcpy(out, tag.data(), tag.size());
}

}  // namespace ike::crypto
