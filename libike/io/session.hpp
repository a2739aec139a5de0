#pragma once
// One IKE host at work: an Engine and a DataPlane on sockets, with the inner side (a TUN device or a host in
// this process), key log and capture. All calls from the loop's thread.
#include <variant>

#include "libike/engine/data_plane.hpp"
#include "libike/engine/engine.hpp"
#include "libike/io/loop.hpp"
#include "libike/io/udp_sockets.hpp"

namespace ike::io {

/// Inner packets only go to the listeners and come from send_inner().
struct InnerCallbacks {};
/// A host in this process: it answers ICMP and ICMPv6 echo requests to any address of its side's selectors.
/// Answers to our own requests go to the listeners. Needs no permission.
struct InnerHost {};
/// A TUN device, with routes for the Child SAs' selectors; needs CAP_NET_ADMIN. An empty name lets the kernel
/// choose one.
struct InnerTun {
    std::string name;
    std::uint32_t mtu = 1400;
};
using InnerSide = std::variant<InnerCallbacks, InnerHost, InnerTun>;

struct SessionConfig {
    /// Its ports may be 0 (any free one) and are filled in with what was bound. `udp_encapsulation` of each
    /// peer is forced on where there is no native ESP; `wall_offset` is filled in; `export_keys` is
    /// set with a key log.
    EngineConfig engine;
    std::vector<Address> local;  ///< empty: every address of the machine
    NativeEsp native_esp = NativeEsp::if_permitted;
    /// ESP of the kernel has no inner side here: inner packets are the machine's own, send_inner() refuses
    /// and on_inner() is silent.
    EspHome esp = EspHome::user;
    Fragmentation fragmentation = Fragmentation::allowed;
    InnerSide inner = InnerHost{};
    std::optional<std::uint64_t> seed;   ///< repeats a run; keys are then no secret
    std::string key_log;                 ///< folder; empty: none
    std::string capture;                 ///< pcapng file; empty: none
    std::string application = "libike";  ///< for the capture's header
};

/// An inner packet that came out of the tunnel.
struct InnerArrival {
    Instant time;
    ByteView packet;
    ChildSaId child{};
    std::uint32_t spi = 0;
    std::uint64_t sequence = 0;
};
/// A datagram that we sent or received, as the capture shows it.
struct DatagramSeen {
    Instant time;
    bool sent = false;
    Path path;
    Carrier carrier = Carrier::udp;
    ByteView octets;
    std::size_t fragment = 0;  ///< as of ReceivedDatagram
};
/// Counters of what led nowhere on the ESP path.
struct SessionCounters {
    std::uint64_t esp_unknown_spi = 0,
                  esp_refused = 0;  ///< inbound; `refused`: replay, ICV, selectors and so on
    std::uint64_t inner_no_selector = 0, inner_refused = 0;  ///< outbound
    std::uint64_t send_errors = 0;
    std::uint64_t keepalives_in = 0;
};

class Session {
public:
    /// Binds, opens files and devices. Nothing is sent. The error says what to do about it.
    static Result<Session> open(Loop& loop, SessionConfig config);
    ~Session();
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;

    /// Every event of the engine, in order. Listeners stay for the session's life; they may call step().
    void on_event(std::function<void(Instant, const Event&)> listener);
    void on_inner(std::function<void(const InnerArrival&)> listener);
    void on_network_error(std::function<void(Instant, const NetworkError&)> listener);
    void on_datagram(std::function<void(const DatagramSeen&)> listener);
    /// What went wrong beside the protocol: a route, the key log.
    void on_remark(std::function<void(const Error&)> listener);

    /// Gives the engine an input and carries out what it says. From within a listener the input waits its
    /// turn.
    void step(Input input);
    /// Begins an IKE SA with peer `peer` at `remote` (its port: engine.remote_ike_port). Without `local`, the
    /// address is the first of the configuration's in `remote`'s family, or what the routing table says.
    /// Events tell the rest.
    Result<bool> initiate(std::size_t peer, const Address& remote, std::optional<Address> local = {});
    /// The same where the gateway has several addresses: they are tried in this order, each from every local
    /// address of its family that the configuration names.
    Result<bool> initiate(std::size_t peer, std::span<const Address> remotes,
                          std::optional<Address> local = {});
    /// The local address that our outer packets to `remote` would leave from, past the tunnel's own routes.
    Result<Address> source_for(const Address& remote) const;
    /// Seals an inner packet and sends it.
    std::expected<DataPlane::Sealed, DataPlane::OutFailure> send_inner(ByteView packet);
    /// Several inner packets go out together: between these two, send_inner() only queues.
    void begin_batch();
    void end_batch();
    /// Octets past the engine, as they are.
    Result<bool> send_raw(const Path& path, ByteView octets, Carrier carrier = Carrier::udp);
    /// One more local address to come from, where `local` named some.
    Result<bool> add_local(const Address& local);
    void set_fragmentation(Fragmentation fragmentation);

    const Engine& engine() const;
    /// Empty where ESP is the kernel's.
    const DataPlane& data_plane() const;
    /// The Child SAs' counters, whoever does their ESP.
    std::vector<ChildTraffic> traffic() const;
    const SessionCounters& counters() const;
    bool has_native_esp() const;
    std::string tun_name() const;  ///< empty without one

    /// Deletes every IKE SA and waits for the answers, at most `patience`. An interrupt from before does not
    /// count.
    void close(Duration patience);

private:
    struct State;
    explicit Session(std::unique_ptr<State> state);
    /// Where a first message to `remote` may come from, at least one.
    Result<std::vector<Address>> sources_for(const Address& remote,
                                             const std::optional<Address>& wanted) const;
    std::unique_ptr<State> state_;
};

}  // namespace ike::io
