// What a Child SA is beside mode and selectors: compression, padding, limits of its life, its transforms.
#include "libike/engine/data_plane.hpp"
#include "libike/inner/echo.hpp"
#include "tests/catch.hpp"
#include "tests/engine/two_engines.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

/// Two configurations that differ from the ordinary in what a test does to them.
struct Configs {
    EngineConfig ours = initiator_config(), theirs = responder_config();
    PeerConfig& initiator() { return ours.peers[0]; }
    PeerConfig& responder() { return theirs.peers[0]; }
    TwoEngines two() { return TwoEngines{std::move(ours), std::move(theirs)}; }
};

bool has(const Message& message, NotifyType type) { return message.notify(type) != nullptr; }

}  // namespace

TEST_CASE("IPComp is agreed on where both sides want it, each with a CPI of its own",
          "[engine][rfc7296][ipcomp]") {
    Configs configs;
    const bool ours = GENERATE(true, false), theirs = GENERATE(true, false);
    configs.initiator().child_policy.ipcomp = ours;
    configs.responder().child_policy.ipcomp = theirs;
    auto two = configs.two();
    REQUIRE(two.establish());
    const auto a = two.initiator.sa().children.front().terms.ipcomp,
               b = two.responder.sa().children.front().terms.ipcomp;
    REQUIRE(a.has_value() == (ours && theirs));
    REQUIRE(b.has_value() == (ours && theirs));
    if (!a) return;
    CHECK(a->cpi_in == b->cpi_out);
    CHECK(a->cpi_out == b->cpi_in);
    CHECK(a->cpi_in >= 256);
    CHECK(a->cpi_in <= 61439);
}

TEST_CASE("what is said of padding and of fragments reaches the data plane", "[engine][rfc7296]") {
    Configs configs;
    configs.initiator().child_policy.tfc_size = 500;
    configs.responder().child_policy.tfc_size = 600;
    configs.initiator().child_policy.later_fragments = true;
    const bool takes = GENERATE(true, false);
    configs.responder().child_policy.accept_tfc = takes;
    configs.responder().child_policy.later_fragments = takes;
    auto two = configs.two();
    REQUIRE(two.establish());
    const auto request = two.initiator.messages(ExchangeType::ike_auth, true).back();
    const auto reply = two.responder.messages(ExchangeType::ike_auth, true).back();
    CHECK(has(request, NotifyType::non_first_fragments_also));
    CHECK(has(reply, NotifyType::non_first_fragments_also) == takes);
    CHECK(has(reply, NotifyType::esp_tfc_padding_not_supported) != takes);
    CHECK(two.initiator.ordered<InstallChild>().front()->tfc_size == (takes ? 500 : 0));
    CHECK(two.responder.ordered<InstallChild>().front()->tfc_size == 600);
    CHECK(two.initiator.ordered<InstallChild>().front()->terms.later_fragments == takes);
    CHECK(two.responder.ordered<InstallChild>().front()->terms.later_fragments == takes);
}

TEST_CASE("a soft limit rekeys a Child SA, a hard one deletes it", "[engine][rfc4301][lifetime]") {
    Configs configs;
    configs.initiator().child_policy.limits = {1000, 2000, 0, 0};
    auto two = configs.two();
    REQUIRE(two.establish());
    const auto& limits = two.initiator.ordered<InstallChild>().front()->limits;
    CHECK(limits.soft_octets <= 1000);
    CHECK(limits.soft_octets > 900);
    CHECK(limits.hard_octets == 2000);
    const auto spi = two.initiator.sa().children.front().spi_in;
    using Limit = LimitReached::Limit;
    two.give(two.initiator, LimitReached{spi, Limit::soft});
    two.give(two.initiator, LimitReached{spi, Limit::soft});
    two.run();
    CHECK(two.initiator.sa().children.size() == 1);
    CHECK(two.initiator.count<ChildEstablished>() == 2);
    CHECK(two.initiator.last<ChildEstablished>().rekeyed);
    CHECK(two.agree());
    // The old one is gone: nothing comes of its limits any more.
    two.give(two.initiator, LimitReached{spi, Limit::hard});
    CHECK(two.wire.empty());
    two.give(two.responder, LimitReached{two.responder.sa().children.front().spi_in, Limit::hard});
    two.run();
    CHECK(two.responder.last<ChildFailed>().failure == Failure::expired);
    CHECK(two.initiator.sa().children.empty());
    CHECK(two.responder.sa().children.empty());
    CHECK(two.agree());
}

TEST_CASE("time ends Child SAs and IKE SAs that nothing could rekey", "[engine][rfc4301][lifetime]") {
    Configs configs;
    SECTION("a Child SA") {
        configs.initiator().timers.child_rekey = 60s;
        configs.initiator().timers.child_lifetime = 100s;
        auto two = configs.two();
        REQUIRE(two.establish());
        two.pass(170s);
        CHECK(two.initiator.count<ChildEstablished>() >= 3);
        CHECK(two.initiator.count<ChildFailed>() == 0);
        CHECK(two.agree());
        // From now on the responder has no room for a successor.
        two.filter = [&](Flight& flight) {
            const auto type =
                Reader{ByteView{flight.datagram.octets}.subspan(4 + 18)}.number<std::uint8_t>("exchange");
            return flight.datagram.octets.size() < 23 ||
                   type != static_cast<std::uint8_t>(ExchangeType::create_child_sa);
        };
        two.pass(150s);
        CHECK(two.initiator.engine.status().empty());
    }
    SECTION("without a soft limit it is simply deleted") {
        configs.responder().timers.child_lifetime = 100s;
        auto two = configs.two();
        REQUIRE(two.establish());
        two.pass(99s);
        CHECK(two.initiator.sa().children.size() == 1);
        two.pass(2s);
        CHECK(two.initiator.sa().children.empty());
        CHECK(two.responder.last<ChildFailed>().failure == Failure::expired);
        CHECK(two.initiator.sa().state == IkeState::established);
        CHECK(two.agree());
    }
    SECTION("an IKE SA; a successor begins anew") {
        configs.initiator().timers.ike_lifetime = 100s;
        auto two = configs.two();
        REQUIRE(two.establish());
        two.pass(90s);
        two.give(two.initiator, RekeyIkeSa{two.initiator_sa()});
        two.pass(90s);
        CHECK(two.initiator.engine.status().size() == 1);
        two.pass(11s);
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::expired);
        CHECK(two.initiator.engine.status().empty());
        CHECK(two.responder.engine.status().empty());
    }
}

TEST_CASE("every transform of RFC 8221 is negotiated in both roles, and carries packets",
          "[engine][rfc8221][rfc8750][rfc4543]") {
    const std::string suite = GENERATE(
        "aes128gcm16", "aes192gcm16", "aes256gcm16", "aes128gcm12", "aes128gcm8", "aes128ccm16",
        "aes128ccm12", "aes256ccm8", "chacha20poly1305", "aes128gcm16iiv", "aes256gcm16iiv", "aes128ccm8iiv",
        "chacha20poly1305iiv", "aes128gmac", "aes256gmac", "null-sha1", "null-sha256", "null-sha512",
        "null-aesxcbc", "aes128-sha1", "aes256-sha384", "aes128ctr-sha256", "aes256-sha512-esn",
        "aes128gmac-esn", "aes256gcm16iiv-esn", "aes128-aescmac", "3des-sha1", "camellia128-sha256",
        "blowfish128-sha1", "cast128-sha1", "aes256gcm16-x25519");
    CAPTURE(suite);
    Configs configs;
    configs.initiator().esp_proposals = configs.responder().esp_proposals =
        parse_proposals(ProtocolId::esp, suite).value();
    auto two = configs.two();
    REQUIRE(two.establish());
    // The first Child SA has no key exchange of its own; a successor has.
    two.give(two.responder, RekeyChildSa{two.responder_child()});
    two.run();
    REQUIRE(two.agree());
    CHECK(two.responder.count<ChildEstablished>() == 2);
    DataPlane left, right;
    for (auto& each : two.initiator.orders) left.apply(std::move(each));
    for (auto& each : two.responder.orders) right.apply(std::move(each));
    const auto inner = inner::request({address("10.1.0.1"), address("10.2.0.1"), 1, 1, {}, 100});
    for (auto [from, to] : {std::pair{&left, &right}, std::pair{&right, &left}}) {
        Bytes room(300);
        const auto sealed = from->seal({}, inner, room);
        REQUIRE(sealed);
        const auto opened =
            to->open({}, {sealed->path.remote, sealed->path.local}, MutableBytes{room}.first(sealed->size));
        REQUIRE(opened);
        CHECK(equal(opened->packet, inner));
    }
}
