// Profile keys about whom to trust and where to go: revocation lists, kinds of signatures, redirects, several
// gateways.
#include "tests/catch.hpp"
#include "tests/pki_files.hpp"
#include "tests/tools/folder.hpp"
#include "tools/common/profile.hpp"

namespace {

const std::string with_psk = "gateway: g\nid: a\nremote_id: b\npsk: c\n";

}  // namespace

TEST_CASE("revocation lists and kinds of signatures are settings of a profile", "[tools][profile][crl]") {
    const Folder folder;
    folder.write("ca.pem", pki_text("root.pem"));
    folder.write("me.pem", pki_text("rsa.pem"));
    folder.write("me.key", pki_text("rsa.key"));
    folder.write("root.crl", pki_text("root.crl"));
    folder.write("intermediate.crl", pki_text("intermediate.crl"));
    folder.write("none.crl", "no list at all\n");
    const std::string head = "gateway: g\nremote_id: b\ncertificates: me.pem\nkey: me.key\nca: ca.pem\n";
    const auto read = [&](const std::string& more) {
        return read_profile(folder.write("p.yaml", head + more), Role::initiator);
    };
    const auto plain = read("");
    INFO((plain ? std::string{} : plain.error().what));
    REQUIRE(plain);
    CHECK(plain->peer.remote->revoked.empty());
    CHECK(plain->peer.remote->revocation == ike::crypto::Revocation::if_known);
    CHECK(plain->peer.local->signature == ike::crypto::SignatureWish::best);
    const auto strict = read("crl: [root.crl, intermediate.crl]\nrevocation: required\nsignature: rsa-pss\n");
    REQUIRE(strict);
    REQUIRE(strict->peer.remote->revoked.size() == 2);
    CHECK(strict->peer.remote->revoked[0].issuer() == pki_list("root").issuer());
    CHECK(strict->peer.remote->revoked[1].size() == pki_list("intermediate").size());
    CHECK(strict->peer.remote->revocation == ike::crypto::Revocation::required);
    CHECK(strict->peer.local->signature == ike::crypto::SignatureWish::pss);
    using ike::crypto::SignatureWish;
    for (const auto& [word, wish] :
         {std::pair{"best", SignatureWish::best}, std::pair{"rsa-pkcs1", SignatureWish::pkcs1},
          std::pair{"classic", SignatureWish::classic}}) {
        const auto chosen =
            read(std::string{"crl: root.crl\nrevocation: if-known\nsignature: "} + word + "\n");
        REQUIRE(chosen);
        CHECK(chosen->peer.local->signature == wish);
        CHECK(chosen->peer.remote->revoked.size() == 1);
    }
    struct Wrong {
        const char *text, *where, *says;
    };
    for (const auto& wrong :
         {Wrong{"crl: missing.crl\n", ":6: crl", "missing.crl"},
          Wrong{"crl: none.crl\n", ":6: crl", "none.crl"}, Wrong{"crl: {a: b}\n", ":6: crl", "list"},
          Wrong{"revocation: always\n", ":6: revocation", "neither if-known nor required"},
          Wrong{"crl: root.crl\nrevocation: [a]\n", ":7: revocation", ""},
          Wrong{"signature: rsa\n", ":6: signature", "none of best, rsa-pss"}}) {
        CAPTURE(wrong.text);
        const auto refused = read(wrong.text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().what.find("p.yaml" + std::string{wrong.where}) != std::string::npos);
        CHECK(refused.error().what.find(wrong.says) != std::string::npos);
    }
}

TEST_CASE("redirects are settings of a profile, for either role", "[tools][profile][rfc5685]") {
    const Folder folder;
    const auto read = [&](const std::string& more) {
        return read_profile(folder.write("p.yaml", with_psk + more), Role::initiator);
    };
    CHECK_FALSE(read("")->peer.redirect);
    CHECK_FALSE(read("follow_redirects: no\n")->peer.follow_redirects);
    CHECK(read("follow_redirects: yes\n")->peer.follow_redirects);
    const auto by_address = read("redirect_to: 203.0.113.9\n");
    REQUIRE((by_address && by_address->peer.redirect));
    CHECK(by_address->peer.redirect->in == ike::Redirection::In::ike_sa_init);
    CHECK(std::get<ike::Address>(by_address->peer.redirect->gateway) == *ike::Address::parse("203.0.113.9"));
    const auto by_name = read("redirect_to: gw2.example\nredirect_in: auth\n");
    REQUIRE((by_name && by_name->peer.redirect));
    CHECK(by_name->peer.redirect->in == ike::Redirection::In::ike_auth);
    CHECK(std::get<std::string>(by_name->peer.redirect->gateway) == "gw2.example");
    CHECK(read("redirect_to: 203.0.113.9\nredirect_in: init\n"));
    struct Wrong {
        const char *text, *where, *says;
    };
    for (const auto& wrong :
         {Wrong{"follow_redirects: perhaps\n", ":5: follow_redirects", "neither yes nor no"},
          Wrong{"redirect_in: auth\n", ":5: redirect_in", "where to is not said"},
          Wrong{"redirect_to: gw2\nredirect_in: session\n", ":6: redirect_in", "neither init nor auth"},
          Wrong{"redirect_to: [a, b]\n", ":5: redirect_to", ""}}) {
        CAPTURE(wrong.text);
        const auto refused = read(wrong.text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().what.find("p.yaml" + std::string{wrong.where}) != std::string::npos);
        CHECK(refused.error().what.find(wrong.says) != std::string::npos);
    }
}

TEST_CASE("a profile names one gateway or several, tried in that order", "[tools][profile]") {
    const Folder folder;
    const std::string rest = "id: a\nremote_id: b\npsk: c\n";
    const auto read = [&](const std::string& first) {
        return read_profile(folder.write("p.yaml", first + rest), Role::initiator);
    };
    const auto one = read("gateway: gw.example\n");
    REQUIRE(one);
    CHECK((one->gateway == "gw.example" && one->more_gateways.empty()));
    const auto several = read("gateway: [gw.example, 203.0.113.2, \"2001:db8::2\"]\n");
    REQUIRE(several);
    CHECK(several->gateway == "gw.example");
    CHECK(several->more_gateways == std::vector<std::string>{"203.0.113.2", "2001:db8::2"});
    for (const auto* wrong : {"gateway: {name: a}\n", "gateway: [[a]]\n", "gateway: [a, {b: c}]\n"}) {
        CAPTURE(wrong);
        const auto refused = read(wrong);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().what.find("p.yaml:1: gateway") != std::string::npos);
    }
}
