#include "tests/engine/data_planes.hpp"

#include "libike/base/checksum.hpp"

using namespace ike;
using namespace ike::testing::planes;

TEST_CASE("what goes into the tunnel comes out, for every kind of suite", "[data_plane][rfc4303]") {
    Orders orders;
    orders.suite = GENERATE("aes128gcm16", "aes256gcm16-esn", "chacha20poly1305", "aes256-sha256",
                            "aes128ctr-sha1", "null-sha256");
    orders.local += ",2001:db8:1::/48";
    orders.remote += ",2001:db8:2::/48";
    Tunnel tunnel;
    tunnel.add(orders);
    for (std::size_t size = 64; size < 90; ++size) {
        for (const auto& inner :
             {packet("10.1.0.1", "10.2.0.9", size), packet("2001:db8:1::1", "2001:db8:2::1", size)}) {
            auto sent = send(tunnel.left, inner, Instant{1s});
            CHECK(sent.sealed.path == home);
            CHECK(sent.sealed.carrier == Carrier::udp);
            CHECK(sent.sealed.spi == 0x1001);
            const auto opened = tunnel.right.open(Instant{2s}, back, sent.octets);
            REQUIRE(opened);
            CHECK(equal(opened->packet, inner));
            CHECK(opened->sequence == sent.sealed.sequence);
            CHECK(opened->child == ChildSaId{1});
            CHECK_FALSE(opened->path_changed);
        }
    }
    const auto out = tunnel.left.traffic().at(0), in = tunnel.right.traffic().at(0);
    CHECK(out.packets_out == 52);
    CHECK(in.packets_in == 52);
    CHECK(in.octets_in == out.octets_out);
    CHECK(out.next_sequence_out == 53);
    CHECK(in.highest_sequence_in == 52);
    CHECK(out.last_out == Instant{1s});
    CHECK(in.last_in == Instant{2s});
}

TEST_CASE("a packet is taken once, and counted when it comes again or is damaged", "[data_plane][rfc4303]") {
    Tunnel tunnel;
    tunnel.add({});
    const auto inner = packet("10.1.0.1", "10.2.0.1");
    std::vector<Sent> sent;
    for (int i = 0; i < 70; ++i) sent.push_back(send(tunnel.left, inner));
    CHECK_FALSE(refusal(tunnel.right, sent[69].octets));
    CHECK_FALSE(refusal(tunnel.right, sent[6].octets));
    CHECK(refusal(tunnel.right, sent[6].octets) == In::replayed);
    CHECK(refusal(tunnel.right, sent[5].octets) == In::too_old);
    for (std::size_t at = 4; at < sent[50].octets.size(); ++at) {
        auto damaged = sent[50].octets;
        damaged[at] ^= 0x10;
        // A damaged sequence number may look too old before the ICV is looked at.
        const auto why = refusal(tunnel.right, damaged);
        CHECK((why == In::integrity || (at < 8 && (why == In::too_old || why == In::replayed))));
    }
    for (std::size_t size = 0; size < sent[50].octets.size(); ++size) {
        const auto why = refusal(tunnel.right, {sent[50].octets.begin(), sent[50].octets.begin() + size});
        CHECK((why == In::truncated || why == In::integrity));
    }
    CHECK_FALSE(refusal(tunnel.right, sent[50].octets));
    auto stranger = sent[51].octets;
    stranger[0] ^= 1;
    CHECK(refusal(tunnel.right, stranger) == In::unknown_spi);
    const auto traffic = tunnel.right.traffic().at(0);
    CHECK(traffic.packets_in == 3);
    CHECK(traffic.replayed >= 1);
    CHECK(traffic.too_old >= 1);
    CHECK(traffic.bad_icv > 50);
    CHECK(traffic.malformed > 10);
}

TEST_CASE("an authentic packet outside the selectors is dropped", "[data_plane][rfc4301]") {
    // The sender's selectors are wider than the receiver's.
    Tunnel tunnel;
    Orders orders;
    auto wide = orders;
    wide.local = wide.remote = "0.0.0.0/0";
    tunnel.left.apply(install(wide, Side::left));
    tunnel.right.apply(install(orders, Side::right));
    CHECK(refusal(tunnel.right, send(tunnel.left, packet("10.9.0.1", "10.2.0.1")).octets) == In::selectors);
    CHECK(refusal(tunnel.right, send(tunnel.left, packet("10.1.0.1", "10.3.0.1")).octets) == In::selectors);
    CHECK_FALSE(refusal(tunnel.right, send(tunnel.left, packet("10.1.0.1", "10.2.0.1")).octets));
    CHECK(tunnel.right.traffic().at(0).selector_mismatch == 2);
    CHECK(tunnel.right.traffic().at(0).packets_in == 1);
}

TEST_CASE("the narrowest selectors take a packet, among equals the youngest SA", "[data_plane]") {
    Tunnel tunnel;
    const auto spi_for = [&](std::string_view to) {
        return send(tunnel.left, packet("10.1.0.1", to)).sealed.spi;
    };
    tunnel.add({.local = "10.1.0.1", .remote = "10.2.0.0/16", .child = 1, .spi = 0x1000});
    tunnel.add({.local = "10.1.0.1", .remote = "10.2.3.4", .child = 2, .spi = 0x2000});
    tunnel.add({.local = "10.1.0.1", .remote = "10.2.3.0/24[icmp]", .child = 3, .spi = 0x3000});
    tunnel.add({.local = "10.1.0.1", .remote = "10.2.3.0/24[tcp/80]", .child = 4, .spi = 0x4000});
    CHECK(spi_for("10.2.9.9") == 0x1001);
    CHECK(spi_for("10.2.3.4") == 0x2001);
    CHECK(spi_for("10.2.3.5") == 0x3001);
    tunnel.add({.local = "10.1.0.1", .remote = "10.2.0.0/16", .child = 5, .spi = 0x5000});
    CHECK(spi_for("10.2.9.9") == 0x5001);
    Bytes room(300);
    CHECK(tunnel.left.seal({}, packet("10.1.0.1", "10.3.0.1"), room).error() == Out::no_selector);
    CHECK(tunnel.left.seal({}, packet("10.1.0.2", "10.2.0.1"), room).error() == Out::no_selector);
    CHECK(tunnel.left.seal({}, Bytes(20, 0), room).error() == Out::not_ip);
    CHECK(tunnel.left.seal({}, packet("10.1.0.1", "10.2.0.1"), MutableBytes{room}.first(90)).error() ==
          Out::too_small);
    CHECK(tunnel.left.overhead_to(Address::parse("10.2.0.1").value())->icv == 16);
    CHECK_FALSE(tunnel.left.overhead_to(Address::parse("10.3.0.1").value()));
}

TEST_CASE("a rekeyed SA takes the traffic when it is preferred, and the old one still opens",
          "[data_plane][rfc7296]") {
    Tunnel tunnel;
    tunnel.add({.spi = 0x1000});
    const auto inner = packet("10.1.0.1", "10.2.0.1");
    const auto late = send(tunnel.left, inner);
    tunnel.add({.spi = 0x2000});
    CHECK(send(tunnel.left, inner).sealed.spi == 0x1001);
    tunnel.left.apply(PreferChild{0x2000});
    const auto first = send(tunnel.left, inner);
    CHECK(first.sealed.spi == 0x2001);
    CHECK(first.sealed.sequence == 1);
    CHECK_FALSE(refusal(tunnel.right, first.octets));
    CHECK_FALSE(refusal(tunnel.right, late.octets));
    tunnel.left.apply(RemoveChild{0x1000});
    tunnel.right.apply(RemoveChild{0x1001});
    CHECK(refusal(tunnel.right, late.octets) == In::unknown_spi);
    CHECK(send(tunnel.left, inner).sealed.spi == 0x2001);
    REQUIRE(tunnel.left.traffic().size() == 1);
    // The new SA goes before the old one is gone: traffic falls back.
    tunnel.add({.spi = 0x3000});
    tunnel.left.apply(PreferChild{0x3000});
    tunnel.left.apply(RemoveChild{0x3000});
    CHECK(send(tunnel.left, inner).sealed.spi == 0x2001);
    tunnel.left.apply(RemoveChild{0x2000});
    Bytes room(300);
    CHECK(tunnel.left.seal({}, inner, room).error() == Out::no_selector);
    tunnel.left.apply(RemoveChild{0x2000});
    tunnel.left.apply(MoveChild{0x2000, back, false});
    tunnel.left.apply(PreferChild{0x2000});
    CHECK(tunnel.left.traffic().empty());
}

TEST_CASE("a move keeps keys, sequence numbers and the replay window", "[data_plane][mobike][rfc4555]") {
    Tunnel tunnel;
    tunnel.add({});
    const auto inner = packet("10.1.0.1", "10.2.0.1");
    const auto before = send(tunnel.left, inner), late = send(tunnel.left, inner);
    CHECK_FALSE(refusal(tunnel.right, before.octets));
    const auto moved = path("198.51.100.7:4500", "203.0.113.2:4500");
    tunnel.left.apply(MoveChild{0x1000, moved, false});
    const auto after = send(tunnel.left, inner);
    CHECK(after.sealed.path == moved);
    CHECK(after.sealed.carrier == Carrier::native_esp);
    CHECK(after.sealed.sequence == late.sealed.sequence + 1);
    CHECK(refusal(tunnel.right, before.octets) == In::replayed);
    CHECK_FALSE(refusal(tunnel.right, late.octets));
    CHECK_FALSE(refusal(tunnel.right, after.octets));
}

TEST_CASE("the newest packet from elsewhere says so, a late one does not", "[data_plane][rfc7296]") {
    Tunnel tunnel;
    tunnel.add({});
    const auto inner = packet("10.1.0.1", "10.2.0.1");
    auto first = send(tunnel.left, inner), second = send(tunnel.left, inner),
         third = send(tunnel.left, inner);
    const auto elsewhere = path("203.0.113.2:4500", "192.0.2.1:31000");
    CHECK_FALSE(tunnel.right.open(Instant{1s}, back, first.octets)->path_changed);
    const auto opened = tunnel.right.open(Instant{2s}, elsewhere, third.octets);
    REQUIRE(opened);
    CHECK(opened->path_changed);
    CHECK_FALSE(tunnel.right.open(Instant{3s}, elsewhere, second.octets)->path_changed);
    // RFC 4555 section 3.12: ESP on other addresses is no sign that this path works.
    CHECK(tunnel.right.traffic().at(0).last_in == Instant{1s});
}

TEST_CASE("native ESP has no ports to compare", "[data_plane]") {
    Tunnel tunnel;
    tunnel.add({.encapsulated = false});
    auto sent = send(tunnel.left, packet("10.1.0.1", "10.2.0.1"));
    CHECK(sent.sealed.carrier == Carrier::native_esp);
    CHECK_FALSE(tunnel.right.open({}, path("203.0.113.2:0", "192.0.2.1:0"), sent.octets)->path_changed);
    auto moved = send(tunnel.left, packet("10.1.0.1", "10.2.0.1"));
    CHECK(tunnel.right.open({}, path("203.0.113.2:0", "192.0.2.9:0"), moved.octets)->path_changed);
}

TEST_CASE("dummy packets are recognised and go no further", "[data_plane][rfc4303]") {
    Tunnel tunnel;
    tunnel.add({});
    Bytes room(300);
    const auto sealed = tunnel.left.seal_dummy({}, ChildSaId{1}, 100, room);
    REQUIRE(sealed);
    CHECK(sealed->size > 100);
    room.resize(sealed->size);
    CHECK(refusal(tunnel.right, room) == In::dummy);
    CHECK(refusal(tunnel.right, room) == In::replayed);
    CHECK(tunnel.right.traffic().at(0).dummies == 1);
    CHECK(tunnel.right.traffic().at(0).packets_in == 0);
    CHECK(tunnel.left.seal_dummy({}, ChildSaId{2}, 100, room).error() == Out::no_selector);
}

namespace {

/// ESP of the tunnel's left side with any content, as a peer with the keys may send.
Bytes esp_with(ByteView content, std::uint8_t next_header, std::size_t padding = 0,
               std::uint64_t sequence = 1) {
    const auto orders = install({}, Side::left);
    auto out =
        esp::Outbound::create(orders.spi_out, orders.suite, orders.encr_out, orders.integ_out, sequence);
    Bytes octets(content.size() + padding + 128);
    octets.resize(out->seal(content, next_header, octets, padding));
    return octets;
}

}  // namespace

TEST_CASE("TFC padding is cut off, and what is no IP packet is dropped", "[data_plane][rfc4303]") {
    Tunnel tunnel;
    tunnel.add({});
    const auto inner = packet("10.1.0.1", "10.2.0.1");
    auto padded = esp_with(inner, esp::next_header_ipv4, 500);
    CHECK(padded.size() > 580);
    const auto opened = tunnel.right.open({}, back, padded);
    REQUIRE(opened);
    CHECK(equal(opened->packet, inner));
    CHECK(refusal(tunnel.right, esp_with(inner, esp::next_header_ipv6, 0, 2)) == In::malformed);
    CHECK(refusal(tunnel.right, esp_with(inner, 17, 0, 3)) == In::malformed);
    CHECK(refusal(tunnel.right, esp_with(ByteView{inner}.first(inner.size() - 1), esp::next_header_ipv4, 0,
                                         4)) == In::malformed);
    CHECK(refusal(tunnel.right, esp_with({}, esp::next_header_ipv4, 0, 5)) == In::malformed);
    CHECK(tunnel.right.traffic().at(0).malformed == 4);
}

TEST_CASE("the outer congestion mark reaches the inner packet as RFC 6040 figure 4 says",
          "[data_plane][rfc6040]") {
    struct Row {
        unsigned inner, outer;
        int result;  // -1: dropped
    };
    // Rows of the figure: not-ECT 0, ECT(1) 1, ECT(0) 2, CE 3.
    const auto row =
        GENERATE(Row{0, 0, 0}, Row{0, 1, 0}, Row{0, 2, 0}, Row{0, 3, -1}, Row{1, 0, 1}, Row{1, 1, 1},
                 Row{1, 2, 1}, Row{1, 3, 3}, Row{2, 0, 2}, Row{2, 1, 1}, Row{2, 2, 2}, Row{2, 3, 3},
                 Row{3, 0, 3}, Row{3, 1, 3}, Row{3, 2, 3}, Row{3, 3, 3});
    Tunnel tunnel;
    tunnel.add({.local = "10.1.0.0/16,2001:db8:1::/48", .remote = "10.2.0.0/16,2001:db8:2::/48"});
    for (auto inner : {packet("10.1.0.1", "10.2.0.1"), packet("2001:db8:1::1", "2001:db8:2::1")}) {
        const bool v4 = inner[0] >> 4 == 4;
        const unsigned dscp = 0x2e;  // EF
        const auto tos = static_cast<std::uint8_t>(dscp << 2 | row.inner);
        inner[0] = static_cast<std::uint8_t>(v4 ? inner[0] : 0x60 | tos >> 4);
        inner[1] = static_cast<std::uint8_t>(v4 ? tos : tos << 4);
        if (v4) {
            inner[10] = inner[11] = 0;
            const auto sum = checksum_finish(checksum_add(0, ByteView{inner}.first(20)));
            inner[10] = static_cast<std::uint8_t>(sum >> 8);
            inner[11] = static_cast<std::uint8_t>(sum);
        }
        auto sent = send(tunnel.left, inner);
        CHECK(sent.sealed.traffic_class == tos);
        const auto opened = tunnel.right.open({}, back, sent.octets, static_cast<std::uint8_t>(row.outer));
        if (row.result < 0) {
            CHECK(opened.error() == In::congestion);
            continue;
        }
        REQUIRE(opened);
        const auto out = opened->packet;
        const auto seen = v4 ? out[1] : static_cast<std::uint8_t>(out[0] << 4 | out[1] >> 4);
        CHECK(seen == (dscp << 2 | static_cast<unsigned>(row.result)));
        if (v4) CHECK(checksum_finish(checksum_add(0, out.first(20))) == 0);
    }
}

TEST_CASE("an order for an SA that cannot be is a broken promise of the engine", "[data_plane]") {
    Tunnel tunnel;
    tunnel.add({});
    auto twice = install({}, Side::left);
    CHECK_THROWS_AS(tunnel.left.apply(std::move(twice)), std::invalid_argument);
    auto unusable = install({.child = 2, .spi = 0x7000}, Side::left);
    unusable.encr_in = key(1, 3);
    CHECK_THROWS_AS(tunnel.left.apply(std::move(unusable)), std::invalid_argument);
    CHECK(tunnel.left.traffic().size() == 1);
}

TEST_CASE("thousands of Child SAs to single hosts each take their own traffic", "[data_plane]") {
    DataPlane plane;
    const auto host = [](std::uint32_t i) { return fmt::format("10.2.{}.{}", i / 250, i % 250 + 1); };
    for (std::uint32_t i = 0; i < 5000; ++i) {
        plane.apply(install(
            {.local = "10.1.0.0/16", .remote = host(i), .child = i + 1, .spi = 0x10000 + 2 * i}, Side::left));
    }
    Bytes room(300);
    for (std::uint32_t i = 0; i < 5000; i += 7) {
        const auto sealed = plane.seal({}, packet("10.1.0.1", host(i)), room);
        REQUIRE(sealed);
        CHECK(sealed->child == ChildSaId{i + 1});
    }
    for (std::uint32_t i = 0; i < 5000; i += 2) plane.apply(RemoveChild{0x10000 + 2 * i});
    CHECK(plane.traffic().size() == 2500);
    CHECK(plane.seal({}, packet("10.1.0.1", host(0)), room).error() == Out::no_selector);
    CHECK(plane.seal({}, packet("10.1.0.1", host(1)), room));
}
