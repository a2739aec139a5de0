#include "libike/esp/esp.hpp"

#include <set>

#include "tests/catch.hpp"
#include "tests/esp/suites.hpp"
#include "tests/vectors.hpp"

using namespace ike;
using namespace ike::esp;

namespace {

EspSuite suite_of(EncrId encr, std::uint16_t bits = 0) {
    EspSuite suite;
    suite.encr = encr;
    suite.key_bits = bits;
    return suite;
}
std::uint32_t spi_of(const Vector& row) {
    return static_cast<std::uint32_t>(std::stoul(row.text("spi"), nullptr, 16));
}

struct Pair {
    Outbound outbound;
    Inbound inbound;
    Pair(const EspSuite& suite, std::uint64_t first = 1, std::size_t window = 64)
        : Pair{suite, EspTestKeys{suite, 1}, first, window} {}
    Bytes seal(ByteView payload, std::size_t tfc = 0) {
        Bytes packet(outbound.overhead().sealed_size(payload.size() + tfc));
        REQUIRE(outbound.seal(payload, next_header_ipv4, packet, tfc) == packet.size());
        return packet;
    }

private:
    Pair(const EspSuite& suite, const EspTestKeys& keys, std::uint64_t first, std::size_t window)
        : outbound{Outbound::create(0x1234abcd, suite, keys.encr, keys.integ, first).value()},
          inbound{Inbound::create(0x1234abcd, suite, keys.encr, keys.integ, window).value()} {}
};

const EspSuite gcm = suite_of(EncrId::aes_gcm_16, 128);

}  // namespace

TEST_CASE("RFC 7634's ESP packet is sealed and opened", "[esp][rfc7634]") {
    for (const auto& row : vectors("rfc7634-chacha20-poly1305.txt")) {
        const auto suite = suite_of(EncrId::chacha20_poly1305);
        auto outbound = Outbound::create(spi_of(row), suite, row["key"], {}, row.number("sequence"));
        REQUIRE(outbound);
        outbound->set_next_iv(0x1011121314151617);
        const auto payload = row["payload"];
        Bytes packet(outbound->overhead().sealed_size(payload.size()));
        REQUIRE(outbound->seal(payload, next_header_ipv4, packet) == packet.size());
        CHECK(packet == row["packet"]);
        auto inbound = Inbound::create(spi_of(row), suite, row["key"], {});
        const auto opened = inbound->open(packet);
        REQUIRE(opened);
        CHECK(equal(opened->payload, payload));
        CHECK(opened->next_header == next_header_ipv4);
        CHECK(opened->sequence == 5);
        CHECK(opened->pad_length == 2);
    }
}

TEST_CASE("RFC 3602's ESP packets are opened", "[esp][rfc3602]") {
    for (const auto& row : vectors("rfc3602-esp-aes-cbc.txt")) {
        INFO(row.name);
        auto inbound = Inbound::create(spi_of(row), suite_of(EncrId::aes_cbc, 128), row["key"], {});
        REQUIRE(inbound);
        auto packet = row["packet"];
        const auto opened = inbound->open(packet);
        REQUIRE(opened);
        CHECK(equal(opened->payload, row["payload"]));
        CHECK(opened->next_header == row["next_header"].front());
        CHECK(opened->pad_length == row["padding"].front());
        CHECK(opened->sequence == row.number("sequence"));
    }
}

TEST_CASE("every suite takes back what it sealed, of any length, with and without ESN", "[esp]") {
    const auto suites = all_esp_suites();
    CHECK(suites.size() > 60);
    for (const auto& suite : suites) {
        INFO(to_string(suite));
        Pair pair{suite};
        SeededRng rng{2};
        for (std::size_t size = 0; size < 70; ++size) {
            const auto payload = rng.bytes(size);
            auto packet = pair.seal(payload, size % 3 == 0 ? 5 : 0);
            REQUIRE(packet.size() % 4 == 0);
            const auto opened = pair.inbound.open(packet);
            REQUIRE(opened);
            REQUIRE(equal(opened->payload.first(size), payload));
            REQUIRE(opened->payload.size() == size + (size % 3 == 0 ? 5 : 0));
            REQUIRE(opened->sequence == size + 1);
        }
    }
}

TEST_CASE("no changed octet of an authenticated packet is accepted, and it does not move the window",
          "[esp]") {
    for (const auto& suite : all_esp_suites()) {
        INFO(to_string(suite));
        Pair pair{suite};
        const auto packet = pair.seal(Bytes(20, 7));
        for (std::size_t i = 0; i < packet.size(); ++i) {
            auto changed = packet;
            changed[i] ^= 0x40;
            REQUIRE_FALSE(pair.inbound.open(changed));
        }
        for (std::size_t size = 0; size < packet.size(); ++size) {
            auto cut = Bytes(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
            REQUIRE_FALSE(pair.inbound.open(cut));
        }
        CHECK(pair.inbound.window().highest() == 0);
        auto whole = packet;
        CHECK(pair.inbound.open(whole));
        auto again = packet;
        CHECK(pair.inbound.open(again).error() == OpenFailure::replayed);
    }
}

TEST_CASE("padding is 1, 2, 3 and on, and the trailer ends on a boundary", "[esp][rfc4303]") {
    // NULL encryption shows the trailer.
    auto suite = suite_of(EncrId::null_encr);
    suite.integ = IntegId::hmac_sha2_256_128;
    Pair pair{suite};
    const auto packet = pair.seal(Bytes(7, 0xee));
    REQUIRE(packet.size() == 8 + 12 + 16);
    CHECK(hex(ByteView{packet}.subspan(8, 12)) ==
          "eeeeeeeeeeeeee"
          "010203"
          "03"
          "04");
    const auto padded = pair.seal(Bytes(6, 0xee), 3);
    CHECK(hex(ByteView{padded}.subspan(8, 12)) ==
          "eeeeeeeeeeee"
          "000000"
          "01"
          "01"
          "04");
}

TEST_CASE("overhead says what fits", "[esp]") {
    for (const auto& suite : all_esp_suites()) {
        const auto cost = overhead(suite);
        for (std::size_t sealed = 0; sealed < 200; ++sealed) {
            const auto inner = cost.inner_capacity(sealed);
            if (inner > 0) REQUIRE(cost.sealed_size(inner) <= sealed);
            REQUIRE(cost.sealed_size(inner + 1) > sealed);
        }
    }
    CHECK(overhead(gcm).sealed_size(1400) == 8 + 8 + 1404 + 16);
}

TEST_CASE("a counter's IV never repeats, and a block cipher's cannot be foretold",
          "[esp][rfc3602][rfc4106]") {
    for (const auto& suite : all_esp_suites()) {
        INFO(to_string(suite));
        Pair pair{suite};
        const auto iv_size = pair.outbound.overhead().iv;
        std::set<Bytes> seen;
        for (int i = 0; i < 200; ++i) {
            const auto packet = pair.seal(Bytes(3));
            const auto iv = to_bytes(ByteView{packet}.subspan(8, iv_size));
            if (iv_size > 0) REQUIRE(seen.insert(iv).second);
        }
        // Going back in sequence numbers does not bring an IV back.
        pair.outbound.set_next_sequence(1);
        const auto packet = pair.seal(Bytes(3));
        if (iv_size > 0) CHECK(seen.insert(to_bytes(ByteView{packet}.subspan(8, iv_size))).second);
    }
    auto cbc = suite_of(EncrId::aes_cbc, 128);
    cbc.integ = IntegId::hmac_sha2_256_128;
    Pair pair{cbc};
    const auto a = pair.seal(Bytes(3)), b = pair.seal(Bytes(3));
    unsigned different = 0;
    for (std::size_t i = 8; i < 24; ++i) different += a[i] != b[i];
    CHECK(different > 8);
}

TEST_CASE("an implicit IV is the sequence number, its high half too with ESN", "[esp][rfc8750]") {
    for (const bool esn : {false, true}) {
        auto suite = suite_of(EncrId::aes_gcm_16_iiv, 128);
        suite.esn = esn;
        const std::uint64_t sequence = esn ? 0x0000000700000009 : 9;
        const EspTestKeys keys{suite, 3};
        auto outbound = Outbound::create(0xc0ffee11, suite, keys.encr, {}, sequence);
        REQUIRE(outbound);
        const Bytes payload(10, 1);
        Bytes packet(outbound->overhead().sealed_size(payload.size()));
        REQUIRE(outbound->seal(payload, next_header_ipv4, packet) == packet.size());
        // The same by RFC 8750 section 3 and 4 with plain GCM.
        auto cipher = crypto::Cipher::create(EncrId::aes_gcm_16, 128, keys.encr);
        const auto iv = from_hex(esn ? "0000000700000009" : "0000000000000009").value();
        const auto aad = from_hex(esn ? "c0ffee110000000700000009" : "c0ffee1100000009").value();
        const auto text = MutableBytes{packet}.subspan(8, packet.size() - 8 - 16);
        REQUIRE(cipher->open(iv, aad, text, ByteView{packet}.last(16)));
        CHECK(equal(text.first(10), payload));
    }
}

TEST_CASE("ESN takes the high half into the ICV of ciphers of every kind", "[esp][rfc4303]") {
    for (const auto& suite : all_esp_suites()) {
        if (!suite.esn) continue;
        INFO(to_string(suite));
        Pair pair{suite, 0xfffffffe};
        SeededRng rng{4};
        for (int i = 0; i < 4; ++i) {
            auto packet = pair.seal(Bytes(9, 5));
            auto copy = packet;
            REQUIRE_FALSE(pair.inbound.open_at(copy, 9));
            const auto opened = pair.inbound.open(packet);
            REQUIRE(opened);
            REQUIRE(opened->sequence == 0xfffffffeu + static_cast<std::uint64_t>(i));
        }
        CHECK(pair.inbound.window().highest() == 0x100000001);
    }
}

TEST_CASE("sequence numbers end: nothing is sent under one twice", "[esp][rfc4303]") {
    Pair pair{gcm, 0xfffffffe};
    CHECK(pair.seal(Bytes(4)).size() > 0);
    CHECK(pair.seal(Bytes(4)).size() > 0);
    Bytes packet(100);
    CHECK(pair.outbound.seal(Bytes(4), next_header_ipv4, packet) == 0);
    CHECK(pair.outbound.seal(Bytes(4), next_header_ipv4, packet) == 0);
}

TEST_CASE("a payload may lie where it will be sealed, and room that is too small is refused", "[esp]") {
    Pair pair{gcm};
    Bytes out(pair.outbound.overhead().sealed_size(50));
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(pair.outbound.payload_offset()), 50,
                std::uint8_t{9});
    const auto payload = ByteView{out}.subspan(pair.outbound.payload_offset(), 50);
    REQUIRE(pair.outbound.seal(payload, next_header_ipv4, out) == out.size());
    const auto opened = pair.inbound.open(out);
    REQUIRE(opened);
    CHECK(equal(opened->payload, Bytes(50, 9)));
    CHECK(pair.outbound.next_sequence() == 2);
    CHECK(pair.outbound.seal(Bytes(50), next_header_ipv4, MutableBytes{out}.first(out.size() - 1)) == 0);
    CHECK(pair.outbound.next_sequence() == 2);
}

TEST_CASE("an authentic packet with an impossible pad length is told from a forged one", "[esp]") {
    const EspTestKeys keys{gcm, 1};
    auto cipher = crypto::Cipher::create(EncrId::aes_gcm_16, 128, keys.encr);
    auto inbound = Inbound::create(1, gcm, keys.encr, {});
    auto packet = from_hex(
                      "0000000100000001"
                      "0000000000000001")
                      .value();
    Bytes text{1, 2, 200, 4}, icv(16);
    cipher->seal(ByteView{packet}.subspan(8), ByteView{packet}.first(8), text, icv);
    append(packet, text);
    append(packet, icv);
    CHECK(inbound->open(packet).error() == OpenFailure::padding);
    CHECK(inbound->window().highest() == 1);
}

TEST_CASE("suites that do not go together, and keys of a wrong size, are refused", "[esp]") {
    auto doubled = gcm;
    doubled.integ = IntegId::hmac_sha2_256_128;
    CHECK_FALSE(Outbound::create(1, doubled, Bytes(20), Bytes(32)));
    CHECK_FALSE(Inbound::create(1, gcm, Bytes(19), {}));
    auto unchecked = suite_of(EncrId::aes_cbc, 128);
    unchecked.unchecked_icv = 12;
    CHECK_FALSE(Outbound::create(1, unchecked, Bytes(16), {}));
    CHECK(Inbound::create(1, unchecked, Bytes(16), {}));
}

TEST_CASE("port 4500's datagrams are sorted", "[esp][rfc3948]") {
    CHECK(sort_port_4500(Bytes{0xff}) == Sort::keepalive);
    CHECK(sort_port_4500(Bytes{0xfe}) == Sort::too_short);
    CHECK(sort_port_4500({}) == Sort::too_short);
    CHECK(sort_port_4500(Bytes{0, 0, 0, 0}) == Sort::ike);
    CHECK(sort_port_4500(Bytes{0, 0, 0, 0, 1, 2}) == Sort::ike);
    CHECK(sort_port_4500(Bytes{0, 0, 0, 1, 0, 0, 0, 1}) == Sort::esp);
    CHECK(sort_port_4500(Bytes{0, 0, 0, 1, 0, 0, 0}) == Sort::too_short);
    CHECK(sort_port_4500(Bytes{0xff, 0xff}) == Sort::too_short);
}
