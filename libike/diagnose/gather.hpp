#pragma once
// Observations of one capture, in order, become facts.
#include <unordered_map>
#include <unordered_set>

#include "libike/diagnose/facts.hpp"
#include "libike/diagnose/flow_builder.hpp"

namespace ike::diagnose {

/// The same packet captured twice (on two interfaces of a router, say): recognised by its octets.
class RecentPackets {
public:
    enum class Kind : std::uint8_t {
        fresh,
        routed,  ///< a copy of a packet that was seen a moment ago, with a lower TTL
        again,   ///< the same with the same TTL
    };
    Kind look(ByteView octets, EpochTime time, std::uint8_t ttl);

private:
    struct Entry {
        std::uint64_t digest = 0;
        EpochTime time{};
        std::uint8_t ttl = 0;
    };
    std::array<Entry, 32> entries_{};
    std::size_t next_ = 0;
};

/// FNV over 8 octets at a time: tells packets apart where nobody gains by a collision.
std::uint64_t digest(ByteView octets);
/// TTL or hop limit of an IP packet.
std::uint8_t ttl_of(ByteView ip);
/// Octets of the IKE message or ESP packet as it was sent, whatever the capture kept of it.
std::uint32_t size_on_wire(const Observation& seen);
/// True for the first of IP fragments that the capture cut off, so that they cannot be joined: it stands for
/// the packet.
bool is_beginning(const Packet& packet);
/// Octets of an IP packet as its header says, where the capture has fewer.
std::size_t ip_size(ByteView ip);
/// Captures may claim any time; from 1970 to 2116 it can be reckoned with.
EpochTime sensible(EpochTime time);
Sighting sighting(const Observation& seen);

class Gatherer {
public:
    static constexpr std::size_t most_sas = 4096, most_flows = 8192, most_exchanges = 50'000;
    explicit Gatherer(FileIndex file);
    /// False for what tells nothing: other traffic, copies on another interface.
    bool add(const Observation& seen);
    /// No more room: have the older half judged, then forget() it.
    bool full() const;
    /// Forgets what was silent longest.
    void forget();
    /// The SAs and flows that forget() would drop.
    Facts oldest() const;
    /// Closes what is open; the facts are complete then.
    void finish();
    Facts& facts() { return facts_; }

private:
    struct Window {
        HalfOpenBurst burst;
        std::unordered_set<Address> sources;
    };
    void take_ike(const Observation& seen, RecentPackets::Kind known);
    void take_esp(const Observation& seen, RecentPackets::Kind known);
    void take_icmp(const Observation& seen);
    void take_fragment(const Observation& seen);
    void count_copy(const Packet& packet, bool again);
    /// Where nearly every packet is there twice, the capture doubled them and not the path.
    void settle_copies();
    IkeSaFacts& find_sa(const Observation& seen);
    IkeSaFacts& new_sa(const SpiPair& spis, const Observation& seen);
    Exchange& find_exchange(IkeSaFacts& sa, const Observation& seen);
    void note_path(IkeSaFacts& sa, const Observation& seen);
    void note_values(const IkeSaFacts& sa, const Observation& seen);
    void note_value(Repeated::What what, ByteView value, const IkeSaFacts& sa, std::uint64_t frame);
    void count_half_open(const Observation& seen);
    void count_continued(const IkeSaFacts& sa);
    void count_cookie(const Address& responder);
    void close_window(Window& window);
    void index();

    Facts facts_;
    std::size_t exchanges_ = 0;  ///< of all SAs
    RecentPackets recent_, recent_fragments_;
    std::array<std::array<std::uint64_t, 2>, 2> copies_{};  ///< by direction: packets, those that came again
    std::unordered_map<SpiPair, std::size_t, SpiPairHash> by_spis_;
    std::unordered_map<IkeSpi, std::size_t> by_initiator_;
    std::unordered_map<std::uint32_t, std::size_t> flow_by_spi_;
    std::vector<FlowBuilder> builders_;  ///< one for each of facts_.flows
    struct Value {
        std::uint64_t frame;
        std::string sa;
    };
    std::unordered_map<std::uint64_t, Value> values_;
    std::unordered_map<Address, Window> windows_;
    std::unordered_set<Endpoint> endpoints_;  ///< where IKE was seen
};

/// Puts an IKE message's content where rules find it, and draws the conclusions that need the order of
/// messages.
void take_content(IkeSaFacts& sa, Exchange& exchange, const Observation& seen);

}  // namespace ike::diagnose
