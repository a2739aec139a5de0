// RFC 9370 section 2.2.4: key exchanges after CREATE_CHILD_SA, begun by each end, disturbed, and crossing.
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

constexpr auto create_child = ExchangeType::create_child_sa;
constexpr auto followup = ExchangeType::ike_followup_ke;
constexpr std::string_view ike_hybrid = "aes128gcm16-prfsha256-x25519-ke1_ecp256-ke2_x448";
constexpr std::string_view esp_hybrid = "aes128gcm16-x25519-ke1_ecp256-ke2_x448";

sim::Setup hybrid(std::uint64_t seed = 1) {
    sim::Setup setup;
    setup.seed = seed;
    for (auto* config : {&setup.initiator, &setup.responder}) {
        config->peers[0].ike_proposals = parse_proposals(ProtocolId::ike, ike_hybrid).value();
        config->peers[0].esp_proposals = parse_proposals(ProtocolId::esp, esp_hybrid).value();
    }
    return traced(std::move(setup));
}

std::size_t children(const sim::Host& host) { return host.ike_sa().children.size(); }

struct Operation {
    std::string_view name;
    void (*begin)(sim::Host& by);
    std::size_t children;  ///< afterwards
    bool whole;            ///< the IKE SA
};
const std::array operations{
    Operation{"a new Child SA",
              [](sim::Host& by) {
                  by.give(CreateChildSa{by.ike_sa().id, {}, {}});
              },
              2, false},
    Operation{"a Child SA rekeyed",
              [](sim::Host& by) { by.give(RekeyChildSa{by.ike_sa().children.at(0).id}); }, 1, false},
    Operation{"an IKE SA rekeyed", [](sim::Host& by) { by.give(RekeyIkeSa{by.ike_sa().id}); }, 1, true},
};

void check_one_ike_sa(const sim::Pair& pair) {
    for (const auto* end : {&pair.initiator, &pair.responder}) {
        CHECK(end->established().size() == 1);
        CHECK(end->engine().status().size() == 1);
        CHECK(failures(*end) == 0);
        CHECK(joined(stray_children(*end)) == "");
    }
}

/// The newest SA was made with both additional methods.
void check_methods(const sim::Host& host, bool whole) {
    const std::vector wanted{KeId::ecp_256, KeId::x448};
    if (whole) {
        CHECK(host.ike_sa().suite->additional == wanted);
    } else {
        CHECK(host.ike_sa().children.back().suite.additional == wanted);
    }
}

const std::array disturbances{
    Disturbance{.name = "undisturbed"},
    Disturbance{.name = "lost once", .drop = 1},
    Disturbance{.name = "lost three times", .drop = 3},
    Disturbance{.name = "doubled", .copies = 2},
    Disturbance{.name = "later than its repetition", .hold_back = 700ms},
};

}  // namespace

TEST_CASE("an SA made in several key exchanges comes about once, however they are disturbed",
          "[scenario][rfc9370]") {
    const auto& operation = GENERATE(from_range(operations));
    const auto& disturbance = GENERATE(from_range(disturbances));
    const auto way = GENERATE(Kind::Way::request, Kind::Way::response);
    const bool by_initiator = GENERATE(true, false);
    INFO(operation.name << (by_initiator ? " by the initiator, " : " by the responder, ")
                        << (way == Kind::Way::request ? "request " : "response ") << disturbance.name);
    sim::Pair pair{hybrid()};
    REQUIRE(pair.establish());
    auto& by = by_initiator ? pair.initiator : pair.responder;
    auto& at = by_initiator ? pair.responder : pair.initiator;
    const auto seen = disturb(pair, {followup, way}, disturbance);
    operation.begin(by);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(*seen >= 2 + disturbance.drop);
    CHECK(sent(by, followup).size() == 2);
    CHECK(received(at, followup).size() == 2);
    CHECK(children(by) == operation.children);
    CHECK(by.count<IkeRekeyed>() == (operation.whole ? 1 : 0));
    check_methods(by, operation.whole);
    check_methods(at, operation.whole);
    check_one_ike_sa(pair);
    check_agreement(pair);
}

TEST_CASE("each IKE_FOLLOWUP_KE carries the link of the answer before it", "[scenario][rfc9370]") {
    sim::Pair pair{hybrid()};
    REQUIRE(pair.establish());
    pair.initiator.give(RekeyIkeSa{pair.initiator.ike_sa().id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    const auto link = [](const Message& message) {
        const auto found = notifies(message, NotifyType::additional_key_exchange);
        return found.size() == 1 ? found[0].data : Bytes{};
    };
    const auto asked = sent(pair.initiator, followup);
    const auto answered = received(pair.initiator, followup);
    REQUIRE(asked.size() == 2);
    REQUIRE(answered.size() == 2);
    CHECK(link(asked[0]) == link(received(pair.initiator, create_child).at(0)));
    CHECK(link(asked[1]) == link(answered[0]));
    CHECK_FALSE(link(asked[0]).empty());
    CHECK(link(asked[0]) != link(asked[1]));
    CHECK_FALSE(has(answered[1], NotifyType::additional_key_exchange));
    // The old SA's keys protect all of them; the order of methods is that of the transform types.
    CHECK(asked[0].get<KePayload>()->group == KeId::ecp_256);
    CHECK(asked[1].get<KePayload>()->group == KeId::x448);
}

TEST_CASE("a link that nobody knows is answered STATE_NOT_FOUND, and the rekey begins anew",
          "[scenario][rfc9370]") {
    const auto& operation = GENERATE(from_range(operations));
    INFO(operation.name);
    sim::Pair pair{hybrid()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    tap.rewrite(request(followup), [left = 1](Message& message) mutable {
        if (left-- <= 0) return;
        for (auto& each : message.payloads) {
            auto* body = std::get_if<Notify>(&each.body);
            if (body != nullptr) body->data.back() ^= 1;
        }
    });
    operation.begin(pair.initiator);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(has(received(pair.initiator, followup).at(0), NotifyType::state_not_found));
    CHECK(children(pair.initiator) == operation.children);
    check_methods(pair.initiator, operation.whole);
    check_one_ike_sa(pair);
    check_agreement(pair);
}

TEST_CASE("a responder forgets a rekey that is not gone on with", "[scenario][rfc9370]") {
    const auto& operation = GENERATE(from_range(operations));
    INFO(operation.name);
    sim::Pair pair{hybrid()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    // The initiator of the exchange is told that it failed, so it does not go on; the responder waits.
    tap.rewrite(response(create_child), [](Message& message) {
        if (!has(message, NotifyType::additional_key_exchange)) return;
        message.payloads.clear();
        message.payloads.push_back(notify(NotifyType::no_additional_sas));
    });
    operation.begin(pair.initiator);
    REQUIRE(pair.world.run_for(5s) == sim::Ended::done);
    tap.clear();
    // What collides with it is put off, and comes about when it is forgotten.
    pair.responder.give(RekeyIkeSa{pair.responder.ike_sa().id});
    REQUIRE(pair.world.run_for(1s) == sim::Ended::done);
    CHECK(pair.responder.count<IkeRekeyed>() == 0);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.responder.count<IkeRekeyed>() == 1);
    CHECK(children(pair.responder) == 1);
    check_one_ike_sa(pair);
    check_agreement(pair);
}

TEST_CASE("a rekey asked for between the key exchanges of one's own is answered TEMPORARY_FAILURE",
          "[scenario][rfc9370][collision]") {
    const bool whole = GENERATE(true, false);
    sim::Pair pair{hybrid()};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    const auto begin = [&](sim::Host& by) {
        if (whole) return by.give(RekeyIkeSa{by.ike_sa().id});
        by.give(RekeyChildSa{by.ike_sa().children.at(0).id});
    };
    // The responder's request is lost until the initiator's CREATE_CHILD_SA is over (the RFC's case of packet
    // loss).
    pair.network().set_filter([&, left = 1](Instant, sim::Packet& packet) mutable {
        const auto header = ike_header(packet);
        if (header && header->exchange == create_child && !header->is_response() &&
            !header->from_initiator() && left-- > 0)
            return sim::Network::Fate::drop;
        if (header && header->exchange == followup && !header->is_response() &&
            pair.now().time_since_epoch() < 3s)
            return sim::Network::Fate::drop;
        return sim::Network::Fate::pass;
    });
    begin(pair.responder);
    begin(pair.initiator);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    const auto answers = received(pair.responder, create_child);
    CHECK(std::ranges::any_of(answers,
                              [](const Message& each) { return has(each, NotifyType::temporary_failure); }));
    check_one_ike_sa(pair);
    CHECK(children(pair.initiator) == 1);
    check_methods(pair.initiator, whole);
    check_agreement(pair);
}

TEST_CASE("of two crossing rekeys in several key exchanges one is gone on with",
          "[scenario][rfc9370][collision]") {
    const int seed = GENERATE(range(1, 13));
    const bool whole = GENERATE(true, false);
    INFO("seed " << seed << (whole ? ", IKE SA" : ", Child SA"));
    sim::Pair pair{hybrid(static_cast<std::uint64_t>(seed))};
    REQUIRE(pair.establish());
    for (auto* end : {&pair.initiator, &pair.responder}) {
        if (whole) {
            end->give(RekeyIkeSa{end->ike_sa().id});
        } else {
            end->give(RekeyChildSa{end->ike_sa().children.at(0).id});
        }
    }
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    check_one_ike_sa(pair);
    CHECK(children(pair.initiator) == 1);
    check_methods(pair.initiator, whole);
    // Only one of the ends went on after CREATE_CHILD_SA, so nothing had to be deleted but the old SA.
    std::size_t went_on = 0;
    for (const auto* end : {&pair.initiator, &pair.responder}) {
        const auto all = sent(*end, followup);
        went_on +=
            std::ranges::any_of(all, [](const Message& each) { return !each.header.is_response(); }) ? 1 : 0;
        CHECK(end->count<IkeRekeyed>() == (whole ? 1 : 0));
        CHECK(end->count<ChildEstablished>() == (whole ? 1 : 2));
    }
    CHECK(went_on == 1);
    check_agreement(pair);
}

namespace {

const std::array crossing{
    Operation{"creates a Child SA",
              [](sim::Host& by) {
                  by.give(CreateChildSa{by.ike_sa().id, {}, {}});
              },
              1, false},
    Operation{"rekeys the Child SA",
              [](sim::Host& by) { by.give(RekeyChildSa{by.ike_sa().children.at(0).id}); }, 0, false},
    Operation{"rekeys the IKE SA", [](sim::Host& by) { by.give(RekeyIkeSa{by.ike_sa().id}); }, 0, true},
};

}  // namespace

TEST_CASE("whatever crosses a rekey in several key exchanges, both ends agree in the end",
          "[scenario][rfc9370][collision]") {
    const auto& left = GENERATE(from_range(crossing));
    const auto& right = GENERATE(from_range(crossing));
    const auto lost = GENERATE(std::optional<Kind>{}, request(create_child), response(create_child),
                               request(followup), response(followup));
    // One end without additional key exchanges for Child SAs, or both with them.
    const bool mixed = GENERATE(false, true);
    for (const auto offset : {0ms, 15ms, 25ms, 45ms}) {
        INFO("the initiator " << left.name << ", " << offset.count() << " ms later the responder "
                              << right.name << (lost ? ", something is lost" : "")
                              << (mixed ? ", mixed offers" : ""));
        auto setup = hybrid();
        if (mixed) {
            constexpr std::string_view first =
                "aes128gcm16-prfsha256-x25519,aes128gcm16-prfsha256-x25519-ke1_ecp256";
            constexpr std::string_view second =
                "aes128gcm16-prfsha256-x25519-ke1_ecp256,aes128gcm16-prfsha256-x25519";
            setup.initiator.peers[0].ike_proposals = parse_proposals(ProtocolId::ike, first).value();
            setup.responder.peers[0].ike_proposals = parse_proposals(ProtocolId::ike, second).value();
            setup.initiator.peers[0].esp_proposals =
                parse_proposals(ProtocolId::esp, "aes128gcm16-x25519,aes128gcm16-x25519-ke1_ecp256").value();
            setup.responder.peers[0].esp_proposals =
                parse_proposals(ProtocolId::esp, "aes128gcm16-x25519-ke1_ecp256,aes128gcm16-x25519").value();
        }
        sim::Pair pair{std::move(setup)};
        Wiretap tap{pair};
        REQUIRE(pair.establish());
        if (lost) tap.drop(*lost, 1);
        left.begin(pair.initiator);
        REQUIRE(pair.world.run_for(offset) == sim::Ended::done);
        right.begin(pair.responder);
        REQUIRE(pair.run_until_quiet() == sim::Ended::done);
        check_one_ike_sa(pair);
        CHECK(children(pair.initiator) == 1 + left.children + right.children);
        CHECK(joined(pair.disagreements()) == "");
        CHECK(pair.ping(3));
    }
}
