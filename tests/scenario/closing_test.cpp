// What ends while the IKE SA is being rekeyed: the IKE SA itself, one of its Child SAs, or the old half of a
// rekey both ends began (RFC 7296 sections 1.4.1, 2.8, 2.8.2, 2.21.3 and 2.25.2).
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

constexpr auto create_child = ExchangeType::create_child_sa;
constexpr auto informational = ExchangeType::informational;

sim::Setup with_window(std::uint32_t size) {
    sim::Setup setup;
    setup.initiator.peers[0].window = setup.responder.peers[0].window = size;
    return traced(std::move(setup));
}

void with_more_exchanges(sim::Setup& setup) {
    for (auto* config : {&setup.initiator, &setup.responder}) {
        config->peers[0].ike_proposals =
            parse_proposals(ProtocolId::ike, "aes128gcm16-prfsha256-x25519-ke1_ecp256").value();
    }
}

void check_nothing_left(const sim::Pair& pair) {
    for (const auto* end : {&pair.initiator, &pair.responder}) {
        INFO(end->name());
        CHECK(end->engine().status().empty());
        CHECK(end->data_plane().traffic().empty());
        // An IKE SA that is listed nowhere would have deadlines of its own.
        CHECK(!end->engine_deadline());
    }
}

void check_one_left(sim::Pair& pair, std::size_t children) {
    for (const auto* end : {&pair.initiator, &pair.responder}) {
        INFO(end->name());
        REQUIRE(end->engine().status().size() == 1);
        CHECK(end->ike_sa().children.size() == children);
        CHECK(joined(stray_children(*end)) == "");
    }
    CHECK(joined(pair.disagreements()) == "");
    // Whatever one holds, the other answers on.
    for (auto* end : {&pair.initiator, &pair.responder}) end->give(CheckLiveness{end->ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.initiator.established().size() == 1);
    CHECK(pair.responder.established().size() == 1);
}

/// Both ends rekey the IKE SA; the responder answers the initiator's request, none of its own arrives.
struct Crossing {
    sim::Pair pair{traced()};
    Wiretap tap{pair};
    Crossing() {
        REQUIRE(pair.establish());
        tap.on(request(create_child), [](sim::Packet& packet) {
            return ike_header(packet)->from_initiator() ? sim::Network::Fate::pass : sim::Network::Fate::drop;
        });
        pair.responder.give(RekeyIkeSa{pair.responder.ike_sa().id});
        pair.initiator.give(RekeyIkeSa{pair.initiator.ike_sa().id});
    }
};

}  // namespace

TEST_CASE("an IKE SA closed by who is rekeying it is closed at both ends, with what became of the rekey",
          "[scenario][rfc7296][collision]") {
    const bool initiator_closes = GENERATE(true, false);
    const bool both_rekey = GENERATE(true, false);
    const bool more_exchanges = GENERATE(true, false);
    const std::uint32_t window = GENERATE(1u, 4u);
    const auto lost = GENERATE(std::optional<Kind>{}, std::optional{request(create_child)},
                               std::optional{response(create_child)});
    for (const auto offset : {0ms, 5ms, 15ms, 25ms, 35ms, 45ms}) {
        INFO((initiator_closes ? "the initiator" : "the responder")
             << " closes after " << offset.count() << " ms" << (both_rekey ? ", both rekey" : "")
             << (more_exchanges ? ", two key exchanges" : "") << ", window " << window
             << (!lost                             ? ""
                 : lost->way == Kind::Way::request ? ", a request is lost"
                                                   : ", a response is lost"));
        auto setup = with_window(window);
        if (more_exchanges) with_more_exchanges(setup);
        sim::Pair pair{std::move(setup)};
        Wiretap tap{pair};
        REQUIRE(pair.establish());
        if (lost) tap.drop(*lost, 1);
        auto& closes = initiator_closes ? pair.initiator : pair.responder;
        auto& other = initiator_closes ? pair.responder : pair.initiator;
        closes.give(RekeyIkeSa{closes.ike_sa().id});
        if (both_rekey) other.give(RekeyIkeSa{other.ike_sa().id});
        REQUIRE(pair.world.run_for(offset) == sim::Ended::done);
        closes.give(DeleteIkeSa{closes.ike_sa().id});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        check_nothing_left(pair);
        CHECK(failures(closes) == 0);
    }
}

TEST_CASE(
    "where the old IKE SA ends before the nonces of two crossing rekeys can decide, the peer's successor "
    "takes over",
    "[scenario][rfc7296][collision]") {
    Crossing both;
    auto& pair = both.pair;
    SECTION("with INVALID_SYNTAX, after a message that is authentic and cannot be read") {
        both.tap.rewrite(request(informational), [](Message& message) {
            if (message.get<DeletePayload>() == nullptr) return;
            message.payloads = {payload(PayloadType::notify, Opaque{Bytes{0, 0}})};
        });
    }
    SECTION("with the peer's Delete") {}
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_left(pair, 1);
    CHECK(failures(pair.responder) == 0);
    CHECK(pair.ping());
}

TEST_CASE("where the reply to our rekey makes no sense the successor of the peer's own takes over",
          "[scenario][rfc7296][collision]") {
    const int seed = GENERATE(range(1, 9));
    INFO("seed " << seed);
    sim::Setup setup;
    setup.seed = static_cast<std::uint64_t>(seed);
    sim::Pair pair{traced(std::move(setup))};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    tap.rewrite(response(create_child), [](Message& message) {
        if (!message.header.from_initiator()) return;
        std::erase_if(message.payloads, [](const Payload& each) { return each.type == PayloadType::ke; });
    });
    for (auto* end : {&pair.responder, &pair.initiator}) end->give(RekeyIkeSa{end->ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.count<IkeRekeyed>() == 1);
    // Where the nonces are in favour of the reply that nobody could read, the peer deletes that successor.
    for (const auto& failed : pair.responder.all<IkeFailed>()) {
        CHECK(failed.failure == Failure::peer_deleted);
    }
    if (pair.responder.established().empty()) {
        REQUIRE(failures(pair.responder) == 1);
        pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        return check_nothing_left(pair);
    }
    check_one_left(pair, 1);
}

TEST_CASE("what the peer does on its successor counts, although a rekey of our own has no reply yet",
          "[scenario][rfc7296][collision][mobike]") {
    Crossing both;
    auto& pair = both.pair;
    both.tap.on(request(informational), [old = pair.initiator.ike_sa().spi_i](sim::Packet& packet) {
        return ike_header(packet)->initiator_spi == old ? sim::Network::Fate::drop : sim::Network::Fate::pass;
    });
    REQUIRE(pair.world.run_for(25ms) == sim::Ended::done);
    REQUIRE(pair.initiator.count<IkeRekeyed>() == 1);
    REQUIRE(pair.responder.count<IkeRekeyed>() == 0);
    std::size_t children = 1;
    SECTION("a new Child SA") {
        pair.initiator.give(CreateChildSa{pair.initiator.ike_sa().id, {}, {}});
        children = 2;
    }
    SECTION("another rekey") { pair.initiator.give(RekeyIkeSa{pair.initiator.ike_sa().id}); }
    SECTION("a move") { pair.initiator.move_to(address("198.51.100.7")); }
    REQUIRE(pair.world.run_for(25ms) == sim::Ended::done);
    CHECK(pair.responder.count<IkeRekeyed>() >= 1);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_left(pair, children);
    CHECK(pair.initiator.ike_sa().mobike);
    CHECK(pair.ping());
}

TEST_CASE("who abandons an IKE SA forgets the successor that waits, too", "[scenario][collision]") {
    Crossing both;
    auto& pair = both.pair;
    REQUIRE(pair.world.run_for(15ms) == sim::Ended::done);
    REQUIRE(pair.responder.count<KeysDerived>() > pair.responder.count<IkeRekeyed>());
    pair.responder.give(Abandon{pair.responder.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_nothing_left(pair);
}

TEST_CASE("a Child SA whose Delete is on its way when the IKE SA is rekeyed is deleted at both ends",
          "[scenario][rfc7296][collision]") {
    // The old IKE SA goes before the Delete is answered on it; the new one has to say it again.
    const bool initiators = GENERATE(true, false);
    const auto lost = GENERATE(request(informational), response(informational));
    sim::Pair pair{with_window(4)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    const auto old = pair.initiator.ike_sa().spi_i;
    tap.on(lost, [&](sim::Packet& packet) {
        // Of the old IKE SA nothing but its own Delete, which comes last, passes.
        const auto header = ike_header(packet);
        return header->initiator_spi == old && header->message_id < (initiators ? 5u : 3u)
                   ? sim::Network::Fate::drop
                   : sim::Network::Fate::pass;
    });
    auto& end = initiators ? pair.initiator : pair.responder;
    end.give(CreateChildSa{end.ike_sa().id, {}, {}});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    const auto child = end.ike_sa().children.at(0).id;
    end.give(RekeyIkeSa{end.ike_sa().id});
    end.give(DeleteChildSa{child});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(end.count<IkeRekeyed>() == 1);
    check_one_left(pair, 1);
}
