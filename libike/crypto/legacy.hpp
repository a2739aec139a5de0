#pragma once
// Primitives that are broken for any use of their own and live on inside EAP methods: MD4 and DES in
// MS-CHAPv2 (RFC 2759 section 8), MD5 in MD5-Challenge (RFC 3748 section 5.4). They come from OpenSSL's
// plain functions, which need no legacy provider.
#include <array>
#include <span>

#include "libike/base/octets.hpp"

namespace ike::crypto {

using Digest128 = std::array<std::uint8_t, 16>;

/// RFC 1320, of the joined parts.
Digest128 md4(std::span<const ByteView> parts);
/// RFC 1321, of the joined parts.
Digest128 md5(std::span<const ByteView> parts);
/// One block under DES with a key of 56 bits in seven octets, to which parity bits are added (RFC 2759
/// section 8.6, DesEncrypt).
std::array<std::uint8_t, 8> des_encrypt(std::span<const std::uint8_t, 7> key,
                                        std::span<const std::uint8_t, 8> block);

}  // namespace ike::crypto
