// AlgorithmIdentifiers of signatures (RFC 7427 section 3 and appendix A, RFC 8420) and the encoding of
// RSASSA-PSS.
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "libike/crypto/openssl/pki.hpp"

namespace ike::crypto {

const EVP_MD* message_digest(Hash hash) {
    switch (hash) {
        case Hash::sha1:
            return EVP_sha1();
        case Hash::sha2_256:
            return EVP_sha256();
        case Hash::sha2_384:
            return EVP_sha384();
        case Hash::sha2_512:
            return EVP_sha512();
        case Hash::identity:
            break;
    }
    return nullptr;
}

namespace {

using AlgorithmHandle = Handle<X509_ALGOR, X509_ALGOR_free>;
using PssHandle = Handle<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free>;

struct Row {
    KeyKind kind;
    Hash hash;
    int nid;
};
/// Those without parameters, or with a NULL one.
constexpr Row rows[] = {
    {KeyKind::rsa, Hash::sha1, NID_sha1WithRSAEncryption},
    {KeyKind::rsa, Hash::sha2_256, NID_sha256WithRSAEncryption},
    {KeyKind::rsa, Hash::sha2_384, NID_sha384WithRSAEncryption},
    {KeyKind::rsa, Hash::sha2_512, NID_sha512WithRSAEncryption},
    {KeyKind::ecdsa, Hash::sha1, NID_ecdsa_with_SHA1},
    {KeyKind::ecdsa, Hash::sha2_256, NID_ecdsa_with_SHA256},
    {KeyKind::ecdsa, Hash::sha2_384, NID_ecdsa_with_SHA384},
    {KeyKind::ecdsa, Hash::sha2_512, NID_ecdsa_with_SHA512},
    {KeyKind::ed25519, Hash::identity, NID_ED25519},
    {KeyKind::ed448, Hash::identity, NID_ED448},
};

Bytes der_of(const X509_ALGOR* algorithm) {
    Bytes der(static_cast<std::size_t>(i2d_X509_ALGOR(algorithm, nullptr)));
    auto* at = der.data();
    i2d_X509_ALGOR(algorithm, &at);
    return der;
}

/// DER of a value that is to become an AlgorithmIdentifier's parameters.
template <class T>
ASN1_STRING* packed(const T* value, const ASN1_ITEM* item) {
    ASN1_STRING* string = nullptr;
    must(ASN1_item_pack(const_cast<T*>(value), item, &string) != nullptr, "PSS parameters");
    return string;
}

/// With NULL as its parameters (RFC 4055 section 2.1, RFC 7427 appendix A.4.3): X509_ALGOR_set_md() leaves
/// them out, and peers that compare octets (libreswan 4.10) take nothing else.
void set_hash(X509_ALGOR* algorithm, const EVP_MD* digest) {
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(EVP_MD_get_type(digest)), V_ASN1_NULL, nullptr);
}

Bytes pss_der(Hash hash) {
    PssHandle pss{RSA_PSS_PARAMS_new()};
    AlgorithmHandle algorithm{X509_ALGOR_new()};
    must(pss && algorithm, "PSS parameters");
    const auto* digest = message_digest(hash);
    // DER leaves out what is the default: SHA-1, 20 octets of salt, trailer 1.
    if (hash != Hash::sha1) {
        pss->hashAlgorithm = X509_ALGOR_new();
        set_hash(pss->hashAlgorithm, digest);
        AlgorithmHandle mask_hash{X509_ALGOR_new()};
        set_hash(mask_hash.get(), digest);
        pss->maskGenAlgorithm = X509_ALGOR_new();
        X509_ALGOR_set0(pss->maskGenAlgorithm, OBJ_nid2obj(NID_mgf1), V_ASN1_SEQUENCE,
                        packed(mask_hash.get(), ASN1_ITEM_rptr(X509_ALGOR)));
        pss->saltLength = ASN1_INTEGER_new();
        ASN1_INTEGER_set(pss->saltLength, EVP_MD_get_size(digest));
    }
    X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE,
                    packed(pss.get(), ASN1_ITEM_rptr(RSA_PSS_PARAMS)));
    return der_of(algorithm.get());
}

std::optional<Hash> hash_of(const X509_ALGOR* algorithm) {
    if (algorithm == nullptr) return Hash::sha1;
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    switch (OBJ_obj2nid(object)) {
        case NID_sha1:
            return Hash::sha1;
        case NID_sha256:
            return Hash::sha2_256;
        case NID_sha384:
            return Hash::sha2_384;
        case NID_sha512:
            return Hash::sha2_512;
        default:
            return std::nullopt;
    }
}

std::optional<Hash> mask_hash_of(const X509_ALGOR* mask) {
    if (mask == nullptr) return Hash::sha1;
    const ASN1_OBJECT* object = nullptr;
    int type = 0;
    const void* value = nullptr;
    X509_ALGOR_get0(&object, &type, &value, mask);
    if (OBJ_obj2nid(object) != NID_mgf1 || type != V_ASN1_SEQUENCE) return std::nullopt;
    AlgorithmHandle hash{static_cast<X509_ALGOR*>(
        ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), ASN1_ITEM_rptr(X509_ALGOR)))};
    return hash ? hash_of(hash.get()) : std::nullopt;
}

std::optional<SignatureAlgorithm> read_pss(int type, const void* value) {
    if (type != V_ASN1_SEQUENCE) return std::nullopt;
    PssHandle pss{static_cast<RSA_PSS_PARAMS*>(
        ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), ASN1_ITEM_rptr(RSA_PSS_PARAMS)))};
    if (!pss) return std::nullopt;
    const auto hash = hash_of(pss->hashAlgorithm);
    const auto mask = mask_hash_of(pss->maskGenAlgorithm);
    std::int64_t salt = 20, trailer = 1;
    if (pss->saltLength != nullptr && ASN1_INTEGER_get_int64(&salt, pss->saltLength) != 1)
        return std::nullopt;
    if (pss->trailerField != nullptr && ASN1_INTEGER_get_int64(&trailer, pss->trailerField) != 1)
        return std::nullopt;
    if (!hash || !mask || trailer != 1 || salt < 0 || salt > 2048) return std::nullopt;
    return SignatureAlgorithm{KeyKind::rsa, *hash, true, *mask, static_cast<unsigned>(salt)};
}

}  // namespace

Bytes algorithm_der(KeyKind kind, Hash hash, bool pss) {
    if (pss) return pss_der(hash);
    const auto* row =
        std::ranges::find_if(rows, [&](const Row& each) { return each.kind == kind && each.hash == hash; });
    must(row != std::ranges::end(rows), "a signature algorithm");
    AlgorithmHandle algorithm{X509_ALGOR_new()};
    // RFC 7427 appendix A.1: RSA with a NULL, all others without parameters.
    must(algorithm && X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(row->nid),
                                      kind == KeyKind::rsa ? V_ASN1_NULL : V_ASN1_UNDEF, nullptr) == 1,
         "a signature algorithm");
    return der_of(algorithm.get());
}

Result<SignatureAlgorithm> read_algorithm(ByteView der) {
    const auto* at = der.data();
    AlgorithmHandle algorithm{d2i_X509_ALGOR(nullptr, &at, static_cast<long>(der.size()))};
    ERR_clear_error();
    if (!algorithm || at != der.data() + der.size()) return failure("the AlgorithmIdentifier cannot be read");
    const ASN1_OBJECT* object = nullptr;
    int type = 0;
    const void* value = nullptr;
    X509_ALGOR_get0(&object, &type, &value, algorithm.get());
    const int nid = OBJ_obj2nid(object);
    if (nid == NID_rsassaPss) {
        const auto pss = read_pss(type, value);
        ERR_clear_error();
        if (!pss) return failure("the parameters of RSASSA-PSS are not understood");
        return *pss;
    }
    const auto* row = std::ranges::find(rows, nid, &Row::nid);
    if (row != std::ranges::end(rows)) return SignatureAlgorithm{row->kind, row->hash};
    std::array<char, 80> name{};
    OBJ_obj2txt(name.data(), static_cast<int>(name.size()), object, 0);
    return failure(std::string{"the signature algorithm "} + name.data() + " is not supported");
}

std::optional<Bytes> pss_encode(Hash hash, ByteView digest, ByteView salt, unsigned bits) {
    const auto encoded_bits = bits - 1;
    Bytes out((encoded_bits + 7) / 8);
    const auto size = digest.size();
    if (out.size() < size + salt.size() + 2) return std::nullopt;
    static constexpr std::array<std::uint8_t, 8> zeros{};
    const ByteView parts[] = {zeros, digest, salt};
    const auto inner = crypto::digest(hash, parts);
    const auto masked = MutableBytes{out}.first(out.size() - size - 1);
    masked[masked.size() - salt.size() - 1] = 1;
    std::ranges::copy(salt, masked.last(salt.size()).begin());
    // MGF1 (RFC 8017 appendix B.2.1).
    for (std::size_t at = 0, counter = 0; at < masked.size(); at += size, ++counter) {
        const std::array<std::uint8_t, 4> number{0, 0, static_cast<std::uint8_t>(counter >> 8),
                                                 static_cast<std::uint8_t>(counter)};
        const ByteView mask_parts[] = {inner, number};
        const auto mask = crypto::digest(hash, mask_parts);
        for (std::size_t i = 0; i < size && at + i < masked.size(); ++i) masked[at + i] ^= mask[i];
    }
    out[0] &= static_cast<std::uint8_t>(0xff >> (8 * out.size() - encoded_bits));
    std::ranges::copy(inner, out.begin() + static_cast<std::ptrdiff_t>(masked.size()));
    out.back() = 0xbc;
    return out;
}

std::vector<Bytes> verifiable_algorithms() {
    std::vector<Bytes> all;
    for (const auto kind : {KeyKind::ed25519, KeyKind::ed448})
        all.push_back(algorithm_der(kind, Hash::identity, false));
    for (const auto hash : {Hash::sha2_256, Hash::sha2_384, Hash::sha2_512}) {
        all.push_back(algorithm_der(KeyKind::ecdsa, hash, false));
        all.push_back(algorithm_der(KeyKind::rsa, hash, true));
    }
    for (const auto hash : {Hash::sha2_256, Hash::sha2_384, Hash::sha2_512})
        all.push_back(algorithm_der(KeyKind::rsa, hash, false));
    return all;
}

}  // namespace ike::crypto
