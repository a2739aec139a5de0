// Child SAs of every kind in a life with traffic: modes, compression, limits, several at once.
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

std::vector<TrafficSelector> selectors(std::string_view text) { return parse_selectors(text).value(); }

/// Both ends' only peers, changed alike.
template <class Change>
sim::Setup changed(sim::Setup setup, Change change) {
    change(setup.initiator.peers[0]);
    change(setup.responder.peers[0]);
    return setup;
}
/// Hosts that speak to each other from their outer addresses.
sim::Setup between_hosts(sim::Setup setup = traced()) {
    setup.initiator_inner = {setup.initiator_addresses[0]};
    setup.responder_inner = {setup.responder_addresses[0]};
    return changed(std::move(setup), [](PeerConfig& peer) {
        peer.mode = ChildMode::transport_only;
        peer.ts_local = peer.ts_remote = selectors("0.0.0.0/0,::/0");
    });
}
std::uint64_t soft_rekeys(const sim::Host& host) {
    const auto all = host.all<ChildEstablished>();
    return static_cast<std::uint64_t>(std::ranges::count_if(all, &ChildEstablished::rekeyed));
}

}  // namespace

TEST_CASE("hosts speak in transport mode, and after rekeys from either end", "[scenario][transport]") {
    auto setup = between_hosts();
    if (GENERATE(false, true)) {
        std::swap(setup.initiator_addresses[0], setup.initiator_addresses[1]);
        std::swap(setup.responder_addresses[0], setup.responder_addresses[1]);
        setup = between_hosts(std::move(setup));
    }
    const auto family = setup.initiator_addresses[0].family();
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish());
    CHECK(pair.ping(1, family));
    pair.initiator.give(RekeyChildSa{pair.initiator.ike_sa().children[0].id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.ping(1, family));
    pair.responder.give(RekeyChildSa{pair.responder.ike_sa().children[0].id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.ping(1, family));
    CHECK(pair.initiator.ike_sa().children[0].terms.mode == EspMode::transport);
    CHECK(joined(pair.disagreements()) == "");
}

TEST_CASE("hosts speak in transport mode through a NAT, each from the address it sees",
          "[scenario][transport][nat]") {
    auto setup = between_hosts();
    const auto inside = setup.initiator_addresses[0];
    const auto gateway = setup.responder_addresses[0];
    sim::Pair pair{std::move(setup)};
    auto& nat = pair.network().add_nat({.outside = address("198.51.100.99")});
    pair.network().put_behind(nat, inside);
    REQUIRE(pair.establish());
    const auto ours = pair.initiator.ike_sa(), theirs = pair.responder.ike_sa();
    CHECK(ours.nat_local);
    CHECK(theirs.children[0].ts_remote == std::vector{host_selector(nat.outside())});
    CHECK(theirs.children[0].ts_local == std::vector{host_selector(gateway)});
    CHECK(ours.children[0].ts_local == std::vector{host_selector(inside)});
    // The client's echo comes back to it.
    CHECK(pair.ping(pair.initiator, pair.responder));
    CHECK(pair.responder.echoes_answered() == 1);
    // And the server's to what it takes for the client.
    auto probes = pair.probes(pair.responder, pair.initiator, 1s);
    probes.destination = nat.outside();
    pair.responder.start_probes(probes);
    const auto answered = [&] { return pair.responder.prober()->account().answered > 0; };
    CHECK(pair.world.run_until(answered, 3s) == sim::Ended::done);
}

TEST_CASE("after a move the Child SAs of transport mode are made anew between the new addresses",
          "[scenario][transport][mobike]") {
    auto setup = between_hosts();
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish());
    const auto before = pair.initiator.ike_sa().children[0];
    const auto elsewhere = address("198.51.100.7");
    pair.initiator.move_to(elsewhere);
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    REQUIRE(pair.initiator.ike_sa().children.size() == 1);
    const auto after = pair.initiator.ike_sa().children[0];
    CHECK(after.id == before.id);
    CHECK(after.spi_in != before.spi_in);
    CHECK(after.ts_local == std::vector{host_selector(elsewhere)});
    CHECK(pair.responder.ike_sa().children[0].ts_remote == std::vector{host_selector(elsewhere)});
    CHECK(joined(pair.disagreements()) == "");
    CHECK(joined(stray_children(pair.initiator)) == "");
    CHECK(joined(stray_children(pair.responder)) == "");
}

TEST_CASE("compressed traffic passes in both directions, and through rekeys", "[scenario][ipcomp]") {
    sim::Pair pair{changed(traced(), [](PeerConfig& peer) { peer.child_policy.ipcomp = true; })};
    REQUIRE(pair.establish());
    const auto flows = [&] {
        auto probes = pair.probes(pair.initiator, pair.responder, 100ms);
        probes.size = 1000;
        pair.initiator.start_probes(probes);
        pair.world.run_until([&] { return pair.initiator.prober()->account().answered >= 20; }, 5s);
        pair.initiator.stop_probes();
        CHECK(pair.initiator.prober()->account().answered >= 20);
        for (const auto* host : {&pair.initiator, &pair.responder}) {
            const auto traffic = host->data_plane().traffic().back();
            CHECK(traffic.compressed_out >= 20);
            CHECK(traffic.decompressed_in >= 20);
        }
    };
    flows();
    pair.responder.give(RekeyChildSa{pair.responder.ike_sa().children[0].id});
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    flows();
    check_agreement(pair);
}

TEST_CASE("padded traffic passes, and every packet on the wire has one size", "[scenario][tfc]") {
    auto setup = changed(traced(), [](PeerConfig& peer) { peer.child_policy.tfc_size = 1000; });
    const bool takes = GENERATE(true, false);
    setup.responder.peers[0].child_policy.accept_tfc = takes;
    sim::Pair pair{std::move(setup)};
    Wiretap tap{pair};
    REQUIRE(pair.establish());
    CHECK(pair.ping());
    for (const auto& each : tap.seen) {
        if (!each.is_esp()) continue;
        // The initiator pads only where the responder takes it; the responder may in any case.
        const bool ours = each.from.address == pair.initiator.addresses()[0];
        CHECK((each.size > 1000) == (takes || !ours));
    }
    check_agreement(pair);
}

TEST_CASE("traffic never meets the hard limits of Child SAs that are rekeyed in time",
          "[scenario][lifetime]") {
    const bool both = GENERATE(true, false);
    const bool by_octets = GENERATE(true, false);
    auto setup = traced();
    setup.link.delay = 20ms;
    const auto limits = by_octets ? ChildLimits{84 * 100, 84 * 200, 0, 0} : ChildLimits{0, 0, 100, 200};
    setup.initiator.peers[0].child_policy.limits = limits;
    if (both) setup.responder.peers[0].child_policy.limits = limits;
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish());
    pair.initiator.start_probes(pair.probes(pair.initiator, pair.responder, 10ms));
    pair.world.run_until([&] { return pair.initiator.prober()->account().sent >= 1000; }, 30s);
    pair.initiator.stop_probes();
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.initiator.prober()->account().lost() == 0);
    CHECK(soft_rekeys(pair.initiator) >= 8);
    CHECK(soft_rekeys(pair.initiator) <= 24);
    CHECK(pair.initiator.count<ChildFailed>() == 0);
    CHECK(pair.responder.count<ChildFailed>() == 0);
    CHECK(pair.initiator.ike_sa().children.size() == 1);
    check_agreement(pair);
}

TEST_CASE("a Child SA that could not be rekeyed ends at its hard limit, at both ends",
          "[scenario][lifetime]") {
    auto setup = traced();
    setup.initiator.peers[0].child_policy.limits = {0, 0, 0, 50};
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish());
    pair.initiator.start_probes(pair.probes(pair.initiator, pair.responder, 10ms));
    pair.world.run_until([&] { return pair.initiator.prober()->account().sent >= 100; }, 30s);
    pair.initiator.stop_probes();
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    CHECK(pair.initiator.prober()->account().answered >= 50);
    CHECK(pair.initiator.prober()->account().lost() > 0);
    CHECK(pair.initiator.last<ChildFailed>()->failure == Failure::expired);
    // The packets that found no SA asked for another.
    CHECK(pair.initiator.count<ChildEstablished>() == 2);
    CHECK(joined(pair.disagreements()) == "");
}

TEST_CASE("several Child SAs each carry what they are for, and move and rekey together",
          "[scenario][children]") {
    auto setup = traced();
    const auto kind = [](std::string name, std::string_view local, std::string_view remote) {
        ChildConfig child;
        child.name = std::move(name);
        child.ts_local = selectors(local);
        child.ts_remote = selectors(remote);
        child.esp_proposals = parse_proposals(ProtocolId::esp, "aes128gcm16").value();
        return child;
    };
    setup.initiator.peers[0].children = {kind("six", "2001:db8:1::/48", "2001:db8:2::/48"),
                                         kind("ping", "10.1.0.0/16[icmp]", "10.2.0.0/16[icmp]"),
                                         kind("rest", "10.1.0.0/16", "10.2.0.0/16")};
    setup.responder.peers[0].children = {kind("rest", "10.2.0.0/16", "10.1.0.0/16"),
                                         kind("six", "2001:db8:2::/48", "2001:db8:1::/48"),
                                         kind("ping", "10.2.0.0/16[icmp]", "10.1.0.0/16[icmp]")};
    sim::Pair pair{std::move(setup)};
    REQUIRE(pair.establish());
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    REQUIRE(pair.initiator.ike_sa().children.size() == 3);
    CHECK(pair.ping(1));
    CHECK(pair.ping(1, Address::Family::v6));
    const auto packets = [&](std::string_view name) {
        for (const auto& child : pair.initiator.ike_sa().children) {
            if (child.terms.name != name) continue;
            for (const auto& each : pair.initiator.data_plane().traffic()) {
                if (each.spi_in == child.spi_in) return each.packets_out;
            }
        }
        return std::uint64_t{999};
    };
    CHECK(packets("ping") == 2);
    CHECK(packets("six") == 2);
    CHECK(packets("rest") == 0);
    for (const auto& child : pair.initiator.ike_sa().children) {
        pair.initiator.give(RekeyChildSa{child.id});
        pair.responder.give(RekeyChildSa{child.id});
    }
    pair.initiator.move_to(address("198.51.100.7"));
    REQUIRE(pair.run_until_quiet() == sim::Ended::done);
    REQUIRE(pair.initiator.ike_sa().children.size() == 3);
    for (const auto& each : pair.initiator.data_plane().traffic())
        CHECK(each.path.local.address == address("198.51.100.7"));
    check_agreement(pair);
    CHECK(packets("ping") == 2);
    CHECK(packets("rest") == 0);
}
