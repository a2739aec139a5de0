#include "libike/io/session_state.hpp"

#include <asio.hpp>

#include "libike/io/system_rng.hpp"

namespace ike::io {

namespace {

/// Valid ESP is told to the engine at least this often, as proof of life.
/// A Child SA is not asked for more often than that.
constexpr Duration child_wish_interval = std::chrono::seconds{1};
constexpr Duration esp_report_interval = std::chrono::seconds{1};

/// How often the kernel is asked what came in, as proof of life.
constexpr Duration kernel_watch_interval = std::chrono::seconds{5};

std::unique_ptr<Rng> make_rng(std::optional<std::uint64_t> seed) {
    if (seed) return std::make_unique<SeededRng>(*seed);
    return std::make_unique<SystemRng>();
}

}  // namespace

struct Session::State::TunDevice {
    TunDevice(Loop& loop, Tun made) : tun{std::move(made)}, wait{loop.context(), tun.descriptor()} {}
    ~TunDevice() { wait.release(); }
    TunDevice(const TunDevice&) = delete;
    TunDevice& operator=(const TunDevice&) = delete;
    Tun tun;
    asio::posix::stream_descriptor wait;
};

Session::State::State(Loop& on, const SessionConfig& config)
    : loop{on}, rng{make_rng(config.seed)}, wake{on}, kernel_watch{on}, mtu_aged{on} {}
Session::State::~State() = default;

std::string Session::State::tun_name() const { return tun ? tun->tun.name() : std::string{}; }

// ---- opening
// ------------------------------------------------------------------------------------------------

Result<bool> Session::State::open_kernel(const SessionConfig& config) {
    if (config.esp == EspHome::user) return true;
    const auto compresses = [](const PeerConfig& peer) { return peer.child_policy.ipcomp; };
    if (std::ranges::any_of(config.engine.peers, compresses))
        return failure("ESP in the kernel: IPComp is not passed on to it",
                       "write ipcomp: no under child, or take --dataplane user");
    auto opened = KernelPlane::open();
    if (!opened) return std::unexpected{opened.error()};
    kernel.emplace(std::move(*opened));
    return true;
}

Result<bool> Session::State::open_sockets(const SessionConfig& config) {
    SocketsConfig wanted;
    wanted.local = config.local;
    wanted.ike_port = config.engine.ike_port;
    wanted.nat_port = config.engine.nat_port;
    wanted.native_esp = config.native_esp;
    wanted.fragmentation = config.fragmentation;
    wanted.esp = config.esp;
    // The mark needs CAP_NET_ADMIN, as the device does.
    if (tun) wanted.mark = own_mark;
    SocketHandlers handlers;
    handlers.received = [this](Instant time, ReceivedDatagram in) { received(time, in); };
    handlers.error = [this](Instant time, const NetworkError& error) {
        if (!error.reporter) ++counters.send_errors;
        if (error.error == EMSGSIZE && error.mtu != 0) learn_mtu(error.path.remote.address, error.mtu);
        for (const auto& listener : error_listeners) listener(time, error);
        // What a host on the way says, but for the path MTU, may mean that the peer is gone.
        if (error.reporter && error.mtu == 0 && engine) step(IcmpError{error.path});
    };
    auto opened = UdpSockets::open(loop, std::move(wanted), std::move(handlers));
    if (!opened) return std::unexpected{opened.error()};
    sockets = std::move(*opened);
    local = config.local;
    return true;
}

Result<bool> Session::State::open_inner(const SessionConfig& config) {
    if (kernel) return true;
    if (std::holds_alternative<InnerHost>(config.inner)) host.emplace();
    if (const auto* wanted = std::get_if<InnerTun>(&config.inner)) {
        auto opened = Tun::open(wanted->name, wanted->mtu);
        if (!opened) return std::unexpected{opened.error()};
        tun = std::make_unique<TunDevice>(loop, std::move(*opened));
        tun_packet.resize(65536);
    }
    return true;
}

Result<bool> Session::State::open_files(const SessionConfig& config) {
    if (!config.key_log.empty()) {
        auto opened = KeyLogWriter::open(config.key_log);
        if (!opened) return std::unexpected{opened.error()};
        key_log = std::move(*opened);
    }
    if (!config.capture.empty()) {
        auto opened = PcapngWriter::create(config.capture, config.application);
        if (!opened) return std::unexpected{opened.error()};
        capture = std::move(*opened);
    }
    return true;
}

void Session::State::start(EngineConfig config, bool native_esp) {
    config.ike_port = sockets->ike_port();
    config.nat_port = sockets->nat_port();
    config.export_keys = config.export_keys || key_log.has_value();
    config.wall_seconds = nullptr;
    config.wall_offset = wall_offset();
    if (!native_esp) {
        for (auto& peer : config.peers) peer.udp_encapsulation = true;
    }
    engine.emplace(std::move(config), *rng);
    if (tun) wait_for_tun();
    if (kernel) watch_kernel();
}

// ---- from the network
// ---------------------------------------------------------------------------------------

void Session::State::saw(const DatagramSeen& seen) {
    if (capture)
        capture->write(wall_time(seen.time), {seen.path, to_bytes(seen.octets), seen.carrier},
                       seen.sent ? Direction::out : Direction::in);
    for (const auto& listener : datagram_listeners) listener(seen);
}

/// Raw sockets hear all ESP of their address: what other processes are sent, too, and on loopback what we
/// sent ourselves.
bool Session::State::is_not_for_us(const ReceivedDatagram& in) const {
    if (in.carrier != Carrier::native_esp) return false;
    if (!local.empty() && in.path.local.address != in.path.remote.address) return false;
    Reader reader{in.octets};
    return !esp_reported.contains(reader.number<std::uint32_t>("spi"));
}

void Session::State::received(Instant time, ReceivedDatagram in) {
    if (is_not_for_us(in)) return;
    saw({time, false, in.path, in.carrier, in.octets, in.fragment});
    if (in.carrier == Carrier::native_esp) return received_esp(time, in);
    if (in.path.local.port == sockets->nat_port()) {
        switch (esp::sort_port_4500(in.octets)) {
            case esp::Sort::esp:
                return received_esp(time, in);
            case esp::Sort::keepalive:
                ++counters.keepalives_in;
                return;
            case esp::Sort::ike:
            case esp::Sort::too_short:
                break;  // the engine says why it drops what it drops
        }
    }
    step(Received{{in.path, to_bytes(in.octets), in.carrier}});
}

void Session::State::received_esp(Instant time, const ReceivedDatagram& in) {
    const auto opened = data_plane.open(time, in.path, in.octets, in.traffic_class);
    tell_limits();
    if (!opened) {
        ++(opened.error() == DataPlane::InFailure::unknown_spi ? counters.esp_unknown_spi
                                                               : counters.esp_refused);
        return;
    }
    auto& reported = esp_reported[opened->spi];
    const bool due = time - reported >= esp_report_interval;
    if (due) reported = time;
    inner_in(time, *opened);
    if (due || opened->path_changed) step(InboundEsp{opened->spi, in.path});
}

void Session::State::inner_in(Instant time, const DataPlane::Inner& inner) {
    const auto packet = inner.packet;
    for (const auto& listener : inner_listeners)
        listener({time, packet, inner.child, inner.spi, inner.sequence});
    if (tun) {
        if (!tun->tun.write(packet)) ++counters.inner_refused;
    } else if (host && host->answer(packet) == inner::EchoResponder::Verdict::answered) {
        // Within a batch received: the sockets send what was queued when they are through with it.
        (void)seal(time, packet);
    }
}

// ---- to the network
// -----------------------------------------------------------------------------------------

std::expected<DataPlane::Sealed, DataPlane::OutFailure> Session::State::seal(Instant time, ByteView packet) {
    if (kernel) return std::unexpected{DataPlane::OutFailure::no_selector};
    const auto room = sockets->reserve(data_plane.room_for(packet.size()));
    const auto sealed = data_plane.seal(time, packet, room);
    tell_limits();
    if (!sealed) {
        not_sealed(time, packet, sealed.error());
        ++(sealed.error() == DataPlane::OutFailure::no_selector ? counters.inner_no_selector
                                                                : counters.inner_refused);
        return sealed;
    }
    saw({time, true, sealed->path, sealed->carrier, room.first(sealed->size)});
    sockets->commit(sealed->path, sealed->carrier, sealed->size, sealed->traffic_class,
                    sealed->dont_fragment ? Fragmentation::forbidden : Fragmentation::allowed);
    return sealed;
}

/// What became of a packet of ours that could not go: a Child SA may be asked for, and its sender is told
/// where it was too big (RFC 4301 section 8.2.1).
void Session::State::not_sealed(Instant time, ByteView packet, DataPlane::OutFailure failure) {
    if (failure == DataPlane::OutFailure::no_selector && time - asked_for_child >= child_wish_interval) {
        asked_for_child = time;
        if (const auto fields = packet_fields(packet)) step(PacketWaits{*fields});
    }
    if (failure != DataPlane::OutFailure::too_big) return;
    const auto mtu = data_plane.inner_mtu(packet);
    const auto answer = mtu ? inner::packet_too_big(packet, *mtu) : Bytes{};
    if (answer.empty()) return;
    for (const auto& listener : inner_listeners) listener({time, answer, ChildSaId::none, 0, 0});
    if (tun && !tun->tun.write(answer)) ++counters.inner_refused;
}

/// RFC 1191 section 3: an increase is looked for after ten minutes. Whoever can see our packets can forge the
/// message: less than Linux's own floor is not believed.
void Session::State::learn_mtu(const Address& remote, std::size_t mtu) {
    constexpr std::size_t least_v4 = 552, least_v6 = 1280;
    data_plane.set_path_mtu(remote, std::max(mtu, remote.is_v4() ? least_v4 : least_v6));
    mtu_aged.set(now() + std::chrono::minutes{10}, [this, remote] { data_plane.set_path_mtu(remote, 0); });
}

void Session::State::tell_limits() {
    if (!data_plane.has_limits()) return;
    for (const auto& each : data_plane.take_limits()) step(each);
}

void Session::State::wait_for_tun() {
    tun->wait.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this, there = alive.watch()](const asio::error_code& error) {
                             if (error || there.expired()) return;
                             const auto time = now();
                             for (int count = 0; count < 64; ++count) {
                                 const auto size = tun->tun.read(tun_packet);
                                 if (size == 0) break;
                                 (void)seal(time, ByteView{tun_packet}.first(size));
                             }
                             sockets->flush();
                             wait_for_tun();
                         });
}

void Session::State::step(Input input) {
    inputs.push_back(std::move(input));
    if (stepping) return;
    stepping = true;
    while (!inputs.empty()) {
        const auto next = std::move(inputs.front());
        inputs.pop_front();
        const auto time = now();
        carry_out(time, engine->step(time, next));
    }
    stepping = false;
}

/// A Child SA whose ESP the kernel would not take on is of no use: it is deleted.
void Session::State::apply(DataPlaneChange change) {
    if (!kernel) return data_plane.apply(std::move(change));
    const auto* installed = std::get_if<InstallChild>(&change);
    const auto child = installed != nullptr ? installed->child : ChildSaId::none;
    const auto applied = kernel->apply(std::move(change));
    if (applied) return;
    remark(applied.error());
    if (child != ChildSaId::none) inputs.push_back(DeleteChildSa{child});
}

/// The kernel does not say that ESP came in; its counters do.
void Session::State::watch_kernel() {
    for (const auto& one : kernel->traffic()) {
        auto& before = kernel_packets[one.spi_in];
        if (one.packets_in > before) step(InboundEsp{one.spi_in, one.path});
        before = one.packets_in;
    }
    for (const auto& each : kernel->take_limits()) step(each);
    kernel_watch.set(now() + kernel_watch_interval, [this] { watch_kernel(); });
}

void Session::State::carry_out(Instant time, Outbox out) {
    for (auto& change : out.data_plane) {
        if (const auto* installed = std::get_if<InstallChild>(&change)) esp_reported[installed->spi_in] = {};
        if (const auto* removed = std::get_if<RemoveChild>(&change)) esp_reported.erase(removed->spi_in);
        apply(std::move(change));
    }
    for (const auto& datagram : out.datagrams) {
        saw({time, true, datagram.path, datagram.carrier, datagram.octets});
        // A datagram that the kernel refuses is lost; retransmission deals with that, listeners hear of it.
        (void)sockets->send(datagram.path, datagram.octets, datagram.carrier);
    }
    if (out.deadline) {
        wake.set(*out.deadline, [this] { step(DeadlinePassed{}); });
    } else {
        wake.cancel();
    }
    for (const auto& event : out.events) deliver(time, event);
}

void Session::State::deliver(Instant time, const Event& event) {
    if (const auto* derived = std::get_if<KeysDerived>(&event); derived != nullptr && key_log) {
        if (const auto written = key_log->write(derived->record); !written) {
            remark(written.error());
            key_log.reset();
        }
    }
    if (tun) follow_child(event);
    for (std::size_t i = 0; i < event_listeners.size(); ++i) event_listeners[i](time, event);
}

/// Routes come and go with the Child SAs.
void Session::State::follow_child(const Event& event) {
    if (const auto* up = std::get_if<ChildEstablished>(&event)) {
        routed[up->child] = up->ts_remote;
        if (const auto carried = tun->tun.carry(up->ts_local, up->ts_remote); !carried)
            remark(carried.error());
    }
    if (const auto* down = std::get_if<ChildDeleted>(&event); down != nullptr && !down->replaced) {
        const auto found = routed.find(down->child);
        if (found == routed.end()) return;
        tun->tun.drop(found->second);
        routed.erase(found);
        // What another Child SA needs as well stays.
        for (const auto& [child, remote] : routed) (void)tun->tun.carry({}, remote);
    }
}

void Session::State::remark(const Error& error) const {
    for (const auto& listener : remark_listeners) listener(error);
}

}  // namespace ike::io
