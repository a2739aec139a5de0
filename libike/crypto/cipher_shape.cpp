#include <algorithm>

#include "libike/crypto/crypto.hpp"
#include "libike/crypto/openssl/block_mac.hpp"
#include "libike/crypto/openssl/cipher_kind.hpp"

namespace ike::crypto {

namespace {

using Mode = CipherMode;

constexpr CipherRow rows[] = {
    {EncrId::null_encr, 0, Mode::null, "", 0, 0, 0, 1},
    {EncrId::aes_cbc, 128, Mode::cbc, "AES-128-CBC", 0, 16, 0, 16},
    {EncrId::aes_cbc, 192, Mode::cbc, "AES-192-CBC", 0, 16, 0, 16},
    {EncrId::aes_cbc, 256, Mode::cbc, "AES-256-CBC", 0, 16, 0, 16},
    {EncrId::aes_ctr, 128, Mode::ctr, "AES-128-CTR", 4, 8, 0, 1},
    {EncrId::aes_ctr, 192, Mode::ctr, "AES-192-CTR", 4, 8, 0, 1},
    {EncrId::aes_ctr, 256, Mode::ctr, "AES-256-CTR", 4, 8, 0, 1},
    {EncrId::aes_ccm_8, 128, Mode::ccm, "AES-128-CCM", 3, 8, 8, 1},
    {EncrId::aes_ccm_8, 192, Mode::ccm, "AES-192-CCM", 3, 8, 8, 1},
    {EncrId::aes_ccm_8, 256, Mode::ccm, "AES-256-CCM", 3, 8, 8, 1},
    {EncrId::aes_ccm_12, 128, Mode::ccm, "AES-128-CCM", 3, 8, 12, 1},
    {EncrId::aes_ccm_12, 192, Mode::ccm, "AES-192-CCM", 3, 8, 12, 1},
    {EncrId::aes_ccm_12, 256, Mode::ccm, "AES-256-CCM", 3, 8, 12, 1},
    {EncrId::aes_ccm_16, 128, Mode::ccm, "AES-128-CCM", 3, 8, 16, 1},
    {EncrId::aes_ccm_16, 192, Mode::ccm, "AES-192-CCM", 3, 8, 16, 1},
    {EncrId::aes_ccm_16, 256, Mode::ccm, "AES-256-CCM", 3, 8, 16, 1},
    {EncrId::aes_gcm_8, 128, Mode::aead, "AES-128-GCM", 4, 8, 8, 1},
    {EncrId::aes_gcm_8, 192, Mode::aead, "AES-192-GCM", 4, 8, 8, 1},
    {EncrId::aes_gcm_8, 256, Mode::aead, "AES-256-GCM", 4, 8, 8, 1},
    {EncrId::aes_gcm_12, 128, Mode::aead, "AES-128-GCM", 4, 8, 12, 1},
    {EncrId::aes_gcm_12, 192, Mode::aead, "AES-192-GCM", 4, 8, 12, 1},
    {EncrId::aes_gcm_12, 256, Mode::aead, "AES-256-GCM", 4, 8, 12, 1},
    {EncrId::aes_gcm_16, 128, Mode::aead, "AES-128-GCM", 4, 8, 16, 1},
    {EncrId::aes_gcm_16, 192, Mode::aead, "AES-192-GCM", 4, 8, 16, 1},
    {EncrId::aes_gcm_16, 256, Mode::aead, "AES-256-GCM", 4, 8, 16, 1},
    {EncrId::null_auth_aes_gmac, 128, Mode::gmac, "AES-128-GCM", 4, 8, 16, 1},
    {EncrId::null_auth_aes_gmac, 192, Mode::gmac, "AES-192-GCM", 4, 8, 16, 1},
    {EncrId::null_auth_aes_gmac, 256, Mode::gmac, "AES-256-GCM", 4, 8, 16, 1},
    {EncrId::chacha20_poly1305, 256, Mode::aead, "ChaCha20-Poly1305", 4, 8, 16, 1},
    // RFC 8750: the IV is the sequence number and not sent.
    {EncrId::aes_ccm_8_iiv, 128, Mode::ccm, "AES-128-CCM", 3, 0, 8, 1},
    {EncrId::aes_ccm_8_iiv, 192, Mode::ccm, "AES-192-CCM", 3, 0, 8, 1},
    {EncrId::aes_ccm_8_iiv, 256, Mode::ccm, "AES-256-CCM", 3, 0, 8, 1},
    {EncrId::aes_gcm_16_iiv, 128, Mode::aead, "AES-128-GCM", 4, 0, 16, 1},
    {EncrId::aes_gcm_16_iiv, 192, Mode::aead, "AES-192-GCM", 4, 0, 16, 1},
    {EncrId::aes_gcm_16_iiv, 256, Mode::aead, "AES-256-GCM", 4, 0, 16, 1},
    {EncrId::chacha20_poly1305_iiv, 256, Mode::aead, "ChaCha20-Poly1305", 4, 0, 16, 1},
    {EncrId::camellia_cbc, 128, Mode::cbc, "CAMELLIA-128-CBC", 0, 16, 0, 16},
    {EncrId::camellia_cbc, 192, Mode::cbc, "CAMELLIA-192-CBC", 0, 16, 0, 16},
    {EncrId::camellia_cbc, 256, Mode::cbc, "CAMELLIA-256-CBC", 0, 16, 0, 16},
    {EncrId::camellia_ctr, 128, Mode::ctr, "CAMELLIA-128-CTR", 4, 8, 0, 1},
    {EncrId::camellia_ctr, 192, Mode::ctr, "CAMELLIA-192-CTR", 4, 8, 0, 1},
    {EncrId::camellia_ctr, 256, Mode::ctr, "CAMELLIA-256-CTR", 4, 8, 0, 1},
    // OpenSSL has no CCM for Camellia: it is put together from CTR and CBC.
    {EncrId::camellia_ccm_8, 128, Mode::composed_ccm, "CAMELLIA-128-CTR", 3, 8, 8, 1, "CAMELLIA-128-CBC"},
    {EncrId::camellia_ccm_8, 192, Mode::composed_ccm, "CAMELLIA-192-CTR", 3, 8, 8, 1, "CAMELLIA-192-CBC"},
    {EncrId::camellia_ccm_8, 256, Mode::composed_ccm, "CAMELLIA-256-CTR", 3, 8, 8, 1, "CAMELLIA-256-CBC"},
    {EncrId::camellia_ccm_12, 128, Mode::composed_ccm, "CAMELLIA-128-CTR", 3, 8, 12, 1, "CAMELLIA-128-CBC"},
    {EncrId::camellia_ccm_12, 192, Mode::composed_ccm, "CAMELLIA-192-CTR", 3, 8, 12, 1, "CAMELLIA-192-CBC"},
    {EncrId::camellia_ccm_12, 256, Mode::composed_ccm, "CAMELLIA-256-CTR", 3, 8, 12, 1, "CAMELLIA-256-CBC"},
    {EncrId::camellia_ccm_16, 128, Mode::composed_ccm, "CAMELLIA-128-CTR", 3, 8, 16, 1, "CAMELLIA-128-CBC"},
    {EncrId::camellia_ccm_16, 192, Mode::composed_ccm, "CAMELLIA-192-CTR", 3, 8, 16, 1, "CAMELLIA-192-CBC"},
    {EncrId::camellia_ccm_16, 256, Mode::composed_ccm, "CAMELLIA-256-CTR", 3, 8, 16, 1, "CAMELLIA-256-CBC"},
    {EncrId::triple_des, 192, Mode::cbc, "DES-EDE3-CBC", 0, 8, 0, 8},
    // RFC 2451 and RFC 2405; OpenSSL has these in its legacy provider.
    {EncrId::des, 64, Mode::cbc, "DES-CBC", 0, 8, 0, 8},
    {EncrId::cast, 128, Mode::cbc, "CAST5-CBC", 0, 8, 0, 8},
    {EncrId::blowfish, 128, Mode::cbc, "BF-CBC", 0, 8, 0, 8},
};

}  // namespace

/// RFC 2451 section 2.1: any multiple of 8 in a range.
bool has_variable_key(EncrId id, unsigned key_bits) {
    if (key_bits % 8 != 0) return false;
    return (id == EncrId::blowfish && key_bits >= 40 && key_bits <= 448) ||
           (id == EncrId::cast && key_bits >= 40 && key_bits <= 128);
}

std::optional<CipherRow> cipher_row(EncrId id, unsigned key_bits) {
    // AES comes first with 128 bits, what a missing attribute is read as; the others have one length or a
    // default.
    const auto* row = std::ranges::find_if(rows, [&](const CipherRow& each) {
        return each.id == id && (key_bits == 0 || each.key_bits == key_bits);
    });
    if (row != std::ranges::end(rows)) return *row;
    if (!has_variable_key(id, key_bits)) return std::nullopt;
    auto sized = *std::ranges::find(rows, id, &CipherRow::id);
    sized.key_bits = key_bits;
    return sized;
}

std::optional<CipherShape> cipher_shape(EncrId id, unsigned key_bits) {
    const auto row = cipher_row(id, key_bits);
    if (!row) return std::nullopt;
    return row->shape();
}

bool supported(EncrId id, unsigned key_bits) {
    const auto row = cipher_row(id, key_bits);
    return row && (row->mode == Mode::null || fetched_cipher(row->name) != nullptr);
}

}  // namespace ike::crypto
