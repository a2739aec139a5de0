#include "libike/io/host.hpp"

#include "libike/io/routes.hpp"
#include "libike/io/system_rng.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

Address address(const char* text) { return *Address::parse(text); }

std::string text(const std::vector<io::Prefix>& prefixes) {
    std::string all;
    for (const auto& one : prefixes)
        all += (all.empty() ? "" : " ") + to_string(one.address) + "/" + std::to_string(one.length);
    return all;
}

}  // namespace

TEST_CASE("a range of addresses is the fewest prefixes", "[io]") {
    const auto cut = [](const char* start, const char* end) {
        return text(io::prefixes(address(start), address(end)));
    };
    CHECK(cut("10.0.0.0", "10.0.0.255") == "10.0.0.0/24");
    CHECK(cut("10.0.0.7", "10.0.0.7") == "10.0.0.7/32");
    CHECK(cut("0.0.0.0", "255.255.255.255") == "0.0.0.0/0");
    CHECK(cut("10.0.0.1", "10.0.0.6") == "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32");
    CHECK(cut("10.0.0.128", "10.0.1.127") == "10.0.0.128/25 10.0.1.0/25");
    CHECK(cut("255.255.255.254", "255.255.255.255") == "255.255.255.254/31");
    CHECK(cut("2001:db8::", "2001:db8:0:0:ffff:ffff:ffff:ffff") == "2001:db8::/64");
    CHECK(cut("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == "::/0");
    CHECK(cut("10.0.0.9", "10.0.0.8").empty());
    CHECK(cut("10.0.0.9", "2001:db8::").empty());
}

TEST_CASE("the address that packets to loopback leave from is loopback's", "[io]") {
    const auto source = io::source_for(address("127.0.0.9"));
    REQUIRE(source);
    CHECK(source->is_loopback());
}

TEST_CASE("an address in text needs no resolver", "[io]") {
    const auto found = io::resolve("192.0.2.7");
    REQUIRE(found);
    CHECK(*found == std::vector{address("192.0.2.7")});
    const auto none = io::resolve("no-such-host.invalid");
    REQUIRE_FALSE(none);
    CHECK(none.error().what.find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("two draws of the system's randomness differ", "[io]") {
    io::SystemRng rng;
    CHECK(rng.bytes(32) != rng.bytes(32));
}
