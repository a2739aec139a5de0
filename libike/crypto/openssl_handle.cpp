#include <openssl/err.h>

#include <stdexcept>

#include "libike/crypto/openssl/handle.hpp"

namespace ike::crypto {

std::string openssl_reason() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "no reason given" : reason;
}

void must(bool ok, const char* what) {
    if (!ok) throw std::runtime_error{std::string{what} + ": " + openssl_reason()};
}

}  // namespace ike::crypto
