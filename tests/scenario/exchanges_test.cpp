// Each exchange, begun by each end, while its messages are lost, doubled, late or reordered: it succeeds,
// once.
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

/// Something an end does that takes an exchange.
struct Operation {
    std::string_view name;
    ExchangeType exchange;
    void (*begin)(sim::Host& by);
    /// Whether it came about, seen from both ends.
    bool (*is_done)(const sim::Host& by, const sim::Host& at);
};

std::size_t children(const sim::Host& host) { return host.ike_sa().children.size(); }

const std::array operations{
    Operation{
        "a new Child SA", ExchangeType::create_child_sa,
        [](sim::Host& by) {
            by.give(CreateChildSa{by.ike_sa().id, {}, {}});
        },
        [](const sim::Host& by, const sim::Host& at) { return children(by) == 2 && children(at) == 2; }},
    Operation{"a Child SA rekeyed", ExchangeType::create_child_sa,
              [](sim::Host& by) { by.give(RekeyChildSa{by.ike_sa().children.at(0).id}); },
              [](const sim::Host& by, const sim::Host& at) {
                  return children(by) == 1 && children(at) == 1 && by.last<ChildEstablished>()->rekeyed &&
                         at.last<ChildEstablished>()->rekeyed;
              }},
    Operation{"an IKE SA rekeyed", ExchangeType::create_child_sa,
              [](sim::Host& by) { by.give(RekeyIkeSa{by.ike_sa().id}); },
              [](const sim::Host& by, const sim::Host& at) {
                  return by.count<IkeRekeyed>() == 1 && at.count<IkeRekeyed>() == 1 && children(by) == 1 &&
                         children(at) == 1;
              }},
    Operation{"a liveness check", ExchangeType::informational,
              [](sim::Host& by) { by.give(CheckLiveness{by.ike_sa().id}); },
              [](const sim::Host& by, const sim::Host&) {
                  return by.last<ExchangeDone>()->exchange == ExchangeType::informational;
              }},
    Operation{
        "addresses announced", ExchangeType::informational,
        [](sim::Host& by) {
            by.give(AnnounceAddresses{by.ike_sa().id, {address("198.51.100.77"), address("2001:db8::77")}});
        },
        [](const sim::Host&, const sim::Host& at) {
            return at.ike_sa().peer_additional ==
                   std::vector{address("198.51.100.77"), address("2001:db8::77")};
        }},
};

const std::array disturbances{
    Disturbance{.name = "undisturbed"},
    Disturbance{.name = "lost once", .drop = 1},
    Disturbance{.name = "lost three times", .drop = 3},
    Disturbance{.name = "doubled", .copies = 2},
    Disturbance{.name = "later than its repetition", .hold_back = 700ms},
    Disturbance{.name = "very late", .hold_back = 4s},
};

void check_one_ike_sa(const sim::Pair& pair) {
    CHECK(pair.initiator.established().size() == 1);
    CHECK(pair.responder.established().size() == 1);
    CHECK(failures(pair.initiator) == 0);
    CHECK(failures(pair.responder) == 0);
}

}  // namespace

TEST_CASE("an IKE SA comes about however its messages are lost, doubled or late", "[scenario]") {
    const auto exchange = GENERATE(ExchangeType::ike_sa_init, ExchangeType::ike_auth);
    const auto way = GENERATE(Kind::Way::request, Kind::Way::response, Kind::Way::either);
    const auto& disturbance = GENERATE(from_range(disturbances));
    INFO(to_string(exchange) << (way == Kind::Way::request ? " request " : " response or either ")
                             << disturbance.name);
    sim::Pair pair;
    const auto seen = disturb(pair, {exchange, way}, disturbance);
    REQUIRE(pair.establish());
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(*seen > disturbance.drop);
    check_one_ike_sa(pair);
    check_agreement(pair);
}

TEST_CASE("each exchange succeeds once however its messages are lost, doubled or late", "[scenario]") {
    const auto& operation = GENERATE(from_range(operations));
    const auto way = GENERATE(Kind::Way::request, Kind::Way::response, Kind::Way::either);
    const auto& disturbance = GENERATE(from_range(disturbances));
    const bool by_initiator = GENERATE(true, false);
    INFO(operation.name << (by_initiator ? " by the initiator" : " by the responder") << ", "
                        << (way == Kind::Way::request ? "request " : "response or either ")
                        << disturbance.name);
    sim::Pair pair;
    REQUIRE(pair.establish());
    auto& by = by_initiator ? pair.initiator : pair.responder;
    auto& at = by_initiator ? pair.responder : pair.initiator;
    const auto seen = disturb(pair, {operation.exchange, way}, disturbance);
    operation.begin(by);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(*seen > disturbance.drop);
    CHECK(operation.is_done(by, at));
    check_one_ike_sa(pair);
    check_agreement(pair);
}

TEST_CASE("a MOBIKE update succeeds however its messages are lost, doubled or late", "[scenario][mobike]") {
    const auto way = GENERATE(Kind::Way::request, Kind::Way::response, Kind::Way::either);
    const auto& disturbance = GENERATE(from_range(disturbances));
    INFO((way == Kind::Way::request ? "request " : "response or either ") << disturbance.name);
    sim::Pair pair;
    REQUIRE(pair.establish());
    const auto before = pair.initiator.data_plane().traffic().at(0);
    const auto seen = disturb(pair, {ExchangeType::informational, way}, disturbance);
    pair.initiator.move_to(address("198.51.100.7"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(*seen > disturbance.drop);
    CHECK(pair.responder.ike_sa().path.remote == endpoint("198.51.100.7:4500"));
    CHECK(pair.initiator.data_plane().traffic().at(0).spi_in == before.spi_in);
    CHECK(pair.initiator.count<MoveFailed>() == 0);
    check_one_ike_sa(pair);
    check_agreement(pair);
}

TEST_CASE("a deleted SA is gone at both ends however the messages are lost, doubled or late", "[scenario]") {
    const auto way = GENERATE(Kind::Way::request, Kind::Way::response, Kind::Way::either);
    const auto& disturbance = GENERATE(from_range(disturbances));
    const bool by_initiator = GENERATE(true, false);
    const bool whole = GENERATE(true, false);
    INFO((whole ? "IKE SA" : "Child SA")
         << (by_initiator ? " by the initiator, " : " by the responder, ") << disturbance.name);
    sim::Pair pair;
    REQUIRE(pair.establish());
    auto& by = by_initiator ? pair.initiator : pair.responder;
    disturb(pair, {ExchangeType::informational, way}, disturbance);
    if (whole) {
        by.give(DeleteIkeSa{by.ike_sa().id});
    } else {
        by.give(DeleteChildSa{by.ike_sa().children.at(0).id});
    }
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(joined(pair.disagreements()) == "");
    CHECK(pair.initiator.established().size() == (whole ? 0 : 1));
    CHECK(pair.responder.established().size() == (whole ? 0 : 1));
    CHECK(pair.initiator.data_plane().traffic().empty());
    CHECK(pair.responder.data_plane().traffic().empty());
}

TEST_CASE("a silent peer is given up by the stated time with a name for it", "[scenario]") {
    sim::Pair pair;
    REQUIRE(pair.establish());
    pair.network().cut(pair.responder.addresses().at(0));
    pair.network().cut(pair.responder.addresses().at(1));
    const auto begun = pair.now();
    pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    const auto& policy = pair.initiator.engine().config().peers[0].timers.retransmit;
    Duration stated{};
    for (unsigned attempt = 1; attempt <= policy.attempts; ++attempt) stated += policy.interval(attempt);
    CHECK(pair.now() - begun >= stated);
    CHECK(pair.initiator.established().empty());
    REQUIRE(pair.initiator.last<IkeFailed>());
    CHECK(pair.initiator.last<IkeFailed>()->failure == Failure::peer_silent);
    CHECK(pair.initiator.data_plane().traffic().empty());
}

TEST_CASE("a gateway that never answers ends the attempt as silent", "[scenario]") {
    sim::Pair pair;
    pair.network().cut(pair.responder.addresses().at(0));
    CHECK_FALSE(pair.establish());
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    REQUIRE(pair.initiator.last<IkeFailed>());
    CHECK(pair.initiator.last<IkeFailed>()->failure == Failure::peer_silent);
    CHECK(pair.initiator.engine().status().empty());
}

TEST_CASE("a lossy, jittery, doubling link does not keep an IKE SA from its whole life", "[scenario]") {
    const auto seed = GENERATE(range(1, 21));
    INFO("seed " << seed);
    sim::Link link{.loss = 0.2, .jitter = 30ms, .duplicate = 0.1, .reorder = 0.2};
    link.seed = static_cast<std::uint64_t>(seed);
    sim::Setup setup{.link = link, .seed = link.seed};
    // Enough attempts that a loss of 0.36 a round trip ends none of 20 lives by chance.
    setup.initiator.peers[0].timers.retransmit.attempts =
        setup.responder.peers[0].timers.retransmit.attempts = 30;
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish(10min));
    pair.initiator.give(RekeyChildSa{pair.initiator.ike_sa().children.at(0).id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    pair.responder.give(RekeyIkeSa{pair.responder.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    pair.initiator.move_to(address("198.51.100.7"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    pair.responder.give(RekeyChildSa{pair.responder.ike_sa().children.at(0).id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_ike_sa(pair);
    CHECK(joined(pair.disagreements()) == "");
    CHECK(pair.ping(40));
}
