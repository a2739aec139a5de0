#include "libike/sa/traffic_selectors.hpp"

#include "libike/base/rng.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

TrafficSelector one(std::string_view text) { return parse_selector(text).value(); }
std::vector<TrafficSelector> some(std::string_view text) { return parse_selectors(text).value(); }
std::string narrowed(std::string_view offered, std::string_view ours) {
    return to_string(narrow(some(offered), some(ours)));
}

/// An IPv4 or IPv6 packet from hexadecimal.
PacketFields fields(std::string_view packet) { return packet_fields(from_hex(packet).value()).value(); }

constexpr const char* udp4 =
    "4500001c00000000"
    "4011"
    "0000"
    "0a000001"
    "0a000002"
    "1388"
    "0035"
    "0008"
    "0000";

}  // namespace

TEST_CASE("selectors are read and written back", "[sa][selectors]") {
    for (const auto* text : {"10.0.0.0/24", "10.0.0.1/32", "10.0.0.1-10.0.0.9", "0.0.0.0/0", "2001:db8::/64",
                             "::/0", "10.0.0.0/8[tcp/80]", "10.0.0.0/8[udp/1000-2000]", "10.0.0.0/8[17]",
                             "10.0.0.0/8[icmp/8]", "10.0.0.0/8[icmp/8(0)]", "10.0.0.0/8[/53]",
                             "10.0.0.0/8[tcp/opaque]", "2001:db8::1-2001:db8::9[sctp]"}) {
        INFO(text);
        const auto selector = one(text);
        const auto again = one(to_string(selector));
        CHECK(again == selector);
    }
    CHECK(to_string(one("10.0.0.1")) == "10.0.0.1/32");
    CHECK(to_string(one("10.0.0.7/24")) == "10.0.0.0/24");
    CHECK(one("10.0.0.0/8[icmp/8(1)]").start_port == 0x0801);
    CHECK(to_string(some("10.0.0.1, 2001:db8::/64")) == "10.0.0.1/32, 2001:db8::/64");
}

TEST_CASE("what is no selector is refused", "[sa][selectors]") {
    for (const auto* text : {"", "10.0.0", "10.0.0.0/33", "2001:db8::/129", "10.0.0.9-10.0.0.1",
                             "10.0.0.1-::1", "10.0.0.1[", "10.0.0.1[tcp/", "10.0.0.1[tcp/70000]",
                             "10.0.0.1[tcp/9-8]", "10.0.0.1[nonsense]", "10.0.0.1[256]", "gateway"}) {
        INFO(text);
        CHECK_FALSE(parse_selector(text));
    }
    CHECK_FALSE(parse_selectors("10.0.0.1,"));
}

TEST_CASE("selectors are narrowed to what both sides allow", "[sa][selectors][rfc7296]") {
    CHECK(narrowed("0.0.0.0/0", "10.1.0.0/16") == "10.1.0.0/16");
    CHECK(narrowed("10.1.2.0/24", "10.1.0.0/16") == "10.1.2.0/24");
    CHECK(narrowed("10.0.0.0/24", "10.0.1.0/24") == "");
    CHECK(narrowed("10.0.0.10-10.0.0.30", "10.0.0.20-10.0.0.40") == "10.0.0.20-10.0.0.30");
    CHECK(narrowed("0.0.0.0/0,::/0", "10.0.0.0/8") == "10.0.0.0/8");
    CHECK(narrowed("::/0", "10.0.0.0/8") == "");
    CHECK(narrowed("10.0.0.0/8[tcp]", "10.0.0.0/8[tcp/80]") == "10.0.0.0/8[tcp/80]");
    CHECK(narrowed("10.0.0.0/8[udp]", "10.0.0.0/8[tcp]") == "");
    CHECK(narrowed("10.0.0.0/8", "10.0.0.0/8[udp/100-200]") == "10.0.0.0/8[udp/100-200]");
    CHECK(narrowed("10.0.0.0/8[tcp/1-100]", "10.0.0.0/8[tcp/101-200]") == "");
    // The exact packet that a first selector may be (section 2.9) is no part of its own.
    CHECK(narrowed("10.0.0.1[tcp/80],10.0.0.0/24", "0.0.0.0/0") == "10.0.0.0/24");
    CHECK(narrowed("10.0.0.0/8[tcp/opaque]", "10.0.0.0/8[tcp]") == "10.0.0.0/8[tcp/opaque]");
    CHECK(narrowed("10.0.0.0/8[tcp/opaque]", "10.0.0.0/8[tcp/80]") == "");
}

TEST_CASE("narrowing never gives what one side did not allow", "[sa][selectors][rfc7296]") {
    SeededRng rng{1};
    const auto random = [&] {
        TrafficSelector selector;
        selector.type = TsType::ipv4_addr_range;
        auto a = static_cast<std::uint8_t>(rng.below(8)), b = static_cast<std::uint8_t>(rng.below(8));
        if (b < a) std::swap(a, b);
        selector.start = Address::v4({10, 0, 0, a});
        selector.end = Address::v4({10, 0, 0, b});
        selector.protocol = rng.below(2) == 0 ? std::uint8_t{0} : std::uint8_t{17};
        auto c = static_cast<std::uint16_t>(rng.below(8)), d = static_cast<std::uint16_t>(rng.below(8));
        if (d < c) std::swap(c, d);
        if (selector.protocol != 0) selector.start_port = c;
        if (selector.protocol != 0) selector.end_port = d;
        return selector;
    };
    const auto allowed = [](std::span<const TrafficSelector> selectors, std::uint8_t host,
                            std::uint8_t protocol, std::uint16_t port) {
        return std::ranges::any_of(selectors, [&](const TrafficSelector& each) {
            return matches(each, Address::v4({10, 0, 0, host}), protocol, port);
        });
    };
    for (int i = 0; i < 500; ++i) {
        const std::vector offered{random(), random()}, ours{random(), random()};
        const auto both = narrow(offered, ours);
        REQUIRE(contains(offered, both));
        REQUIRE(contains(ours, both));
        for (std::uint8_t host = 0; host < 8; ++host) {
            for (const std::uint8_t protocol : {std::uint8_t{6}, std::uint8_t{17}}) {
                for (std::uint16_t port = 0; port < 8; ++port) {
                    const bool expected =
                        allowed(offered, host, protocol, port) && allowed(ours, host, protocol, port);
                    REQUIRE(allowed(both, host, protocol, port) == expected);
                }
            }
        }
    }
}

TEST_CASE("the fields of inner packets are found behind options and extensions", "[sa][selectors]") {
    const auto udp = fields(udp4);
    CHECK(to_string(udp.source) == "10.0.0.1");
    CHECK(to_string(udp.destination) == "10.0.0.2");
    CHECK(udp.protocol == 17);
    CHECK(udp.source_port == 5000);
    CHECK(udp.destination_port == 53);
    const auto icmp = fields(
        "4500001c0000000040010000"
        "0a000001"
        "0a000002"
        "0800f7ff00000000");
    CHECK(icmp.source_port == 0x0800);
    const auto later = fields(
        "4500001c0000000140110000"
        "0a000001"
        "0a000002"
        "1388003500080000");
    CHECK_FALSE(later.ports_known);
    const auto options = fields(
        "4600002000000000"
        "40110000"
        "0a000001"
        "0a000002"
        "01010101"
        "1388003500080000");
    CHECK(options.destination_port == 53);
    // IPv6, hop-by-hop options, then a first fragment of TCP.
    const std::string addresses =
        "20010db8000000000000000000000001"
        "20010db8000000000000000000000002";
    const auto six = fields("6000000000180040" + addresses +
                            "2c00010400000000"
                            "0600000100000001"
                            "01bb1388"
                            "00000000");
    CHECK(six.protocol == 6);
    CHECK(six.source_port == 443);
    const auto fragment = fields("6000000000102c40" + addresses +
                                 "0600000800000001"
                                 "01bb138800000000");
    CHECK_FALSE(fragment.ports_known);
    CHECK(fragment.protocol == 6);
}

TEST_CASE("octets that are no packet, and every beginning of one, give nothing or what can be known",
          "[sa][selectors]") {
    CHECK_FALSE(packet_fields({}));
    CHECK_FALSE(packet_fields(Bytes{0x50}));
    const auto whole = from_hex(udp4).value();
    for (std::size_t size = 0; size < 20; ++size) CHECK_FALSE(packet_fields(ByteView{whole}.first(size)));
    for (std::size_t size = 20; size < 24; ++size)
        CHECK_FALSE(packet_fields(ByteView{whole}.first(size))->ports_known);
    auto short_header = whole;
    short_header[0] = 0x44;
    CHECK_FALSE(packet_fields(short_header));
}

TEST_CASE("a selector matches by family, address, protocol and port", "[sa][selectors]") {
    const auto selector = one("10.0.0.0/24[tcp/80-90]");
    const auto in = Address::v4({10, 0, 0, 5}), out = Address::v4({10, 0, 1, 5});
    CHECK(matches(selector, in, 6, 80));
    CHECK_FALSE(matches(selector, in, 6, 91));
    CHECK_FALSE(matches(selector, in, 17, 80));
    CHECK_FALSE(matches(selector, out, 6, 80));
    CHECK_FALSE(matches(selector, in, 6, 80, false));
    CHECK_FALSE(matches(everything(Address::Family::v6), in, 6, 80));
    CHECK(matches(everything(Address::Family::v4), in, 6, 80, false));
    CHECK(matches(one("10.0.0.0/24[tcp/opaque]"), in, 6, 0, false));
    CHECK(contains(one("10.0.0.0/8"), one("10.0.0.0/24[tcp/80]")));
    CHECK_FALSE(contains(one("10.0.0.0/24"), one("10.0.0.0/8")));
    CHECK(to_string(host_selector(in)) == "10.0.0.5/32");
}
