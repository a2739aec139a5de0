#pragma once
// How a transform is built from OpenSSL's ciphers.
#include <optional>

#include "libike/crypto/crypto.hpp"

namespace ike::crypto {

enum class CipherMode : std::uint8_t { null, cbc, ctr, aead, ccm, composed_ccm, gmac };

/// One transform with one key length.
struct CipherRow {
    EncrId id;
    unsigned key_bits;
    CipherMode mode;
    const char* name;  ///< OpenSSL's
    std::uint8_t salt, iv, icv, block;
    const char* mac_name = "";  ///< the CBC cipher of a composed CCM

    CipherShape shape() const {
        const bool aead = mode != CipherMode::null && mode != CipherMode::cbc && mode != CipherMode::ctr;
        return {key_bits / 8, salt, iv, icv, block, aead};
    }
};
/// Nothing for a transform or key length that is not known here; the cipher may still be missing in OpenSSL.
std::optional<CipherRow> cipher_row(EncrId id, unsigned key_bits);

}  // namespace ike::crypto
