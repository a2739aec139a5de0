#pragma once
// Algorithms by the words that logs and kernels have for them.
#include "libike/sa/suite.hpp"

namespace ike {

/// strongSwan's and libreswan's names: "AES_GCM_16_256", "AES_GCM_C_256", "AES_CBC_128", "CHACHA20_POLY1305".
/// The key length is 0 where the name does not say it.
struct CipherWord {
    EncrId encr{};
    std::uint16_t key_bits = 0;
};
std::optional<CipherWord> cipher_word(std::string_view name);
/// "HMAC_SHA2_256_128", "HMAC_SHA1_96", "NONE".
std::optional<IntegId> integrity_word(std::string_view name);
/// "PRF_HMAC_SHA2_256", or without its head.
std::optional<PrfId> prf_word(std::string_view name);
/// "CURVE_25519", "MODP_2048", "ECP_384_BP".
std::optional<KeId> ke_word(std::string_view name);

/// A chosen proposal as strongSwan logs it, without its protocol:
/// "AES_GCM_16_256/PRF_HMAC_SHA2_256/CURVE_25519", "AES_CBC_128/HMAC_SHA2_256_128/NO_EXT_SEQ".
std::optional<IkeSuite> ike_suite_words(std::string_view text);
std::optional<EspSuite> esp_suite_words(std::string_view text);

/// Linux's names for encryption ("cbc(aes)", "rfc3686(ctr(aes))") and AEADs ("rfc4106(gcm(aes))", with the
/// length of the ICV in bits); the key, with its salt, tells the key length.
std::optional<CipherWord> kernel_cipher(std::string_view name, std::size_t key_size, unsigned icv_bits);
/// Linux's names for authentication, as "hmac(sha256)" with 128 bits of ICV. Nothing where IKE has no number
/// for the truncation.
std::optional<IntegId> kernel_integrity(std::string_view name, unsigned icv_bits);

}  // namespace ike
