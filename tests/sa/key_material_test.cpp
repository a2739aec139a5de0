#include "libike/sa/key_material.hpp"

#include "tests/catch.hpp"
#include "tests/vectors.hpp"

using namespace ike;

namespace {

IkeSuite suite_of(PrfId prf, EncrId encr = EncrId::aes_gcm_16, std::uint16_t bits = 128,
                  IntegId integ = IntegId::none) {
    IkeSuite suite;
    suite.prf = prf;
    suite.encr = encr;
    suite.key_bits = bits;
    suite.integ = integ;
    suite.ke = KeId::x25519;
    return suite;
}
Bytes joined(const IkeKeys& keys) {
    return concat(keys.d.view(), keys.ai.view(), keys.ar.view(), keys.ei.view(), keys.er.view(),
                  keys.pi.view(), keys.pr.view());
}
Bytes octets(std::size_t size, std::uint64_t seed) { return SeededRng{seed}.bytes(size); }

constexpr IkeSpi spi_i = 0x1111222233334444, spi_r = 0x5555666677778888;
const Bytes spis = from_hex("11112222333344445555666677778888").value();

}  // namespace

TEST_CASE("SKEYSEED and SK_* are NIST's, from nonces, SPIs and shared secret", "[sa][rfc7296]") {
    const auto rows = vectors("nist-cavp-ikev2-kdf.txt");
    unsigned ran = 0;
    for (const auto& seed : rows) {
        for (const auto& keys : rows) {
            // A pair: the second's key is the first's output, and its salt begins with the first's.
            if (seed.text("operation") != "prf" || keys.text("key") != seed.text("out")) continue;
            INFO(seed.name << " and " << keys.name);
            const auto nonces = seed["salt"], salt = keys["salt"], shared = seed["key"], out = keys["out"];
            REQUIRE(equal(ByteView{salt}.first(nonces.size()), nonces));
            REQUIRE(salt.size() == nonces.size() + 16);
            Reader in{ByteView{salt}.subspan(nonces.size())};
            KeySeed from;
            from.nonce_i = ByteView{nonces}.first(nonces.size() / 2);
            from.nonce_r = ByteView{nonces}.subspan(nonces.size() / 2);
            from.spi_i = in.number<std::uint64_t>("initiator");
            from.spi_r = in.number<std::uint64_t>("responder");
            const auto made =
                joined(derive_ike_keys(suite_of(static_cast<PrfId>(seed.number("prf"))), shared, from));
            const auto size = std::min(made.size(), out.size());
            CHECK(equal(ByteView{made}.first(size), ByteView{out}.first(size)));
            ++ran;
        }
    }
    CHECK(ran == 6);
}

TEST_CASE("keys have the sizes their algorithms want, in the order of RFC 7296", "[sa][rfc7296]") {
    const auto nonce_i = octets(32, 1), nonce_r = octets(32, 2), shared = octets(32, 3);
    const KeySeed seed{nonce_i, nonce_r, spi_i, spi_r};
    for (const auto& entry : prf_ids) {
        if (!crypto::supported(entry.value)) continue;
        const auto suite = suite_of(entry.value, EncrId::aes_cbc, 256, IntegId::hmac_sha2_384_192);
        const auto keys = derive_ike_keys(suite, shared, seed);
        const auto size = crypto::prf_size(entry.value);
        CHECK(keys.d.size() == size);
        CHECK(keys.pi.size() == size);
        CHECK(keys.pr.size() == size);
        CHECK(keys.ai.size() == 48);
        CHECK(keys.ar.size() == 48);
        CHECK(keys.ei.size() == 32);
        CHECK(keys.er.size() == 32);
        // RFC 7296 section 2.14: a PRF with keys of one length takes 64 bits of each nonce.
        const bool fixed = crypto::prf_has_fixed_key(entry.value);
        const auto key =
            fixed ? concat(ByteView{nonce_i}.first(8), ByteView{nonce_r}.first(8)) : concat(nonce_i, nonce_r);
        const auto skeyseed = crypto::prf(entry.value, key, shared);
        const auto all =
            crypto::prf_plus(entry.value, skeyseed, concat(nonce_i, nonce_r, spis), 3 * size + 160);
        CHECK(equal(joined(keys), all));
    }
}

TEST_CASE("an AEAD takes its salt from the key material and no integrity key", "[sa][rfc5282]") {
    const auto keys = derive_ike_keys(suite_of(PrfId::hmac_sha2_256, EncrId::aes_gcm_16, 256), octets(32, 3),
                                      {octets(16, 1), octets(16, 2), spi_i, spi_r});
    CHECK(keys.ei.size() == 36);
    CHECK(keys.ai.empty());
    CHECK(encr_key_size(EncrId::aes_ccm_12, 192) == 27);
    CHECK(encr_key_size(EncrId::chacha20_poly1305, 0) == 36);
    CHECK(encr_key_size(EncrId::null_encr, 0) == 0);
    CHECK(encr_key_size(EncrId::rc5, 128) == 0);
}

TEST_CASE("a rekeyed IKE SA is seeded by SK_d, the new secret and the nonces, under the old PRF",
          "[sa][rfc7296][rfc9370]") {
    const auto nonce_i = octets(24, 1), nonce_r = octets(28, 2), shared = octets(32, 3), sk_d = octets(20, 4);
    const KeySeed seed{nonce_i, nonce_r, spi_i, spi_r};
    const auto suite = suite_of(PrfId::hmac_sha2_256);
    const auto expected = [&](ByteView data) {
        const auto skeyseed = crypto::prf(PrfId::hmac_sha1, sk_d, data);
        return crypto::prf_plus(PrfId::hmac_sha2_256, skeyseed, concat(nonce_i, nonce_r, spis),
                                3 * 32 + 2 * 20);
    };
    const auto plain = derive_rekeyed_ike_keys(PrfId::hmac_sha1, sk_d, suite, shared, seed);
    CHECK(equal(joined(plain), expected(concat(shared, nonce_i, nonce_r))));
    // RFC 9370 section 2.2.4: SK(1) and on follow the nonces.
    std::vector<SecretBytes> additional;
    additional.emplace_back(ByteView{octets(32, 5)});
    additional.emplace_back(ByteView{octets(48, 6)});
    const auto more = derive_rekeyed_ike_keys(PrfId::hmac_sha1, sk_d, suite, shared, seed, additional);
    CHECK(equal(joined(more), expected(concat(shared, nonce_i, nonce_r, octets(32, 5), octets(48, 6)))));
    const auto between = derive_intermediate_keys(suite, sk_d, shared, seed);
    const auto skeyseed = crypto::prf(PrfId::hmac_sha2_256, sk_d, concat(shared, nonce_i, nonce_r));
    CHECK(equal(joined(between),
                crypto::prf_plus(PrfId::hmac_sha2_256, skeyseed, concat(nonce_i, nonce_r, spis), 136)));
}

TEST_CASE("a post-quantum preshared key changes SK_d, SK_pi and SK_pr alone", "[sa][rfc8784]") {
    const auto ppk = octets(32, 9);
    const auto nonce_i = octets(16, 1), nonce_r = octets(16, 2);
    const KeySeed seed{nonce_i, nonce_r, spi_i, spi_r};
    const auto suite = suite_of(PrfId::hmac_sha2_256, EncrId::aes_cbc, 128, IntegId::hmac_sha2_256_128);
    const auto before = derive_ike_keys(suite, octets(32, 3), seed);
    auto after = before.clone();
    mix_ppk(PrfId::hmac_sha2_256, ppk, after);
    // One block of prf+: prf(PPK, key | 0x01).
    for (const auto& [mixed, plain] :
         {std::pair{&after.d, &before.d}, {&after.pi, &before.pi}, {&after.pr, &before.pr}}) {
        CHECK(equal(*mixed, crypto::prf(PrfId::hmac_sha2_256, ppk, concat(plain->view(), Bytes{1}))));
    }
    CHECK(equal(after.ei, before.ei));
    CHECK(equal(after.ar, before.ar));
}

TEST_CASE("a Child SA's keys are the initiator's first, encryption before integrity", "[sa][rfc7296]") {
    const auto nonce_i = octets(24, 1), nonce_r = octets(28, 2), shared = octets(32, 3), sk_d = octets(32, 4);
    EspSuite suite;
    suite.encr = EncrId::aes_cbc;
    suite.key_bits = 256;
    suite.integ = IntegId::hmac_sha2_256_128;
    for (const bool pfs : {false, true}) {
        const auto secret = pfs ? ByteView{shared} : ByteView{};
        const auto keys = derive_child_keys(PrfId::hmac_sha2_256, sk_d, suite, secret, nonce_i, nonce_r);
        const auto all = crypto::prf_plus(PrfId::hmac_sha2_256, sk_d, concat(secret, nonce_i, nonce_r), 128);
        CHECK(equal(concat(keys.ei.view(), keys.ai.view(), keys.er.view(), keys.ar.view()), all));
        CHECK(keys.ei.size() == 32);
    }
}
