#pragma once
// The keys and certificates of tests/vectors/pki.
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "libike/crypto/pki.hpp"

inline std::string pki_text(const std::string& name) {
    std::ifstream in{std::string{IKE_SOURCE_DIR} + "/tests/vectors/pki/" + name, std::ios::binary};
    if (!in) throw std::runtime_error{"no " + name};
    return {std::istreambuf_iterator<char>{in}, {}};
}
inline ike::crypto::Certificate pki_certificate(const std::string& name) {
    return ike::crypto::Certificate::from_pem(pki_text(name + ".pem")).value().front();
}
inline ike::crypto::PrivateKey pki_key(const std::string& name) {
    return ike::crypto::PrivateKey::from_pem(pki_text(name + ".key")).value();
}
inline ike::crypto::RevocationList pki_list(const std::string& name) {
    return ike::crypto::RevocationList::from_pem(pki_text(name + ".crl")).value().front();
}
