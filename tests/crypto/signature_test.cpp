#include "tests/catch.hpp"
#include "tests/pki_files.hpp"
#include "tests/vectors.hpp"

using namespace ike;
using namespace ike::crypto;

namespace {

constexpr Hash hashes[] = {Hash::sha1, Hash::sha2_256, Hash::sha2_384, Hash::sha2_512};
const Bytes message = to_bytes(std::string_view{"what one side signs"});

/// Every scheme that a key can sign with.
std::vector<SignatureScheme> schemes(const PrivateKey& key) {
    std::vector<SignatureScheme> all;
    if (key.kind() == KeyKind::ed25519 || key.kind() == KeyKind::ed448)
        return {{AuthMethod::digital_signature, Hash::identity, false}};
    for (const auto hash : hashes) {
        all.push_back({AuthMethod::digital_signature, hash, false});
        if (key.kind() == KeyKind::rsa) {
            all.push_back({AuthMethod::digital_signature, hash, true});
            all.push_back({AuthMethod::rsa_digital_signature, hash, false});
        }
    }
    if (key.kind() == KeyKind::ecdsa) {
        all.push_back(
            key.bits() == 256   ? SignatureScheme{AuthMethod::ecdsa_sha256_p256, Hash::sha2_256, false}
            : key.bits() == 384 ? SignatureScheme{AuthMethod::ecdsa_sha384_p384, Hash::sha2_384, false}
                                : SignatureScheme{AuthMethod::ecdsa_sha512_p521, Hash::sha2_512, false});
    }
    return all;
}

template <class Visit>
void each_scheme(Visit&& visit) {
    for (const auto* name : {"rsa", "p256", "p384", "p521", "ed25519", "ed448"}) {
        const auto key = pki_key(name);
        const auto certificate = pki_certificate(name);
        for (const auto& scheme : schemes(key)) {
            INFO(name << ": " << to_string(scheme));
            visit(key, certificate, scheme);
        }
    }
}

/// PKCS #8 of an Edwards key (RFC 8410 section 7).
PrivateKey edwards_key(std::uint8_t last, ByteView seed) {
    const auto size = static_cast<std::uint8_t>(seed.size());
    const Bytes head{0x30, static_cast<std::uint8_t>(size + 14), 2, 1,   0, 0x30, 5, 6, 3, 0x2b, 0x65, last,
                     4,    static_cast<std::uint8_t>(size + 2),  4, size};
    return PrivateKey::from_der(concat(head, seed)).value();
}
Bytes edwards_public(std::uint8_t last, ByteView key) {
    const auto size = static_cast<std::uint8_t>(key.size());
    return concat(Bytes{0x30, static_cast<std::uint8_t>(size + 10), 0x30, 5, 6, 3, 0x2b, 0x65, last, 3,
                        static_cast<std::uint8_t>(size + 1), 0},
                  key);
}

}  // namespace

TEST_CASE("what any key signs, its certificate verifies, by the scheme that was used",
          "[crypto][pki][rfc7427]") {
    unsigned ran = 0;
    each_scheme([&](const PrivateKey& key, const Certificate& certificate, const SignatureScheme& scheme) {
        SeededRng rng{1};
        const ByteView whole[] = {message};
        const ByteView cut[] = {ByteView{message}.first(4), ByteView{message}.subspan(4)};
        const auto signature = key.sign(scheme, whole, rng);
        REQUIRE(signature);
        const auto used = verify(certificate, scheme.method, *signature, cut);
        REQUIRE(used);
        CHECK(used->method == scheme.method);
        CHECK(used->hash == scheme.hash);
        CHECK(used->pss == scheme.pss);
        ++ran;
    });
    CHECK(ran == 29);
}

TEST_CASE("a changed signature, message or key is refused", "[crypto][pki][rfc7427]") {
    each_scheme([&](const PrivateKey& key, const Certificate& certificate, const SignatureScheme& scheme) {
        SeededRng rng{2};
        const ByteView parts[] = {message};
        auto signature = key.sign(scheme, parts, rng).value();
        const ByteView other[] = {ByteView{message}.subspan(1)};
        CHECK_FALSE(verify(certificate, scheme.method, signature, other));
        CHECK_FALSE(verify(pki_certificate("revoked"), scheme.method, signature, parts));
        for (std::size_t size = 0; size < signature.size(); size += 1 + size / 8) {
            CHECK_FALSE(verify(certificate, scheme.method, ByteView{signature}.first(size), parts));
        }
        for (std::size_t i = 0; i < signature.size(); i += 5) {
            signature[i] ^= 0x20;
            CHECK_FALSE(verify(certificate, scheme.method, signature, parts));
            signature[i] ^= 0x20;
        }
    });
}

TEST_CASE("a seed repeats signatures, and one nonce never serves two messages", "[crypto][pki]") {
    each_scheme([&](const PrivateKey& key, const Certificate&, const SignatureScheme& scheme) {
        SeededRng first{3}, again{3}, other{3};
        const ByteView parts[] = {message};
        const ByteView shorter[] = {ByteView{message}.subspan(1)};
        const auto a = key.sign(scheme, parts, first).value(), b = key.sign(scheme, parts, again).value();
        CHECK(a == b);
        const auto c = key.sign(scheme, shorter, other).value();
        if (key.kind() != KeyKind::ecdsa) return;
        // Methods 9 to 11 show r alone: the same nonce would give the same first half.
        if (scheme.method != AuthMethod::digital_signature)
            CHECK_FALSE(equal(ByteView{a}.first(32), ByteView{c}.first(32)));
        const auto random = key.sign(scheme, parts, first).value();
        CHECK(random != a);
    });
}

TEST_CASE("AlgorithmIdentifiers are the octets of RFC 7427", "[crypto][pki][rfc7427][rfc8420]") {
    SeededRng rng{4};
    const ByteView parts[] = {message};
    const auto identifier = [&](const char* name, Hash hash, bool pss) {
        const auto data = pki_key(name).sign({AuthMethod::digital_signature, hash, pss}, parts, rng).value();
        return hex(ByteView{data}.subspan(1, data[0]));
    };
    for (const auto& row : vectors("rfc7427-algorithm-identifiers.txt")) {
        INFO(row.name);
        const auto der = row.text("der");
        if (row.name == "A.1.1 sha1WithRSAEncryption") CHECK(identifier("rsa", Hash::sha1, false) == der);
        if (row.name == "A.1.2 sha256WithRSAEncryption")
            CHECK(identifier("rsa", Hash::sha2_256, false) == der);
        if (row.name == "A.1.3 sha384WithRSAEncryption")
            CHECK(identifier("rsa", Hash::sha2_384, false) == der);
        if (row.name == "A.1.4 sha512WithRSAEncryption")
            CHECK(identifier("rsa", Hash::sha2_512, false) == der);
        if (row.name == "A.3.1 ecdsa-with-sha1") CHECK(identifier("p256", Hash::sha1, false) == der);
        if (row.name == "A.3.2 ecdsa-with-sha256") CHECK(identifier("p256", Hash::sha2_256, false) == der);
        if (row.name == "A.3.3 ecdsa-with-sha384") CHECK(identifier("p256", Hash::sha2_384, false) == der);
        if (row.name == "A.3.4 ecdsa-with-sha512") CHECK(identifier("p256", Hash::sha2_512, false) == der);
        if (row.name == "A.4.1 RSASSA-PSS with Empty Parameters")
            CHECK(identifier("rsa", Hash::sha1, true) == der);
        // Without its trailer field: a default, which DER leaves out (and strongSwan and libreswan with it).
        if (row.name == "A.4.3 RSASSA-PSS with SHA-256") {
            const auto trailer = der.size() - std::string_view{"a303020101"}.size();
            REQUIRE(der.substr(trailer) == "a303020101");
            CHECK(identifier("rsa", Hash::sha2_256, true) ==
                  "3041" + der.substr(4, 22) + "3034" + der.substr(30, trailer - 30));
        }
    }
    // RFC 8410 section 3.
    CHECK(identifier("ed25519", Hash::identity, false) == "300506032b6570");
    CHECK(identifier("ed448", Hash::identity, false) == "300506032b6571");
}

TEST_CASE("RSASSA-PSS parameters are understood with and without their defaults", "[crypto][pki][rfc7427]") {
    SeededRng rng{5};
    const ByteView parts[] = {message};
    const auto key = pki_key("rsa");
    const auto certificate = pki_certificate("rsa");
    for (const auto& row : vectors("rfc7427-algorithm-identifiers.txt")) {
        if (row.name.find("PSS") == std::string::npos) continue;
        INFO(row.name);
        const auto hash = row.name.find("256") != std::string::npos ? Hash::sha2_256 : Hash::sha1;
        const auto ours = key.sign({AuthMethod::digital_signature, hash, true}, parts, rng).value();
        const auto der = row["der"];
        const auto theirs =
            concat(Bytes{static_cast<std::uint8_t>(der.size())}, der, ByteView{ours}.subspan(1u + ours[0]));
        const auto used = verify(certificate, AuthMethod::digital_signature, theirs, parts);
        REQUIRE(used);
        CHECK(used->pss);
        CHECK(used->hash == hash);
    }
}

TEST_CASE("unknown and unfitting AlgorithmIdentifiers are refused in words", "[crypto][pki][rfc7427]") {
    const ByteView parts[] = {message};
    const auto certificate = pki_certificate("rsa");
    const auto refusal = [&](std::string_view hexadecimal) {
        const auto der = from_hex(hexadecimal).value();
        const auto data = concat(Bytes{static_cast<std::uint8_t>(der.size())}, der, Bytes(256));
        return verify(certificate, AuthMethod::digital_signature, data, parts).error().what;
    };
    CHECK(refusal("300906072a8648ce380403") ==
          "verify a signature: the signature algorithm dsaWithSHA1 is not supported");
    CHECK(refusal("300506032b6570") ==
          "verify a signature: the AlgorithmIdentifier does not fit the certificate's key");
    CHECK(refusal("3005") == "verify a signature: the AlgorithmIdentifier cannot be read");
    CHECK(refusal("300d06092a864886f70d01010a0500") ==
          "verify a signature: the parameters of RSASSA-PSS are not understood");
    CHECK(refusal("300d06092a864886f70d01010b0500") == "verify a signature: the signature is wrong");
    CHECK(verify(certificate, AuthMethod::shared_key_mic, Bytes(20), parts).error().what ==
          "verify a signature: Shared Key Message Integrity Code is not supported");
    CHECK_FALSE(verify(ByteView{message}, AuthMethod::digital_signature, Bytes(20), parts));
}

TEST_CASE("EdDSA signatures are those of RFC 8032", "[crypto][pki][rfc8032]") {
    SeededRng rng{6};
    for (const auto& [file, last] :
         {std::pair{"rfc8032-ed25519.txt", std::uint8_t{0x70}}, {"rfc8032-ed448.txt", std::uint8_t{0x71}}}) {
        for (const auto& row : vectors(file)) {
            INFO(row.name);
            const auto text = row["message"];
            const ByteView parts[] = {text};
            const auto key = edwards_key(last, row["private"]);
            const auto data =
                key.sign({AuthMethod::digital_signature, Hash::identity, false}, parts, rng).value();
            CHECK(equal(ByteView{data}.subspan(1u + data[0]), row["signature"]));
            CHECK(verify(edwards_public(last, row["public"]), AuthMethod::digital_signature, data, parts));
        }
    }
}

TEST_CASE("the ECDSA signatures of RFC 4754 are accepted by methods 9, 10 and 11", "[crypto][pki][rfc4754]") {
    // SubjectPublicKeyInfo of each curve, up to the point.
    const std::map<unsigned, const char*> heads{{9, "3059301306072a8648ce3d020106082a8648ce3d03010703420004"},
                                                {10, "3076301006072a8648ce3d020106052b8104002203620004"},
                                                {11, "30819b301006072a8648ce3d020106052b810400230381860004"}};
    for (const auto& row : vectors("rfc4754-ecdsa.txt")) {
        INFO(row.name);
        const auto key = concat(from_hex(heads.at(row.number("method"))).value(), row["public"]);
        const auto text = row["message"];
        const ByteView parts[] = {text};
        const auto method = static_cast<AuthMethod>(row.number("method"));
        CHECK(verify(key, method, row["signature"], parts));
        const ByteView other[] = {message};
        CHECK_FALSE(verify(key, method, row["signature"], other));
    }
}

TEST_CASE("a scheme is chosen from what the peer announced and what the key can do",
          "[crypto][pki][rfc7427][rfc8420]") {
    using enum SignatureHash;
    const auto chosen = [](const char* name, std::vector<SignatureHash> announced) {
        const auto scheme = pki_key(name).choose(announced);
        return scheme ? to_string(*scheme) : "error: " + scheme.error().what;
    };
    CHECK(chosen("rsa", {sha1, sha2_256, sha2_384, sha2_512}) == "SHA2-256 with RSA-PSS");
    CHECK(chosen("rsa", {sha2_512}) == "SHA2-512 with RSA-PSS");
    CHECK(chosen("rsa", {}) == "SHA-1 with RSA PKCS #1 v1.5");
    CHECK(chosen("p384", {sha2_256, sha2_384}) == "SHA2-384 in a digital signature");
    CHECK(chosen("p521", {sha2_256, sha2_512}) == "SHA2-512 in a digital signature");
    CHECK(chosen("p256", {}) == "ECDSA with SHA-256 on the P-256 curve");
    CHECK(chosen("p384", {streebog_256}) == "ECDSA with SHA-384 on the P-384 curve");
    CHECK(chosen("ed25519", {sha2_256, identity}) == "EdDSA");
    CHECK(chosen("ed448", {sha2_256}) ==
          "error: sign: the peer announced no hash algorithm that goes with this key");
    const auto none = pki_key("ed25519").choose({});
    REQUIRE_FALSE(none);
    CHECK(none.error().advice == "EdDSA needs a peer that knows RFC 8420");
}

TEST_CASE("a key that is for RSASSA-PSS alone signs that and nothing else", "[crypto][pki][rfc4055]") {
    SeededRng rng{8};
    const ByteView parts[] = {message};
    const auto key = pki_key("rsa-pss");
    const auto public_key = from_hex(pki_text("rsa-pss.public")).value();
    CHECK(key.kind() == KeyKind::rsa);
    const auto scheme = key.choose(std::vector{SignatureHash::sha2_256}).value();
    const auto signature = key.sign(scheme, parts, rng);
    REQUIRE(signature);
    CHECK(verify(public_key, AuthMethod::digital_signature, *signature, parts)->pss);
    const auto refused = key.sign({AuthMethod::rsa_digital_signature, Hash::sha1, false}, parts, rng);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what == "sign: the key is for RSASSA-PSS alone");
}

TEST_CASE("a key does not sign by a scheme that is not its own", "[crypto][pki]") {
    SeededRng rng{7};
    const ByteView parts[] = {message};
    const auto refusal = [&](const char* name, const SignatureScheme& scheme) {
        const auto signature = pki_key(name).sign(scheme, parts, rng);
        return signature ? "signed" : signature.error().what;
    };
    CHECK(refusal("p256", {AuthMethod::rsa_digital_signature, Hash::sha1, false}) ==
          "sign: the key is not RSA");
    CHECK(refusal("p256", {AuthMethod::ecdsa_sha384_p384, Hash::sha2_384, false}) ==
          "sign: the key's curve is not that of ECDSA with SHA-384 on the P-384 curve");
    CHECK(refusal("rsa", {AuthMethod::ecdsa_sha256_p256, Hash::sha2_256, false})
              .starts_with("sign: the key's curve"));
    CHECK(refusal("ed25519", {AuthMethod::digital_signature, Hash::sha2_256, false}) ==
          "sign: the hash does not go with the key");
    CHECK(refusal("rsa", {AuthMethod::digital_signature, Hash::identity, false}) ==
          "sign: the hash does not go with the key");
    CHECK(refusal("rsa", {AuthMethod::shared_key_mic, Hash::sha2_256, false}) ==
          "sign: Shared Key Message Integrity Code is no signature");
}
