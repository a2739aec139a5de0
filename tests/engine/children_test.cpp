// What a Child SA's negotiation settles beside suite and selectors, seen by both ends.
#include "libike/sim/forger.hpp"
#include "tests/catch.hpp"
#include "tests/engine/two_engines.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

std::vector<TrafficSelector> selectors(std::string_view text) { return parse_selectors(text).value(); }

/// Two configurations that differ from the ordinary in what `change` does to both.
struct Configs {
    EngineConfig ours = initiator_config(), theirs = responder_config();
    PeerConfig& initiator() { return ours.peers[0]; }
    PeerConfig& responder() { return theirs.peers[0]; }
    TwoEngines two() { return TwoEngines{std::move(ours), std::move(theirs)}; }
};

ChildConfig kind(std::string name, std::string_view local, std::string_view remote) {
    ChildConfig child;
    child.name = std::move(name);
    child.ts_local = selectors(local);
    child.ts_remote = selectors(remote);
    child.esp_proposals = parse_proposals(ProtocolId::esp, "aes128gcm16").value();
    return child;
}

bool has(const Message& message, NotifyType type) { return message.notify(type) != nullptr; }
PacketFields packet(std::string_view from, std::string_view to) {
    return {address(from), address(to), 17, 1000, 2000, true};
}

}  // namespace

TEST_CASE("transport mode is agreed on where both sides want it, between the outer addresses",
          "[engine][rfc7296][transport]") {
    Configs configs;
    configs.initiator().mode = GENERATE(ChildMode::transport, ChildMode::transport_only);
    configs.responder().mode = GENERATE(ChildMode::transport, ChildMode::transport_only);
    auto two = configs.two();
    REQUIRE(two.establish());
    CHECK(has(two.initiator.messages(ExchangeType::ike_auth, true).back(), NotifyType::use_transport_mode));
    CHECK(has(two.responder.messages(ExchangeType::ike_auth, true).back(), NotifyType::use_transport_mode));
    for (const auto* side : {&two.initiator, &two.responder}) {
        const auto child = side->sa().children.front();
        CHECK(child.terms.mode == EspMode::transport);
        CHECK(child.ts_local == std::vector{host_selector(side->sa().path.local.address)});
        CHECK(child.ts_remote == std::vector{host_selector(side->sa().path.remote.address)});
        CHECK(side->last<ChildEstablished>().terms.mode == EspMode::transport);
        CHECK(side->ordered<InstallChild>().front()->terms.mode == EspMode::transport);
        CHECK_FALSE(side->ordered<InstallChild>().front()->original);
    }
    // The successor is of the same mode, whoever asks.
    const bool by_responder = GENERATE(false, true);
    two.give(by_responder ? two.responder : two.initiator,
             RekeyChildSa{by_responder ? two.responder_child() : two.initiator_child()});
    two.run();
    CHECK(two.agree());
    CHECK(two.initiator.last<ChildEstablished>().rekeyed);
    CHECK(two.initiator.last<ChildEstablished>().terms.mode == EspMode::transport);
    CHECK(two.responder.last<ChildEstablished>().terms.mode == EspMode::transport);
}

TEST_CASE("a responder that declines transport mode gets tunnel mode, or nothing where that will not do",
          "[engine][rfc7296][transport]") {
    Configs configs;
    configs.initiator().mode = GENERATE(ChildMode::transport, ChildMode::transport_only);
    const bool insists = configs.initiator().mode == ChildMode::transport_only;
    auto two = configs.two();
    two.give(two.initiator, Initiate{0, two.path});
    two.run();
    CHECK_FALSE(
        has(two.responder.messages(ExchangeType::ike_auth, true).back(), NotifyType::use_transport_mode));
    CHECK(two.initiator.sa().state == IkeState::established);
    CHECK(two.agree());
    CHECK(two.initiator.sa().children.size() == (insists ? 0 : 1));
    // RFC 7296 section 1.3.1: it MUST delete the SA.
    CHECK(two.responder.count<ChildDeleted>() == (insists ? 1 : 0));
    if (insists) CHECK(two.initiator.last<ChildFailed>().notify == NotifyType::no_proposal_chosen);
    if (!insists) CHECK(two.initiator.sa().children.front().terms.mode == EspMode::tunnel);
}

TEST_CASE("a responder may refuse tunnel mode", "[engine][rfc7296][transport]") {
    Configs configs;
    configs.responder().mode = ChildMode::transport_only;
    auto two = configs.two();
    CHECK_FALSE(two.establish());
    CHECK(two.initiator.last<ChildFailed>().notify == NotifyType::no_proposal_chosen);
    CHECK(two.initiator.sa().state == IkeState::established);
}

TEST_CASE("transport mode for selectors that leave out the outer addresses is not possible",
          "[engine][rfc7296][transport]") {
    Configs configs;
    SECTION("asked for: nothing is sent") {
        configs.initiator().mode = ChildMode::transport;
        configs.initiator().ts_remote = selectors("10.2.0.0/16");
        auto two = configs.two();
        two.give(two.initiator, Initiate{0, two.path});
        two.run();
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::not_possible);
    }
    SECTION("of the responder's policy: tunnel mode") {
        configs.initiator().mode = ChildMode::transport;
        configs.responder().mode = ChildMode::transport;
        configs.responder().ts_local = selectors("203.0.113.2[udp/53]");
        auto two = configs.two();
        REQUIRE(two.establish());
        // Ports may be narrowed in transport mode; addresses may not.
        CHECK(two.initiator.sa().children.front().terms.mode == EspMode::transport);
        CHECK(two.initiator.sa().children.front().ts_remote == selectors("203.0.113.2[udp/53]"));
    }
}

TEST_CASE("a transport mode answer that nobody asked for is not taken", "[engine][rfc7296][transport]") {
    Configs configs;
    configs.ours.export_keys = true;
    auto two = configs.two();
    sim::Forger forger;
    SeededRng rng{9};
    two.filter = [&](Flight& flight) {
        for (const auto& each : two.initiator.events) {
            if (const auto* keys = std::get_if<KeysDerived>(&each)) forger.learn(keys->record);
        }
        const auto opened = flight.to_responder ? std::nullopt : forger.open(flight.datagram.octets);
        if (!opened || opened->header.exchange != ExchangeType::ike_auth) return true;
        auto message = *opened;
        message.payloads.insert(message.payloads.begin(), notify(NotifyType::use_transport_mode));
        const IkeSpi spi_i = message.header.initiator_spi, spi_r = message.header.responder_spi;
        auto sealed =
            forger.seal({spi_i, spi_r}, sim::Forger::As::responder, message.header, message.payloads, rng);
        REQUIRE(sealed);
        flight.datagram.octets = sim::with_marker(flight.datagram.path, std::move(*sealed));
        return true;
    };
    two.give(two.initiator, Initiate{0, two.path});
    two.run();
    CHECK(two.initiator.last<ChildFailed>().notify == NotifyType::invalid_syntax);
    CHECK(two.initiator.sa().children.empty());
    CHECK(two.responder.sa().children.empty());
}

TEST_CASE("through NATs the selectors of transport mode are the addresses that each end sees",
          "[engine][rfc7296][transport][nat]") {
    Configs configs;
    configs.initiator().mode = ChildMode::transport;
    configs.responder().mode = ChildMode::transport;
    // RFC 7296 section 2.23.1's picture: IP1 -> IPN1 on the way out, IPN2 -> IP2 on the way in.
    const auto ip1 = address("192.0.2.1"), ipn1 = address("198.51.100.9"), ipn2 = address("203.0.113.2"),
               ip2 = address("10.9.9.9");
    const bool client_behind = GENERATE(true, false), server_behind = GENERATE(true, false);
    configs.ours.peers[0].mobike.enabled = false;
    auto two = configs.two();
    two.filter = [&](Flight& flight) {
        auto& path = flight.datagram.path;
        if (flight.to_responder) {
            if (client_behind) path.remote.address = ipn1;
            if (server_behind) path.local.address = ip2;
        } else {
            if (client_behind) path.local.address = ip1;
            if (server_behind) path.remote.address = ipn2;
        }
        return true;
    };
    REQUIRE(two.establish());
    const auto seen_client = client_behind ? ipn1 : ip1, seen_server = server_behind ? ip2 : ipn2;
    const auto check = [&] {
        const auto& ours = *two.initiator.ordered<InstallChild>().back();
        const auto& theirs = *two.responder.ordered<InstallChild>().back();
        CHECK(ours.terms.mode == EspMode::transport);
        CHECK(theirs.terms.mode == EspMode::transport);
        CHECK(ours.ts_local == std::vector{host_selector(ip1)});
        CHECK(ours.ts_remote == std::vector{host_selector(ipn2)});
        CHECK(theirs.ts_local == std::vector{host_selector(seen_server)});
        CHECK(theirs.ts_remote == std::vector{host_selector(seen_client)});
        const bool any = client_behind || server_behind;
        REQUIRE(ours.original.has_value() == any);
        REQUIRE(theirs.original.has_value() == any);
        if (!any) return;
        // What the other end's checksums cover.
        CHECK(ours.original->source == seen_server);
        CHECK(ours.original->destination == seen_client);
        CHECK(theirs.original->source == ip1);
        CHECK(theirs.original->destination == ipn2);
    };
    check();
    two.give(two.responder, RekeyChildSa{two.responder_child()});
    two.run();
    check();
    CHECK(two.agree());
}

TEST_CASE("an initiator asks for all kinds of Child SA that the configuration has",
          "[engine][rfc7296][children]") {
    Configs configs;
    configs.initiator().children = {kind("web", "10.1.0.0/16", "10.2.1.0/24[tcp/443]"),
                                    kind("voice", "10.1.0.0/16", "10.2.2.0/24[udp]"),
                                    kind("host", "0.0.0.0/0", "0.0.0.0/0")};
    configs.initiator().children[1].esp_proposals = parse_proposals(ProtocolId::esp, "aes256-sha256").value();
    configs.initiator().children[2].mode = ChildMode::transport;
    configs.responder().children = {kind("host", "0.0.0.0/0", "0.0.0.0/0"),
                                    kind("voice", "10.2.2.0/24[udp]", "10.1.0.0/16"),
                                    kind("web", "10.2.1.0/24[tcp/443]", "10.1.0.0/16")};
    configs.responder().children[1].esp_proposals = parse_proposals(ProtocolId::esp, "aes256-sha256").value();
    configs.responder().children[0].mode = ChildMode::transport_only;
    auto two = configs.two();
    two.give(two.initiator, Initiate{0, two.path});
    two.run();
    REQUIRE(two.initiator.sa().children.size() == 3);
    CHECK(two.agree());
    for (const auto& child : two.initiator.sa().children) {
        const auto all = two.responder.sa().children;
        const auto theirs = std::ranges::find(all, child.spi_out, &ChildSaStatus::spi_in);
        REQUIRE(theirs != all.end());
        CHECK(theirs->terms.name == child.terms.name);
        CHECK(theirs->ts_local == child.ts_remote);
    }
    CHECK(two.initiator.sa().children[1].ts_remote == selectors("10.2.2.0/24[udp]"));
    CHECK(two.initiator.sa().children[1].suite.encr == EncrId::aes_cbc);
    CHECK(two.initiator.sa().children[2].terms.mode == EspMode::transport);
    // Each is rekeyed as what it is.
    for (const auto& child : two.initiator.sa().children) two.give(two.responder, RekeyChildSa{child.id});
    two.run();
    REQUIRE(two.initiator.sa().children.size() == 3);
    CHECK(two.agree());
    CHECK(two.initiator.last<ChildEstablished>().terms.name == "host");
}

TEST_CASE("a responder with several kinds narrows to one and says that there are others",
          "[engine][rfc7296][narrowing]") {
    Configs configs;
    configs.initiator().ts_remote = selectors("10.2.0.0/16");
    configs.responder().children = {kind("a", "10.2.1.0/24", "0.0.0.0/0"),
                                    kind("b", "10.2.2.0/24", "0.0.0.0/0")};
    auto two = configs.two();
    REQUIRE(two.establish());
    CHECK(
        has(two.responder.messages(ExchangeType::ike_auth, true).back(), NotifyType::additional_ts_possible));
    CHECK(two.initiator.sa().children.front().ts_remote == selectors("10.2.1.0/24"));
    CHECK(two.initiator.sa().children.front().terms.additional_ts);
    // A packet for the other: the offer begins with it, and that decides.
    two.give(two.initiator, PacketWaits{packet("10.1.0.7", "10.2.2.9")});
    two.give(two.initiator, PacketWaits{packet("10.1.0.7", "10.2.2.10")});
    two.run();
    REQUIRE(two.initiator.sa().children.size() == 2);
    CHECK(two.initiator.sa().children.back().ts_remote == selectors("10.2.2.0/24"));
    CHECK(two.responder.sa().children.back().terms.name == "b");
    const auto request = two.responder.messages(ExchangeType::create_child_sa, false).back();
    const auto* offered = request.get<TsPayload>(PayloadType::tsr);
    REQUIRE(offered);
    CHECK(offered->selectors.front() == selectors("10.2.2.9[udp/2000]").front());
    CHECK(two.agree());
    // For what no kind covers nothing is asked.
    two.give(two.initiator, PacketWaits{packet("10.1.0.7", "10.3.0.1")});
    CHECK(two.wire.empty());
}

TEST_CASE("where the responder narrowed and takes no more, packets outside ask for nothing",
          "[engine][rfc7296][narrowing]") {
    Configs configs;
    configs.responder().ts_local = selectors("10.2.1.0/24");
    auto two = configs.two();
    REQUIRE(two.establish());
    CHECK_FALSE(two.initiator.sa().children.front().terms.additional_ts);
    two.give(two.initiator, PacketWaits{packet("10.1.0.7", "10.2.2.9")});
    CHECK(two.wire.empty());
    two.give(two.initiator, RekeyChildSa{two.initiator_child()});
    two.run();
    two.give(two.initiator, PacketWaits{packet("10.1.0.7", "10.2.2.9")});
    CHECK(two.wire.empty());
    // The responder was asked for as much; there may be more for the asking.
    two.give(two.responder, PacketWaits{packet("10.2.1.7", "10.1.2.9")});
    CHECK_FALSE(two.wire.empty());
    two.run();
    CHECK(two.agree());
}

TEST_CASE("a responder may want a Child SA for each pair of addresses", "[engine][rfc7296][narrowing]") {
    Configs configs;
    configs.responder().child_policy.single_pair = true;
    configs.initiator().childless = Childless::ask;
    auto two = configs.two();
    two.give(two.initiator, Initiate{0, two.path});
    two.run();
    SECTION("without a packet there is none to choose") {
        two.give(two.initiator, CreateChildSa{two.initiator_sa(), {}, {}, {}});
        two.run();
        CHECK(two.initiator.last<ChildFailed>().notify == NotifyType::single_pair_required);
    }
    SECTION("of an offer that begins with a packet that pair is taken") {
        two.give(two.initiator, PacketWaits{packet("10.1.0.7", "10.2.2.9")});
        two.run();
        REQUIRE(two.initiator.sa().children.size() == 1);
        CHECK(two.initiator.sa().children.front().ts_remote.front().start == address("10.2.2.9"));
        CHECK(two.initiator.sa().children.front().ts_local.front().end == address("10.1.0.7"));
        CHECK(two.initiator.sa().children.front().terms.additional_ts);
        // Another pair, another SA.
        two.give(two.initiator, PacketWaits{packet("10.1.0.7", "10.2.2.10")});
        two.run();
        CHECK(two.initiator.sa().children.size() == 2);
    }
    SECTION("one pair is accepted as it is") {
        two.give(two.initiator,
                 CreateChildSa{two.initiator_sa(), selectors("10.1.0.7"), selectors("10.2.2.9"), {}});
        two.run();
        REQUIRE(two.initiator.sa().children.size() == 1);
    }
    CHECK(two.agree());
}

TEST_CASE("where a pair is required the offer is made again for the packet that waits",
          "[engine][rfc7296][narrowing]") {
    // A responder that does not look at the first selectors: its answer is replaced.
    Configs configs;
    configs.initiator().childless = Childless::ask;
    configs.responder().child_policy.single_pair = true;
    // The packet's port is not among what the responder has: of the first offer it takes nothing.
    configs.responder().ts_local = selectors("10.2.0.0/16[tcp]");
    configs.initiator().ts_remote = selectors("10.2.0.0/16");
    auto two = configs.two();
    two.give(two.initiator, Initiate{0, two.path});
    two.run();
    two.give(two.initiator, PacketWaits{packet("10.1.0.7", "10.2.2.9")});
    two.run();
    CHECK(has(two.responder.messages(ExchangeType::create_child_sa, true).front(),
              NotifyType::single_pair_required));
    REQUIRE(two.initiator.sa().children.size() == 1);
    CHECK(two.initiator.sa().children.front().ts_remote == selectors("10.2.2.9[tcp]"));
    CHECK(two.initiator.sa().children.front().ts_local == selectors("10.1.0.7"));
}

TEST_CASE("one Child SA too many is refused with NO_ADDITIONAL_SAS", "[engine][rfc7296][children]") {
    Configs configs;
    configs.responder().child_policy.most = 2;
    auto two = configs.two();
    REQUIRE(two.establish());
    for (int i = 0; i < 2; ++i) {
        two.give(two.initiator, CreateChildSa{two.initiator_sa(), {}, {}, {}});
        two.run();
    }
    CHECK(two.initiator.sa().children.size() == 2);
    CHECK(two.initiator.last<ChildFailed>().notify == NotifyType::no_additional_sas);
    // Rekeying is no additional SA.
    two.give(two.initiator, RekeyChildSa{two.initiator_child()});
    two.run();
    CHECK(two.initiator.last<ChildEstablished>().rekeyed);
    CHECK(two.agree());
}
