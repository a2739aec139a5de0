#include "libike/sa/suite.hpp"

#include <fmt/format.h>

#include "tests/catch.hpp"

using namespace ike;

namespace {

Proposal ike_proposal(std::string_view text) { return parse_proposal(ProtocolId::ike, text).value(); }
Proposal esp_proposal(std::string_view text) { return parse_proposal(ProtocolId::esp, text).value(); }
std::vector<Proposal> all(ProtocolId protocol, std::string_view text) {
    return parse_proposals(protocol, text).value();
}
std::string chosen(ProtocolId protocol, std::string_view offered, std::string_view ours,
                   Preference preference = {}) {
    const auto answer = choose(all(protocol, offered), all(protocol, ours), preference);
    return answer ? fmt::format("{}: {}", answer->number, to_string(*answer)) : "none";
}

}  // namespace

TEST_CASE("proposals are read in strongSwan's words, with what it adds by itself", "[sa][proposal]") {
    const auto ike = [](std::string_view text) { return to_string(ike_proposal(text)); };
    CHECK(ike("aes256gcm16-prfsha384-x25519") == "aes256gcm16-prfsha384-x25519");
    CHECK(ike("aes256-sha256-modp2048") == "aes256-prfsha256-sha256-modp2048");
    CHECK(ike("aes128-sha1-prfsha256-ecp256") == "aes128-prfsha256-sha1-ecp256");
    CHECK(ike("AES256-SHA512-Curve25519") == "aes256-prfsha512-sha512-x25519");
    // An AEAD has no use for an integrity algorithm but its PRF.
    CHECK(ike("aes128gcm16-sha256-x25519") == "aes128gcm16-prfsha256-x25519");
    CHECK(to_string(esp_proposal("aes128gcm16")) == "aes128gcm16-noesn");
    CHECK(to_string(esp_proposal("aes256-sha256-modp2048-esn")) == "aes256-sha256-modp2048-esn");
    CHECK(to_string(esp_proposal("aes256-sha256-esn-noesn")).ends_with("esn-noesn"));
    CHECK(ike_proposal("aes256gcm16-prfsha384-x25519").transforms[0].key_length() == 256);
}

TEST_CASE("a proposal's text reads back as the same proposal", "[sa][proposal]") {
    for (const auto protocol : {ProtocolId::ike, ProtocolId::esp}) {
        for (const auto& proposal : default_proposals(protocol)) {
            const auto again = parse_transforms(protocol, to_string(proposal));
            REQUIRE(again);
            CHECK(again->transforms == proposal.transforms);
        }
    }
    for (const auto* text :
         {"encr250/128-prf9-integ4-ke33", "aes256gcm16-prfsha256-x25519-ke1_36-ke2_ke", "type13_1"}) {
        const auto parsed = parse_transforms(ProtocolId::ike, text);
        if (parsed) CHECK(to_string(*parsed) == text);
    }
}

TEST_CASE("proposals that cannot be are refused in words", "[sa][proposal]") {
    const auto refusal = [](ProtocolId protocol, std::string_view text) {
        const auto parsed = parse_proposal(protocol, text);
        return parsed ? "accepted" : parsed.error().what;
    };
    CHECK(refusal(ProtocolId::ike, "aes256-sha256") ==
          "proposal \"aes256-sha256\": names no key exchange method");
    CHECK(refusal(ProtocolId::ike, "aes256-x25519") ==
          "proposal \"aes256-x25519\": names no integrity algorithm");
    CHECK(refusal(ProtocolId::ike, "sha256-x25519") ==
          "proposal \"sha256-x25519\": names no encryption algorithm");
    CHECK(refusal(ProtocolId::ike, "aes256--x25519") == "proposal \"aes256--x25519\": an empty word");
    CHECK(refusal(ProtocolId::ike, "rot13-x25519") == "proposal \"rot13-x25519\": \"rot13\" is not known");
    CHECK(refusal(ProtocolId::ike, "aes256-aes256gcm16-sha256-x25519").find("mixes AEADs") !=
          std::string::npos);
    CHECK(refusal(ProtocolId::ike, "aes256gcm16-x25519-esn").find("sequence numbers are for ESP") !=
          std::string::npos);
    CHECK(refusal(ProtocolId::esp, "").find("an empty word") != std::string::npos);
    if (!crypto::supported(KeId::ml_kem_768)) {
        CHECK(
            refusal(ProtocolId::ike, "aes256gcm16-prfsha256-x25519-ke1_mlkem768").find("is not supported") !=
            std::string::npos);
    }
    CHECK(parse_proposal(ProtocolId::ike, "aes256gcm16-prfsha256-x25519-ke1_mlkem768", Unsupported::allow));
    CHECK_FALSE(parse_proposals(ProtocolId::ike, "default, aes"));
    std::string long_one = "aes128";
    for (int i = 0; i < 300; ++i) long_one += fmt::format("-integ{}", 20000 + i);
    CHECK_FALSE(parse_transforms(ProtocolId::esp, long_one));
}

TEST_CASE("the first offer that fits is taken, with one transform a type", "[sa][proposal][rfc7296]") {
    constexpr auto ike = ProtocolId::ike;
    CHECK(chosen(ike, "aes256-aes128-sha256-x25519-modp2048", "aes128-sha256-modp2048") ==
          "1: aes128-prfsha256-sha256-modp2048");
    CHECK(chosen(ike, "aes128-sha1-modp1024,aes256gcm16-prfsha256-x25519", "aes256gcm16-prfsha256-x25519") ==
          "2: aes256gcm16-prfsha256-x25519");
    CHECK(chosen(ike, "aes256-sha256-x25519", "aes128-sha256-x25519") == "none");
    CHECK(chosen(ike, "aes256-sha256-x25519", "aes256-sha256-ecp256") == "none");
    // Whose order decides.
    CHECK(chosen(ike, "aes128-aes256-sha256-x25519", "aes256-aes128-sha256-x25519") ==
          "1: aes128-prfsha256-sha256-x25519");
    CHECK(chosen(ike, "aes128-aes256-sha256-x25519", "aes256-aes128-sha256-x25519",
                 {.offered_first = false}) == "1: aes256-prfsha256-sha256-x25519");
}

TEST_CASE("an absent type means NONE, and ESN what both can", "[sa][proposal][rfc7296]") {
    constexpr auto esp = ProtocolId::esp;
    CHECK(chosen(esp, "aes128gcm16", "aes128gcm16-noesn") == "1: aes128gcm16-noesn");
    CHECK(chosen(esp, "aes128gcm16-esn", "aes128gcm16") == "none");
    CHECK(chosen(esp, "aes128gcm16-esn-noesn", "aes128gcm16-noesn-esn") == "1: aes128gcm16-esn");
    // Forward secrecy is not taken away silently.
    CHECK(chosen(esp, "aes128gcm16-x25519", "aes128gcm16") == "none");
    CHECK(chosen(esp, "aes128gcm16", "aes128gcm16-x25519") == "none");
    CHECK(chosen(esp, "aes128gcm16-x25519", "aes128gcm16-x25519-modpnone") == "1: aes128gcm16-x25519-noesn");
    // The Child SA of IKE_AUTH has no key exchange of its own.
    CHECK(chosen(esp, "aes128gcm16-x25519", "aes128gcm16-modp2048", {.ignore_ke = true}) ==
          "1: aes128gcm16-noesn");
}

TEST_CASE("transforms with attributes that are not understood are passed over", "[sa][proposal][rfc7296]") {
    auto offer = ike_proposal("aes256-aes128-sha256-x25519");
    Attribute odd;
    odd.type = static_cast<AttributeType>(77);
    offer.transforms[0].attributes.push_back(odd);
    const std::vector offers{offer}, ours{ike_proposal("aes256-aes128-sha256-x25519")};
    const auto answer = choose(offers, ours);
    REQUIRE(answer);
    CHECK(to_string(*answer) == "aes128-prfsha256-sha256-x25519");
}

TEST_CASE("an initiator takes only an answer that it offered", "[sa][proposal][rfc7296]") {
    const auto offered =
        all(ProtocolId::ike, "aes256-aes128-sha256-x25519-modp2048,aes128gcm16-prfsha256-x25519");
    auto answer = *choose(offered, all(ProtocolId::ike, "aes128-sha256-modp2048"));
    CHECK(is_valid_choice(answer, offered));
    auto other = answer;
    other.number = 2;
    CHECK_FALSE(is_valid_choice(other, offered));
    other = answer;
    other.transforms.pop_back();
    CHECK_FALSE(is_valid_choice(other, offered));
    other = answer;
    other.transforms.push_back(other.transforms.back());
    CHECK_FALSE(is_valid_choice(other, offered));
    other = answer;
    other.transforms[0] = ike_proposal("aes192-sha256-x25519").transforms[0];
    CHECK_FALSE(is_valid_choice(other, offered));
    CHECK_FALSE(is_valid_choice(answer, all(ProtocolId::esp, "aes128-sha256")));
    CHECK_FALSE(is_valid_choice(answer, {}));
}

TEST_CASE("a suite comes of a chosen proposal and goes back into one", "[sa][proposal]") {
    for (const auto* text : {"aes256gcm16-prfsha384-x25519", "aes128-prfsha256-sha256-modp2048",
                             "chacha20poly1305-prfsha512-x448"}) {
        const auto suite = ike_suite(ike_proposal(text));
        REQUIRE(suite);
        CHECK(to_string(*suite) == text);
        CHECK(ike_suite(to_proposal(*suite)).value() == *suite);
    }
    const auto esp = esp_suite(esp_proposal("aes256-sha256-modp2048-esn"));
    REQUIRE(esp);
    CHECK(esp->esn);
    CHECK(esp->ke == KeId::modp_2048);
    CHECK(esp->key_bits == 256);
    CHECK(esp_suite(to_proposal(*esp)).value() == *esp);
    const auto doubled = ike_suite(ike_proposal("aes256-aes128-sha256-x25519"));
    REQUIRE_FALSE(doubled);
    CHECK(doubled.error().what.find("more than one") != std::string::npos);
    // RFC 4303 section 3.2: neither encryption nor integrity is no ESP.
    CHECK_FALSE(esp_suite(parse_transforms(ProtocolId::esp, "null-noesn").value()));
    CHECK_FALSE(ike_suite(parse_transforms(ProtocolId::ike, "aes128-prfsha256-x25519").value()));
    CHECK_FALSE(ike_suite(parse_transforms(ProtocolId::ike, "encr5-prfsha256-sha256-x25519").value()));
}
