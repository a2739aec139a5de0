#pragma once
// A host in the simulated network: an engine, its data plane, and an inner host that answers echo and probes.
#include <deque>

#include "libike/engine/data_plane.hpp"
#include "libike/engine/engine.hpp"
#include "libike/inner/echo.hpp"
#include "libike/sim/network.hpp"

namespace ike::sim {

class World;

struct HostSettings {
    std::string name;
    EngineConfig engine;
    std::uint64_t seed = 1;          ///< of the engine's randomness
    std::vector<Address> addresses;  ///< outer ones; the first is where commands start from
    std::vector<Address> inner;      ///< of the inner host, one of each family at most
};

/// Lives in a World, which gives it time and packets. Commands act at the world's present time.
class Host {
public:
    Host(World& world, HostSettings settings);
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    // ---- commands
    // -------------------------------------------------------------------------------------------

    /// Any input for the engine; what it answers is carried out.
    void give(const Input& input);
    /// To a peer's IKE port, from our first address.
    void initiate(const Address& gateway, std::size_t peer = 0);
    /// Gives the host the address, if it has it not, and moves the IKE SA of ike_sa() there.
    void move_to(const Address& local, std::optional<Address> remote = {});
    void add_address(const Address& address);
    /// Packets from and to it vanish from now on; the engine is not told.
    void drop_address(const Address& address) { std::erase(addresses_, address); }
    const std::vector<Address>& addresses() const { return addresses_; }

    // ---- what the engine says
    // -------------------------------------------------------------------------------

    const Engine& engine() const { return engine_; }
    /// The youngest established IKE SA; throws std::logic_error when there is none.
    IkeSaStatus ike_sa() const;
    std::vector<IkeSaStatus> established() const;
    struct Recorded {
        Instant at;
        Event event;
    };
    /// All events so far, oldest first.
    const std::deque<Recorded>& log() const { return log_; }
    void forget_log() { log_.clear(); }
    template <class E>
    std::vector<E> all() const {
        std::vector<E> found;
        for (const auto& each : log_) {
            if (const auto* event = std::get_if<E>(&each.event)) found.push_back(*event);
        }
        return found;
    }
    template <class E>
    std::size_t count() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            log_, [](const Recorded& each) { return std::holds_alternative<E>(each.event); }));
    }
    /// The latest of a kind.
    template <class E>
    std::optional<E> last() const {
        const auto found = all<E>();
        return found.empty() ? std::nullopt : std::optional{found.back()};
    }

    // ---- traffic
    // --------------------------------------------------------------------------------------------

    const DataPlane& data_plane() const { return plane_; }
    /// Sends an inner packet into the tunnel; false when no Child SA takes it.
    bool send_inner(ByteView packet);
    /// Starts probes on a schedule, the first now; the account is kept until the next start.
    void start_probes(inner::Prober::Settings settings);
    void stop_probes() { probing_ = false; }
    const inner::Prober* prober() const { return prober_ ? &*prober_ : nullptr; }
    std::uint64_t echoes_answered() const { return responder_.answered(); }
    const Address* inner_address(Address::Family family) const;

    // ---- for the World
    // --------------------------------------------------------------------------------------

    const std::string& name() const { return settings_.name; }
    bool has(const Address& address) const;
    void receive(Packet packet);
    /// Does what is due.
    void on_time();
    /// When on_time() is wanted; nothing: never.
    std::optional<Instant> next() const;
    /// When the engine alone wants to be called.
    std::optional<Instant> engine_deadline() const { return deadline_; }

private:
    Instant now() const;
    void carry_out(Outbox out);
    void on_esp(Packet& packet);
    void on_inner(const DataPlane::Inner& inner, const Path& path);
    void probe_if_due();
    void tell_limits();

    World& world_;
    HostSettings settings_;
    std::vector<Address> addresses_;
    SeededRng rng_;
    Engine engine_;
    DataPlane plane_;
    inner::EchoResponder responder_;
    std::optional<inner::Prober> prober_;
    bool probing_ = false;
    std::optional<Instant> deadline_;
    std::map<std::uint32_t, Instant> told_;  ///< when the engine last heard of ESP, by SPI
    std::deque<Recorded> log_;
};

}  // namespace ike::sim
