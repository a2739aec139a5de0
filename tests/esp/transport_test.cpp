#include "libike/esp/transport.hpp"

#include "libike/base/checksum.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

Address address(std::string_view text) { return Address::parse(text).value(); }

/// A UDP or TCP packet with right checksums.
Bytes packet(std::string_view from, std::string_view to, std::uint8_t protocol, std::size_t data = 21) {
    const auto source = address(from), destination = address(to);
    Bytes octets(esp::transport_room + (protocol == 6 ? 20 : 8) + data, 0x5a);
    const std::size_t size = source.is_v4() ? 20 : 40;
    const auto made = esp::wrap_transport({source, destination, protocol, 0}, octets);
    Bytes whole = to_bytes(made);
    const std::size_t field = size + (protocol == 6 ? 16 : 6);
    whole[field] = whole[field + 1] = 0;
    const auto payload = ByteView{whole}.subspan(size);
    auto sum =
        checksum_add(checksum_add(0, source.octets()), destination.octets()) + payload.size() + protocol;
    const auto checksum = checksum_finish(checksum_add(sum, payload));
    whole[field] = static_cast<std::uint8_t>(checksum >> 8);
    whole[field + 1] = static_cast<std::uint8_t>(checksum);
    return whole;
}
bool is_right(ByteView whole, std::uint8_t protocol) {
    const bool v4 = whole[0] >> 4 == 4;
    const auto payload = whole.subspan(v4 ? 20 : 40);
    const auto addresses = whole.subspan(v4 ? 12 : 8, v4 ? 8 : 32);
    const auto sum = checksum_add(0, addresses) + payload.size() + protocol;
    return checksum_finish(checksum_add(sum, payload)) == 0;
}

}  // namespace

TEST_CASE("a packet in transport mode is the same at the other end but for its header's particulars",
          "[esp][transport][rfc4303]") {
    const auto [from, to] = GENERATE(
        table<std::string, std::string>({{"192.0.2.1", "203.0.113.2"}, {"2001:db8::1", "2001:db8::2"}}));
    const auto protocol = static_cast<std::uint8_t>(GENERATE(6, 17));
    const auto sent = packet(from, to, protocol);
    const auto carried = esp::transport_payload(sent);
    REQUIRE(carried);
    CHECK(carried->protocol == protocol);
    Bytes room(esp::transport_room);
    append(room, carried->octets);
    const auto made = esp::wrap_transport({address(from), address(to), protocol, 0xb9}, room);
    CHECK(made.size() == sent.size());
    if (made[0] >> 4 == 4) {
        CHECK(checksum_finish(checksum_add(0, made.first(20))) == 0);
        CHECK(made[1] == 0xb9);
    } else {
        CHECK(made[0] == 0x6b);
        CHECK(made[1] == 0x90);
    }
    CHECK(is_right(made, protocol));
}

TEST_CASE("what a new header could not say is not carried in transport mode", "[esp][transport][rfc4303]") {
    auto v4 = packet("192.0.2.1", "203.0.113.2", 17);
    REQUIRE(esp::transport_payload(v4));
    for (const auto& [at, value] :
         {std::pair{6u, 0x20}, std::pair{7u, 0x01}, std::pair{0u, 0x46}, std::pair{2u, 0xff}}) {
        auto changed = v4;
        changed[at] = static_cast<std::uint8_t>(value);
        CHECK_FALSE(esp::transport_payload(changed));
    }
    auto v6 = packet("2001:db8::1", "2001:db8::2", 17);
    for (const int next : {0, 43, 44}) {
        v6[6] = static_cast<std::uint8_t>(next);
        CHECK_FALSE(esp::transport_payload(v6));
    }
    for (std::size_t size = 0; size < v4.size(); ++size)
        CHECK_FALSE(esp::transport_payload(ByteView{v4}.first(size)));
    Bytes huge(esp::transport_room + 65530);
    CHECK(esp::wrap_transport({address("192.0.2.1"), address("192.0.2.2"), 17, 0}, huge).empty());
    CHECK_FALSE(esp::wrap_transport({address("2001:db8::1"), address("2001:db8::2"), 17, 0}, huge).empty());
}

TEST_CASE("checksums follow addresses that NATs changed", "[esp][transport][rfc3948]") {
    const auto protocol = static_cast<std::uint8_t>(GENERATE(6, 17));
    // As the sender made it, and as it comes out where NATs are between.
    const bool v4 = GENERATE(true, false);
    const std::string before_from = v4 ? "10.0.0.7" : "fd00::7",
                      before_to = v4 ? "198.51.100.1" : "2001:db8:9::1";
    const std::string after_from = v4 ? "203.0.113.77" : "2001:db8:5::77",
                      after_to = v4 ? "192.168.4.4" : "fd00:4::4";
    for (std::size_t data = 0; data < 300; ++data) {
        const auto sent = packet(before_from, before_to, protocol, data);
        REQUIRE(is_right(sent, protocol));
        Bytes room(esp::transport_room);
        append(room, esp::transport_payload(sent)->octets);
        const auto made = esp::wrap_transport({address(after_from), address(after_to), protocol, 0}, room);
        CHECK_FALSE(is_right(made, protocol));
        esp::fix_checksum(made, address(before_from), address(before_to));
        CHECK(is_right(made, protocol));
    }
    auto none = packet(before_from, before_to, 17);
    const std::size_t field = (v4 ? 20 : 40) + 6;
    none[field] = none[field + 1] = 0;
    const auto unchanged = none;
    esp::fix_checksum(none, address(after_from), address(after_to));
    CHECK(none == unchanged);
    auto icmp = packet(before_from, before_to, 17);
    icmp[v4 ? 9 : 6] = 1;
    const auto same = icmp;
    esp::fix_checksum(icmp, address(after_from), address(after_to));
    CHECK(icmp == same);
}
