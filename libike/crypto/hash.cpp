#include "libike/crypto/crypto.hpp"
#include "libike/crypto/openssl/hmac.hpp"

namespace ike::crypto {

namespace {

template <class Algorithm>
Bytes digest_with(std::span<const ByteView> parts) {
    typename Algorithm::Context context;
    Algorithm::begin(context);
    for (const auto part : parts) Algorithm::update(context, part);
    Bytes out(Algorithm::size);
    Algorithm::finish(context, out.data());
    return out;
}

}  // namespace

Bytes digest(Hash hash, std::span<const ByteView> parts) {
    switch (hash) {
        case Hash::sha1:
            return digest_with<Sha1>(parts);
        case Hash::sha2_256:
            return digest_with<Sha256>(parts);
        case Hash::sha2_384:
            return digest_with<Sha384>(parts);
        case Hash::sha2_512:
            return digest_with<Sha512>(parts);
        case Hash::identity:
            break;
    }
    Bytes joined;
    for (const auto part : parts) append(joined, part);
    return joined;
}

std::array<std::uint8_t, 20> sha1(std::span<const ByteView> parts) {
    SHA_CTX context;
    Sha1::begin(context);
    for (const auto part : parts) Sha1::update(context, part);
    std::array<std::uint8_t, 20> out{};
    Sha1::finish(context, out.data());
    return out;
}

}  // namespace ike::crypto
