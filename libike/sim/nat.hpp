#pragma once
// A network address and port translator (RFC 4787), with the habits that hurt IKE: mappings that time out,
// and rebinding.
#include <map>

#include "libike/sim/packet.hpp"

namespace ike::sim {

class Nat {
public:
    /// Whose packets come in through a mapping (RFC 4787 section 5). Mapping is endpoint-independent
    /// (section 4.1).
    enum class Filtering : std::uint8_t { anyone, same_address, same_endpoint };
    struct Settings {
        Address outside;
        Duration timeout = std::chrono::seconds{120};  ///< without an outbound packet; 0: never
        Filtering filtering = Filtering::same_endpoint;
        std::uint16_t first_port = 20000;
    };
    explicit Nat(Settings settings) : settings_{std::move(settings)}, next_port_{settings_.first_port} {}

    const Address& outside() const { return settings_.outside; }
    /// The outside endpoint of a packet that leaves; makes a mapping where there is none.
    Endpoint outbound(Instant now, const Endpoint& inside, const Endpoint& remote);
    /// The inside endpoint of a packet that comes in; nothing: it is dropped.
    std::optional<Endpoint> inbound(Instant now, const Endpoint& outside, const Endpoint& remote);
    /// Forgets all mappings, as when the box restarts; ports of later ones are new.
    void rebind() { mappings_.clear(); }
    /// The same with another outside address.
    void rebind(const Address& outside) {
        settings_.outside = outside;
        rebind();
    }

private:
    struct Mapping {
        std::uint16_t port = 0;
        Instant used;
        std::vector<Endpoint> remotes;
    };
    bool is_alive(Instant now, const Mapping& mapping) const;
    bool lets_in(const Mapping& mapping, const Endpoint& remote) const;
    Settings settings_;
    std::uint16_t next_port_;
    std::map<Endpoint, Mapping> mappings_;  ///< by inside endpoint
};

}  // namespace ike::sim
