// Certificates and revocation lists, DER or PEM, and private keys: the first octet says which.
#include <cstdlib>

#include "libike/crypto/pki.hpp"

namespace {

using namespace ike;
using namespace ike::crypto;

void use(const Certificate& certificate) {
    const auto again = Certificate::from_der(certificate.der());
    if (!again || again->subject() != certificate.subject() || again->issuer() != certificate.issuer())
        std::abort();
    static_cast<void>(certificate.subject_der());
    static_cast<void>(certificate.key_hash());
    static_cast<void>(certificate.key_bits());
    static_cast<void>(certificate.not_after() - certificate.not_before());
    for (const auto& name : certificate.alternative_names()) {
        // What is shown must not steer a terminal.
        for (const char c : name) {
            if (c < 0x20 || c == 0x7f) std::abort();
        }
    }
    static_cast<void>(certificate.has_dns("gw.example") || certificate.has_email("a@b") ||
                      certificate.has_address(Bytes(4)));
    const Certificate chain[] = {certificate};
    static_cast<void>(verify_chain(certificate, chain, chain, certificate.not_before() + 1));
    static_cast<void>(verify_chain(certificate, chain, {}, certificate.not_before() + 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 65536) return 0;
    const ByteView octets{data + 1, size - 1};
    const std::string_view text{reinterpret_cast<const char*>(octets.data()), octets.size()};
    switch (data[0] % 6) {
        case 0:
            if (const auto certificate = Certificate::from_der(octets)) use(*certificate);
            break;
        case 1:
            if (const auto all = Certificate::from_pem(text)) {
                for (const auto& certificate : *all) use(certificate);
            }
            break;
        case 2:
            if (const auto list = RevocationList::from_der(octets)) {
                static_cast<void>(list->issuer().size() + list->size());
                static_cast<void>(list->next_update());
            }
            break;
        case 3:
            static_cast<void>(RevocationList::from_pem(text));
            break;
        case 4:
            // Passphrases cost time on purpose: without one nothing is decrypted.
            if (const auto key = PrivateKey::from_pem(text)) static_cast<void>(key->bits());
            break;
        default:
            if (const auto key = PrivateKey::from_der(octets)) static_cast<void>(key->bits());
            break;
    }
    return 0;
}
