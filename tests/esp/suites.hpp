#pragma once
// Suites for the tests of ESP and of key material.
#include "libike/base/rng.hpp"
#include "libike/sa/key_material.hpp"

/// Every transform that ESP may run on: AEADs alone, others with an integrity algorithm, with and without
/// ESN.
inline std::vector<ike::EspSuite> all_esp_suites() {
    using namespace ike;
    std::vector<EspSuite> suites;
    const auto add = [&](EncrId encr, std::uint16_t bits, IntegId integ) {
        if (!crypto::supported(encr, bits)) return;
        for (const bool esn : {false, true}) {
            EspSuite suite;
            suite.encr = encr;
            suite.key_bits = bits;
            suite.integ = integ;
            suite.esn = esn;
            suites.push_back(suite);
        }
    };
    for (const auto& entry : encr_ids) {
        for (const std::uint16_t bits : std::initializer_list<std::uint16_t>{0, 128, 256}) {
            add(entry.value, bits, is_aead(entry.value) ? IntegId::none : IntegId::hmac_sha2_256_128);
        }
    }
    for (const auto& entry : integ_ids) {
        if (crypto::supported(entry.value)) add(EncrId::aes_cbc, 128, entry.value);
    }
    return suites;
}

/// Key material of the sizes a suite wants.
struct EspTestKeys {
    ike::Bytes encr, integ;
    EspTestKeys(const ike::EspSuite& suite, std::uint64_t seed) {
        ike::SeededRng rng{seed};
        encr = rng.bytes(ike::encr_key_size(suite.encr, suite.key_bits));
        integ = rng.bytes(ike::crypto::integ_key_size(suite.integ));
    }
};
