#include "libike/inner/echo.hpp"

#include "libike/base/checksum.hpp"
#include "tests/catch.hpp"

using namespace ike;
using namespace std::chrono_literals;
using Verdict = inner::EchoResponder::Verdict;

namespace {

Address address(std::string_view text) { return Address::parse(text).value(); }
inner::Probe probe(std::string_view from, std::string_view to, std::uint64_t number = 7) {
    return {address(from), address(to), 0x1234, number, Instant{5ms}, 100};
}
const inner::Probe v4_probe = probe("10.1.0.1", "10.2.0.1");
const inner::Probe v6_probe = probe("2001:db8:1::1", "2001:db8:2::1");

// Captured with tcpdump from iputils' ping on Debian 12 (Linux 6.1): the request and the kernel's own reply.
struct Exchange {
    std::string_view request, reply;
    std::size_t addresses, icmp;  // offsets
};
constexpr Exchange v4_exchange{
    "45000034e20b4000400144b90a0100010a020001"
    "0800ae094e1d00019cf9066b0000000000230c00000000001011121314151617",
    "4500003471cf00004001f4f50a0200010a010001"
    "0000b6094e1d00019cf9066b0000000000230c00000000001011121314151617",
    12, 20};
constexpr Exchange v6_exchange{
    "6001572200203a4020010db800010000000000000000000120010db8000200000000000000000001"
    "80005f2c4e1e00019cf9066b000000007b2d0c00000000001011121314151617",
    "60057e5600203a4020010db800020000000000000000000120010db8000100000000000000000001"
    "81005e2c4e1e00019cf9066b000000007b2d0c00000000001011121314151617",
    8, 40};

}  // namespace

TEST_CASE("an echo request is answered as Linux answers it", "[inner][rfc792][rfc4443]") {
    const auto exchange = GENERATE(v4_exchange, v6_exchange);
    auto packet = from_hex(exchange.request).value();
    const auto linux = from_hex(exchange.reply).value();
    inner::EchoResponder host;
    REQUIRE(host.answer(packet) == Verdict::answered);
    REQUIRE(packet.size() == linux.size());
    // Identification, DF, flow label and so the IPv4 header's checksum are each host's own affair.
    CHECK(hex(ByteView{packet}.subspan(exchange.addresses)) ==
          hex(ByteView{linux}.subspan(exchange.addresses)));
    CHECK(host.answered() == 1);
    // A second host finds the reply's checksums right, and nothing to answer.
    CHECK(host.answer(packet) == Verdict::not_echo);
    CHECK(host.ignored() == 1);
}

TEST_CASE("a probe comes back with its number, time and size", "[inner]") {
    const auto sent = GENERATE(v4_probe, v6_probe);
    auto packet = inner::request(sent);
    REQUIRE(packet.size() == sent.size);
    CHECK_FALSE(inner::read_reply(packet));
    inner::EchoResponder host{{sent.destination}};
    REQUIRE(host.answer(packet) == Verdict::answered);
    const auto back = inner::read_reply(packet);
    REQUIRE(back);
    CHECK(back->source == sent.destination);
    CHECK(back->destination == sent.source);
    CHECK(back->identifier == sent.identifier);
    CHECK(back->number == sent.number);
    CHECK(back->sent == sent.sent);
    CHECK(back->size == sent.size);
}

TEST_CASE("a host is silent to what is not meant for it or is damaged", "[inner]") {
    const auto sent = GENERATE(v4_probe, v6_probe);
    const auto good = inner::request(sent);
    const std::size_t icmp = sent.source.is_v4() ? 20 : 40;
    inner::EchoResponder host{{sent.destination}};
    SECTION("another destination") {
        inner::EchoResponder other{{sent.source}};
        auto packet = good;
        CHECK(other.answer(packet) == Verdict::not_ours);
        CHECK(packet == good);
    }
    SECTION("a damaged octet of the data") {
        auto packet = good;
        packet.back() ^= 1;
        CHECK(host.answer(packet) == Verdict::bad_checksum);
    }
    SECTION("another ICMP type") {
        auto packet = good;
        packet[icmp] = 3;
        CHECK(host.answer(packet) == Verdict::not_echo);
    }
    SECTION("every shorter packet") {
        for (std::size_t size = 0; size < good.size(); ++size) {
            Bytes packet{good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)};
            CHECK(host.answer(packet) == Verdict::malformed);
            CHECK_FALSE(inner::read_reply(packet));
        }
    }
}

TEST_CASE("IPv4 fragments are not answered", "[inner]") {
    auto packet = inner::request(v4_probe);
    // More fragments instead of DF: the header's sum grows by 0x2000 - 0x4000.
    packet[6] = 0x20;
    packet[10] = static_cast<std::uint8_t>(packet[10] + 0x20);
    inner::EchoResponder host;
    CHECK(host.answer(packet) == Verdict::not_echo);
}

TEST_CASE("a probe is refused where it cannot be written", "[inner]") {
    Bytes small(40);
    CHECK(inner::write_request(v4_probe, small) == 0);
    auto mixed = v4_probe;
    mixed.destination = v6_probe.destination;
    Bytes room(200);
    CHECK(inner::write_request(mixed, room) == 0);
    auto tiny = v4_probe;
    tiny.size = 1;
    CHECK(inner::write_request(tiny, room) == inner::smallest_probe(Address::Family::v4));
}

TEST_CASE("a prober keeps its schedule and tells lost from late, doubled and reordered", "[inner]") {
    inner::Prober::Settings settings;
    settings.source = v4_probe.source;
    settings.destination = v4_probe.destination;
    settings.interval = 10ms;
    settings.late = 25ms;
    inner::Prober prober{settings, Instant{0ms}};
    inner::EchoResponder host;
    std::vector<Bytes> replies;
    Bytes room(200);
    CHECK(prober.write_if_due(Instant{-1ms}, room) == 0);
    for (int i = 0; i < 6; ++i) {
        const auto size = prober.write_if_due(prober.due(), room);
        REQUIRE(size == settings.size);
        replies.emplace_back(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
        REQUIRE(host.answer(replies.back()) == Verdict::answered);
    }
    CHECK(prober.due() == Instant{60ms});
    CHECK(prober.take(Instant{4ms}, replies[0]));
    CHECK(prober.take(Instant{24ms}, replies[2]));
    CHECK(prober.take(Instant{30ms}, replies[1]));  // after 2
    CHECK(prober.take(Instant{31ms}, replies[1]));
    CHECK(prober.take(Instant{58ms}, replies[3]));  // 28 ms after it was sent
    auto foreign = replies[5];
    foreign[12] ^= 1;  // source; the header's checksum is wrong now
    CHECK_FALSE(prober.take(Instant{60ms}, foreign));
    const auto& account = prober.account();
    CHECK(account.sent == 6);
    CHECK(account.answered == 4);
    CHECK(account.lost() == 2);
    CHECK(account.duplicates == 1);
    CHECK(account.reordered == 1);
    CHECK(account.late == 1);
    CHECK(account.shortest == Duration{4ms});
    CHECK(account.longest == Duration{28ms});
    CHECK(account.longest_gap == Duration{28ms});
    CHECK(prober.unanswered(0, 6) == std::vector<std::uint64_t>{4, 5});
    CHECK(prober.due_at(4) == Instant{40ms});
}

TEST_CASE("who sends what does not fit is told the size that does", "[inner][rfc1191][rfc4443]") {
    const auto big = [](std::string_view from, std::string_view to) {
        return inner::request({address(from), address(to), 1, 1, {}, 1500});
    };
    const auto v4 = inner::packet_too_big(big("10.1.0.1", "10.2.0.1"), 1338);
    REQUIRE(v4.size() == 576);
    CHECK(checksum_finish(checksum_add(0, ByteView{v4}.first(20))) == 0);
    CHECK(checksum_finish(checksum_add(0, ByteView{v4}.subspan(20))) == 0);
    CHECK(hex(ByteView{v4}.subspan(12, 8)) == "0a0200010a010001");
    CHECK(hex(ByteView{v4}.subspan(20, 2)) == "0304");
    CHECK(hex(ByteView{v4}.subspan(24, 4)) == "0000053a");
    CHECK(equal(ByteView{v4}.subspan(28), ByteView{big("10.1.0.1", "10.2.0.1")}.first(548)));
    const auto v6 = inner::packet_too_big(big("2001:db8:1::1", "2001:db8:2::1"), 1000);
    REQUIRE(v6.size() == 1280);
    CHECK(v6[6] == 58);
    CHECK(hex(ByteView{v6}.subspan(40, 2)) == "0200");
    CHECK(hex(ByteView{v6}.subspan(44, 4)) == "00000500");  // 1280 at least
    const auto sum = checksum_add(0, ByteView{v6}.subspan(8, 32)) + 1240 + 58;
    CHECK(checksum_finish(checksum_add(sum, ByteView{v6}.subspan(40))) == 0);
    // Never about an error, a later fragment, or to nobody in particular.
    CHECK(inner::packet_too_big(v4, 500).empty());
    CHECK(inner::packet_too_big(v6, 500).empty());
    auto later = big("10.1.0.1", "10.2.0.1");
    later[7] = 1;
    CHECK(inner::packet_too_big(later, 500).empty());
    CHECK(inner::packet_too_big(big("10.1.0.1", "224.0.0.1"), 500).empty());
    CHECK(inner::packet_too_big(big("::", "2001:db8:2::1"), 500).empty());
    for (std::size_t size = 0; size < 21; ++size)
        CHECK(inner::packet_too_big(ByteView{v4}.first(size), 500).empty());
}
