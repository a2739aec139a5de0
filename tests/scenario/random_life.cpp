#include "tests/scenario/random_life.hpp"

namespace scenario {

namespace {

constexpr std::string_view esp_suites[] = {"aes128gcm16", "aes256gcm16-esn", "aes128-sha256",
                                           "aes128gcm16-x25519", "chacha20poly1305"};
constexpr std::string_view uplinks[] = {"192.0.2.1", "198.51.100.7", "198.51.100.8", "10.0.0.5"};

class Life {
public:
    explicit Life(std::uint64_t seed) : rng_{seed * 7919 + 1}, pair_{setup(seed)} {
        pair_.world.set_step_limit(200'000);
        auto& nat = pair_.network().add_nat({.outside = address("198.51.100.200"), .timeout = 60s});
        pair_.network().put_behind(nat, address("10.0.0.5"));
        nat_ = &nat;
    }

    Verdict run() {
        const auto actions = 3 + rng_.below(12);
        pair_.initiator.initiate(pair_.responder.addresses().at(0));
        for (std::uint64_t i = 0; i < actions; ++i) {
            if (!pass(Duration{rng_.below(4) == 0 ? random(20s) : random(300ms)})) return verdict_;
            act();
        }
        pass(random(30s));
        make_peace();
        judge();
        return verdict_;
    }

private:
    Duration random(Duration bound) {
        return Duration{static_cast<Duration::rep>(rng_.below(static_cast<std::uint64_t>(bound.count())))};
    }
    bool chance(unsigned percent) { return rng_.below(100) < percent; }
    void tell(std::string line) {
        verdict_.story.push_back(fmt::format(
            "{:9.3f} s  {}", std::chrono::duration<double>(pair_.now().time_since_epoch()).count(),
            std::move(line)));
    }

    sim::Link link() {
        sim::Link link;
        link.loss = 0.01 * static_cast<double>(rng_.below(35));
        link.delay = 1ms + random(120ms);
        link.jitter = random(60ms);
        link.duplicate = 0.01 * static_cast<double>(rng_.below(20));
        link.reorder = 0.01 * static_cast<double>(rng_.below(20));
        link.held_back = random(1s);
        return link;
    }
    sim::Setup setup(std::uint64_t seed) {
        sim::Setup setup{.link = link(), .seed = seed};
        setup.link.seed = seed;
        const auto esp = esp_suites[rng_.below(std::size(esp_suites))];
        const bool mobike = !chance(15), returns = !chance(25), encapsulation = chance(25);
        for (auto* config : {&setup.initiator, &setup.responder}) {
            auto& peer = config->peers[0];
            peer.esp_proposals = parse_proposals(ProtocolId::esp, esp).value();
            peer.mobike.enabled = mobike;
            peer.mobike.return_routability = returns;
            peer.udp_encapsulation = encapsulation;
            // Whoever is left alone must find out.
            peer.timers.liveness = 10s;
            peer.timers.nat_keepalive = 20s;
            if (chance(20)) peer.timers.child_rekey = 5s + random(60s);
            if (chance(10)) peer.timers.ike_rekey = 10s + random(60s);
        }
        return setup;
    }

    bool pass(Duration time) {
        if (pair_.world.run_for(time) != sim::Ended::stuck) return true;
        verdict_.trouble = "the world is stuck: packets or deadlines without end";
        return false;
    }

    void act() {
        const auto kind = rng_.below(100);
        auto& by = chance(50) ? pair_.initiator : pair_.responder;
        if (kind < 15) return conditions();
        if (by.established().empty()) return;
        const auto sa = by.ike_sa();
        const auto child =
            sa.children.empty() ? ChildSaId::none : sa.children[rng_.below(sa.children.size())].id;
        if (kind < 35 && child != ChildSaId::none) return give(by, "rekeys a Child SA", RekeyChildSa{child});
        if (kind < 47) return give(by, "rekeys the IKE SA", RekeyIkeSa{sa.id});
        if (kind < 55) return give(by, "creates a Child SA", CreateChildSa{sa.id, {}, {}});
        if (kind < 60 && child != ChildSaId::none)
            return give(by, "deletes a Child SA", DeleteChildSa{child});
        if (kind < 68) return give(by, "checks for life", CheckLiveness{sa.id});
        if (kind < 74)
            return give(by, "announces addresses", AnnounceAddresses{sa.id, {address("198.51.100.44")}});
        if (kind < 76) return give(by, "deletes the IKE SA", DeleteIkeSa{sa.id});
        if (kind < 95) return move();
        tell("the NAT forgets its mappings");
        nat_->rebind();
    }
    void give(sim::Host& by, std::string_view what, const Input& input) {
        tell(fmt::format("the {} {}", by.name(), what));
        by.give(input);
    }
    void move() {
        if (pair_.initiator.established().empty()) return;
        const auto to = uplinks[rng_.below(std::size(uplinks))];
        tell(fmt::format("the initiator moves to {}", to));
        pair_.initiator.move_to(address(to));
    }
    void conditions() {
        if (chance(40)) {
            const auto which = address(uplinks[rng_.below(std::size(uplinks))]);
            tell(fmt::format("{} is cut", to_string(which)));
            pair_.network().cut(which);
        } else if (chance(50)) {
            mend();
        } else {
            tell("the link changes");
            pair_.network().set_link(link());
        }
    }
    void mend() {
        tell("all paths are mended");
        for (const auto each : uplinks) pair_.network().mend(address(each));
    }
    void make_peace() {
        mend();
        pair_.network().set_link({.delay = 10ms});
        // Long enough for any retransmission to end and for liveness checks to find what is dead.
        pass(5min);
    }

    void judge() {
        if (!verdict_.trouble.empty()) return;
        // Timers may be in the middle of a rekey at any one time: the ends must agree soon, and again later.
        for (int i = 0; i < 2; ++i) {
            const auto agreed = [&] { return pair_.disagreements(sim::Between::nat).empty(); };
            if (pair_.world.run_until(agreed, 2min) != sim::Ended::done) {
                verdict_.trouble = joined(pair_.disagreements(sim::Between::nat));
                return;
            }
            if (!pass(11s)) return;
        }
        for (const auto* host : {&pair_.initiator, &pair_.responder}) name_failures(*host);
        const auto sas = pair_.initiator.established().size();
        if (sas > 1) verdict_.trouble = "more than one IKE SA";
        if (sas == 0 && verdict_.named.empty()) verdict_.trouble = "no IKE SA, and no failure has a name";
        if (sas != 1) return;
        verdict_.alive = true;
        check_traffic();
    }
    void name_failures(const sim::Host& host) {
        if (const auto failed = host.last<IkeFailed>()) {
            verdict_.named += fmt::format("{}: {}; ", host.name(), to_string(failed->failure));
        }
        for (const auto& change : host.all<IkeStateChanged>()) {
            if (change.state == IkeState::deleting)
                verdict_.named += fmt::format("{} deleted it; ", host.name());
        }
    }
    void check_traffic() {
        for (const auto* host : {&pair_.initiator, &pair_.responder}) {
            const auto strays = joined(stray_children(*host));
            if (!strays.empty()) verdict_.trouble = strays;
        }
        if (pair_.initiator.ike_sa().children.empty()) return;
        if (!pair_.ping(5)) verdict_.trouble = "the ends agree, but no traffic passes";
    }

    SeededRng rng_;
    Verdict verdict_;
    sim::Pair pair_;
    sim::Nat* nat_ = nullptr;
};

}  // namespace

Verdict live(std::uint64_t seed) { return Life{seed}.run(); }

}  // namespace scenario
