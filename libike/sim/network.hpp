#pragma once
// A seeded network: links that lose, delay, double and reorder, NATs, cuts and filters. The same seed and the
// same packets give the same fate on every machine.
#include <functional>
#include <memory>
#include <queue>

#include "libike/base/rng.hpp"
#include "libike/sim/nat.hpp"

namespace ike::sim {

/// The conditions of a link, each way.
struct Link {
    double loss = 0;  ///< probability, as the other two
    Duration delay = std::chrono::milliseconds{10};
    Duration jitter{};     ///< up to this much more, uniformly: reorders where packets are closer together
    double duplicate = 0;  ///< a second copy comes, delayed on its own
    double reorder = 0;    ///< held back by `held_back` in addition
    Duration held_back = std::chrono::milliseconds{40};
    std::size_t mtu = 0;  ///< larger IP packets vanish without a word; 0: none
    std::uint64_t seed = 1;
};

class Network {
public:
    /// `link` is the way of all packets that no other link is set for.
    explicit Network(Link link = {}) : link_{link}, rng_{link.seed} {}

    // ---- topology
    // -------------------------------------------------------------------------------------------

    /// The link of all packets from and to an address (inside one, where there is a NAT): an uplink. Its seed
    /// is not used.
    void set_link(const Address& address, const Link& link) { uplinks_[address] = link; }
    /// The link of all others; its seed is not used.
    void set_link(const Link& link) { link_ = link; }
    /// Puts an inside address behind a new NAT, which lives as long as the network. Inside and outside
    /// addresses are the caller's choice; several insides may share one NAT.
    Nat& add_nat(Nat::Settings settings);
    void put_behind(Nat& nat, const Address& inside) { behind_[inside] = &nat; }
    void take_out(const Address& inside) { behind_.erase(inside); }
    /// A black hole: everything from and to the address vanishes.
    void cut(const Address& address) { set_cut(address, true, true); }
    void cut_from(const Address& address) { set_cut(address, true, false); }
    void cut_to(const Address& address) { set_cut(address, false, true); }
    void mend(const Address& address) { set_cut(address, false, false); }

    /// Looks at each packet as it is sent, after the NAT; may change it.
    enum class Fate : std::uint8_t { pass, drop };
    using Filter = std::function<Fate(Instant now, Packet& packet)>;
    /// Replaces the filter; an empty one takes it away.
    void set_filter(Filter filter) { filter_ = std::move(filter); }

    // ---- traffic
    // --------------------------------------------------------------------------------------------

    /// Sends a packet from its (inside) source.
    void send(Instant now, Packet packet);
    /// Puts a packet on the wire as it is, past NATs, filter and links: what an attacker can do.
    void inject(Instant arrival, Packet packet);
    /// When the next packet arrives somewhere.
    std::optional<Instant> next() const;
    /// The next packet that has arrived by `now`, addressed to the inside; nothing: none.
    std::optional<Packet> receive(Instant now);
    bool is_empty() const { return flights_.empty(); }

    struct Account {
        std::uint64_t sent = 0, delivered = 0, lost = 0, duplicated = 0, held_back = 0, too_big = 0, cut = 0,
                      filtered = 0, refused_by_nat = 0;
    };
    const Account& account() const { return account_; }

private:
    struct Flight {
        Instant arrival;
        std::uint64_t order = 0;
        Packet packet;
    };
    struct Later {
        bool operator()(const Flight& a, const Flight& b) const {
            return std::pair{a.arrival, a.order} > std::pair{b.arrival, b.order};
        }
    };
    struct Cut {
        bool from = false, to = false;
    };
    void set_cut(const Address& address, bool from, bool to) { cuts_[address] = {from, to}; }
    bool is_cut(const Address& from, const Address& to) const;
    const Link& link_between(const Address& from, const Address& to) const;
    bool chance(double probability);
    Duration latency(const Link& link);
    /// The inside endpoint a packet is for; nothing where a NAT refuses it.
    std::optional<Endpoint> inside_of(Instant now, const Packet& packet);
    void launch(Instant now, const Link& link, Packet packet);

    Link link_;
    SeededRng rng_;
    std::map<Address, Link> uplinks_;
    std::map<Address, Nat*> behind_;
    std::map<Address, Cut> cuts_;
    std::vector<std::unique_ptr<Nat>> nats_;
    Filter filter_;
    std::priority_queue<Flight, std::vector<Flight>, Later> flights_;
    std::uint64_t launched_ = 0;
    Account account_;
};

}  // namespace ike::sim
