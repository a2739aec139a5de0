#include "tests/catch.hpp"
#include "tests/engine/two_engines.hpp"

using namespace ike;
using namespace ike::testing;

TEST_CASE("two engines establish an IKE SA and a Child SA with a shared secret", "[engine][rfc7296]") {
    TwoEngines two;
    REQUIRE(two.establish());
    CHECK(two.agree());
    const auto ours = two.initiator.last<IkeEstablished>();
    const auto theirs = two.responder.last<IkeEstablished>();
    CHECK(ours.initiator);
    CHECK_FALSE(theirs.initiator);
    CHECK(ours.suite == theirs.suite);
    CHECK(to_string(ours.remote_id) == "gateway.example");
    CHECK(to_string(theirs.remote_id) == "client.example");
    CHECK(ours.mobike);
    CHECK(theirs.mobike);
    CHECK(ours.path.local.port == 4500);
    CHECK(theirs.path.remote.port == 4500);
    CHECK_FALSE(ours.nat_local);
    CHECK_FALSE(ours.nat_remote);
}

TEST_CASE("both sides install the same keys, crosswise", "[engine][rfc7296]") {
    TwoEngines two;
    REQUIRE(two.establish());
    const auto& a = *two.initiator.ordered<InstallChild>().front();
    const auto& b = *two.responder.ordered<InstallChild>().front();
    CHECK(a.spi_in == b.spi_out);
    CHECK(a.spi_out == b.spi_in);
    CHECK(equal(a.encr_in, b.encr_out));
    CHECK(equal(a.encr_out, b.encr_in));
    CHECK_FALSE(equal(a.encr_in, a.encr_out));
    CHECK(a.path.local == b.path.remote);
    CHECK(a.suite.ke == KeId::none);
}
