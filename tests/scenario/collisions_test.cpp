// RFC 7296 sections 2.8.1, 2.8.2 and 2.25: both ends begin exchanges at once.
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

constexpr auto create_child = ExchangeType::create_child_sa;

std::size_t children(const sim::Host& host) { return host.ike_sa().children.size(); }
ChildSaId first_child(const sim::Host& host) { return host.ike_sa().children.at(0).id; }

void check_one_ike_sa(const sim::Pair& pair) {
    CHECK(pair.initiator.established().size() == 1);
    CHECK(pair.responder.established().size() == 1);
    CHECK(pair.initiator.engine().status().size() == 1);
    CHECK(pair.responder.engine().status().size() == 1);
    CHECK(failures(pair.initiator) == 0);
    CHECK(failures(pair.responder) == 0);
}

/// Which of the two ends sent the lowest of the four nonces of two crossing exchanges; from the traced
/// messages.
const sim::Host& sender_of_lowest_exchange(const sim::Pair& pair) {
    const sim::Host* lowest = nullptr;
    Bytes least;
    for (const auto* end : {&pair.initiator, &pair.responder}) {
        const auto* other = end == &pair.initiator ? &pair.responder : &pair.initiator;
        // The exchange this end began: its request and the other's response.
        for (const auto& [host, is_response] : {std::pair{end, false}, std::pair{other, true}}) {
            for (const auto& message : sent(*host, create_child)) {
                if (message.header.is_response() != is_response) continue;
                const auto* nonce = message.get<NoncePayload>();
                if (nonce && (!lowest || nonce->data < least)) {
                    least = nonce->data;
                    lowest = end;
                }
            }
        }
    }
    REQUIRE(lowest);
    return *lowest;
}

}  // namespace

TEST_CASE("of two crossing Child SA rekeys the one with the lowest nonce goes",
          "[scenario][rfc7296][collision]") {
    const int seed = GENERATE(range(1, 17));
    INFO("seed " << seed);
    sim::Setup setup;
    setup.seed = static_cast<std::uint64_t>(seed);
    sim::Pair pair{traced(std::move(setup))};
    REQUIRE(pair.establish());
    pair.initiator.give(RekeyChildSa{first_child(pair.initiator)});
    pair.responder.give(RekeyChildSa{first_child(pair.responder)});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_ike_sa(pair);
    CHECK(children(pair.initiator) == 1);
    CHECK(children(pair.responder) == 1);
    check_agreement(pair);
    // The surviving SA came from the exchange of the other end: its proposal's SPI is the one that end
    // offered.
    const auto& loser = sender_of_lowest_exchange(pair);
    const auto& winner = &loser == &pair.initiator ? pair.responder : pair.initiator;
    std::vector<Bytes> offered;
    for (const auto& message : sent(winner, create_child)) {
        if (!message.header.is_response()) offered.push_back(message.get<SaPayload>()->proposals.at(0).spi);
    }
    REQUIRE(offered.size() == 1);
    const auto spi = winner.ike_sa().children.at(0).spi_in;
    CHECK(hex(offered[0]) == fmt::format("{:08x}", spi));
}

TEST_CASE("crossing Child SA rekeys end well when a request of one is lost",
          "[scenario][rfc7296][collision]") {
    // Section 2.8.1, the second figure: one end sees the collision, the other does not.
    const bool initiators = GENERATE(true, false);
    const unsigned lost = GENERATE(1, 2, 3);
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    tap.on(request(create_child), [&, left = lost](sim::Packet& packet) mutable {
        const auto header = ike_header(packet);
        if (header->from_initiator() != initiators || left == 0) return sim::Network::Fate::pass;
        --left;
        return sim::Network::Fate::drop;
    });
    pair.initiator.give(RekeyChildSa{first_child(pair.initiator)});
    pair.responder.give(RekeyChildSa{first_child(pair.responder)});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_ike_sa(pair);
    CHECK(children(pair.initiator) == 1);
    check_agreement(pair);
}

TEST_CASE("of two crossing IKE SA rekeys one is left, with all Child SAs", "[scenario][rfc7296][collision]") {
    const int seed = GENERATE(range(1, 17));
    INFO("seed " << seed);
    sim::Setup setup;
    setup.seed = static_cast<std::uint64_t>(seed);
    sim::Pair pair{traced(std::move(setup))};
    REQUIRE(pair.establish());
    pair.initiator.give(RekeyIkeSa{pair.initiator.ike_sa().id});
    pair.responder.give(RekeyIkeSa{pair.responder.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_ike_sa(pair);
    CHECK(children(pair.initiator) == 1);
    CHECK(children(pair.responder) == 1);
    // Section 2.8.2: the one that was made with the lowest nonce is closed, by the end that made it.
    const auto& loser = sender_of_lowest_exchange(pair);
    CHECK(loser.ike_sa().initiator == false);
    check_agreement(pair);
    pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_ike_sa(pair);
}

TEST_CASE("crossing IKE SA rekeys end well when a request of one is lost", "[scenario][rfc7296][collision]") {
    const bool initiators = GENERATE(true, false);
    const unsigned lost = GENERATE(1, 2, 3);
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    tap.on(request(create_child), [&, left = lost](sim::Packet& packet) mutable {
        if (ike_header(packet)->from_initiator() != initiators || left == 0) return sim::Network::Fate::pass;
        --left;
        return sim::Network::Fate::drop;
    });
    pair.initiator.give(RekeyIkeSa{pair.initiator.ike_sa().id});
    pair.responder.give(RekeyIkeSa{pair.responder.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_ike_sa(pair);
    CHECK(children(pair.initiator) == 1);
    check_agreement(pair);
}

TEST_CASE("crossing rekeys whose group is refused with INVALID_KE_PAYLOAD end well, too",
          "[scenario][rfc7296][collision]") {
    // Section 2.8.1 counts the nonces of the exchanges that made SAs; a refused one made none.
    const int seed = GENERATE(range(1, 9));
    const bool whole = GENERATE(true, false);
    enum class Refused : std::uint8_t { both, of_initiator, of_responder };
    const auto refused = GENERATE(Refused::both, Refused::of_initiator, Refused::of_responder);
    INFO("seed " << seed << (whole ? ", IKE SA" : ", Child SA") << ", " << static_cast<int>(refused));
    sim::Setup setup;
    setup.seed = static_cast<std::uint64_t>(seed);
    for (auto* config : {&setup.initiator, &setup.responder}) {
        config->peers[0].esp_proposals = parse_proposals(ProtocolId::esp, "aes128gcm16-x25519").value();
    }
    sim::Pair pair{traced(std::move(setup))};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    std::array<bool, 2> done{};
    tap.rewrite(request(create_child), [&](Message& message) {
        const bool initiators = message.header.from_initiator();
        const bool meant = refused == Refused::both || (refused == Refused::of_initiator) == initiators;
        if (!meant || std::exchange(done[initiators ? 1 : 0], true)) return;
        for (auto& each : message.payloads) {
            if (auto* ke = std::get_if<KePayload>(&each.body))
                *ke = KePayload{KeId::ecp_256, 0, Bytes(64, 9)};
        }
    });
    for (auto* end : {&pair.initiator, &pair.responder}) {
        if (whole) {
            end->give(RekeyIkeSa{end->ike_sa().id});
        } else {
            end->give(RekeyChildSa{first_child(*end)});
        }
    }
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    std::size_t refusals = 0;
    for (const auto& each : tap.all(response(create_child))) {
        if (each.message && has(*each.message, NotifyType::invalid_ke_payload)) ++refusals;
    }
    CHECK(refusals >= (refused == Refused::both ? 2u : 1u));
    check_one_ike_sa(pair);
    CHECK(children(pair.initiator) == 1);
    CHECK(children(pair.responder) == 1);
    check_agreement(pair);
}

TEST_CASE("a Child SA that one end rekeys while the other deletes it is deleted",
          "[scenario][rfc7296][collision]") {
    const bool initiator_rekeys = GENERATE(true, false);
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    auto& rekeys = initiator_rekeys ? pair.initiator : pair.responder;
    auto& deletes = initiator_rekeys ? pair.responder : pair.initiator;
    rekeys.give(RekeyChildSa{first_child(rekeys)});
    deletes.give(DeleteChildSa{first_child(deletes)});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_ike_sa(pair);
    CHECK(children(pair.initiator) == 0);
    CHECK(joined(pair.disagreements()) == "");
    // Section 2.25.1: TEMPORARY_FAILURE for a Child SA that is being closed, CHILD_SA_NOT_FOUND for one that
    // is gone.
    const auto answer = tap.all(response(create_child)).at(0).message;
    REQUIRE(answer);
    CHECK((has(*answer, NotifyType::temporary_failure) || has(*answer, NotifyType::child_sa_not_found)));
}

TEST_CASE("an IKE SA that one end rekeys while the other deletes it is deleted",
          "[scenario][rfc7296][collision]") {
    const bool initiator_rekeys = GENERATE(true, false);
    sim::Pair pair{traced()};
    REQUIRE(pair.establish());
    auto& rekeys = initiator_rekeys ? pair.initiator : pair.responder;
    auto& deletes = initiator_rekeys ? pair.responder : pair.initiator;
    rekeys.give(RekeyIkeSa{rekeys.ike_sa().id});
    deletes.give(DeleteIkeSa{deletes.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.initiator.engine().status().empty());
    CHECK(pair.responder.engine().status().empty());
    CHECK(pair.initiator.data_plane().traffic().empty());
    CHECK(pair.responder.data_plane().traffic().empty());
}

TEST_CASE("a new Child SA asked for while the IKE SA is rekeyed comes about in the end",
          "[scenario][rfc7296][collision]") {
    const bool initiator_rekeys = GENERATE(true, false);
    sim::Pair pair{traced()};
    REQUIRE(pair.establish());
    auto& rekeys = initiator_rekeys ? pair.initiator : pair.responder;
    auto& creates = initiator_rekeys ? pair.responder : pair.initiator;
    rekeys.give(RekeyIkeSa{rekeys.ike_sa().id});
    creates.give(CreateChildSa{creates.ike_sa().id, {}, {}});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_ike_sa(pair);
    CHECK(children(pair.initiator) == 2);
    CHECK(pair.initiator.count<IkeRekeyed>() == 1);
    check_agreement(pair);
}

TEST_CASE("both ends delete the same IKE SA or Child SA at once", "[scenario][rfc7296][collision]") {
    const bool whole = GENERATE(true, false);
    sim::Pair pair{traced()};
    REQUIRE(pair.establish());
    for (auto* end : {&pair.initiator, &pair.responder}) {
        if (whole) {
            end->give(DeleteIkeSa{end->ike_sa().id});
        } else {
            end->give(DeleteChildSa{first_child(*end)});
        }
    }
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    for (const auto* end : {&pair.initiator, &pair.responder}) {
        CHECK(end->established().size() == (whole ? 0 : 1));
        CHECK(end->data_plane().traffic().empty());
    }
    CHECK(joined(pair.disagreements()) == "");
}

namespace {

struct Begun {
    std::string_view name;
    void (*begin)(sim::Host& by);
    int children;  ///< how many more there are afterwards
};
const std::array begun{
    Begun{"rekeys the Child SA", [](sim::Host& by) { by.give(RekeyChildSa{first_child(by)}); }, 0},
    Begun{"rekeys the IKE SA", [](sim::Host& by) { by.give(RekeyIkeSa{by.ike_sa().id}); }, 0},
    Begun{"creates a Child SA",
          [](sim::Host& by) {
              by.give(CreateChildSa{by.ike_sa().id, {}, {}});
          },
          1},
    Begun{"deletes the Child SA", [](sim::Host& by) { by.give(DeleteChildSa{first_child(by)}); }, -1},
    Begun{"checks for life", [](sim::Host& by) { by.give(CheckLiveness{by.ike_sa().id}); }, 0},
    Begun{"announces addresses",
          [](sim::Host& by) {
              by.give(AnnounceAddresses{by.ike_sa().id, {address("198.51.100.44")}});
          },
          0},
    Begun{
        "moves",
        [](sim::Host& by) { by.move_to(address(by.name() == "initiator" ? "198.51.100.7" : "203.0.113.3")); },
        0},
};
bool is_rekey(const Begun& what) { return what.name == begun[0].name; }
struct Loss {
    std::string_view name;
    std::optional<Kind> kind;
};
const std::array losses{
    Loss{"nothing", {}},
    Loss{"the first CREATE_CHILD_SA request", request(create_child)},
    Loss{"the first CREATE_CHILD_SA response", response(create_child)},
    Loss{"the first INFORMATIONAL request", request(ExchangeType::informational)},
    Loss{"the first INFORMATIONAL response", response(ExchangeType::informational)},
};

}  // namespace

TEST_CASE("whatever two exchanges cross, both ends agree in the end", "[scenario][rfc7296][collision]") {
    const auto& left = GENERATE(from_range(begun));
    const auto& right = GENERATE(from_range(begun));
    const auto& loss = GENERATE(from_range(losses));
    for (const auto offset : {0ms, 5ms, 15ms, 25ms}) {
        INFO("the initiator " << left.name << ", " << offset.count() << " ms later the responder "
                              << right.name << "; " << loss.name << " is lost");
        sim::Pair pair{traced()};
        Wiretap tap{pair};
        REQUIRE(pair.establish());
        if (loss.kind) tap.drop(*loss.kind, 1);
        left.begin(pair.initiator);
        REQUIRE(pair.world.run_for(offset) == sim::Ended::done);
        if (right.children < 0 && children(pair.responder) == 0) continue;
        if (pair.responder.ike_sa().children.empty()) continue;  // nothing left to begin with
        right.begin(pair.responder);
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        check_one_ike_sa(pair);
        const bool both_delete = left.children < 0 && right.children < 0;
        const auto expected = both_delete ? 0 : 1 + left.children + right.children;
        // Section 2.25.1: who wants to rekey what the other has deleted makes a new one.
        const bool made_anew =
            (is_rekey(left) && right.children < 0) || (is_rekey(right) && left.children < 0);
        const auto count = static_cast<int>(children(pair.initiator));
        CHECK((count == expected || (made_anew && count == 1)));
        CHECK(joined(pair.disagreements()) == "");
        CHECK(joined(stray_children(pair.initiator)) == "");
        CHECK(joined(stray_children(pair.responder)) == "");
        if (count > 0) CHECK(pair.ping(3));
    }
}
