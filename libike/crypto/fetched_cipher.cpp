#include <openssl/err.h>
#include <openssl/provider.h>

#include <map>
#include <mutex>

#include "libike/crypto/openssl/block_mac.hpp"

namespace ike::crypto {

namespace {

/// OpenSSL's legacy provider in a library context of its own: loading it into the default one would change
/// what the whole process sees. Nothing where it is not installed.
OSSL_LIB_CTX* legacy_context() {
    static OSSL_LIB_CTX* const context = [] {
        OSSL_LIB_CTX* made = OSSL_LIB_CTX_new();
        if (made != nullptr && OSSL_PROVIDER_load(made, "legacy") != nullptr) return made;
        OSSL_LIB_CTX_free(made);
        return static_cast<OSSL_LIB_CTX*>(nullptr);
    }();
    return context;
}

CipherHandle fetch(const char* name) {
    CipherHandle cipher{EVP_CIPHER_fetch(nullptr, name, nullptr)};
    if (!cipher && legacy_context() != nullptr)
        cipher.reset(EVP_CIPHER_fetch(legacy_context(), name, nullptr));
    ERR_clear_error();
    return cipher;
}

}  // namespace

const EVP_CIPHER* fetched_cipher(const char* name) {
    // Names are literals, and one cipher is most often asked for time and again.
    thread_local std::pair<const char*, const EVP_CIPHER*> last;
    if (last.first == name) return last.second;
    // Kept until the process ends: contexts may outlive any order of destruction.
    static auto& known = *new std::map<std::string, CipherHandle, std::less<>>;
    static std::mutex guard;
    const std::scoped_lock lock{guard};
    auto found = known.find(std::string_view{name});
    if (found == known.end()) found = known.emplace(name, fetch(name)).first;
    last = {name, found->second.get()};
    return last.second;
}

}  // namespace ike::crypto
