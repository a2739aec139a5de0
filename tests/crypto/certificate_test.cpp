#include "tests/catch.hpp"
#include "tests/pki_files.hpp"

using namespace ike;
using namespace ike::crypto;

TEST_CASE("a certificate tells its names, key and times", "[crypto][pki]") {
    const auto certificate = pki_certificate("p384");
    CHECK(certificate.subject() == "C=CH, O=Example, CN=p384.example");
    CHECK(certificate.issuer() == "C=CH, O=Example, CN=Example Intermediate");
    CHECK(certificate.key_kind() == KeyKind::ecdsa);
    CHECK(certificate.key_bits() == 384);
    CHECK(certificate.not_before() > 1'700'000'000);
    // tests/vectors/pki/make: 36500 days.
    CHECK(certificate.not_after() - certificate.not_before() == std::int64_t{36500} * 86400);
    CHECK(certificate.alternative_names() ==
          std::vector<std::string>{"dns:p384.example", "email:p384@example.org", "ip:192.0.2.1",
                                   "ip:2001:db8::1", "uri:https://example.org/p384"});
    CHECK(certificate.has_dns("P384.Example"));
    CHECK_FALSE(certificate.has_dns("example"));
    CHECK(certificate.has_email("p384@example.org"));
    CHECK(certificate.has_address(Bytes{192, 0, 2, 1}));
    CHECK_FALSE(certificate.has_address(Bytes{192, 0, 2}));
    CHECK(hex(certificate.subject_der()).starts_with("3036310b3009060355040613024348"));
    CHECK(Certificate::from_der(certificate.der())->subject() == certificate.subject());
}

TEST_CASE("a key's hash is SHA-1 of the SubjectPublicKeyInfo, as openssl computes it",
          "[crypto][pki][rfc7296]") {
    // openssl x509 -in root.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha1sum
    CHECK(hex(pki_certificate("root").key_hash()) == "1fc3e6f647d2362be8436e605789de15e4cc7a7d");
}

TEST_CASE("each kind of key is told", "[crypto][pki]") {
    CHECK(pki_certificate("rsa").key_kind() == KeyKind::rsa);
    CHECK(pki_certificate("rsa").key_bits() == 2048);
    CHECK(pki_certificate("ed25519").key_kind() == KeyKind::ed25519);
    CHECK(pki_certificate("ed448").key_kind() == KeyKind::ed448);
    CHECK(pki_key("p521").kind() == KeyKind::ecdsa);
    CHECK(pki_key("p521").bits() == 521);
    for (const auto* name : {"rsa", "p256", "p384", "p521", "ed25519", "ed448"}) {
        CHECK(pki_key(name).matches(pki_certificate(name)));
        CHECK_FALSE(pki_key(name).matches(pki_certificate("root")));
    }
}

TEST_CASE("a PEM file's certificates come in order, text between them passed over", "[crypto][pki]") {
    const auto bundle = "a remark\n" + pki_text("p256.pem") + "\nanother\n" + pki_text("intermediate.pem") +
                        pki_text("p256.key");
    const auto all = Certificate::from_pem(bundle);
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK((*all)[1].subject() == "C=CH, O=Example, CN=Example Intermediate");
}

TEST_CASE("what is no certificate is refused in words", "[crypto][pki]") {
    const auto none = Certificate::from_pem("nothing here");
    REQUIRE_FALSE(none);
    CHECK(none.error().what == "read certificates: no BEGIN CERTIFICATE line in the text");
    auto broken = pki_text("p256.pem");
    broken[100] = '!';
    CHECK_FALSE(Certificate::from_pem(broken));
    CHECK_FALSE(Certificate::from_der({}));
    const auto whole = to_bytes(pki_certificate("p256").der());
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK_FALSE(Certificate::from_der(ByteView{whole}.first(size)));
    auto longer = whole;
    longer.push_back(0);
    const auto trailing = Certificate::from_der(longer);
    REQUIRE_FALSE(trailing);
    CHECK(trailing.error().what == "read a certificate: octets after its end");
    CHECK_FALSE(RevocationList::from_pem(pki_text("p256.pem")));
    CHECK_FALSE(RevocationList::from_der(whole));
}

TEST_CASE("revocation lists tell their issuer, times and size", "[crypto][pki][rfc5280]") {
    const auto list = pki_list("intermediate");
    CHECK(list.issuer() == "C=CH, O=Example, CN=Example Intermediate");
    CHECK(list.size() == 1);
    CHECK(pki_list("root").size() == 0);
    REQUIRE(list.next_update());
    CHECK(*list.next_update() > list.this_update());
}

TEST_CASE("private keys are read in every form; encrypted ones ask for their passphrase", "[crypto][pki]") {
    CHECK(pki_key("rsa-pkcs1").matches(pki_certificate("rsa")));
    CHECK(pki_key("p256-sec1").matches(pki_certificate("p256")));
    for (const auto* name : {"p256-encrypted", "rsa-encrypted"}) {
        const auto text = pki_text(std::string{name} + ".key");
        const auto without = PrivateKey::from_pem(text);
        REQUIRE_FALSE(without);
        CHECK(without.error().what == "read a private key: it is encrypted");
        CHECK(without.error().advice == "give its passphrase, or decrypt it with openssl pkey");
        const auto wrong = PrivateKey::from_pem(text, "marlin");
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().what == "read a private key: the passphrase does not open it");
        CHECK(PrivateKey::from_pem(text, "swordfish"));
    }
    const auto certificate = PrivateKey::from_pem(pki_text("p256.pem"));
    REQUIRE_FALSE(certificate);
    CHECK(certificate.error().what == "read a private key: no BEGIN ... PRIVATE KEY line in the text");
    CHECK_FALSE(PrivateKey::from_der(Bytes{0x30, 0}));
}
