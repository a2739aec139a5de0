#pragma once
// Hashes and HMAC as plain structures: a keyed state is copied for each message, so that neither key schedule
// nor allocation is paid twice. OpenSSL calls these functions deprecated in favour of its EVP layer, whose
// fetching, reference counts and duplicated contexts cost several times what the hash of a short message
// does.
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <array>
#include <span>

#include "libike/base/secret.hpp"

namespace ike::crypto {

struct Md5 {
    using Context = MD5_CTX;
    static constexpr std::size_t size = 16, block = 64;
    static void begin(Context& c) { MD5_Init(&c); }
    static void update(Context& c, ByteView in) { MD5_Update(&c, in.data(), in.size()); }
    static void finish(Context& c, std::uint8_t* out) { MD5_Final(out, &c); }
};
struct Sha1 {
    using Context = SHA_CTX;
    static constexpr std::size_t size = 20, block = 64;
    static void begin(Context& c) { SHA1_Init(&c); }
    static void update(Context& c, ByteView in) { SHA1_Update(&c, in.data(), in.size()); }
    static void finish(Context& c, std::uint8_t* out) { SHA1_Final(out, &c); }
};
struct Sha256 {
    using Context = SHA256_CTX;
    static constexpr std::size_t size = 32, block = 64;
    static void begin(Context& c) { SHA256_Init(&c); }
    static void update(Context& c, ByteView in) { SHA256_Update(&c, in.data(), in.size()); }
    static void finish(Context& c, std::uint8_t* out) { SHA256_Final(out, &c); }
};
struct Sha384 {
    using Context = SHA512_CTX;
    static constexpr std::size_t size = 48, block = 128;
    static void begin(Context& c) { SHA384_Init(&c); }
    static void update(Context& c, ByteView in) { SHA384_Update(&c, in.data(), in.size()); }
    static void finish(Context& c, std::uint8_t* out) { SHA384_Final(out, &c); }
};
struct Sha512 {
    using Context = SHA512_CTX;
    static constexpr std::size_t size = 64, block = 128;
    static void begin(Context& c) { SHA512_Init(&c); }
    static void update(Context& c, ByteView in) { SHA512_Update(&c, in.data(), in.size()); }
    static void finish(Context& c, std::uint8_t* out) { SHA512_Final(out, &c); }
};

/// HMAC (RFC 2104) under one key: both padded keys are hashed once.
template <class Hash>
class Hmac {
public:
    static constexpr std::size_t size = Hash::size;

    explicit Hmac(ByteView key) { rekey(key); }
    void rekey(ByteView key) {
        std::array<std::uint8_t, Hash::block> pad{};
        if (key.size() > Hash::block) {
            typename Hash::Context context;
            Hash::begin(context);
            Hash::update(context, key);
            Hash::finish(context, pad.data());
        } else {
            std::ranges::copy(key, pad.begin());
        }
        for (auto& octet : pad) octet ^= 0x36;
        Hash::begin(inner_);
        Hash::update(inner_, pad);
        for (auto& octet : pad) octet ^= 0x36 ^ 0x5c;
        Hash::begin(outer_);
        Hash::update(outer_, pad);
        wipe(pad);
    }
    Hmac(const Hmac&) = default;
    Hmac& operator=(const Hmac&) = default;
    ~Hmac() {
        wipe({reinterpret_cast<std::uint8_t*>(&inner_), sizeof inner_});
        wipe({reinterpret_cast<std::uint8_t*>(&outer_), sizeof outer_});
    }

    /// HMAC of the joined parts, `size` octets.
    void sign(std::span<const ByteView> parts, std::uint8_t* out) const {
        auto context = inner_;
        for (const auto part : parts) Hash::update(context, part);
        Hash::finish(context, out);
        context = outer_;
        Hash::update(context, {out, size});
        Hash::finish(context, out);
    }

private:
    typename Hash::Context inner_;
    typename Hash::Context outer_;
};

}  // namespace ike::crypto
