#pragma once
// One bound socket and the system calls on it: many datagrams a call, with the local address of each. For
// libike/io alone.
#include <sys/uio.h>

#include <array>
#include <functional>
#include <vector>

#include "libike/io/socket_address.hpp"
#include "libike/io/udp_sockets.hpp"

namespace ike::io {

/// What a socket is for.
enum class SocketKind : std::uint8_t { ike, nat, esp };

/// Room for the datagrams of one recvmmsg(2), used again and again. Slots hold what the kernel joined
/// (UDP_GRO).
class ReceiveBuffers {
public:
    static constexpr std::size_t slots = 32;
    static constexpr std::size_t slot_size = 65536;
    static constexpr std::size_t control_size = 256;
    ReceiveBuffers();
    ReceiveBuffers(const ReceiveBuffers&) = delete;
    ReceiveBuffers& operator=(const ReceiveBuffers&) = delete;
    /// Ready for the next call.
    mmsghdr* prepare();
    MutableBytes octets(std::size_t slot) {
        return MutableBytes{octets_.data() + slot * slot_size, headers_[slot].msg_len};
    }
    msghdr& header(std::size_t slot) { return headers_[slot].msg_hdr; }

private:
    Bytes octets_;
    std::array<mmsghdr, slots> headers_{};
    std::array<iovec, slots> vectors_{};
    std::array<sockaddr_storage, slots> names_{};
    std::array<std::array<std::uint8_t, control_size>, slots> controls_{};
};

/// A datagram to send, or several of one size (the last may be shorter) that the kernel is to cut.
struct Outgoing {
    Path path;
    ByteView octets;
    std::size_t segment = 0;  ///< 0: one datagram
    std::uint8_t traffic_class = 0;
};

class BoundSocket {
public:
    /// Why not, as an errno; open_failure() says it in words.
    static std::expected<BoundSocket, int> open(SocketKind kind, const Endpoint& local,
                                                const SocketsConfig& config);

    int descriptor() const { return descriptor_.get(); }
    SocketKind kind() const { return kind_; }
    Carrier carrier() const { return kind_ == SocketKind::esp ? Carrier::native_esp : Carrier::udp; }
    const Endpoint& local() const { return local_; }  ///< port 0 for ESP
    bool is_any() const { return local_.address.is_unspecified(); }
    bool serves(const Address& address, SocketKind kind) const;
    void set_fragmentation(Fragmentation fragmentation) const;

    /// Takes what is there, at most one call's worth; the number of slots filled, or -errno.
    int receive(ReceiveBuffers& buffers, const std::function<void(ReceivedDatagram)>& handler) const;
    /// Takes the socket's pending errors.
    void take_errors(const std::function<void(const NetworkError&)>& handler) const;
    /// Sends in order; gives how many went before the first that the kernel refused, and its errno (0: none).
    std::pair<std::size_t, int> send(std::span<const Outgoing> datagrams) const;

private:
    class SendBatch;
    BoundSocket(SocketKind kind, Endpoint local, Descriptor descriptor)
        : kind_{kind}, local_{std::move(local)}, descriptor_{std::move(descriptor)} {}
    void hand_on(ReceiveBuffers& buffers, std::size_t slot,
                 const std::function<void(ReceivedDatagram)>& handler) const;
    void set(int level, int option, int value) const;
    SocketKind kind_;
    Endpoint local_;
    Descriptor descriptor_;
};

/// What could not be opened, why, and what to try.
Error open_failure(SocketKind kind, const Endpoint& local, int error);

}  // namespace ike::io
