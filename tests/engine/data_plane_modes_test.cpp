// The data plane beyond plain tunnel mode: transport mode, IPComp, padding, limits, fragments, path MTU.
#include "libike/base/checksum.hpp"
#include "libike/engine/data_plane_child.hpp"
#include "tests/engine/data_planes.hpp"

using namespace ike;
using namespace ike::testing::planes;

namespace {

ChildTerms transport() {
    ChildTerms terms;
    terms.mode = EspMode::transport;
    return terms;
}
ChildTerms compressed(EspMode mode = EspMode::tunnel) {
    ChildTerms terms;
    terms.mode = mode;
    terms.ipcomp = {{0x1234, 0x5678}};
    return terms;
}
Orders between_hosts(ChildTerms terms, std::string suite = "aes128gcm16") {
    Orders orders;
    orders.suite = std::move(suite);
    orders.local = "192.0.2.1";
    orders.remote = "203.0.113.2";
    orders.terms = std::move(terms);
    return orders;
}
Orders between_v6_hosts(ChildTerms terms) {
    auto orders = between_hosts(std::move(terms));
    orders.local = "2001:db8::1";
    orders.remote = "2001:db8::2";
    return orders;
}
/// A packet whose data are all alike.
Bytes dull(std::string_view from, std::string_view to, std::size_t size) {
    auto octets = packet(from, to, size);
    const std::size_t data = (octets[0] >> 4 == 4 ? 20 : 40) + 24;
    std::ranges::fill(MutableBytes{octets}.subspan(data), std::uint8_t{7});
    return octets;
}
/// All but what transport mode makes anew in an IPv4 header.
Bytes beyond_header(ByteView packet) { return to_bytes(packet.subspan(packet[0] >> 4 == 4 ? 20 : 40)); }

}  // namespace

TEST_CASE("transport mode carries packets between two hosts without their header",
          "[data_plane][transport][rfc4303]") {
    const std::string suite =
        GENERATE("aes128gcm16", "aes128ccm8iiv", "chacha20poly1305", "aes256-sha256", "null-sha1");
    Tunnel v4, v6, whole;
    v4.add(between_hosts(transport(), suite));
    auto six = between_v6_hosts(transport());
    six.suite = suite;
    v6.add(six);
    whole.add(between_hosts({}, suite));
    for (std::size_t size = 64; size < 120; ++size) {
        const auto inner = packet("192.0.2.1", "203.0.113.2", size);
        auto sent = send(v4.left, inner);
        CHECK(sent.octets.size() + 12 <= send(whole.left, inner).octets.size());
        const auto opened = v4.right.open({}, back, sent.octets, 0xba);
        REQUIRE(opened);
        CHECK(beyond_header(opened->packet) == beyond_header(inner));
        const auto fields = packet_fields(opened->packet);
        CHECK(to_string(fields->source) == "192.0.2.1");
        CHECK(to_string(fields->destination) == "203.0.113.2");
        CHECK(opened->packet[1] == 0xba);  // there is but one header, and this is its DSCP and ECN
        CHECK(checksum_finish(checksum_add(0, opened->packet.first(20))) == 0);
        const auto inner6 = packet("2001:db8::1", "2001:db8::2", size);
        auto sent6 = send(v6.left, inner6);
        const auto opened6 = v6.right.open({}, back, sent6.octets);
        REQUIRE(opened6);
        CHECK(equal(opened6->packet, inner6));
    }
    CHECK(v4.left.traffic().front().mode == EspMode::transport);
    Bytes room(300);
    auto fragment = packet("192.0.2.1", "203.0.113.2");
    fragment[6] = 0x20;
    CHECK(v4.left.seal({}, fragment, room).error() == Out::not_transport);
    CHECK(v4.left.seal({}, packet("192.0.2.1", "203.0.113.3"), room).error() == Out::no_selector);
}

TEST_CASE("what transport mode brings is judged by the SA's selectors", "[data_plane][transport][rfc4301]") {
    auto wide = between_hosts(transport()), narrow = wide;
    narrow.remote = "203.0.113.2[tcp]";
    narrow.local = "192.0.2.1[tcp]";
    DataPlane left, right;
    left.apply(install(wide, Side::left));
    right.apply(install(narrow, Side::right));
    CHECK(refusal(right, send(left, packet("192.0.2.1", "203.0.113.2")).octets) == In::selectors);
    CHECK(right.traffic().front().selector_mismatch == 1);
}

TEST_CASE("IPComp shrinks what can be shrunk, in both modes and families", "[data_plane][ipcomp][rfc3173]") {
    const auto mode = GENERATE(EspMode::tunnel, EspMode::transport);
    Tunnel plain, v4, v6;
    ChildTerms bare;
    bare.mode = mode;
    plain.add(between_hosts(bare));
    v4.add(between_hosts(compressed(mode)));
    v6.add(between_v6_hosts(compressed(mode)));
    const auto inner = dull("192.0.2.1", "203.0.113.2", 1400);
    auto sent = send(v4.left, inner);
    CHECK(sent.octets.size() < send(plain.left, inner).octets.size() / 5);
    const auto opened = v4.right.open({}, back, sent.octets);
    REQUIRE(opened);
    CHECK(beyond_header(opened->packet) == beyond_header(inner));
    if (mode == EspMode::tunnel) CHECK(equal(opened->packet, inner));
    const auto inner6 = dull("2001:db8::1", "2001:db8::2", 1400);
    auto sent6 = send(v6.left, inner6);
    const auto opened6 = v6.right.open({}, back, sent6.octets);
    REQUIRE(opened6);
    CHECK(equal(opened6->packet, inner6));
    // Random data and small packets go as they are, and are taken as they are.
    SeededRng rng{3};
    auto noise = packet("192.0.2.1", "203.0.113.2", 1400);
    std::ranges::copy(rng.bytes(1300), noise.begin() + 60);
    for (const auto& each : {noise, packet("192.0.2.1", "203.0.113.2", 60)}) {
        auto same = send(v4.left, each);
        CHECK(same.octets.size() == send(plain.left, each).octets.size());
        const auto out = v4.right.open({}, back, same.octets);
        REQUIRE(out);
        CHECK(beyond_header(out->packet) == beyond_header(each));
    }
    CHECK(v4.left.traffic().front().compressed_out == 1);
    CHECK(v4.right.traffic().front().decompressed_in == 1);
    CHECK(v4.left.traffic().front().octets_out == 1400 + 1400 + 60);
}

TEST_CASE("IPComp that nobody agreed on, or with another CPI, is dropped", "[data_plane][ipcomp][rfc3173]") {
    Tunnel agreed, bare, other;
    agreed.add(between_hosts(compressed()));
    bare.add(between_hosts({}));
    auto terms = compressed();
    terms.ipcomp->cpi_out = 0x5679;
    other.add(between_hosts(terms));
    const auto sent = send(agreed.left, dull("192.0.2.1", "203.0.113.2", 1400));
    CHECK(refusal(bare.right, sent.octets) == In::compression);
    CHECK(refusal(other.right, sent.octets) == In::compression);
    CHECK_FALSE(refusal(agreed.right, sent.octets));
    CHECK(bare.right.traffic().front().malformed == 1);
}

TEST_CASE("short packets are padded to one size where that was asked for", "[data_plane][tfc][rfc4303]") {
    auto orders = Orders{};
    orders.tfc_size = 500;
    Tunnel tunnel;
    tunnel.add(orders);
    const auto size = send(tunnel.left, packet("10.1.0.1", "10.2.0.1", 500)).octets.size();
    for (const std::size_t inner : {60, 84, 333, 499, 500}) {
        const auto whole = packet("10.1.0.1", "10.2.0.1", inner);
        Bytes room(700);
        const auto sealed = tunnel.left.seal({}, whole, room);
        REQUIRE(sealed);
        CHECK(sealed->size == size);
        const auto opened = tunnel.right.open({}, back, MutableBytes{room}.first(sealed->size));
        REQUIRE(opened);
        CHECK(equal(opened->packet, whole));
    }
    CHECK(send(tunnel.left, packet("10.1.0.1", "10.2.0.1", 600)).octets.size() > size);
    Bytes small(200);
    CHECK(tunnel.left.seal({}, packet("10.1.0.1", "10.2.0.1"), small).error() == Out::too_small);
}

TEST_CASE("a Child SA tells its limits once each, and carries nothing after the hard one",
          "[data_plane][lifetime][rfc4301]") {
    Orders orders;
    const bool by_octets = GENERATE(true, false);
    orders.limits = by_octets ? ChildLimits{500, 1000, 0, 0} : ChildLimits{0, 0, 5, 10};
    Tunnel tunnel;
    tunnel.add(orders);
    const auto inner = packet("10.1.0.1", "10.2.0.1", 100);
    for (int i = 1; i <= 10; ++i) {
        const auto sent = send(tunnel.left, inner);
        CHECK_FALSE(refusal(tunnel.right, sent.octets));
        const auto told = tunnel.left.take_limits(), heard = tunnel.right.take_limits();
        REQUIRE(told.size() == (i == 5 || i == 10 ? 1 : 0));
        CHECK(heard.size() == told.size());
        if (told.empty()) continue;
        CHECK(told[0].spi_in == 0x1000);
        CHECK(heard[0].spi_in == 0x1001);
        CHECK((told[0].limit == LimitReached::Limit::soft) == (i == 5));
    }
    Bytes room(300);
    CHECK(tunnel.left.seal({}, inner, room).error() == Out::exhausted);
    CHECK(tunnel.left.seal_dummy({}, ChildSaId{1}, 50, room).error() == Out::exhausted);
    Tunnel unlimited;
    unlimited.add({});
    const auto more = send(unlimited.left, inner);
    CHECK(refusal(tunnel.right, more.octets) == In::expired);
    CHECK(tunnel.right.traffic().front().expired == 1);
    CHECK(tunnel.left.take_limits().empty());
}

TEST_CASE("fragments without ports go with their first ones only where both sides said so",
          "[data_plane][rfc4301]") {
    Orders orders;
    orders.remote = "10.2.0.0/16[icmp/8]";
    orders.terms.later_fragments = GENERATE(true, false);
    Tunnel tunnel;
    tunnel.add(orders);
    auto later = packet("10.1.0.1", "10.2.0.1");
    later[7] = 0x08;
    Bytes room(300);
    const auto sealed = tunnel.left.seal({}, later, room);
    CHECK(sealed.has_value() == orders.terms.later_fragments);
    if (!sealed) return;
    CHECK_FALSE(
        refusal(tunnel.right, {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(sealed->size)}));
    later[9] = 17;
    CHECK(tunnel.left.seal({}, later, room).error() == Out::no_selector);
}

TEST_CASE("what does not fit the path and may not be cut is refused with the size that fits",
          "[data_plane][pmtu][rfc4301]") {
    Tunnel tunnel;
    Orders orders;
    orders.local = "10.1.0.0/16,2001:db8:1::/48";
    orders.remote = "10.2.0.0/16,2001:db8:2::/48";
    tunnel.add(orders);
    const auto big = packet("10.1.0.1", "10.2.0.1", 1400);
    CHECK_FALSE(tunnel.left.inner_mtu(big));
    tunnel.left.set_path_mtu(home.remote.address, 1400);
    const auto most = tunnel.left.inner_mtu(big);
    REQUIRE(most);
    // RFC 4303's arithmetic: 1400 - 20 - 8 outside, 8 + 8 + 16 of ESP, a multiple of 4 less the trailer.
    CHECK(*most == 1338);
    Bytes room(2000);
    CHECK(tunnel.left.seal({}, big, room).error() == Out::too_big);
    const auto fits = tunnel.left.seal({}, packet("10.1.0.1", "10.2.0.1", *most), room);
    REQUIRE(fits);
    CHECK(fits->size + 28 <= 1400);
    CHECK(tunnel.left.seal({}, packet("10.1.0.1", "10.2.0.1", *most + 1), room).error() == Out::too_big);
    auto may_be_cut = big;
    may_be_cut[6] = 0;
    CHECK(tunnel.left.seal({}, may_be_cut, room));
    CHECK(tunnel.left.seal({}, packet("2001:db8:1::1", "2001:db8:2::1", 1400), room).error() == Out::too_big);
    // RFC 8200 section 5: less than 1280 is never asked of IPv6.
    tunnel.left.set_path_mtu(home.remote.address, 1200);
    CHECK(tunnel.left.inner_mtu(packet("2001:db8:1::1", "2001:db8:2::1")) == 1280);
    CHECK(tunnel.left.seal({}, packet("2001:db8:1::1", "2001:db8:2::1", 1280), room));
    CHECK(tunnel.left.traffic().front().too_big == 3);
    // Of another path the size is not known.
    tunnel.left.apply(MoveChild{0x1000, path("192.0.2.1:4500", "203.0.113.9:4500"), true});
    CHECK(tunnel.left.seal({}, big, room));
    tunnel.left.set_path_mtu(Address::parse("203.0.113.9").value(), 1300);
    CHECK(tunnel.left.seal({}, big, room).error() == Out::too_big);
    tunnel.left.set_path_mtu(Address::parse("203.0.113.9").value(), 0);
    CHECK(tunnel.left.seal({}, big, room));
}

TEST_CASE("the outer header's DF is cleared, set or copied, and never set where it would only be in the way",
          "[data_plane][pmtu][rfc4301]") {
    const auto df = GENERATE(DfBit::clear, DfBit::set, DfBit::copy);
    DataPlane plane;
    auto order = install({.local = "10.1.0.0/16,2001:db8:1::/48", .remote = "10.2.0.0/16,2001:db8:2::/48"},
                         Side::left);
    order.df = df;
    plane.apply(std::move(order));
    auto may = packet("10.1.0.1", "10.2.0.1", 1300);
    may[6] = 0;
    Bytes room(2000);
    const auto is_set = [&](ByteView inner) { return plane.seal({}, inner, room)->dont_fragment; };
    CHECK(is_set(packet("10.1.0.1", "10.2.0.1", 1300)) == (df != DfBit::clear));
    CHECK(is_set(packet("2001:db8:1::1", "2001:db8:2::1", 1300)) == (df != DfBit::clear));
    CHECK(is_set(may) == (df == DfBit::set));
    plane.set_path_mtu(home.remote.address, 1280);
    CHECK_FALSE(is_set(may));
    CHECK_FALSE(is_set(packet("2001:db8:1::1", "2001:db8:2::1", 1280)));
}

TEST_CASE("before the sequence numbers end a Child SA asks to be rekeyed",
          "[data_plane][lifetime][rfc4303]") {
    using Limit = LimitReached::Limit;
    const std::string suite = GENERATE("aes128gcm16", "aes128gcm16-esn");
    const bool esn = suite.ends_with("esn");
    auto child = data_plane::make_child(install({.suite = suite}, Side::left), 1);
    CHECK_FALSE(data_plane::limit_met(*child));
    child->out.set_next_sequence(0xffffffff - (1u << 24));
    CHECK_FALSE(data_plane::limit_met(*child));
    child->out.set_next_sequence(0xffffffff - (1u << 24) + 1);
    CHECK(data_plane::limit_met(*child) == (esn ? std::nullopt : std::optional{Limit::soft}));
    CHECK_FALSE(data_plane::limit_met(*child));
    child->out.set_next_sequence(std::uint64_t{0xffffffff} + 1);
    CHECK(data_plane::limit_met(*child) == (esn ? std::nullopt : std::optional{Limit::hard}));
}
