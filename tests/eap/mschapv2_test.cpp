#include "libike/eap/mschapv2.hpp"

#include "tests/catch.hpp"
#include "tests/vectors.hpp"

using namespace ike;
using namespace ike::eap;

namespace {

std::string text(const Bytes& octets) { return {octets.begin(), octets.end()}; }
MschapExchange exchange_of(const Vector& row) {
    MschapExchange exchange;
    std::ranges::copy(row["authenticator_challenge"], exchange.authenticator.begin());
    std::ranges::copy(row["peer_challenge"], exchange.peer.begin());
    exchange.user = text(row["user"]);
    return exchange;
}

}  // namespace

TEST_CASE("MS-CHAPv2 gives the hashes and keys of RFC 2759 and RFC 3079", "[eap][rfc2759][rfc3079]") {
    for (const auto& row : vectors("rfc2759-mschapv2.txt")) {
        auto exchange = exchange_of(row);
        const auto hash = nt_password_hash(row["password"]);
        CHECK(equal(hash, row["password_hash"]));
        CHECK(equal(challenge_hash(exchange), row["challenge"]));
        const auto response = nt_response(exchange, hash);
        CHECK(equal(response, row["nt_response"]));
        CHECK(authenticator_response(exchange, hash, response) == text(row["authenticator_response"]));
        CHECK(equal(mschap_master_key(hash, response), row["master_key"]));
        const auto msk = mschap_msk(hash, response);
        REQUIRE(msk.size() == 64);
        CHECK(equal(msk.view().subspan(16, 16), row["server_send_key"]));
        CHECK(equal(msk.view().subspan(32), Bytes(32)));
        // RFC 2759 section 8.2: a Windows domain is not hashed.
        exchange.user = "DOMAIN\\" + exchange.user;
        CHECK(equal(challenge_hash(exchange), row["challenge"]));
    }
}

TEST_CASE("passwords are hashed in UTF-16", "[eap][rfc2759]") {
    // RFC 2759 section 9.3.
    CHECK(hex(nt_password_hash(to_bytes(std::string_view{"MyPw"}))) == "fc156af7edcd6c0edde3337d427f4eac");
    const auto one = [](std::string_view password) { return hex(nt_password_hash(to_bytes(password))); };
    CHECK(one("\xc3\xa4") == one("\xe4"));  // an a with two dots, and the same octet in Latin-1
    CHECK(one("\xf0\x9f\x94\x91") != one("\xf0\x9f\x94\x90"));
    CHECK(one("\xf0\x9f") == one("\xf0\xc2\x9f"));  // cut off: Latin-1
    CHECK(one("") == "31d6cfe0d16ae931b73c59d7e0c089c0");
}
