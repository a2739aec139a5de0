#include "libike/capture/recognise.hpp"

#include "libike/base/writer.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

Packet udp(std::uint16_t from, std::uint16_t to, ByteView octets) {
    Packet packet;
    packet.transport = Transport::udp;
    packet.source = {*Address::parse("192.0.2.1"), from};
    packet.destination = {*Address::parse("203.0.113.2"), to};
    packet.octets = octets;
    return packet;
}
/// An INFORMATIONAL request without payloads.
const Bytes message = *from_hex("1122334455667788 8877665544332211 00 20 25 08 00000002 0000001c");
const Bytes marked = concat(Bytes(4), message);
const Bytes esp = *from_hex("c1a9656b 00000001 0011223344556677");

}  // namespace

TEST_CASE("IKE is recognised on its ports and by content on any", "[capture]") {
    Recogniser recogniser;
    CHECK(recogniser.look(udp(500, 500, message)).kind == Kind::ike);
    CHECK(recogniser.look(udp(4500, 40000, marked)).kind == Kind::ike);
    CHECK(recogniser.look(udp(12345, 23456, message)).kind == Kind::ike);
    const auto found = recogniser.look(udp(12346, 23457, marked));
    CHECK(found.kind == Kind::ike);
    CHECK(found.marker);
    CHECK(hex(found.octets) == hex(message));
}

TEST_CASE("what shares a port with marked IKE is ESP or a keepalive", "[capture][rfc3948]") {
    Recogniser recogniser;
    const Bytes keepalive{0xff};
    CHECK(recogniser.look(udp(20000, 30000, esp)).kind == Kind::other);
    recogniser.look(udp(20000, 30000, marked));
    CHECK(recogniser.look(udp(20000, 30000, esp)).kind == Kind::esp);
    CHECK(recogniser.look(udp(20000, 31000, keepalive)).kind == Kind::keepalive);
    CHECK(recogniser.look(udp(500, 4500, esp)).kind == Kind::esp);
    CHECK(recogniser.look(udp(4500, 4500, keepalive)).kind == Kind::keepalive);
}

TEST_CASE("IKE without its marker on port 4500 is IKE all the same", "[capture][rfc7296]") {
    Recogniser recogniser;
    for (const auto& packet : {udp(4500, 500, message), udp(500, 4500, message), udp(4500, 4500, message)}) {
        const auto found = recogniser.look(packet);
        CHECK(found.kind == Kind::ike);
        CHECK_FALSE(found.marker);
        CHECK(hex(found.octets) == hex(message));
    }
}

TEST_CASE("other UDP is not taken for IKE", "[capture]") {
    Recogniser recogniser;
    CHECK(
        recogniser.look(udp(53, 40000, to_bytes(std::string_view{"not IKE, and longer than its header is"})))
            .kind == Kind::other);
    auto longer = message;
    longer.push_back(0);  // the length contradicts
    CHECK(recogniser.look(udp(1000, 2000, longer)).kind == Kind::other);
    CHECK(recogniser.look(udp(1000, 500, longer)).kind == Kind::ike);
}

TEST_CASE("STUN from port 4500 is no ESP", "[capture][rfc8489]") {
    Recogniser recogniser;
    // A Binding request without attributes (RFC 8489 section 5).
    auto octets = from_hex("000100002112a442000102030405060708090a0b");
    Packet packet;
    packet.transport = Transport::udp;
    packet.source = *parse_endpoint("192.0.2.2:4500");
    packet.destination = *parse_endpoint("203.0.113.9:3478");
    packet.octets = *octets;
    CHECK(recogniser.look(packet).kind == Kind::other);
    (*octets)[7] ^= 1;
    packet.octets = *octets;
    CHECK(recogniser.look(packet).kind == Kind::esp);
}
