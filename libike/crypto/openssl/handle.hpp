#pragma once
// OpenSSL's objects as owned values. Headers of this folder are for libike/crypto alone and are not
// installed.
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <string>

#include "libike/base/octets.hpp"

namespace ike::crypto {

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, Freer<Free>>;

using BioHandle = Handle<BIO, BIO_free_all>;
using BignumHandle = Handle<BIGNUM, BN_clear_free>;
using BignumContext = Handle<BN_CTX, BN_CTX_free>;
using MontgomeryHandle = Handle<BN_MONT_CTX, BN_MONT_CTX_free>;
using CipherHandle = Handle<EVP_CIPHER, EVP_CIPHER_free>;
using CipherContext = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using DigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using GroupHandle = Handle<EC_GROUP, EC_GROUP_free>;
using PointHandle = Handle<EC_POINT, EC_POINT_clear_free>;
using PkeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;
using PkeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using X509Handle = Handle<X509, X509_free>;
using CrlHandle = Handle<X509_CRL, X509_CRL_free>;

/// The reason of OpenSSL's oldest queued error, in its words; the queue is emptied.
std::string openssl_reason();
/// For what cannot fail but for lack of memory or a fault of ours: throws std::runtime_error with `what`.
void must(bool ok, const char* what);

inline BignumHandle bignum(ByteView octets) {
    return BignumHandle{BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr)};
}

}  // namespace ike::crypto
