#include "libike/base/address.hpp"
#include "libike/base/reader.hpp"
#include "libike/base/rng.hpp"
#include "libike/base/secret.hpp"
#include "libike/base/writer.hpp"
#include "tests/catch.hpp"

using namespace ike;

TEST_CASE("a reader's first failure sticks and names offset and field", "[base]") {
    const Bytes octets{0x12, 0x34, 0x56};
    Reader in{octets, 28};
    CHECK(in.number<std::uint16_t>("first") == 0x1234);
    CHECK(in.number<std::uint32_t>("second") == 0);
    CHECK(in.number<std::uint8_t>("third") == 0);
    const auto end = in.finish(0);
    REQUIRE_FALSE(end);
    CHECK(end.error() == WireError{WireError::Kind::truncated, 30, "second"});
    CHECK(to_string(end.error()) == "truncated at offset 30: second");
}

TEST_CASE("a child reader counts offsets from the datagram", "[base]") {
    const Bytes octets{1, 2, 3, 4};
    Reader in{octets};
    in.take(1, "skip");
    Reader child = in.child(2, "child");
    child.take(1, "one");
    CHECK(child.offset() == 2);
    CHECK_FALSE(child.finish(0));
    CHECK(in.remaining() == 1);
}

TEST_CASE("a writer's numbers come back from a reader", "[base]") {
    Writer out;
    out.number<std::uint32_t>(0x01020304).number<std::uint16_t>(0xffee).zeros(2);
    out.patch16(6, 0xabcd);
    CHECK(hex(out.view()) == "01020304ffeeabcd");
}

TEST_CASE("addresses and endpoints read what they write", "[base]") {
    for (const auto* text : {"192.0.2.1:500", "[2001:db8::1]:4500"}) {
        const auto endpoint = parse_endpoint(text);
        REQUIRE(endpoint);
        CHECK(to_string(*endpoint) == text);
    }
    CHECK(parse_endpoint("192.0.2.1", 500) == Endpoint{*Address::parse("192.0.2.1"), 500});
    CHECK_FALSE(parse_endpoint("192.0.2.1:70000"));
    CHECK_FALSE(parse_endpoint("[2001:db8::1"));
    CHECK_FALSE(parse_endpoint("example"));
    CHECK(Address::parse("127.0.0.9")->is_loopback());
    CHECK(Address::parse("::1")->is_loopback());
}

TEST_CASE("hexadecimal refuses odd digits and strangers", "[base]") {
    CHECK(from_hex("0x00 ff") == Bytes{0x00, 0xff});
    CHECK_FALSE(from_hex("0"));
    CHECK_FALSE(from_hex("zz"));
}

TEST_CASE("a seeded source repeats and differs by seed", "[base]") {
    SeededRng a{7}, b{7}, c{8};
    const auto first = a.bytes(33);
    CHECK(first == b.bytes(33));
    CHECK(first != c.bytes(33));
}

TEST_CASE("a moved-from secret is empty", "[base]") {
    SecretBytes a{to_bytes("key")};
    SecretBytes b = std::move(a);
    CHECK(a.empty());  // NOLINT(bugprone-use-after-move): that is the claim
    CHECK(equal_secret(b, to_bytes("key")));
    CHECK_FALSE(equal_secret(b, to_bytes("kez")));
}
