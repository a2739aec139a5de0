#include "libike/capture/packet.hpp"

#include "libike/base/writer.hpp"
#include "libike/capture/pcapng_writer.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

const Endpoint left = *parse_endpoint("192.0.2.1:500");
const Endpoint right = *parse_endpoint("203.0.113.2:4500");

Bytes udp(std::size_t size = 8) { return *ip_packet(left, right, Carrier::udp, Bytes(size, 7)); }

Packet read(LinkType link, ByteView frame) {
    PacketReader reader;
    return reader.read({1, {}, link, frame, static_cast<std::uint32_t>(frame.size())});
}
Bytes behind(std::string_view header) { return concat(*from_hex(header), udp()); }

/// One fragment of the payload of an IPv4 packet.
Bytes fragment(const Bytes& packet, std::size_t from, std::size_t count, bool more) {
    Bytes out(20 + count);
    std::copy_n(packet.begin(), 20, out.begin());
    std::copy_n(packet.begin() + 20 + static_cast<std::ptrdiff_t>(from), count, out.begin() + 20);
    const auto field = static_cast<std::uint16_t>(from / 8 | (more ? 0x2000 : 0));
    out[2] = static_cast<std::uint8_t>(out.size() >> 8);
    out[3] = static_cast<std::uint8_t>(out.size());
    out[6] = static_cast<std::uint8_t>(field >> 8);
    out[7] = static_cast<std::uint8_t>(field);
    return out;
}

}  // namespace

TEST_CASE("UDP is found behind every link layer", "[capture]") {
    const std::string macs(24, '0');
    const std::pair<LinkType, std::string> layers[] = {
        {LinkType::ethernet, macs + "0800"},
        {LinkType::ethernet, macs + "8100000a0800"},
        {LinkType::ethernet, macs + "88a8000a8100000b0800"},
        {LinkType::ethernet, macs + "88641100000100240021"},
        {LinkType::ethernet, macs + "884700010000" + "00020100"},
        {LinkType::ethernet, macs + "0040aaaa030000000800"},
        {LinkType::null, "02000000"},
        {LinkType::loop, "00000002"},
        {LinkType::raw, ""},
        {LinkType::raw_bsd, ""},
        {LinkType::ppp, "ff030021"},
        {LinkType::linux_sll,
         "000000010006000000000000"
         "00000800"},
        {LinkType::linux_sll2, "0800000000000001000100060000000000000000"},
        {LinkType::ieee80211, "0801" + std::string(44, '0') + "aaaa030000000800"},
        {LinkType::radiotap,
         "0000080000000000"
         "0801" +
             std::string(44, '0') + "aaaa030000000800"},
    };
    for (const auto& [link, header] : layers) {
        INFO(to_string(link) << " " << header);
        const auto frame = behind(header);
        const auto packet = read(link, frame);
        CHECK(packet.transport == Transport::udp);
        CHECK(packet.source == left);
        CHECK(packet.destination == right);
        CHECK(packet.octets.size() == 8);
        for (std::size_t size = 0; size < frame.size(); ++size) {
            CHECK(read(link, ByteView{frame}.first(size)).octets.size() <= size);
        }
    }
}

TEST_CASE("what pads a short Ethernet frame is no part of the packet", "[capture]") {
    auto frame = behind(std::string(24, '0') + "0800");
    frame.resize(frame.size() + 14, 0xee);
    CHECK(read(LinkType::ethernet, frame).octets.size() == 8);
}

TEST_CASE("IPv6 extension headers are stepped over", "[capture][rfc8200]") {
    const auto plain = *ip_packet(*parse_endpoint("[2001:db8::1]:500"), *parse_endpoint("[2001:db8::2]:500"),
                                  Carrier::udp, Bytes{1, 2, 3});
    Bytes packet{plain.begin(), plain.begin() + 40};
    packet[6] = 0;  // hop-by-hop options, then destination options, then UDP
    append(packet, *from_hex("3c00010400000000"));
    append(packet, *from_hex("1100010400000000"));
    append(packet, ByteView{plain}.subspan(40));
    packet[5] = static_cast<std::uint8_t>(packet.size() - 40);
    const auto found = read(LinkType::raw, packet);
    CHECK(found.transport == Transport::udp);
    CHECK(hex(found.octets) == "010203");
}

TEST_CASE("IP fragments are joined in whatever order they come", "[capture][rfc791]") {
    const auto packet = udp(2000);
    const Bytes parts[] = {fragment(packet, 0, 800, true), fragment(packet, 800, 800, true),
                           fragment(packet, 1600, packet.size() - 1620, false)};
    std::vector<int> order{0, 1, 2};
    do {
        PacketReader reader;
        for (std::size_t i = 0; i < 3; ++i) {
            const auto& part = parts[order[i]];
            const auto found =
                reader.read({i + 1, {}, LinkType::raw, part, static_cast<std::uint32_t>(part.size())});
            CHECK(found.reassembled == (i == 2));
            if (i < 2) {
                CHECK(found.transport == Transport::fragment);
            } else {
                CHECK(found.octets.size() == 2000);
                CHECK(found.source == left);
            }
        }
    } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("fragments that never become whole are forgotten in time and in number", "[capture]") {
    const auto packet = udp(2000);
    auto first = fragment(packet, 0, 800, true);
    auto last = fragment(packet, 800, packet.size() - 820, false);
    PacketReader reader;
    const auto feed = [&](const Bytes& octets, std::int64_t seconds) {
        return reader.read({1, EpochTime{std::chrono::seconds{seconds}}, LinkType::raw, octets,
                            static_cast<std::uint32_t>(octets.size())});
    };
    feed(first, 0);
    CHECK_FALSE(feed(last, 61).reassembled);
    CHECK(feed(first, 62).reassembled);
    for (std::uint32_t i = 0; i < 5000; ++i) {
        first[4] = static_cast<std::uint8_t>(i >> 8);
        first[5] = static_cast<std::uint8_t>(i);
        feed(first, 70);
    }
    last[4] = last[5] = 0;
    CHECK_FALSE(feed(last, 71).reassembled);
}
