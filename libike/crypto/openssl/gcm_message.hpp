#pragma once
// What a message to be opened needs from a keyed AES-GCM context.
#include <openssl/core_names.h>

#include "libike/crypto/openssl/handle.hpp"

namespace ike::crypto {

/// Gives `context` nonce (12 octets) and tag at once: that costs half of what giving them one by one does. A
/// whole nonce is to GCM a "fixed IV" of length -1, too.
inline void begin_opening(EVP_CIPHER_CTX* context, std::uint8_t* nonce, MutableBytes tag) {
    const std::array<OSSL_PARAM, 3> params{
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag.data(), tag.size()),
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, nonce,
                                          static_cast<std::size_t>(-1)),
        OSSL_PARAM_construct_end()};
    must(EVP_CIPHER_CTX_set_params(context, params.data()) == 1, "a nonce and a tag");
}

}  // namespace ike::crypto
