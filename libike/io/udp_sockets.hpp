#pragma once
// The sockets of one IKE host: an IKE and a NAT-traversal port on one or several local addresses, and raw
// sockets for ESP without UDP where the process may have them. Datagrams come in and go out in batches,
// without allocation for each.
#include <functional>
#include <memory>
#include <vector>

#include "libike/base/address.hpp"
#include "libike/base/error.hpp"
#include "libike/base/instant.hpp"

namespace ike::io {

class Loop;

/// Whether routers may cut our datagrams.
enum class Fragmentation : std::uint8_t {
    allowed,    ///< DF clear
    forbidden,  ///< DF set and the kernel's own idea of the path MTU ignored (IP_PMTUDISC_PROBE)
};
/// Whether ESP may travel without UDP.
enum class NativeEsp : std::uint8_t {
    never,
    if_permitted,  ///< where CAP_NET_RAW is at hand
    required,
};

/// Who opens and seals ESP.
enum class EspHome : std::uint8_t {
    user,    ///< this process; it comes in as datagrams
    kernel,  ///< XFRM: the kernel takes it off the sockets
};

struct SocketsConfig {
    std::vector<Address> local;    ///< empty: every address of the machine, those that come later included
    std::uint16_t ike_port = 500;  ///< 0: any free one, the same on each address
    std::uint16_t nat_port = 4500;
    NativeEsp native_esp = NativeEsp::never;
    Fragmentation fragmentation = Fragmentation::allowed;
    EspHome esp = EspHome::user;
    std::uint32_t mark = 0;  ///< SO_MARK, to keep our packets off our own tunnel's routes; 0: none
};

/// A datagram as it came in; `octets` may be changed in place and are gone after the callback.
struct ReceivedDatagram {
    Path path;
    Carrier carrier = Carrier::udp;
    MutableBytes octets;
    std::uint8_t traffic_class = 0;  ///< DSCP and ECN of the outer header
    std::size_t fragment = 0;        ///< of the largest IP fragment that it came in; 0: it came whole
};
/// What the network said about something we sent.
struct NetworkError {
    Path path;                        ///< of the datagram that met it; `local.address` may be unspecified
    int error = 0;                    ///< errno
    std::optional<Address> reporter;  ///< the host that sent the ICMP message; nothing: our own kernel
    std::uint8_t icmp_type = 0, icmp_code = 0;
    std::uint32_t mtu =
        0;  ///< of the next hop, with "fragmentation needed" and "packet too big"; 0: not said
};

struct SocketHandlers {
    std::function<void(Instant, ReceivedDatagram)> received;
    std::function<void(Instant, const NetworkError&)> error;
    std::function<void(Instant)> batch_done;  ///< after all that one wake-up brought
};

class UdpSockets {
public:
    /// Binds everything at once. The error says which address and port and what to do about it.
    static Result<UdpSockets> open(Loop& loop, SocketsConfig config, SocketHandlers handlers);
    ~UdpSockets();
    UdpSockets(UdpSockets&&) noexcept;
    UdpSockets& operator=(UdpSockets&&) noexcept;

    std::uint16_t ike_port() const;  ///< as bound
    std::uint16_t nat_port() const;
    bool has_native_esp() const;
    /// One more local address, where not every address is served anyway. Repeats are harmless.
    Result<bool> add(const Address& local);
    void set_fragmentation(Fragmentation fragmentation);

    /// Sends at once. The socket is that of `path.local`; an error says why the kernel would not take it.
    Result<bool> send(const Path& path, ByteView octets, Carrier carrier = Carrier::udp);
    /// Room for one datagram that commit() will queue; at least `size` octets. Valid until commit() or
    /// flush().
    MutableBytes reserve(std::size_t size);
    /// Queues the first `size` octets of what reserve() gave. Errors of queued datagrams go to the error
    /// handler.
    /// `traffic_class`: DSCP and ECN for the outer header. `fragmentation`: of this one; what is forbidden
    /// for all stays so.
    void commit(const Path& path, Carrier carrier, std::size_t size, std::uint8_t traffic_class = 0,
                Fragmentation fragmentation = Fragmentation::allowed);
    /// Sends what is queued; done by itself after each batch received.
    void flush();

private:
    struct State;
    explicit UdpSockets(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace ike::io
