#include "libike/crypto/crypto.hpp"
#include "tests/catch.hpp"
#include "tests/vectors.hpp"

using namespace ike;
using namespace ike::crypto;

namespace {

void check_aead(EncrId id, const Vector& row) {
    INFO(to_string(id) << ": " << row.name);
    auto cipher = Cipher::create(id, row.number("bits"), row["key"]);
    REQUIRE(cipher);
    const auto plaintext = row["plaintext"], ciphertext = row["ciphertext"], aad = row["aad"], iv = row["iv"];
    const auto icv = row["icv"];
    const auto size = cipher->shape().icv;
    for (int i = 0; i < 2; ++i) {
        auto data = plaintext;
        Bytes made(size);
        cipher->seal(iv, aad, data, made);
        CHECK(data == ciphertext);
        CHECK(equal(made, ByteView{icv}.first(size)));
        CHECK(cipher->open(iv, aad, data, made));
        CHECK(data == plaintext);
        made[size / 2] ^= 0x10;
        data = ciphertext;
        CHECK_FALSE(cipher->open(iv, aad, data, made));
    }
}

void check_cipher(EncrId id, unsigned bits, const Vector& row) {
    INFO(to_string(id) << ": " << row.name);
    auto cipher = Cipher::create(id, bits, row["key"]);
    REQUIRE(cipher);
    const auto plaintext = row["plaintext"], ciphertext = row["ciphertext"], iv = row["iv"];
    for (int i = 0; i < 2; ++i) {
        auto data = plaintext;
        cipher->encrypt(iv, data);
        CHECK(data == ciphertext);
        cipher->decrypt(iv, data);
        CHECK(data == plaintext);
    }
}

/// Every transform and key length that this OpenSSL has.
template <class Visit>
void each_cipher(Visit&& visit) {
    for (const auto& entry : encr_ids) {
        for (const unsigned bits : {0u, 40u, 64u, 128u, 192u, 256u, 448u}) {
            if (supported(entry.value, bits)) visit(entry.value, bits);
        }
    }
}

}  // namespace

TEST_CASE("AES-GCM gives the published octets, at each ICV length", "[crypto][rfc4106]") {
    for (const auto& row : vectors("gcm-aes.txt")) {
        check_aead(EncrId::aes_gcm_16, row);
        // A shorter ICV is the beginning of the whole one.
        check_aead(EncrId::aes_gcm_12, row);
        check_aead(EncrId::aes_gcm_8, row);
        check_aead(EncrId::aes_gcm_16_iiv, row);
    }
}

TEST_CASE("AES-CCM and Camellia-CCM give the published octets", "[crypto][rfc4309][rfc5529]") {
    for (const auto& row : vectors("wycheproof-aes-ccm.txt")) check_aead(EncrId::aes_ccm_16, row);
    for (const auto& row : vectors("wycheproof-camellia-ccm.txt")) check_aead(EncrId::camellia_ccm_16, row);
}

TEST_CASE("AES-CBC, AES-CTR and Camellia-CBC give the published octets", "[crypto][rfc3602][rfc3686]") {
    for (const auto& row : vectors("rfc3602-aes-cbc.txt")) check_cipher(EncrId::aes_cbc, 128, row);
    for (const auto& row : vectors("rfc3686-aes-ctr.txt")) {
        check_cipher(EncrId::aes_ctr, static_cast<unsigned>(8 * (row["key"].size() - 4)), row);
    }
    for (const auto& row : vectors("wycheproof-camellia-cbc.txt"))
        check_cipher(EncrId::camellia_cbc, row.number("bits"), row);
}

TEST_CASE("the ciphers of yesterday agree with another implementation, where OpenSSL has them",
          "[crypto][rfc2451]") {
    unsigned ran = 0;
    for (const auto& row : vectors("pycryptodome-cbc.txt")) {
        const auto id = static_cast<EncrId>(row.number("transform"));
        if (!supported(id, row.number("bits"))) {
            const auto refused = Cipher::create(id, row.number("bits"), row["key"]);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().advice == "OpenSSL's legacy provider is needed for it");
            continue;
        }
        check_cipher(id, row.number("bits"), row);
        ++ran;
    }
    CHECK(ran > 0);
}

TEST_CASE("Camellia in CTR mode encrypts the counter blocks of RFC 3686", "[crypto][rfc5529]") {
    SeededRng rng{3};
    for (const unsigned bits : {128u, 192u, 256u}) {
        const auto key = rng.bytes(bits / 8), nonce = rng.bytes(4), iv = rng.bytes(8);
        auto counter = Cipher::create(EncrId::camellia_ctr, bits, concat(key, nonce));
        auto block = Cipher::create(EncrId::camellia_cbc, bits, key);
        REQUIRE((counter && block));
        Bytes stream(40);
        counter->encrypt(iv, stream);
        for (std::uint8_t i = 0; i < 2; ++i) {
            auto expected = concat(nonce, iv, Bytes{0, 0, 0, static_cast<std::uint8_t>(i + 1)});
            block->encrypt(Bytes(16), expected);
            CHECK(equal(ByteView{stream}.subspan(16u * i, 16), expected));
        }
    }
}

TEST_CASE("NULL with AES-GMAC authenticates and does not encrypt", "[crypto][rfc4543]") {
    SeededRng rng{4};
    const auto key = rng.bytes(20), iv = rng.bytes(8), aad = rng.bytes(16);
    auto gmac = Cipher::create(EncrId::null_auth_aes_gmac, 128, key);
    auto gcm = Cipher::create(EncrId::aes_gcm_16, 128, key);
    REQUIRE((gmac && gcm));
    auto data = rng.bytes(100);
    const auto before = data;
    Bytes icv(16), expected(16);
    gmac->seal(iv, aad, data, icv);
    CHECK(data == before);
    // RFC 4543 section 3.2: GCM over no text, with all of it as associated data.
    gcm->seal(iv, concat(aad, data), {}, expected);
    CHECK(icv == expected);
    CHECK(gmac->open(iv, aad, data, icv));
    data[50] ^= 1;
    CHECK_FALSE(gmac->open(iv, aad, data, icv));
}

TEST_CASE("every cipher takes back what it gave, at every length and from one keyed object", "[crypto]") {
    unsigned ran = 0;
    each_cipher([&](EncrId id, unsigned bits) {
        INFO(to_string(id) << " " << bits);
        const auto shape = cipher_shape(id, bits).value();
        SeededRng rng{bits + static_cast<unsigned>(id)};
        const auto key = rng.bytes(shape.key + shape.salt);
        auto sender = Cipher::create(id, bits, key), receiver = Cipher::create(id, bits, key);
        REQUIRE((sender && receiver));
        for (std::size_t size = 0; size <= 130; size += shape.block) {
            const auto iv = rng.bytes(shape.iv == 0 ? 8 : shape.iv), aad = rng.bytes(size % 21),
                       text = rng.bytes(size);
            auto data = text;
            if (shape.aead) {
                Bytes icv(shape.icv);
                sender->seal(iv, aad, data, icv);
                REQUIRE(receiver->open(iv, aad, data, icv));
            } else {
                sender->encrypt(iv, data);
                receiver->decrypt(iv, data);
            }
            REQUIRE(data == text);
        }
        ++ran;
    });
    CHECK(ran > 40);
}

TEST_CASE("a cipher that takes another key is as one made for it, used or at rest before", "[crypto]") {
    each_cipher([&](EncrId id, unsigned bits) {
        const auto shape = cipher_shape(id, bits).value();
        SeededRng rng{7 + bits + static_cast<unsigned>(id)};
        auto reused = Cipher::create(id, bits, rng.bytes(shape.key + shape.salt)).value();
        for (unsigned use = 0; use < 6; ++use) {
            INFO(to_string(id) << " " << bits << ", use " << use);
            const auto key = rng.bytes(shape.key + shape.salt);
            const auto iv = rng.bytes(shape.iv == 0 ? 8 : shape.iv), text = rng.bytes(shape.block * 4);
            auto fresh = Cipher::create(id, bits, key).value();
            REQUIRE(reused.rekey(key));
            auto one = text, other = text;
            if (shape.aead) {
                Bytes icv(shape.icv), other_icv(shape.icv);
                fresh.seal(iv, {}, one, icv);
                reused.seal(iv, {}, other, other_icv);
                CHECK(icv == other_icv);
            } else {
                fresh.encrypt(iv, one);
                reused.encrypt(iv, other);
            }
            CHECK(one == other);
            if (use % 2 == 0) reused.rest();
            if (use % 3 == 0) continue;
            if (!shape.aead) reused.decrypt(iv, other);
            CHECK((shape.aead || other == text));
        }
        CHECK_FALSE(reused.rekey(rng.bytes(shape.key + shape.salt + 1)));
    });
    for (const auto& entry : integ_ids) {
        if (!supported(entry.value)) continue;
        INFO(to_string(entry.value));
        SeededRng rng{static_cast<unsigned>(entry.value)};
        const auto size = integ_key_size(entry.value);
        auto reused = Integrity::create(entry.value, rng.bytes(size)).value();
        const auto key = rng.bytes(size), text = rng.bytes(100);
        const std::array<ByteView, 1> parts{text};
        Bytes before(icv_size(entry.value)), one(before.size()), other(before.size());
        reused.sign(parts, before);
        REQUIRE(reused.rekey(key));
        Integrity::create(entry.value, key).value().sign(parts, one);
        reused.sign(parts, other);
        CHECK(one == other);
        CHECK(one != before);
        CHECK(reused.verify(parts, one));
        CHECK_FALSE(reused.rekey(rng.bytes(size - 1)));
    }
}

TEST_CASE("an AEAD refuses any changed bit of IV, associated data, text and ICV", "[crypto]") {
    each_cipher([&](EncrId id, unsigned bits) {
        const auto shape = cipher_shape(id, bits).value();
        if (!shape.aead) return;
        INFO(to_string(id) << " " << bits);
        SeededRng rng{9};
        auto cipher = Cipher::create(id, bits, rng.bytes(shape.key + shape.salt));
        REQUIRE(cipher);
        auto iv = rng.bytes(8), aad = rng.bytes(12), sealed = rng.bytes(33);
        Bytes icv(shape.icv);
        cipher->seal(iv, aad, sealed, icv);
        for (auto* part : {&iv, &aad, &sealed, &icv}) {
            for (std::size_t bit = 0; bit < 8 * part->size(); bit += 7) {
                (*part)[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
                auto data = sealed;
                CHECK_FALSE(cipher->open(iv, aad, data, icv));
                (*part)[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
            }
        }
        CHECK(cipher->open(iv, aad, sealed, icv));
    });
}

TEST_CASE("cipher shapes are those of the RFCs; others are refused in words", "[crypto]") {
    const auto gcm = cipher_shape(EncrId::aes_gcm_16, 256).value();
    CHECK(gcm.key == 32);
    CHECK(gcm.salt == 4);
    CHECK(gcm.iv == 8);
    CHECK(gcm.icv == 16);
    CHECK(cipher_shape(EncrId::aes_ccm_8, 128)->salt == 3);
    CHECK(cipher_shape(EncrId::aes_gcm_16_iiv, 128)->iv == 0);
    CHECK(cipher_shape(EncrId::triple_des, 0)->key == 24);
    CHECK(cipher_shape(EncrId::aes_cbc, 0)->key == 16);
    CHECK(cipher_shape(EncrId::aes_cbc, 256)->block == 16);
    CHECK_FALSE(cipher_shape(EncrId::aes_cbc, 100));
    CHECK_FALSE(cipher_shape(EncrId::aes_cbc, 512));
    CHECK_FALSE(cipher_shape(EncrId::rc5, 128));
    CHECK_FALSE(supported(EncrId::kuznyechik_mgm_ktree, 256));
    const auto odd = Cipher::create(EncrId::aes_gcm_16, 100, Bytes(20));
    REQUIRE_FALSE(odd);
    CHECK(odd.error().what == "encryption: ENCR_AES_GCM_16 with 100 bits is not supported");
    const auto without_salt = Cipher::create(EncrId::aes_gcm_16, 128, Bytes(16));
    REQUIRE_FALSE(without_salt);
    CHECK(without_salt.error().what == "encryption: ENCR_AES_GCM_16 takes key material of 20 octets, not 16");
}

TEST_CASE("an AEAD does not encrypt without an ICV, nor does CBC pretend to have one", "[crypto]") {
    auto gcm = Cipher::create(EncrId::aes_gcm_16, 128, Bytes(20));
    auto cbc = Cipher::create(EncrId::aes_cbc, 128, Bytes(16));
    Bytes data(16), icv(16);
    CHECK_THROWS_AS(gcm->encrypt(Bytes(8), data), std::logic_error);
    CHECK_THROWS_AS(cbc->seal(Bytes(16), {}, data, icv), std::logic_error);
}
