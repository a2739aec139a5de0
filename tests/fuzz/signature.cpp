// AUTH data of a signature: the first octet chooses key and method, the rest is what a stranger sent.
#include <array>

#include "libike/crypto/pki.hpp"

namespace {

using namespace ike;
using namespace ike::crypto;

/// SubjectPublicKeyInfo of P-256 (RFC 4754 section 8.1), Ed25519 (RFC 8032 section 7.1) and RSA with 1024
/// bits.
const std::array<Bytes, 3>& keys() {
    static const std::array<Bytes, 3> all{
        from_hex("3059301306072a8648ce3d020106082a8648ce3d030107034200042442a5cc0ecd015fa3ca31dc8e2bbc70bf42d"
                 "60cbca20085e0822cb0"
                 "4235e9706fc98bd7e50211a4a27102fa3549df79ebcb4bf246b80945cddfe7d509bbfd7d")
            .value(),
        from_hex("302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
            .value(),
        from_hex("30819f300d06092a864886f70d010101050003818d0030818902818100a08ce1d892ea204bbbf21af1d729a4274"
                 "6d3f56150f5324e9d14d5"
                 "a02e03aee4e09a2434ed7987da13b745d67e4de262d20aa3ceab9f6f4583ce4a4b7a51fb1775d3c14772bd9360e"
                 "e07ec410d8a4c70256b13"
                 "a6b47dbb0f4f9ed482bf0e1e204381f358d317392d4ad3b10c6cfdf3000cdfaa8d339649065b51d8d1646164790"
                 "203010001")
            .value()};
    return all;
}
constexpr AuthMethod methods[] = {AuthMethod::digital_signature, AuthMethod::rsa_digital_signature,
                                  AuthMethod::ecdsa_sha256_p256, AuthMethod::ecdsa_sha384_p384};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView auth_data{data + 1, size - 1};
    const auto& key = keys()[data[0] % keys().size()];
    const auto method = methods[data[0] / keys().size() % std::size(methods)];
    static constexpr std::array<std::uint8_t, 3> message{'a', 'b', 'c'};
    const ByteView parts[] = {message};
    if (const auto scheme = verify(key, method, auth_data, parts)) static_cast<void>(to_string(*scheme));
    // The data may be a key as well.
    static_cast<void>(verify(auth_data, method, key, parts));
    return 0;
}
