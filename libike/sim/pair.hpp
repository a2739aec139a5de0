#pragma once
// Two hosts and the network between them: what most scenarios need.
#include "libike/sim/agreement.hpp"
#include "libike/sim/world.hpp"

namespace ike::sim {

/// A peer with a pre-shared key, X25519 and AES-128-GCM; no timer runs by itself (no liveness checks,
/// keepalives or rekeying), so that a world with nothing to do is quiet.
PeerConfig psk_peer(std::string_view local_id, std::string_view remote_id);
/// One psk_peer(); the responder answers.
EngineConfig initiator_config();
EngineConfig responder_config();

struct Setup {
    Link link;
    std::uint64_t seed = 1;  ///< of the engines' randomness; the link has its own
    EngineConfig initiator = initiator_config();
    EngineConfig responder = responder_config();
    /// Outer addresses, the first in use: 192.0.2.1 and 203.0.113.2 and their like in IPv6, 2001:db8::1 and
    /// 2001:db8:ffff::2.
    std::vector<Address> initiator_addresses = addresses("192.0.2.1,2001:db8::1");
    std::vector<Address> responder_addresses = addresses("203.0.113.2,2001:db8:ffff::2");
    /// Of the inner hosts, one of each family.
    std::vector<Address> initiator_inner = addresses("10.1.0.1,2001:db8:1::1");
    std::vector<Address> responder_inner = addresses("10.2.0.1,2001:db8:2::1");
    static std::vector<Address> addresses(std::string_view comma_separated);
};

/// Inner networks are 10.1.0.0/16 and 2001:db8:1::/48 at the initiator, 10.2.0.0/16 and 2001:db8:2::/48 at
/// the responder; the inner hosts there have the first address.
class Pair {
public:
    explicit Pair(Link link = {}) : Pair{Setup{.link = link}} {}
    explicit Pair(Setup setup);

    World world;
    Host& initiator;
    Host& responder;

    Network& network() { return world.network(); }
    Instant now() const { return world.now(); }
    /// Initiates and runs until both ends are established and quiet; false when that does not come about.
    bool establish(Duration limit = std::chrono::minutes{2});
    Ended run_until_quiet(Duration limit = std::chrono::minutes{30}, Duration horizon = Duration::max()) {
        return world.run_until_quiet(limit, horizon);
    }
    /// An echo each way through the tunnel, tried `attempts` times a second apart; false when none came back.
    bool ping(unsigned attempts = 1, Address::Family family = Address::Family::v4);
    bool ping(Host& from, Host& to, unsigned attempts = 1, Address::Family family = Address::Family::v4);
    /// See sim::disagreements(); a is the initiator.
    std::vector<std::string> disagreements(Between between = Between::nothing) const {
        return sim::disagreements(initiator.engine(), responder.engine(), between);
    }
    /// Settings of probes from one host's inner address to the other's.
    inner::Prober::Settings probes(const Host& from, const Host& to, Duration interval,
                                   Address::Family family = Address::Family::v4) const;
};

}  // namespace ike::sim
