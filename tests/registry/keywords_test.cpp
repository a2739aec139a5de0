#include "libike/registry/keywords.hpp"

#include <set>

#include "libike/registry/transform_id.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

/// "1/20/256" for a word's type, ID and key length; "" for an unknown word.
std::string meaning(std::string_view word) {
    const auto found = find_keyword(word);
    if (!found) return {};
    return std::to_string(static_cast<unsigned>(found->type)) + "/" + std::to_string(found->id) + "/" +
           std::to_string(found->key_length.value_or(0));
}

}  // namespace

TEST_CASE("proposal keywords mean what they mean to strongSwan", "[registry][keywords]") {
    CHECK(meaning("aes128") == "1/12/128");
    CHECK(meaning("aes256gcm16") == "1/20/256");
    CHECK(meaning("aes256gcm128") == "1/20/256");
    CHECK(meaning("aes256gcm") == "1/20/256");
    CHECK(meaning("aes128gcm8") == "1/18/128");
    CHECK(meaning("aes192ccm12") == "1/15/192");
    CHECK(meaning("aes256ctr") == "1/13/256");
    CHECK(meaning("chacha20poly1305") == "1/28/0");
    CHECK(meaning("null") == "1/11/0");
    CHECK(meaning("3des") == "1/3/0");
    CHECK(meaning("camellia256ccm16") == "1/27/256");
    CHECK(meaning("aes128gmac") == "1/21/128");
    CHECK(meaning("prfsha384") == "2/6/0");
    CHECK(meaning("prfaescmac") == "2/8/0");
    CHECK(meaning("sha256") == "3/12/0");
    CHECK(meaning("aesxcbc") == "3/5/0");
    CHECK(meaning("md5") == "3/1/0");
    CHECK(meaning("modp2048s256") == "4/24/0");
    CHECK(meaning("ecp256bp") == "4/28/0");
    CHECK(meaning("curve25519") == "4/31/0");
    CHECK(meaning("x448") == "4/32/0");
    CHECK(meaning("mlkem1024") == "4/37/0");
    CHECK(meaning("noesn") == "5/0/0");
    CHECK(meaning("esn") == "5/1/0");
}

TEST_CASE("ke1_ to ke7_ make a key exchange an additional one", "[registry][keywords][rfc9370]") {
    CHECK(meaning("ke1_mlkem768") == "6/36/0");
    CHECK(meaning("ke7_x25519") == "12/31/0");
    CHECK(meaning("ke2_none") == "7/0/0");
    CHECK(meaning("ke0_mlkem768").empty());
    CHECK(meaning("ke8_mlkem768").empty());
    CHECK(meaning("ke1_aes128").empty());
    CHECK(meaning("ke1_ke2_x448").empty());
    CHECK(meaning("ke1_").empty());
    CHECK(meaning("ke").empty());
    CHECK(meaning("").empty());
}

TEST_CASE("for AH an AES-GMAC word is an integrity algorithm", "[registry][keywords][rfc4543]") {
    CHECK(find_ah_keyword("aes192gmac")->type == TransformType::integ);
    CHECK(find_ah_keyword("aes192gmac")->id == 10);
    CHECK_FALSE(find_ah_keyword("aes192gmac")->key_length.has_value());
    CHECK(find_ah_keyword("sha256")->id == 12);
    CHECK(find_word(TransformType::integ, 11) == "aes256gmac");
}

TEST_CASE("every keyword is unique, names a registered transform and is found again",
          "[registry][keywords]") {
    std::set<std::string_view> seen;
    for (const auto& keyword : keywords()) {
        INFO(keyword.word);
        CHECK(seen.insert(keyword.word).second);
        CHECK_FALSE(transform_id_name(keyword.type, keyword.id).empty());
        const auto word = find_word(keyword.type, keyword.id, keyword.key_length);
        CHECK(meaning(word) == meaning(keyword.word));
    }
    CHECK(find_word(TransformType::encr, 20, 256) == "aes256gcm16");
    CHECK(find_word(TransformType::ke, 31) == "x25519");
    CHECK(find_word(TransformType::addke2, 36) == "ke2_mlkem768");
    CHECK(find_word(TransformType::encr, 20).empty());
    CHECK(find_word(TransformType::encr, 999, 128).empty());
}

TEST_CASE("a proposal without PRF means the one of its integrity algorithm", "[registry][keywords]") {
    CHECK(implied_prf(IntegId::hmac_sha2_384_192) == PrfId::hmac_sha2_384);
    CHECK(implied_prf(IntegId::aes_xcbc_96) == PrfId::aes128_xcbc);
    CHECK_FALSE(implied_prf(IntegId::none).has_value());
}
