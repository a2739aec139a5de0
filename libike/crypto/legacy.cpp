#include "libike/crypto/legacy.hpp"

#include <openssl/des.h>
#include <openssl/md4.h>
#include <openssl/md5.h>

#include <algorithm>

#include "libike/base/secret.hpp"

namespace ike::crypto {

Digest128 md4(std::span<const ByteView> parts) {
    MD4_CTX context;
    MD4_Init(&context);
    for (const auto part : parts) MD4_Update(&context, part.data(), part.size());
    Digest128 out{};
    MD4_Final(out.data(), &context);
    wipe({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
    return out;
}

Digest128 md5(std::span<const ByteView> parts) {
    MD5_CTX context;
    MD5_Init(&context);
    for (const auto part : parts) MD5_Update(&context, part.data(), part.size());
    Digest128 out{};
    MD5_Final(out.data(), &context);
    wipe({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
    return out;
}

std::array<std::uint8_t, 8> des_encrypt(std::span<const std::uint8_t, 7> key,
                                        std::span<const std::uint8_t, 8> block) {
    // RFC 2759 section 8.6: seven bits an octet, the lowest is parity.
    std::uint64_t bits = 0;
    for (const auto octet : key) bits = bits << 8 | octet;
    DES_cblock whole{};
    for (std::size_t i = 0; i < 8; ++i)
        whole[i] = static_cast<std::uint8_t>((bits >> (49 - 7 * i) & 0x7f) << 1);
    DES_set_odd_parity(&whole);
    DES_key_schedule schedule;
    DES_set_key_unchecked(&whole, &schedule);
    DES_cblock in{}, out{};
    std::ranges::copy(block, in);
    DES_ecb_encrypt(&in, &out, &schedule, DES_ENCRYPT);
    wipe({reinterpret_cast<std::uint8_t*>(&schedule), sizeof schedule});
    wipe(whole);
    std::array<std::uint8_t, 8> cipher{};
    std::ranges::copy(out, cipher.begin());
    return cipher;
}

}  // namespace ike::crypto
