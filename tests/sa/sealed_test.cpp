#include "libike/sa/sealed.hpp"

#include <set>

#include "tests/catch.hpp"
#include "tests/vectors.hpp"

using namespace ike;

namespace {

std::vector<IkeSuite> suites() {
    std::vector<IkeSuite> all;
    const auto add = [&](EncrId encr, std::uint16_t bits, IntegId integ) {
        IkeSuite suite;
        suite.encr = encr;
        suite.key_bits = bits;
        suite.integ = integ;
        suite.prf = PrfId::hmac_sha2_256;
        suite.ke = KeId::x25519;
        all.push_back(suite);
    };
    for (const auto& entry : encr_ids) {
        const auto shape = crypto::cipher_shape(entry.value, 0);
        if (!shape || !crypto::supported(entry.value, 0)) continue;
        // Implicit IVs and GMAC are ESP's.
        if ((shape->aead && shape->iv == 0) || entry.value == EncrId::null_auth_aes_gmac) continue;
        add(entry.value, 0, shape->aead ? IntegId::none : IntegId::hmac_sha2_256_128);
    }
    for (const auto& entry : integ_ids) {
        if (crypto::supported(entry.value)) add(EncrId::aes_cbc, 256, entry.value);
    }
    return all;
}

struct Pair {
    SkProtection sender, receiver;
    explicit Pair(const IkeSuite& suite) : sender{make(suite)}, receiver{make(suite)} {}
    static SkProtection make(const IkeSuite& suite) {
        SeededRng rng{1};
        const auto encr = rng.bytes(encr_key_size(suite.encr, suite.key_bits));
        const auto integ = rng.bytes(crypto::integ_key_size(suite.integ));
        return SkProtection::create(suite, encr, integ).value();
    }
};

Header header(std::uint32_t id = 1) {
    Header made;
    made.initiator_spi = 0xc0c1c2c3c4c5c6c7;
    made.responder_spi = 0xd0d1d2d3d4d5d6d7;
    made.exchange = ExchangeType::informational;
    made.message_id = id;
    return made;
}
std::vector<Payload> content(std::size_t size) {
    return {payload(PayloadType::nonce, NoncePayload{SeededRng{size}.bytes(size)}),
            notify(NotifyType::initial_contact)};
}
IkeSuite gcm() {
    return suites()[0].encr == EncrId::aes_gcm_16 ? suites()[0] : [] {
        IkeSuite suite;
        suite.encr = EncrId::aes_gcm_16;
        suite.key_bits = 128;
        suite.prf = PrfId::hmac_sha2_256;
        return suite;
    }();
}

}  // namespace

TEST_CASE("RFC 7634's IKE message is sealed and opened", "[sa][rfc7634][rfc5282]") {
    for (const auto& row : vectors("rfc7634-ike.txt")) {
        IkeSuite suite;
        suite.encr = EncrId::chacha20_poly1305;
        auto sender = SkProtection::create(suite, row["key"], {}).value();
        sender.set_next_iv(0x1011121314151617);
        auto head = header(9);
        head.flags = 0;
        SeededRng rng{1};
        const auto message = row["message"], inner = row["content"];
        CHECK(sender.seal_content(head, PayloadType::notify, inner, rng) == message);
        auto receiver = SkProtection::create(suite, row["key"], {}).value();
        const auto opened = receiver.open(message);
        REQUIRE(opened);
        CHECK(equal(*opened, inner));
        const auto read = receiver.open_message(message);
        REQUIRE(read);
        REQUIRE(read->payloads.size() == 1);
        CHECK(read->notify(NotifyType::set_window_size) != nullptr);
    }
}

TEST_CASE("every suite opens what it sealed, of any length", "[sa][rfc7296]") {
    CHECK(suites().size() > 20);
    for (const auto& suite : suites()) {
        INFO(to_string(suite));
        Pair pair{suite};
        SeededRng rng{2};
        for (std::size_t size = 16; size < 80; ++size) {
            const auto inner = content(size);
            const auto datagram = pair.sender.seal(header(), inner, rng);
            const auto opened = pair.receiver.open_message(datagram);
            REQUIRE(opened);
            REQUIRE(opened->header.message_id == 1);
            REQUIRE(opened->payloads.size() == 2);
            REQUIRE(opened->payloads[0].body == inner[0].body);
            REQUIRE(opened->payloads[1].body == inner[1].body);
        }
        const auto empty = pair.sender.seal(header(), {}, rng);
        const auto opened = pair.receiver.open_message(empty);
        REQUIRE(opened);
        CHECK(opened->payloads.empty());
    }
}

TEST_CASE("no changed octet, no cut and no added octet is accepted", "[sa][rfc7296]") {
    for (const auto& suite : suites()) {
        INFO(to_string(suite));
        Pair pair{suite};
        SeededRng rng{3};
        const auto datagram = pair.sender.seal(header(), content(20), rng);
        for (std::size_t i = 0; i < datagram.size(); ++i) {
            auto changed = datagram;
            changed[i] ^= 1;
            REQUIRE_FALSE(pair.receiver.open(changed));
        }
        for (std::size_t size = 0; size < datagram.size(); ++size) {
            REQUIRE_FALSE(pair.receiver.open(ByteView{datagram}.first(size)));
        }
        auto longer = datagram;
        longer.push_back(0);
        CHECK_FALSE(pair.receiver.open(longer));
        CHECK(pair.receiver.open(datagram));
    }
}

TEST_CASE("IVs never repeat, whatever the message", "[sa][rfc5282][rfc5930]") {
    for (const auto& suite : suites()) {
        INFO(to_string(suite));
        Pair pair{suite};
        SeededRng rng{4};
        const auto shape = crypto::cipher_shape(suite.encr, suite.key_bits).value();
        if (shape.iv == 0) continue;
        std::set<Bytes> seen;
        for (int i = 0; i < 50; ++i) {
            const auto datagram = pair.sender.seal(header(), {}, rng);
            REQUIRE(seen.insert(to_bytes(ByteView{datagram}.subspan(32, shape.iv))).second);
        }
        for (const auto& fragment : pair.sender.seal_fragments(header(), content(900), 200, rng)) {
            REQUIRE(seen.insert(to_bytes(ByteView{fragment}.subspan(36, shape.iv))).second);
        }
    }
}

TEST_CASE("plain payloads go before the encrypted one and are covered by the ICV", "[sa][rfc7296]") {
    Pair pair{gcm()};
    SeededRng rng{5};
    const std::vector plain{notify(NotifyType::cookie2, Bytes(8, 1))};
    auto datagram = pair.sender.seal(header(), content(20), rng, plain);
    CHECK(pair.receiver.open(datagram));
    // What was not protected is no part of the message.
    CHECK(pair.receiver.open_message(datagram)->payloads.size() == 2);
    datagram[40] ^= 1;
    CHECK(pair.receiver.open(datagram).error().kind == OpenError::Kind::integrity);
}

TEST_CASE("a refused message says why", "[sa]") {
    Pair pair{gcm()};
    SeededRng rng{6};
    const auto kind = [&](ByteView datagram) { return pair.receiver.open_message(datagram).error().kind; };
    CHECK(kind(Bytes(10)) == OpenError::Kind::outer);
    CHECK(kind(write_message({header(), {notify(NotifyType::cookie2, Bytes(8))}})) == OpenError::Kind::no_sk);
    CHECK(kind(write_message({header(), {payload(PayloadType::sk, SkPayload{{}, Bytes(24)})}})) ==
          OpenError::Kind::truncated);
    // Content that no chain can be read from.
    CHECK(kind(pair.sender.seal_content(header(), PayloadType::notify, Bytes{1, 2}, rng)) ==
          OpenError::Kind::malformed);
    const auto fragments = pair.sender.seal_fragments(header(), content(400), 200, rng);
    CHECK(kind(fragments[0]) == OpenError::Kind::malformed);
}

TEST_CASE("a wrong ICV can be looked past for showing, except an AEAD's", "[sa]") {
    IkeSuite suite;
    suite.encr = EncrId::aes_cbc;
    suite.key_bits = 128;
    suite.integ = IntegId::hmac_sha1_96;
    Pair pair{suite};
    SeededRng rng{7};
    auto datagram = pair.sender.seal(header(), content(20), rng);
    datagram.back() ^= 1;
    CHECK_FALSE(pair.receiver.open(datagram));
    CHECK(pair.receiver.open_unverified(datagram));
}

TEST_CASE("suites that protect no IKE SA are refused", "[sa][rfc8750][rfc4543]") {
    const auto refused = [](EncrId encr, IntegId integ) {
        IkeSuite suite;
        suite.encr = encr;
        suite.integ = integ;
        const Bytes key(encr_key_size(encr, 0)), other(crypto::integ_key_size(integ));
        return !SkProtection::create(suite, key, other);
    };
    CHECK(refused(EncrId::aes_gcm_16_iiv, IntegId::none));
    CHECK(refused(EncrId::null_auth_aes_gmac, IntegId::none));
    CHECK(refused(EncrId::aes_cbc, IntegId::none));
    CHECK(refused(EncrId::aes_gcm_16, IntegId::hmac_sha1_96));
    CHECK(refused(EncrId::rc5, IntegId::hmac_sha1_96));
}

TEST_CASE("fragments stay below the limit and come together in any order", "[sa][rfc7383]") {
    for (const auto& suite : suites()) {
        INFO(to_string(suite));
        Pair pair{suite};
        SeededRng rng{8};
        const auto inner = content(2000);
        for (const std::size_t limit :
             {std::size_t{160}, std::size_t{576}, std::size_t{1280}, std::size_t{9000}}) {
            auto fragments = pair.sender.seal_fragments(header(), inner, limit, rng);
            std::ranges::reverse(fragments);
            FragmentCollector collector;
            std::optional<FragmentCollector::Whole> whole;
            for (const auto& fragment : fragments) {
                REQUIRE(fragment.size() <= limit);
                REQUIRE_FALSE(whole);
                const auto read = read_message(fragment);
                REQUIRE(read);
                const auto* body = read->message.get<SkfPayload>();
                REQUIRE(body != nullptr);
                REQUIRE(body->total == fragments.size());
                auto opened = pair.receiver.open(fragment);
                REQUIRE(opened);
                whole = collector.add(*body, std::move(*opened));
            }
            REQUIRE(whole);
            CHECK(whole->first == PayloadType::nonce);
            Writer expected;
            write_chain(inner, expected);
            CHECK(equal(whole->content, expected.view()));
        }
    }
}

TEST_CASE("hostile fragment sets are bounded", "[sa][rfc7383]") {
    FragmentCollector collector;
    const auto add = [&](std::uint16_t number, std::uint16_t total, std::size_t size = 10) {
        SkfPayload fragment;
        fragment.number = number;
        fragment.total = total;
        fragment.first = number == 1 ? PayloadType::notify : PayloadType::none;
        return collector.add(fragment, SecretBytes{size});
    };
    CHECK_FALSE(add(0, 2));
    CHECK_FALSE(add(3, 2));
    CHECK_FALSE(add(1, 65));
    CHECK(collector.missing() == 0);
    CHECK_FALSE(add(1, 3));
    CHECK_FALSE(add(1, 3));
    CHECK(collector.missing() == 2);
    // A larger total starts over, a smaller one is of no use (section 2.6).
    CHECK_FALSE(add(1, 2));
    CHECK_FALSE(add(2, 4));
    CHECK(collector.missing() == 3);
    CHECK_FALSE(add(1, 4));
    CHECK_FALSE(add(3, 4));
    const auto whole = add(4, 4);
    REQUIRE(whole);
    CHECK(whole->content.size() == 40);
    CHECK(whole->first == PayloadType::notify);
    // Late repeats of a message that was given out.
    CHECK_FALSE(add(2, 4));
    FragmentCollector large;
    SkfPayload first;
    first.total = 2;
    CHECK_FALSE(large.add(first, SecretBytes{200 * 1024}));
    CHECK(large.missing() == 2);
}
