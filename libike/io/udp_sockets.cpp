#include "libike/io/udp_sockets.hpp"

#include <fmt/format.h>

#include <asio.hpp>
#include <cerrno>

#include "libike/io/alive.hpp"
#include "libike/io/bound_socket.hpp"
#include "libike/io/host.hpp"
#include "libike/io/kernel_plane.hpp"
#include "libike/io/loop.hpp"
#include "libike/io/send_queue.hpp"

namespace ike::io {

namespace {

/// A socket that waits on the loop. Where it is dropped the descriptor stays the BoundSocket's.
struct Waiting {
    Waiting(asio::io_context& context, BoundSocket bound)
        : socket{std::move(bound)}, wait{context, socket.descriptor()} {}
    ~Waiting() { wait.release(); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    BoundSocket socket;
    asio::posix::stream_descriptor wait;
};

/// What could not be bound, and why.
struct BindFailure {
    SocketKind kind{};
    Endpoint local;
    int error = 0;
    Error explained() const { return open_failure(kind, local, error); }
};
using Bound = std::expected<void, BindFailure>;

}  // namespace

struct UdpSockets::State {
    State(Loop& on, SocketsConfig with, SocketHandlers to)
        : context{on.context()}, config{std::move(with)}, handlers{std::move(to)} {}

    asio::io_context& context;
    SocketsConfig config;
    SocketHandlers handlers;
    std::vector<std::unique_ptr<Waiting>> sockets;
    ReceiveBuffers buffers;
    SendQueue queue;
    std::vector<NetworkError> errors;
    std::uint16_t ike_port = 0, nat_port = 0;
    bool native_esp = false;
    Alive alive;

    void wait_on(Waiting& waiting);
    void serve(const BoundSocket& socket);
    /// Errors wait until nothing is being sent: who hears of them may want to send.
    void report(const NetworkError& error) { errors.push_back(error); }
    void deliver_errors();
    const BoundSocket* find(const Path& path, Carrier carrier) const;
    Result<bool> bind_all();
    Bound bind_address(const Address& address, std::vector<BoundSocket>& made);
    Bound bind_esp(const Address& address, std::vector<BoundSocket>& made);
    void adopt(std::vector<BoundSocket> made);
    int send_from(const BoundSocket& socket, std::span<const Outgoing> datagrams);
    void flush();
};

void UdpSockets::State::wait_on(Waiting& waiting) {
    waiting.wait.async_wait(asio::posix::stream_descriptor::wait_read,
                            [this, &waiting, there = alive.watch()](const asio::error_code& error) {
                                if (error || there.expired()) return;
                                serve(waiting.socket);
                                wait_on(waiting);
                            });
}

void UdpSockets::State::serve(const BoundSocket& socket) {
    // A few calls' worth, then the others have their turn.
    for (int round = 0; round < 4; ++round) {
        const auto time = now();
        const int count = socket.receive(buffers, [&](ReceivedDatagram in) { handlers.received(time, in); });
        if (count == -EAGAIN || (count < 0 && round > 0)) break;
        if (count < 0) socket.take_errors([this](const NetworkError& error) { report(error); });
        if (count >= 0 && count < static_cast<int>(ReceiveBuffers::slots)) break;
    }
    if (handlers.batch_done) handlers.batch_done(now());
    flush();
}

const BoundSocket* UdpSockets::State::find(const Path& path, Carrier carrier) const {
    auto kind = SocketKind::esp;
    if (carrier == Carrier::udp) kind = path.local.port == nat_port ? SocketKind::nat : SocketKind::ike;
    for (const auto& one : sockets) {
        if (one->socket.serves(path.local.address, kind)) return &one->socket;
    }
    return nullptr;
}

Bound UdpSockets::State::bind_esp(const Address& address, std::vector<BoundSocket>& made) {
    if (config.native_esp == NativeEsp::never || config.esp == EspHome::kernel) return {};
    auto raw = BoundSocket::open(SocketKind::esp, {address, 0}, config);
    if (raw) {
        made.push_back(std::move(*raw));
        native_esp = true;
    } else if (config.native_esp == NativeEsp::required) {
        return std::unexpected{BindFailure{SocketKind::esp, {address, 0}, raw.error()}};
    }
    return {};
}

Bound UdpSockets::State::bind_address(const Address& address, std::vector<BoundSocket>& made) {
    for (const auto& [kind, port] :
         {std::pair{SocketKind::ike, &ike_port}, std::pair{SocketKind::nat, &nat_port}}) {
        const Endpoint local{address, *port};
        auto bound = BoundSocket::open(kind, local, config);
        if (!bound) return std::unexpected{BindFailure{kind, local, bound.error()}};
        *port = bound->local().port;
        made.push_back(std::move(*bound));
    }
    return bind_esp(address, made);
}

Result<bool> UdpSockets::State::bind_all() {
    const bool any = config.local.empty();
    const bool free_choice = config.ike_port == 0 || config.nat_port == 0;
    const auto addresses = any ? std::vector{Address{}, Address::v6({})} : config.local;
    // A free port on the first address may be taken on the next: then another is tried.
    for (int attempt = 0;; ++attempt) {
        ike_port = config.ike_port;
        nat_port = config.nat_port;
        std::vector<BoundSocket> made;
        std::optional<BindFailure> failed;
        for (const auto& address : addresses) {
            const auto bound = bind_address(address, made);
            if (bound) continue;
            // A machine without IPv6 still has every address that it has.
            if (any && address.is_v6() && bound.error().error != EADDRINUSE && bound.error().error != EACCES)
                continue;
            failed = bound.error();
            break;
        }
        if (!failed) {
            adopt(std::move(made));
            return true;
        }
        if (!free_choice || attempt == 16 || failed->error != EADDRINUSE)
            return std::unexpected{failed->explained()};
    }
}

void UdpSockets::State::adopt(std::vector<BoundSocket> made) {
    for (auto& socket : made) {
        if (config.esp == EspHome::kernel)
            (void)KernelPlane::prepare_socket(socket.descriptor(), socket.local().address.family());
        sockets.push_back(std::make_unique<Waiting>(context, std::move(socket)));
        wait_on(*sockets.back());
    }
}

/// Sends; gives the errno of the last failure, 0 where all went.
int UdpSockets::State::send_from(const BoundSocket& socket, std::span<const Outgoing> datagrams) {
    int last = 0;
    bool again = false;
    while (!datagrams.empty()) {
        const auto [sent, error] = socket.send(datagrams);
        if (sent > 0) again = false;
        datagrams = datagrams.subspan(sent);
        if (error == 0) break;
        // What the kernel reports first may be an earlier datagram's ICMP error: taken off, then tried once
        // more.
        socket.take_errors([this](const NetworkError& one) { report(one); });
        if (!again && error != EAGAIN) {
            again = true;
            continue;
        }
        again = false;
        const auto refused = datagrams.front();
        datagrams = datagrams.subspan(1);
        if (refused.segment != 0) {
            queue.refuse_segmentation();
            last = send_from(socket, SendQueue::cut(refused));
            continue;
        }
        last = error;
        report({refused.path, error, {}, 0, 0, 0});
    }
    return last;
}

void UdpSockets::State::flush() {
    queue.drain([this](const Path& path, Carrier carrier, Fragmentation fragmentation,
                       std::span<const Outgoing> datagrams) {
        const auto* socket = find(path, carrier);
        if (socket == nullptr) return report({path, EADDRNOTAVAIL, {}, 0, 0, 0});
        // The bit is the socket's, not the datagram's.
        const bool differs =
            fragmentation == Fragmentation::forbidden && config.fragmentation != fragmentation;
        if (differs) socket->set_fragmentation(fragmentation);
        send_from(*socket, datagrams);
        if (differs) socket->set_fragmentation(config.fragmentation);
    });
    deliver_errors();
}

void UdpSockets::State::deliver_errors() {
    while (!errors.empty()) {
        const auto waiting = std::exchange(errors, {});
        for (const auto& error : waiting) {
            if (handlers.error) handlers.error(now(), error);
        }
    }
}

Result<UdpSockets> UdpSockets::open(Loop& loop, SocketsConfig config, SocketHandlers handlers) {
    auto state = std::make_unique<State>(loop, std::move(config), std::move(handlers));
    if (const auto bound = state->bind_all(); !bound) return std::unexpected{bound.error()};
    return UdpSockets{std::move(state)};
}

UdpSockets::UdpSockets(std::unique_ptr<State> state) : state_{std::move(state)} {}
UdpSockets::~UdpSockets() = default;
UdpSockets::UdpSockets(UdpSockets&&) noexcept = default;
UdpSockets& UdpSockets::operator=(UdpSockets&&) noexcept = default;

std::uint16_t UdpSockets::ike_port() const { return state_->ike_port; }
std::uint16_t UdpSockets::nat_port() const { return state_->nat_port; }
bool UdpSockets::has_native_esp() const {
    return state_->native_esp || state_->config.esp == EspHome::kernel;
}

Result<bool> UdpSockets::add(const Address& local) {
    if (state_->find({{local, state_->ike_port}, {}}, Carrier::udp) != nullptr) return true;
    std::vector<BoundSocket> made;
    if (const auto bound = state_->bind_address(local, made); !bound)
        return std::unexpected{bound.error().explained()};
    state_->adopt(std::move(made));
    return true;
}

void UdpSockets::set_fragmentation(Fragmentation fragmentation) {
    state_->config.fragmentation = fragmentation;
    for (const auto& one : state_->sockets) one->socket.set_fragmentation(fragmentation);
}

Result<bool> UdpSockets::send(const Path& path, ByteView octets, Carrier carrier) {
    state_->flush();  // in order
    const auto* socket = state_->find(path, carrier);
    if (socket == nullptr) {
        return failure(fmt::format("{}: no socket for this address", to_string(path.local)),
                       "name it with --local");
    }
    const Outgoing one{path, octets, 0};
    const int error = state_->send_from(*socket, {&one, 1});
    state_->deliver_errors();
    if (error != 0) {
        return failure(fmt::format("{}: {} octets could not be sent: {}", to_string(path), octets.size(),
                                   errno_text(error)));
    }
    return true;
}

MutableBytes UdpSockets::reserve(std::size_t size) {
    if (!state_->queue.has_room(size)) state_->flush();
    return state_->queue.reserve(size);
}

void UdpSockets::commit(const Path& path, Carrier carrier, std::size_t size, std::uint8_t traffic_class,
                        Fragmentation fragmentation) {
    state_->queue.commit(path, carrier, size, traffic_class, fragmentation);
}

void UdpSockets::flush() { state_->flush(); }

}  // namespace ike::io
