// What is around IPsec: tunnels, ICMP errors, TCP.
#include "libike/capture/pcapng_writer.hpp"
#include "libike/capture/tracker.hpp"
#include "tests/catch.hpp"
#include "tests/conversation.hpp"

using namespace ike;
using ike::testing::Conversation;

namespace {

const Endpoint outer_left = *parse_endpoint("198.51.100.1:7000");
const Endpoint outer_right = *parse_endpoint("198.51.100.2:7000");

Bytes in_ip(std::uint8_t protocol, ByteView payload) {
    Writer out;
    out.number<std::uint16_t>(0x4500).number(static_cast<std::uint16_t>(20 + payload.size()));
    out.number<std::uint32_t>(0).number<std::uint8_t>(64).number(protocol).zeros(2);
    out.octets(outer_left.address.octets()).octets(outer_right.address.octets());
    return out.octets(payload).take();
}
Bytes in_udp(std::uint16_t port, ByteView data) {
    auto to = outer_right;
    to.port = port;
    return *ip_packet(outer_left, to, Carrier::udp, data);
}
Bytes behind(std::string_view header, ByteView rest) { return concat(*from_hex(header), rest); }

Packet read(PacketReader& reader, ByteView octets) {
    return reader.read({1, {}, LinkType::raw, octets, static_cast<std::uint32_t>(octets.size())});
}

}  // namespace

TEST_CASE("IPsec is found in every tunnel that packets travel in", "[capture]") {
    const Conversation talk;
    const auto& inside = talk.packets()[0];
    const std::string ethernet = std::string(24, '0') + "0800";
    const std::tuple<TunnelKind, Bytes, std::optional<std::uint32_t>> cases[] = {
        {TunnelKind::ipip, in_ip(4, inside), {}},
        {TunnelKind::gre, in_ip(47, behind("00000800", inside)), {}},
        {TunnelKind::gre, in_ip(47, behind("b000080000000000000000090000000a", inside)), 9},
        {TunnelKind::gre, in_ip(47, behind("00006558" + ethernet, inside)), {}},
        {TunnelKind::vxlan, in_udp(4789, behind("0800000000002a00" + ethernet, inside)), 42},
        {TunnelKind::geneve, in_udp(6081, behind("0100655800002a0000000000" + ethernet, inside)), 42},
        {TunnelKind::gtpu, in_udp(2152, behind("30ff005000000007", inside)), 7},
        {TunnelKind::gtpu, in_udp(2152, behind("34ff0058000000070000008501000000", inside)), 7},
        // The field of the next extension header is there for the sequence number's sake and means nothing.
        {TunnelKind::gtpu, in_udp(2152, behind("32ff00580000000700050085", inside)), 7},
        {TunnelKind::vxlan, in_udp(4790, behind("0c00000100002a00", inside)), 42},
        {TunnelKind::gre, in_ip(47, behind("0000884700010140", inside)), {}},
        {TunnelKind::gre, in_ip(47, behind("0000810000050800", inside)), {}},
        {TunnelKind::erspan, in_ip(47, behind("000088be" + ethernet, inside)), {}},
        {TunnelKind::erspan, in_ip(47, behind("100088be000000051000001700000000" + ethernet, inside)), 23},
        {TunnelKind::erspan, in_ip(47, behind("100022eb00000005200000170000000000000000" + ethernet, inside)),
         23},
        {TunnelKind::erspan,
         in_ip(47, behind("100022eb000000052000001700000000000000010000000000000000" + ethernet, inside)),
         23},
        {TunnelKind::l2tp, in_udp(1701, behind("4002000000010002ff030021", inside)), 0x10002},
        {TunnelKind::mpls, in_udp(6635, behind("00010140", inside)), {}},
        {TunnelKind::tzsp, in_udp(37008, behind("01000001000a01c501" + ethernet, inside)), {}},
    };
    for (const auto& [kind, octets, identifier] : cases) {
        INFO(to_string(kind));
        PacketReader reader;
        const auto packet = read(reader, octets);
        REQUIRE(packet.wrappings.size() == 1);
        CHECK(packet.wrappings[0].kind == kind);
        CHECK(packet.wrappings[0].source == outer_left.address);
        CHECK(packet.wrappings[0].identifier == identifier);
        CHECK(packet.transport == Transport::udp);
        CHECK(packet.source == ike::testing::left);
    }
}

TEST_CASE("a tunnel is named only where an IP packet is inside", "[capture]") {
    PacketReader reader;
    const auto packet = read(reader, in_udp(4789, Bytes(60, 8)));
    CHECK(packet.wrappings.empty());
    CHECK(packet.transport == Transport::udp);
}

TEST_CASE("tunnels in tunnels end somewhere", "[capture]") {
    const Conversation talk;
    auto octets = talk.packets()[0];
    for (int i = 0; i < 20; ++i) octets = in_ip(4, octets);
    PacketReader reader;
    CHECK(read(reader, octets).wrappings.full());
}

TEST_CASE("an ICMP error says which IPsec packet it is about", "[capture]") {
    const Conversation talk;
    const auto error = [](std::string_view head, const Bytes& about, std::size_t quoted) {
        return in_ip(1, behind(head, ByteView{about}.first(quoted)));
    };
    Tracker tracker{KeyStore{}};
    const auto observe = [&](const Bytes& octets) -> const IcmpObservation& {
        const auto& seen =
            tracker.observe({1, {}, LinkType::raw, octets, static_cast<std::uint32_t>(octets.size())});
        REQUIRE(seen.what.kind == Kind::icmp);
        return seen.icmp;
    };
    const auto& esp = talk.packets()[4];
    const auto& too_big = observe(error("0304000000000578", esp, 36));
    CHECK(too_big.name == "fragmentation needed");
    CHECK(too_big.mtu == 1400u);
    REQUIRE(too_big.quoted);
    CHECK(too_big.quoted->kind == Kind::esp);
    CHECK(too_big.quoted->spi == ike::testing::esp_spi_r);
    CHECK(too_big.quoted->sequence == 1u);
    CHECK(too_big.quoted->source == ike::testing::left);

    const auto& unreachable = observe(error("0303000000000000", talk.packets()[2], 90));
    REQUIRE(unreachable.quoted);
    CHECK(unreachable.quoted->kind == Kind::ike);
    REQUIRE(unreachable.quoted->ike);
    CHECK(unreachable.quoted->ike->exchange == ExchangeType::ike_auth);

    // The 8 octets that are always there hold no more than the ports.
    const auto& short_one = observe(error("0303000000000000", esp, 28));
    REQUIRE(short_one.quoted);
    CHECK(short_one.quoted->destination.port == 4500);
    CHECK_FALSE(short_one.quoted->spi);
    CHECK_FALSE(observe(in_ip(1, *from_hex("0800000000010001"))).error);
}

namespace {

/// Segments of a stream, one after the other or not.
class Stream {
public:
    Bytes segment(std::uint32_t sequence, ByteView data, std::uint8_t flags = 0x18) const {
        Writer out;
        out.number<std::uint16_t>(40000).number<std::uint16_t>(4500).number(sequence).number(0u);
        out.number<std::uint8_t>(0x50).number(flags).zeros(6).octets(data);
        return in_ip(6, out.view());
    }
};

Bytes framed(ByteView message) {
    return concat(Writer{}.number(static_cast<std::uint16_t>(message.size() + 2)).take(), message);
}
/// What the UDP datagrams of the conversation carry, as one stream.
Bytes stream_of(const Conversation& talk, std::initializer_list<std::size_t> packets) {
    auto all = to_bytes("IKETCP");
    for (const auto i : packets) append(all, framed(ByteView{talk.packets()[i]}.subspan(28)));
    return all;
}

/// Feeds segments; counts what came out.
struct Counts {
    std::size_t ike = 0, esp = 0, esp_good = 0;
};
Counts feed(std::span<const Bytes> segments, KeyStore keys) {
    Tracker tracker{std::move(keys)};
    Counts counts;
    for (const auto& octets : segments) {
        const auto* seen =
            &tracker.observe({1, {}, LinkType::raw, octets, static_cast<std::uint32_t>(octets.size())});
        for (; seen != nullptr; seen = tracker.more()) {
            counts.ike += seen->what.kind == Kind::ike ? 1 : 0;
            counts.esp += seen->what.kind == Kind::esp ? 1 : 0;
            counts.esp_good += seen->what.kind == Kind::esp && seen->esp.decrypted ? 1 : 0;
        }
    }
    return counts;
}

}  // namespace

TEST_CASE("IKE and ESP come out of a TCP stream however it is cut and ordered", "[capture][rfc9329]") {
    const Conversation talk;
    const auto all = stream_of(talk, {0, 2, 4, 6});
    const std::size_t step = GENERATE(1, 7, 100, 5000);
    std::vector<Bytes> segments{Stream{}.segment(1000, {}, TcpSegment::syn)};
    std::size_t at = 0;
    while (at < all.size()) {
        const auto size = std::min(step, all.size() - at);
        const auto sequence = static_cast<std::uint32_t>(1001 + at);
        segments.push_back(Stream{}.segment(sequence, ByteView{all}.subspan(at, size)));
        at += size;
    }
    auto counts = feed(segments, talk.keys(Conversation::Known::ike));
    CHECK(counts.ike == 3);
    CHECK(counts.esp == 1);

    // Out of order and twice.
    if (segments.size() > 4 && segments.size() < 60) {
        std::swap(segments[2], segments[3]);
        segments.insert(segments.begin() + 4, segments[2]);
        counts = feed(segments, talk.keys(Conversation::Known::ike));
        CHECK(counts.ike == 3);
        CHECK(counts.esp == 1);
    }
}

TEST_CASE("the first segments of a TCP stream may come in any order once its SYN was seen",
          "[capture][rfc9329]") {
    const Conversation talk;
    const bool responder = GENERATE(false, true);
    auto all = stream_of(talk, {0, 2});
    // Who answers sends no prefix.
    if (responder) all.erase(all.begin(), all.begin() + 6);
    const ByteView view{all};
    const auto part = [&](std::size_t from, std::size_t size) {
        return Stream{}.segment(static_cast<std::uint32_t>(1001 + from), view.subspan(from, size));
    };
    const std::size_t third = all.size() / 3;
    const auto rest = part(2 * third, all.size() - 2 * third);
    const auto syn = Stream{}.segment(1000, {}, TcpSegment::syn);
    const std::vector<Bytes> turned{syn, rest, part(third, third), part(0, third)};
    CHECK(feed(turned, KeyStore{}).ike == 2);
    const std::vector<Bytes> in_pieces{syn, part(0, 3), part(3, 2), part(5, all.size() - 5)};
    CHECK(feed(in_pieces, KeyStore{}).ike == 2);
    if (!responder) {
        const std::vector<Bytes> prefix_in_pieces{part(0, 3), part(3, all.size() - 3)};
        CHECK(feed(prefix_in_pieces, KeyStore{}).ike == 2);
    }
}

TEST_CASE("many connections that are opened and left do not push out one that is used",
          "[capture][rfc9329]") {
    const Conversation talk;
    const auto all = stream_of(talk, {0, 2, 4, 6});
    std::vector<Bytes> segments;
    std::size_t at = 0;
    for (std::uint32_t i = 0; i < 9000; ++i) {
        auto other = Stream{}.segment(1, to_bytes("IKETCP"));
        // Their addresses differ from the first one's.
        other[12] = 10;
        other[14] = static_cast<std::uint8_t>(i >> 8);
        other[15] = static_cast<std::uint8_t>(i);
        segments.push_back(std::move(other));
        if (i % 1000 != 0 || at == all.size()) continue;
        const auto size = std::min<std::size_t>(all.size() / 6, all.size() - at);
        segments.push_back(
            Stream{}.segment(static_cast<std::uint32_t>(1 + at), ByteView{all}.subspan(at, size)));
        at += size;
    }
    REQUIRE(at == all.size());
    CHECK(feed(segments, KeyStore{}).ike == 3);
}

TEST_CASE("a stream whose beginning was not captured is found by its messages", "[capture][rfc9329]") {
    const Conversation talk;
    const auto all = stream_of(talk, {2, 6});
    const std::vector<Bytes> segments{Stream{}.segment(77, ByteView{all}.subspan(6))};
    CHECK(feed(segments, KeyStore{}).ike == 2);
}

TEST_CASE("a lost segment costs the messages in it, not those after", "[capture][rfc9329]") {
    const Conversation talk;
    std::vector<Bytes> segments;
    std::uint32_t sequence = 1;
    for (std::size_t i = 0; i < 100; ++i) {
        auto data = framed(ByteView{talk.packets()[i == 0 ? 0 : 6]}.subspan(28));
        if (i == 0) data = concat(to_bytes("IKETCP"), data);
        if (i != 3) segments.push_back(Stream{}.segment(sequence, data));
        sequence += static_cast<std::uint32_t>(data.size());
    }
    CHECK(feed(segments, KeyStore{}).ike > 60);
}

TEST_CASE("other TCP is left alone", "[capture][rfc9329]") {
    const auto text = to_bytes("GET / HTTP/1.1\r\n\r\n");
    const std::vector<Bytes> segments{Stream{}.segment(0, {}, TcpSegment::syn), Stream{}.segment(1, text),
                                      Stream{}.segment(1 + static_cast<std::uint32_t>(text.size()), text)};
    const auto counts = feed(segments, KeyStore{});
    CHECK(counts.ike + counts.esp == 0);
    CHECK(feed(std::span{segments}.subspan(1), KeyStore{}).ike == 0);
}
