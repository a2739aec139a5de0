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
        {LinkType::ethernet, macs + "9200000a8100000b0800"},
        {LinkType::ethernet, macs + "884700010100" + "00000000" + macs + "0800"},
        {LinkType::ethernet, macs + "884700010100" + "00000000" + macs + "8100000a0800"},
        {LinkType::ppp_hdlc, "ff030021"},
        {LinkType::pppoe, "1100000100240021"},
        {LinkType::ppp_pppd, "01030021"},
        {LinkType::ppp_with_direction, "00ff030021"},
        {LinkType::ppp_with_direction, "010021"},
        {LinkType::rfc1483, "aaaa030000000800"},
        {LinkType::cisco_hdlc, "0f000800"},
        {LinkType::enc, "020000000000123400000000"},
        {LinkType::pflog, "3d02" + std::string(124, '0')},
        {LinkType::nflog, "02000000080001000800000028000900"},
        {LinkType::nflog, "020000000500010008000000" + std::string("28000900")},
        {LinkType::pktap, "0c0000000100000001000000" + macs + "0800"},
        {LinkType::ppi, "0000080065000000"},
        // Flags that say: padded to words, so behind quality of service two octets more; without and with a
        // time, and with more words of flags, before them.
        {LinkType::radiotap,
         "0000090002000000"
         "208801" +
             std::string(48, '0') + "0000aaaa030000000800"},
        {LinkType::radiotap, "0000190003000080" + std::string(32, '0') + "20" + "8801" +
                                 std::string(48, '0') + "0000aaaa030000000800"},
        // Aggregated: addresses, length, LLC.
        {LinkType::ieee80211, "8801" + std::string(44, '0') + "8000" + macs + "0030" + "aaaa030000000800"},
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

TEST_CASE("only the first fragment tells what an IPv6 packet carries, behind extension headers too",
          "[capture][rfc8200]") {
    const auto plain = *ip_packet(*parse_endpoint("[2001:db8::1]:500"), *parse_endpoint("[2001:db8::2]:500"),
                                  Carrier::udp, Bytes(40, 7));
    // Destination options of 8 octets, then UDP.
    const auto payload = concat(*from_hex("1100010400000000"), ByteView{plain}.subspan(40));
    const auto part = [&](std::uint8_t next, std::size_t from, std::size_t count, bool more) {
        Bytes out{plain.begin(), plain.begin() + 40};
        out[5] = static_cast<std::uint8_t>(8 + count);
        out[6] = 44;
        append(out, Bytes{next, 0, 0, static_cast<std::uint8_t>(from | (more ? 1 : 0)), 0, 0, 0, 9});
        append(out, ByteView{payload}.subspan(from, count));
        return out;
    };
    const auto feed = [](PacketReader& reader, const Bytes& octets, std::uint32_t file) {
        Frame frame{1, {}, LinkType::raw, octets, static_cast<std::uint32_t>(octets.size())};
        frame.file = file;
        return reader.read(frame);
    };
    const auto first = part(60, 0, 32, true);
    const auto last = part(17, 32, payload.size() - 32, false);
    for (const bool turned : {false, true}) {
        PacketReader reader;
        CHECK_FALSE(feed(reader, turned ? last : first, 0).reassembled);
        const auto found = feed(reader, turned ? first : last, 0);
        CHECK(found.reassembled);
        CHECK(found.transport == Transport::udp);
        CHECK(found.protocol == 17);
        CHECK(found.octets.size() == 40);
    }
    // Captures of both ends merged by time hold every fragment twice.
    PacketReader reader;
    feed(reader, first, 0);
    feed(reader, first, 1);
    CHECK(feed(reader, last, 0).reassembled);
    CHECK(feed(reader, last, 1).reassembled);
}

TEST_CASE("link layers and tunnels that nest without end are given up", "[capture]") {
    std::string nested;
    for (int i = 0; i < 100'000; ++i) nested += "aaaa030000000008";
    CHECK(read(LinkType::rfc1483, *from_hex(nested)).transport == Transport::none);
    nested.clear();
    for (int i = 0; i < 50'000; ++i)
        nested +=
            "0000080002010000"
            "0c00000001000000c0000000";
    CHECK(read(LinkType::ppi, *from_hex(nested)).transport == Transport::none);
    nested = std::string(24, '0') + "8847";
    for (int i = 0; i < 50'000; ++i) nested += "0001010000000000" + std::string(24, '0') + "8847";
    CHECK(read(LinkType::ethernet, *from_hex(nested)).transport == Transport::none);
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
