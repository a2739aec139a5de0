#pragma once
// The engine: every IKE SA of one host, both roles. No socket, clock or system randomness: time comes as
// `now`, randomness from the Rng given at construction, and every consequence leaves in the Outbox.
#include <memory>

#include "libike/base/rng.hpp"
#include "libike/engine/config.hpp"
#include "libike/engine/events.hpp"

namespace ike {

struct ChildSaStatus {
    ChildSaId id{};
    std::uint32_t spi_in = 0, spi_out = 0;
    EspSuite suite;
    std::vector<TrafficSelector> ts_local, ts_remote;
    Instant established;
    ChildTerms terms;
};
struct IkeSaStatus {
    IkeSaId id{};
    IkeState state{};
    bool initiator = false;
    IkeSpi spi_i = 0, spi_r = 0;
    std::string peer;  ///< PeerConfig::name
    Path path;
    Identity local_id;
    std::optional<Identity> remote_id;  ///< of an initiator that used EAP: its EAP identity
    std::optional<IkeSuite> suite;
    std::optional<EapUse> eap;
    bool mobike = false;
    bool nat_local = false, nat_remote = false;
    bool udp_encapsulation = false;
    std::vector<Address> peer_additional;
    std::vector<Address> inner_addresses;    ///< see IkeEstablished
    std::optional<Address> redirected_from;  ///< the gateway that sent us to this one (RFC 5685)
    std::uint32_t next_request = 0, expected_request = 0;
    Instant established;
    std::vector<ChildSaStatus> children;
};

class Engine {
public:
    /// `rng` must outlive the engine.
    Engine(EngineConfig config, Rng& rng);
    ~Engine();
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;

    /// The only way in.
    Outbox step(Instant now, const Input& input);
    /// A snapshot of every IKE SA, in the order of their handles.
    std::vector<IkeSaStatus> status() const;
    const EngineConfig& config() const;

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace ike
