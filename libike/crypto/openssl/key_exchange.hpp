#pragma once
// The families of key exchange methods. Each has a private key type with public_value() and agree().
#include "libike/crypto/crypto.hpp"
#include "libike/crypto/openssl/handle.hpp"

namespace ike::crypto {

/// A number of `bits` bits from the Rng, its octets wiped.
BignumHandle random_number(Rng& rng, unsigned bits);
/// Uniform enough in [1, order - 1]: 64 more bits than the order's, reduced (FIPS 186-5 appendix A.2.1).
BignumHandle random_scalar(Rng& rng, const BIGNUM* order, BN_CTX* context);

// ---- modp.cpp: RFC 2409, 3526, 5114
// ---------------------------------------------------------------------------

struct ModpGroup;
/// Nothing for a group that is none of these.
const ModpGroup* modp_group(KeId id);
std::size_t modp_size(const ModpGroup& group);  ///< octets of the prime
class ModpKey {
public:
    static Result<ModpKey> generate(const ModpGroup& group, Rng& rng);
    static Result<ModpKey> from_private(const ModpGroup& group, ByteView value);
    Result<SecretBytes> agree(ByteView peer) const;
    const Bytes& public_value() const { return public_; }

private:
    ModpKey(const ModpGroup& group, BignumHandle secret);
    const ModpGroup* group_;
    BignumHandle secret_;
    Bytes public_;
};

// ---- ecp.cpp: RFC 5903, 5114, 6954
// ----------------------------------------------------------------------------

struct EcpGroup;
/// Nothing for a group that is none of these, or that this OpenSSL lacks.
const EcpGroup* ecp_group(KeId id);
std::size_t ecp_size(const EcpGroup& group);  ///< octets of a coordinate
class EcpKey {
public:
    static Result<EcpKey> generate(const EcpGroup& group, Rng& rng);
    static Result<EcpKey> from_private(const EcpGroup& group, ByteView value);
    Result<SecretBytes> agree(ByteView peer) const;
    const Bytes& public_value() const { return public_; }

private:
    EcpKey(const EcpGroup& group, BignumHandle secret);
    const EcpGroup* group_;
    BignumHandle secret_;
    Bytes public_;
};

// ---- montgomery.cpp: RFC 7748, 8031
// ---------------------------------------------------------------------------

class MontgomeryKey {
public:
    static Result<MontgomeryKey> generate(KeId id, Rng& rng);
    static Result<MontgomeryKey> from_private(KeId id, ByteView value);
    Result<SecretBytes> agree(ByteView peer) const;
    const Bytes& public_value() const { return public_; }

private:
    MontgomeryKey(KeId id, PkeyHandle key, Bytes value)
        : id_{id}, key_{std::move(key)}, public_{std::move(value)} {}
    KeId id_;
    PkeyHandle key_;
    Bytes public_;
};
std::size_t montgomery_size(KeId id);  ///< octets, 0 for other groups

// ---- ml_kem.cpp: FIPS 203, draft-ietf-ipsecme-ikev2-mlkem
// -------------------------------------------------------

struct MlKemShape {
    const char* name;
    std::size_t public_key, ciphertext;
};
/// Nothing for other methods, or where this OpenSSL is older than 3.5.
const MlKemShape* ml_kem_shape(KeId id);
class MlKemKey {
public:
    static Result<MlKemKey> generate(const MlKemShape& shape, Rng& rng);
    static Result<MlKemKey> from_private(const MlKemShape& shape, ByteView seed);
    /// Decapsulates.
    Result<SecretBytes> agree(ByteView ciphertext) const;
    const Bytes& public_value() const { return public_; }
    static Result<KeyResponse> respond(const MlKemShape& shape, ByteView peer, Rng& rng);

private:
    MlKemKey(const MlKemShape& shape, PkeyHandle key, Bytes value)
        : shape_{&shape}, key_{std::move(key)}, public_{std::move(value)} {}
    const MlKemShape* shape_;
    PkeyHandle key_;
    Bytes public_;
};

}  // namespace ike::crypto
