// Key derivation against what strongSwan logged in runs of captures/.
#include "libike/sa/key_material.hpp"
#include "tests/catch.hpp"
#include "tests/vectors.hpp"

using namespace ike;

namespace {

IkeSpi spi(const Vector& row, std::string_view field) { return std::stoull(row.text(field), nullptr, 16); }

IkeKeys derived(const Vector& row, const IkeSuite& suite) {
    const auto nonce_i = row["nonce_i"], nonce_r = row["nonce_r"], shared = row["shared"];
    return derive_ike_keys(suite, shared, {nonce_i, nonce_r, spi(row, "spi_i"), spi(row, "spi_r")});
}

IkeSuite ike_suite_of(const std::string& text) {
    return ike_suite(parse_transforms(ProtocolId::ike, text).value()).value();
}

}  // namespace

TEST_CASE("the IKE SA keys that strongSwan logged follow from its secrets and nonces", "[sa][rfc7296]") {
    const auto rows = vectors("strongswan-keys.txt");
    CHECK(rows.size() >= 5);
    for (const auto& row : rows) {
        INFO(row.name << ", " << row.text("suite"));
        const auto keys = derived(row, ike_suite_of(row.text("suite")));
        CHECK(equal(keys.d, row["sk_d"]));
        CHECK(equal(keys.ai, row["sk_ai"]));
        CHECK(equal(keys.ar, row["sk_ar"]));
        CHECK(equal(keys.ei, row["sk_ei"]));
        CHECK(equal(keys.er, row["sk_er"]));
        CHECK(equal(keys.pi, row["sk_pi"]));
        CHECK(equal(keys.pr, row["sk_pr"]));
    }
}

TEST_CASE("the Child SA keys that strongSwan logged follow from SK_d", "[sa][rfc7296]") {
    unsigned children = 0;
    for (const auto& row : vectors("strongswan-keys.txt")) {
        if (!row.has("child")) continue;
        INFO(row.name << ", " << row.text("child"));
        auto proposal = parse_proposal(ProtocolId::esp, row.text("child")).value();
        const auto suite = esp_suite(proposal).value();
        const auto prf = ike_suite_of(row.text("suite")).prf;
        // That of IKE_AUTH takes the nonces of IKE_SA_INIT (section 2.17).
        const auto sk_d = row["sk_d"], nonce_i = row["nonce_i"], nonce_r = row["nonce_r"];
        const auto keys = derive_child_keys(prf, sk_d, suite, {}, nonce_i, nonce_r);
        const auto is = [&](const SecretBytes& encr, const SecretBytes& integ, const char* which) {
            return equal(encr, row[std::string{"encr_"} + which]) &&
                   equal(integ, row[std::string{"integ_"} + which]);
        };
        const bool forth = is(keys.ei, keys.ai, "a") && is(keys.er, keys.ar, "b");
        const bool back = is(keys.ei, keys.ai, "b") && is(keys.er, keys.ar, "a");
        CHECK((forth || back));
        ++children;
    }
    CHECK(children >= 4);
}
