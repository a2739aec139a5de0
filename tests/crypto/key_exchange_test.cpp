#include "libike/crypto/crypto.hpp"
#include "tests/catch.hpp"
#include "tests/vectors.hpp"

using namespace ike;
using namespace ike::crypto;

namespace {

void check_agreement(KeId id, const Vector& row) {
    INFO(to_string(id) << ": " << row.name);
    const auto key = KeyExchange::from_private(id, row["private"]);
    REQUIRE(key);
    if (row.has("public")) CHECK(equal(key->public_value(), row["public"]));
    const auto secret = key->agree(row["peer"]);
    REQUIRE(secret);
    CHECK(equal(*secret, row["secret"]));
}

constexpr bool is_ml_kem(KeId id) { return id >= KeId::ml_kem_512 && id <= KeId::ml_kem_1024; }

}  // namespace

TEST_CASE("X25519 and X448 give the published secrets", "[crypto][rfc7748][rfc8031]") {
    for (const auto& row : vectors("rfc7748-x25519.txt")) check_agreement(KeId::x25519, row);
    for (const auto& row : vectors("rfc8031-x25519.txt")) check_agreement(KeId::x25519, row);
    for (const auto& row : vectors("rfc7748-x448.txt")) check_agreement(KeId::x448, row);
}

TEST_CASE("ECP, Brainpool and MODP groups give the published secrets",
          "[crypto][rfc5903][rfc5114][rfc6954]") {
    for (const auto* file : {"rfc5903-ecp.txt", "rfc5114.txt", "rfc6954-brainpool.txt", "python-modp.txt"}) {
        for (const auto& row : vectors(file)) check_agreement(static_cast<KeId>(row.number("group")), row);
    }
}

TEST_CASE("MODP primes are those of RFC 3526", "[crypto][rfc3526]") {
    // With private value 1 and the generator as the peer's value, the secret is 2; p - 2 is the last value
    // allowed and p - 1 the first refused: that tells the prime.
    const auto prime = vectors("rfc3526-modp.txt");
    for (const auto& row : prime) {
        INFO(row.name);
        const auto id = static_cast<KeId>(row.number("group"));
        auto value = row["prime"];
        REQUIRE(value.size() == public_value_size(id));
        const auto one = KeyExchange::from_private(id, Bytes{1});
        REQUIRE(one);
        CHECK_FALSE(one->agree(value));
        value.back() = static_cast<std::uint8_t>(value.back() - 1);
        CHECK_FALSE(one->agree(value));
        value.back() = static_cast<std::uint8_t>(value.back() - 1);
        const auto secret = one->agree(value);
        REQUIRE(secret);
        CHECK(equal(*secret, value));
        Bytes two(value.size());
        two.back() = 2;
        CHECK(equal(one->public_value(), two));
    }
}

TEST_CASE("both sides of every method come to one secret, and a seed repeats them", "[crypto]") {
    unsigned methods = 0;
    for (const auto& entry : ke_ids) {
        const auto id = entry.value;
        if (!supported(id)) continue;
        INFO(to_string(id));
        SeededRng initiator{1}, again{1}, responder{2}, responder_again{2};
        const auto key = KeyExchange::generate(id, initiator), repeated = KeyExchange::generate(id, again);
        REQUIRE((key && repeated));
        CHECK(key->id() == id);
        CHECK(key->public_value().size() == public_value_size(id));
        CHECK(equal(key->public_value(), repeated->public_value()));
        const auto answer = KeyExchange::respond(id, key->public_value(), responder);
        const auto answer_again = KeyExchange::respond(id, key->public_value(), responder_again);
        REQUIRE((answer && answer_again));
        CHECK(answer->public_value.size() == response_size(id));
        CHECK(answer->public_value == answer_again->public_value);
        const auto secret = key->agree(answer->public_value);
        REQUIRE(secret);
        CHECK(equal_secret(*secret, answer->shared_secret));
        const auto other = KeyExchange::generate(id, initiator);
        CHECK_FALSE(equal(other->public_value(), key->public_value()));
        ++methods;
    }
    CHECK(methods >= 22);
}

TEST_CASE("public values of a wrong length are refused", "[crypto][rfc6989]") {
    SeededRng rng{5};
    for (const auto& entry : ke_ids) {
        if (!supported(entry.value)) continue;
        INFO(to_string(entry.value));
        const auto key = KeyExchange::generate(entry.value, rng);
        const auto peer = KeyExchange::respond(entry.value, key->public_value(), rng);
        REQUIRE(peer);
        auto value = peer->public_value;
        value.push_back(0);
        CHECK_FALSE(key->agree(value));
        CHECK_FALSE(key->agree(ByteView{value}.first(value.size() - 2)));
        CHECK_FALSE(key->agree({}));
        CHECK_FALSE(KeyExchange::respond(entry.value, Bytes{1, 2, 3}, rng));
    }
}

TEST_CASE("MODP values 0, 1, p - 1 and above are refused", "[crypto][rfc6989]") {
    SeededRng rng{6};
    for (const auto& entry : ke_ids) {
        const auto id = entry.value;
        const bool is_modp = (id >= KeId::modp_768 && id <= KeId::modp_8192) ||
                             (id >= KeId::modp_1024_160 && id <= KeId::modp_2048_256);
        if (!is_modp || !supported(id)) continue;
        INFO(to_string(id));
        const auto key = KeyExchange::generate(id, rng);
        Bytes value(public_value_size(id));
        const auto zero = key->agree(value);
        REQUIRE_FALSE(zero);
        CHECK(zero.error().what == "MODP key exchange: the peer's public value is out of range");
        value.back() = 1;
        CHECK_FALSE(key->agree(value));
        std::ranges::fill(value, std::uint8_t{0xff});
        CHECK_FALSE(key->agree(value));
    }
}

TEST_CASE("MODP values outside the subgroup are refused where RFC 5114's groups have small ones",
          "[crypto][rfc6989]") {
    SeededRng rng{7};
    for (const auto id : {KeId::modp_1024_160, KeId::modp_2048_224, KeId::modp_2048_256}) {
        const auto key = KeyExchange::generate(id, rng);
        Bytes value(public_value_size(id));
        value.back() = 2;
        const auto outside = key->agree(value);
        REQUIRE_FALSE(outside);
        CHECK(outside.error().what ==
              "MODP key exchange: the peer's public value is not in the group's subgroup");
    }
}

TEST_CASE("points that are not on the curve, and coordinates past the prime, are refused",
          "[crypto][rfc6989]") {
    SeededRng rng{8};
    for (const auto& entry : ke_ids) {
        const auto id = entry.value;
        const bool is_ecp = (id >= KeId::ecp_256 && id <= KeId::ecp_521) ||
                            (id >= KeId::ecp_192 && id <= KeId::brainpool_p512);
        if (!is_ecp || !supported(id)) continue;
        INFO(to_string(id));
        const auto key = KeyExchange::generate(id, rng);
        auto value = to_bytes(key->public_value());
        value.back() ^= 1;
        const auto off = key->agree(value);
        REQUIRE_FALSE(off);
        CHECK(off.error().what == "ECP key exchange: the peer's public value is not on the curve");
        CHECK_FALSE(key->agree(Bytes(value.size())));
        std::ranges::fill(value, std::uint8_t{0xff});
        const auto past = key->agree(value);
        REQUIRE_FALSE(past);
        CHECK(past.error().what == "ECP key exchange: the peer's public value is out of range");
    }
}

TEST_CASE("Curve25519 and Curve448 values of small order are refused", "[crypto][rfc8031]") {
    SeededRng rng{9};
    for (const auto id : {KeId::x25519, KeId::x448}) {
        const auto key = KeyExchange::generate(id, rng);
        Bytes value(public_value_size(id));
        for (const std::uint8_t u : {std::uint8_t{0}, std::uint8_t{1}}) {
            value[0] = u;
            const auto zero = key->agree(value);
            REQUIRE_FALSE(zero);
            CHECK(zero.error().what.find("secret of zeros") != std::string::npos);
        }
    }
}

TEST_CASE("private values out of range, and methods that are not there, are refused in words", "[crypto]") {
    SeededRng rng{10};
    CHECK_FALSE(KeyExchange::from_private(KeId::modp_2048, Bytes{0}));
    CHECK_FALSE(KeyExchange::from_private(KeId::ecp_256, Bytes(32, 0xff)));
    CHECK_FALSE(KeyExchange::from_private(KeId::x25519, Bytes(31)));
    const auto none = KeyExchange::generate(KeId::gost3410_2012_256, rng);
    REQUIRE_FALSE(none);
    CHECK(none.error().what == "key exchange: GOST3410_2012_256 is not supported");
    if (supported(KeId::ml_kem_768)) return;
    const auto old = KeyExchange::generate(KeId::ml_kem_768, rng);
    REQUIRE_FALSE(old);
    CHECK(old.error().what == "key exchange: ml-kem-768 is not supported");
    CHECK(old.error().advice == "ML-KEM needs OpenSSL 3.5 or newer");
}

TEST_CASE("ML-KEM is the initiator's key and the responder's ciphertext, where OpenSSL has it",
          "[crypto][fips203]") {
    SeededRng rng{12};
    for (const auto& entry : ke_ids) {
        if (!is_ml_kem(entry.value) || !supported(entry.value)) continue;
        INFO(to_string(entry.value));
        const auto key = KeyExchange::generate(entry.value, rng);
        auto answer = KeyExchange::respond(entry.value, key->public_value(), rng);
        REQUIRE(answer);
        // FIPS 203 section 6.3: a changed ciphertext gives another secret, not an error.
        answer->public_value[5] ^= 1;
        const auto other = key->agree(answer->public_value);
        REQUIRE(other);
        CHECK_FALSE(equal_secret(*other, answer->shared_secret));
        // Section 7.2: an encapsulation key with a coefficient past the modulus is none.
        auto bad = to_bytes(key->public_value());
        bad[0] = bad[1] = bad[2] = 0xff;
        CHECK_FALSE(KeyExchange::respond(entry.value, bad, rng));
    }
}
