#include "tests/catch.hpp"
#include "tests/conversation.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

/// Messages of the conversation's IKE SA that it does not have itself.
class More {
public:
    explicit More(const Conversation& talk)
        : record_{talk.record()},
          forth_{*SkProtection::create(record_.suite, record_.keys.ei, record_.keys.ai)},
          back_{*SkProtection::create(record_.suite, record_.keys.er, record_.keys.ar)} {
        forth_.set_next_iv(1000);
        back_.set_next_iv(1000);
    }
    /// What the tracker says of an INFORMATIONAL message with these payloads.
    const IkeObservation& send(Tracker& tracker, std::uint32_t message_id, bool forth,
                               const std::vector<Payload>& inner) {
        auto& protection = forth ? forth_ : back_;
        const auto sealed =
            protection.seal(header(ExchangeType::informational, message_id, forth), inner, rng_);
        return show(tracker, concat(Bytes(4), sealed), forth);
    }
    const IkeObservation& show(Tracker& tracker, const Bytes& octets, bool forth) {
        packet_ = *ip_packet(forth ? left : right, forth ? right : left, Carrier::udp, octets);
        const auto& seen = tracker.observe(
            {++frame_, {}, LinkType::raw, packet_, static_cast<std::uint32_t>(packet_.size())});
        return seen.ike;
    }

private:
    IkeKeyRecord record_;
    SkProtection forth_, back_;
    SeededRng rng_{7};
    Bytes packet_;
    std::uint64_t frame_ = 100;
};

using Verdict = std::vector<std::pair<std::string, IcvState>>;
Verdict verdict(const IkeObservation& seen) {
    Verdict made;
    for (const auto& check : seen.checks) made.emplace_back(std::string{check.what}, check.result);
    return made;
}

}  // namespace

TEST_CASE("a message that takes another's Message ID without its octets is told from a retransmission",
          "[capture][rfc7296]") {
    Conversation talk;
    Tracker tracker{talk.keys(Conversation::Known::ike)};
    const auto seen = talk.play(tracker);
    REQUIRE(seen[7].repeats == 7);
    More more{talk};
    // RFC 7296 section 2.1: a retransmission is the same octet for octet; this one has another IV.
    const auto& other = more.send(tracker, 2, true, {});
    CHECK(other.integrity == IcvState::good);
    CHECK(other.repeats == 0);
    CHECK(other.differs_from == 7);
    // The next Message ID has nothing to differ from, nor has the answer.
    CHECK(more.send(tracker, 3, true, {}).differs_from == 0);
    CHECK(more.send(tracker, 3, false, {}).differs_from == 0);
}

TEST_CASE("a COOKIE2 is verified to come back as it was sent", "[capture][rfc4555]") {
    Conversation talk;
    Tracker tracker{talk.keys(Conversation::Known::ike)};
    (void)talk.play(tracker);
    More more{talk};
    const auto cookie = [](std::uint8_t octet) { return notify(NotifyType::cookie2, Bytes(16, octet)); };
    CHECK(verdict(more.send(tracker, 3, true, {cookie(1)})).empty());
    CHECK(verdict(more.send(tracker, 3, false, {cookie(1)})) == Verdict{{"cookie2", IcvState::good}});
    more.send(tracker, 4, true, {cookie(2)});
    CHECK(verdict(more.send(tracker, 4, false, {cookie(3)})) == Verdict{{"cookie2", IcvState::bad}});
    more.send(tracker, 5, true, {cookie(4)});
    CHECK(verdict(more.send(tracker, 5, false, {})) == Verdict{{"cookie2", IcvState::bad}});
    // Without a COOKIE2 in the request there is nothing to verify.
    more.send(tracker, 6, true, {});
    CHECK(verdict(more.send(tracker, 6, false, {cookie(4)})).empty());
}

TEST_CASE("the shared secret of an ML-KEM in IKE_INTERMEDIATE opens what follows", "[capture][rfc9370]") {
    Conversation talk;
    auto store = talk.keys(Conversation::Known::ike);
    SeededRng rng{8};
    const auto secret = rng.bytes(32);
    // Among others, of this size and not.
    store.add_shared(SecretBytes{ByteView{rng.bytes(32)}});
    store.add_shared(SecretBytes{ByteView{secret}});
    store.add_shared(SecretBytes{ByteView{rng.bytes(256)}});
    Tracker tracker{std::move(store)};
    const auto before = talk.record();
    auto forth = *SkProtection::create(before.suite, before.keys.ei, before.keys.ai);
    auto back = *SkProtection::create(before.suite, before.keys.er, before.keys.ar);
    More more{talk};
    // IKE_SA_INIT of the conversation, whose nonces count.
    for (const std::size_t i : {0u, 1u}) {
        const auto& packet = talk.packets()[i];
        tracker.observe({i + 1, {}, LinkType::raw, packet, static_cast<std::uint32_t>(packet.size())});
    }
    const auto intermediate = [&](SkProtection& by, bool from_initiator, std::size_t size) {
        const std::vector<Payload> inner{payload(KePayload{KeId::ml_kem_768, 0, rng.bytes(size)})};
        const auto head = header(ExchangeType::ike_intermediate, 1, from_initiator);
        return more.show(tracker, concat(Bytes(4), by.seal(head, inner, rng)), from_initiator).decrypted;
    };
    CHECK(intermediate(forth, true, 1184) == true);
    CHECK(intermediate(back, false, 1088) == true);
    const auto nonces = talk.nonces();
    const auto after = derive_intermediate_keys(before.suite, before.keys.d, SecretBytes{ByteView{secret}},
                                                {nonces.first, nonces.second, spi_i, spi_r});
    auto later = *SkProtection::create(before.suite, after.ei, after.ai);
    const auto head = header(ExchangeType::ike_auth, 2, true);
    const auto& seen = more.show(tracker, concat(Bytes(4), later.seal(head, {}, rng)), true);
    CHECK(seen.decrypted == true);
    CHECK(seen.integrity == IcvState::good);
}
