#pragma once
// The primitives of IKEv2 and ESP, by their IANA numbers. OpenSSL is seen by the .cpp files of this folder
// only.
#include <array>
#include <memory>
#include <span>

#include "libike/base/error.hpp"
#include "libike/base/rng.hpp"
#include "libike/base/secret.hpp"
#include "libike/registry/encr_id.hpp"
#include "libike/registry/integ_id.hpp"
#include "libike/registry/ke_id.hpp"
#include "libike/registry/prf_id.hpp"

namespace ike::crypto {

// ---- prf.cpp
// ------------------------------------------------------------------------------------------------

bool supported(PrfId id);
/// Octets of output, and of the preferred key (RFC 7296 section 2.13); 0 when not supported.
std::size_t prf_size(PrfId id);
/// True for AES-XCBC and AES-CMAC, whose keys have one length: section 2.14 takes 64 bits of each nonce for
/// them.
bool prf_has_fixed_key(PrfId id);
/// prf(key, data), data given in parts that are joined. Keys of any length. The output is a secret until it
/// is shown to be none. Precondition: supported(id).
SecretBytes prf(PrfId id, ByteView key, std::span<const ByteView> data);
SecretBytes prf(PrfId id, ByteView key, ByteView data);
/// prf+ of RFC 7296 section 2.13, `size` octets (at most 255 * prf_size).
SecretBytes prf_plus(PrfId id, ByteView key, ByteView seed, std::size_t size);

// ---- integ.cpp
// ----------------------------------------------------------------------------------------------

bool supported(IntegId id);
std::size_t integ_key_size(IntegId id);
std::size_t icv_size(IntegId id);
/// A keyed integrity algorithm, reusable without allocation.
class Integrity {
public:
    static Result<Integrity> create(IntegId id, ByteView key);
    Integrity(Integrity&&) noexcept;
    Integrity& operator=(Integrity&&) noexcept;
    ~Integrity();
    std::size_t icv_size() const;
    /// Another key for the same transform; false where its size is wrong.
    bool rekey(ByteView key);
    /// Writes the truncated ICV of the parts, in order, to `icv` (icv_size() octets).
    void sign(std::span<const ByteView> parts, MutableBytes icv);
    /// Constant-time comparison of the ICV of the parts with `icv`.
    bool verify(std::span<const ByteView> parts, ByteView icv);

private:
    struct State;
    explicit Integrity(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// ---- cipher.cpp
// ---------------------------------------------------------------------------------------------

/// What a cipher needs, for an encryption transform and its Key Length attribute (0: none given).
struct CipherShape {
    std::size_t key = 0;    ///< octets of cipher key, without salt
    std::size_t salt = 0;   ///< octets of salt or nonce that follow the key in KEYMAT
    std::size_t iv = 0;     ///< octets of IV on the wire (explicit)
    std::size_t icv = 0;    ///< octets of ICV of an AEAD, 0 for others
    std::size_t block = 1;  ///< payload is padded to this (1 for stream-like)
    bool aead = false;
};
/// Nothing for a transform or key length that is not supported. `key_bits` 0 takes the only or default length
/// (3DES, ChaCha20-Poly1305, NULL; 128 for AES where the attribute is missing).
std::optional<CipherShape> cipher_shape(EncrId id, unsigned key_bits);
/// False where the OpenSSL at hand lacks it (legacy ciphers in the default provider).
bool supported(EncrId id, unsigned key_bits);

/// A keyed cipher, both directions, in place, without allocation once made.
class Cipher {
public:
    /// `key` is cipher key and salt, as KEYMAT gives them (shape.key + shape.salt octets).
    static Result<Cipher> create(EncrId id, unsigned key_bits, ByteView key);
    Cipher(Cipher&&) noexcept;
    Cipher& operator=(Cipher&&) noexcept;
    ~Cipher();
    const CipherShape& shape() const;
    /// Another key for the same transform, at less cost than create(); false where its size is wrong.
    bool rekey(ByteView key);
    /// AEAD: encrypts `data` in place, writes the tag. iv.size() == shape().iv, or 8 for implicit-IV
    /// transforms. The nonce is salt | iv.
    void seal(ByteView iv, ByteView aad, MutableBytes data, MutableBytes icv);
    /// AEAD: decrypts in place; false, with `data` unspecified, when the tag is wrong.
    bool open(ByteView iv, ByteView aad, MutableBytes data, ByteView icv);
    /// Others (CBC, CTR, NULL): in place; CBC data is whole blocks. CTR builds its counter block from salt |
    /// iv | 1 (RFC 3686, 5930).
    void encrypt(ByteView iv, MutableBytes data);
    void decrypt(ByteView iv, MutableBytes data);
    /// Gives back the keyed contexts (about 1.2 KB a direction) and keeps the key alone; the next use makes
    /// them anew, which costs about a microsecond. For an SA that is used rarely.
    void rest();

private:
    struct State;
    explicit Cipher(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// ---- key_exchange.cpp
// ---------------------------------------------------------------------------------------

bool supported(KeId id);
/// Octets of the initiator's public value on the wire, 0 when not supported.
std::size_t public_value_size(KeId id);
/// Octets of the responder's: the same, but for ML-KEM, where it is a ciphertext.
std::size_t response_size(KeId id);
/// What a responder makes of an initiator's public value.
struct KeyResponse {
    Bytes public_value;         ///< for its own KE payload
    SecretBytes shared_secret;  ///< as agree() gives it to the initiator
};
/// One side of a Diffie-Hellman exchange whose private key came from the given Rng; of ML-KEM the
/// initiator's.
class KeyExchange {
public:
    static Result<KeyExchange> generate(KeId id, Rng& rng);
    /// The responder's half of any method: a key pair of its own and agree(), or an encapsulation. Refuses
    /// the public values that agree() refuses.
    static Result<KeyResponse> respond(KeId id, ByteView peer_public_value, Rng& rng);
    /// From a known private value (tests, decryption of captures): a MODP exponent or ECP scalar, big-endian;
    /// the octets of RFC 7748; the seed d | z of FIPS 203.
    static Result<KeyExchange> from_private(KeId id, ByteView private_value);
    KeyExchange(KeyExchange&&) noexcept;
    KeyExchange& operator=(KeyExchange&&) noexcept;
    ~KeyExchange();
    KeId id() const;
    /// As the KE payload carries it (RFC 7296 section 3.4, RFC 5903: x | y without prefix, MODP padded to the
    /// prime).
    ByteView public_value() const;
    /// The shared secret g^ir as the key derivation takes it (MODP padded to the prime, ECP the x
    /// coordinate). Refuses values that RFC 6989 and RFC 8031 rule out, wrong lengths included. For ML-KEM
    /// the value is the responder's ciphertext.
    Result<SecretBytes> agree(ByteView peer_public_value) const;

private:
    struct State;
    explicit KeyExchange(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// ---- hash.cpp
// -----------------------------------------------------------------------------------------------

enum class Hash : std::uint8_t { sha1, sha2_256, sha2_384, sha2_512, identity };
Bytes digest(Hash hash, std::span<const ByteView> parts);
/// SHA-1 of the joined parts: NAT detection (RFC 7296 section 3.10.1), CERTREQ key hashes (section 3.7).
std::array<std::uint8_t, 20> sha1(std::span<const ByteView> parts);

}  // namespace ike::crypto
