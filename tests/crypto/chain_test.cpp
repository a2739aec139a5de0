#include "tests/catch.hpp"
#include "tests/pki_files.hpp"

using namespace ike;
using namespace ike::crypto;

namespace {

struct Chain {
    std::vector<Certificate> between{pki_certificate("intermediate")};
    std::vector<Certificate> trusted{pki_certificate("root")};
    std::int64_t now = pki_certificate("p256").not_before() + 3600;

    Result<bool> verify(const std::string& leaf) const {
        return verify_chain(pki_certificate(leaf), between, trusted, now);
    }
    Result<bool> verify(const std::string& leaf, const std::vector<RevocationList>& lists,
                        Revocation revocation) const {
        return verify_chain(pki_certificate(leaf), between, trusted, now, lists, revocation);
    }
    std::string refusal(const std::string& leaf) const {
        const auto verdict = verify(leaf);
        return verdict ? "accepted" : verdict.error().what;
    }
};

}  // namespace

TEST_CASE("a chain over an intermediate to a trusted root is accepted, whatever the order",
          "[crypto][pki][rfc5280]") {
    Chain chain;
    for (const auto* leaf : {"rsa", "p256", "p384", "p521", "ed25519", "ed448"}) CHECK(chain.verify(leaf));
    chain.between = {pki_certificate("other-root"), pki_certificate("rsa"), pki_certificate("intermediate")};
    CHECK(chain.verify("p256"));
    chain.trusted = {pki_certificate("other-root"), pki_certificate("root")};
    CHECK(chain.verify("p256"));
}

TEST_CASE("a trusted intermediate ends a chain", "[crypto][pki][rfc5280]") {
    Chain chain;
    chain.trusted = {pki_certificate("intermediate")};
    chain.between.clear();
    CHECK(chain.verify("p256"));
}

TEST_CASE("a refused chain names the certificate and the reason", "[crypto][pki][rfc5280]") {
    Chain chain;
    chain.between.clear();
    CHECK(chain.refusal("p256") ==
          "certificate \"C=CH, O=Example, CN=p256.example\": its issuer \"C=CH, O=Example, CN=Example "
          "Intermediate\" is neither "
          "trusted nor in the chain");
    chain = {};
    chain.trusted = {pki_certificate("other-root")};
    CHECK(chain.refusal("p256") ==
          "certificate \"C=CH, O=Example, CN=Example Intermediate\": its issuer \"C=CH, O=Example, "
          "CN=Example Root\" is neither "
          "trusted nor in the chain");
    CHECK(chain.refusal("root") ==
          "certificate \"C=CH, O=Example, CN=Example Root\": self-signed and not trusted");
    chain.trusted.clear();
    CHECK(chain.refusal("p256") != "accepted");
}

TEST_CASE("certificates are refused before and after their time", "[crypto][pki][rfc5280]") {
    Chain chain;
    CHECK(chain.verify("brief"));
    chain.now = pki_certificate("brief").not_after() + 1;
    CHECK(chain.refusal("brief").starts_with("certificate \"CN=brief.example\": expired on 20"));
    CHECK(chain.verify("p256"));
    chain.now = pki_certificate("root").not_before() - 1;
    CHECK(chain.refusal("p256").find("not valid before 20") != std::string::npos);
}

TEST_CASE("only a CA signs certificates, within its path length", "[crypto][pki][rfc5280]") {
    Chain chain;
    chain.between.push_back(pki_certificate("p256"));
    CHECK(chain.refusal("below-leaf").find("\"C=CH, O=Example, CN=p256.example\": signs a certificate") !=
          std::string::npos);
    chain.between = {pki_certificate("short-ca")};
    chain.trusted = {pki_certificate("short-root")};
    CHECK(
        chain.refusal("too-deep") ==
        "certificate \"C=CH, O=Example, CN=Short Root\": has more CAs below it than its path length allows");
}

TEST_CASE("a leaf that may not sign, or is signed with MD5, is refused", "[crypto][pki][rfc4945]") {
    Chain chain;
    CHECK(chain.refusal("encipher") ==
          "certificate \"CN=encipher.example\": its key usage allows no signatures");
    chain.trusted = {pki_certificate("md5-root")};
    CHECK(chain.refusal("md5") ==
          "certificate \"CN=md5.example\": signed with a hash that is broken (MD5 or older)");
}

TEST_CASE("a revoked certificate is refused where its list is at hand", "[crypto][pki][rfc5280]") {
    Chain chain;
    CHECK(chain.verify("revoked"));
    const std::vector lists{pki_list("intermediate"), pki_list("root")};
    for (const auto revocation : {Revocation::if_known, Revocation::required}) {
        const auto verdict = chain.verify("revoked", lists, revocation);
        REQUIRE_FALSE(verdict);
        CHECK(verdict.error().what == "certificate \"CN=revoked.example\": revoked");
        CHECK(chain.verify("p256", lists, revocation));
    }
}

TEST_CASE("a list that is missing or stale matters only where one is required", "[crypto][pki][rfc5280]") {
    Chain chain;
    const auto missing = chain.verify("p256", {pki_list("root")}, Revocation::required);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().what ==
          "certificate \"C=CH, O=Example, CN=p256.example\": no revocation list of \"C=CH, O=Example, "
          "CN=Example Intermediate\" at "
          "hand");
    CHECK_FALSE(chain.verify("p256", {}, Revocation::required));
    CHECK(chain.verify("p256", {pki_list("root")}, Revocation::if_known));
    chain.now = *pki_list("intermediate-old").next_update() + 1;
    const std::vector stale{pki_list("intermediate-old"), pki_list("root")};
    CHECK(chain.verify("p256", stale, Revocation::if_known));
    const auto old = chain.verify("p256", stale, Revocation::required);
    REQUIRE_FALSE(old);
    CHECK(old.error().what.ends_with("is past its next update"));
}
