#pragma once
// The inside of a Session: engine, data plane, sockets and what else it holds together. For libike/io alone.
#include <deque>
#include <map>
#include <unordered_map>

#include "libike/capture/pcapng_writer.hpp"
#include "libike/inner/echo.hpp"
#include "libike/io/alive.hpp"
#include "libike/io/kernel_plane.hpp"
#include "libike/io/key_log_writer.hpp"
#include "libike/io/session.hpp"
#include "libike/io/tun.hpp"

namespace ike::io {

struct Session::State {
    State(Loop& on, const SessionConfig& config);
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // Opening, in order.
    Result<bool> open_kernel(const SessionConfig& config);
    Result<bool> open_sockets(const SessionConfig& config);
    Result<bool> open_inner(const SessionConfig& config);
    Result<bool> open_files(const SessionConfig& config);
    void start(EngineConfig config, bool native_esp);

    // From the network.
    void received(Instant time, ReceivedDatagram in);
    bool is_not_for_us(const ReceivedDatagram& in) const;
    void received_esp(Instant time, const ReceivedDatagram& in);
    void inner_in(Instant time, const DataPlane::Inner& inner);
    void tell_limits();
    void learn_mtu(const Address& remote, std::size_t mtu);
    void saw(const DatagramSeen& seen);

    // To the network.
    void step(Input input);
    void carry_out(Instant time, Outbox out);
    void deliver(Instant time, const Event& event);
    std::expected<DataPlane::Sealed, DataPlane::OutFailure> seal(Instant time, ByteView packet);
    void not_sealed(Instant time, ByteView packet, DataPlane::OutFailure failure);
    void wait_for_tun();
    void follow_child(const Event& event);
    void apply(DataPlaneChange change);
    void watch_kernel();
    void remark(const Error& error) const;
    std::string tun_name() const;

    Loop& loop;
    std::unique_ptr<Rng> rng;
    std::optional<UdpSockets> sockets;
    std::optional<Engine> engine;
    DataPlane data_plane;
    std::optional<KernelPlane> kernel;  ///< in place of data_plane
    std::optional<inner::EchoResponder> host;
    struct TunDevice;  ///< with its place on the loop
    std::unique_ptr<TunDevice> tun;
    std::optional<KeyLogWriter> key_log;
    std::optional<PcapngWriter> capture;
    std::vector<Address> local;
    SessionCounters counters;
    Timer wake, kernel_watch, mtu_aged;
    std::map<std::uint32_t, std::uint64_t> kernel_packets;  ///< in, by inbound SPI, when last asked
    std::deque<Input> inputs;
    Instant asked_for_child{};
    bool stepping = false;
    unsigned batches = 0;  ///< begin_batch() without end_batch(), and what the sockets are handing on
    std::unordered_map<std::uint32_t, Instant> esp_reported;  ///< by inbound SPI, of every Child SA there is
    std::map<ChildSaId, std::vector<TrafficSelector>> routed;
    Bytes tun_packet;
    std::vector<std::function<void(Instant, const Event&)>> event_listeners;
    std::vector<std::function<void(const InnerArrival&)>> inner_listeners;
    std::vector<std::function<void(Instant, const NetworkError&)>> error_listeners;
    std::vector<std::function<void(const DatagramSeen&)>> datagram_listeners;
    std::vector<std::function<void(const Error&)>> remark_listeners;
    Alive alive;
};

}  // namespace ike::io
