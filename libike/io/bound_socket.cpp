#include "libike/io/bound_socket.hpp"

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <netinet/udp.h>
#include <poll.h>

#include <cerrno>
#include <cstring>

#include "libike/io/host.hpp"

namespace ike::io {

namespace {

constexpr int esp_protocol = 50;

/// What to try when a socket could not be had.
std::string advice_for(int error, SocketKind kind, std::uint16_t port) {
    if (kind == SocketKind::esp)
        return "ESP without UDP needs root or CAP_NET_RAW; encapsulation: always goes without";
    if (error == EACCES || error == EPERM) {
        return fmt::format(
            "ports below 1024 need root or CAP_NET_BIND_SERVICE; take higher ones, as with --port {} "
            "--nat-port {}",
            port < 1024 ? 10000 + port : port, 14500);
    }
    if (error == EADDRINUSE)
        return "another IKE service has this port (ss -ulpn shows which); stop it or take another --port";
    if (error == EADDRNOTAVAIL) return "this is no address of this machine (ip addr shows them); see --local";
    return {};
}

std::string what_for(SocketKind kind, const Endpoint& local) {
    if (kind == SocketKind::esp) return fmt::format("raw ESP socket on {}", to_string(local.address));
    return fmt::format("UDP {}", to_string(local));
}

/// Control messages of a message header, one by one.
template <class Visit>
void for_each_control(msghdr& header, Visit visit) {
    for (auto* one = CMSG_FIRSTHDR(&header); one != nullptr; one = CMSG_NXTHDR(&header, one)) visit(*one);
}

template <class T>
T control_value(const cmsghdr& control) {
    T value{};
    std::memcpy(&value, CMSG_DATA(&control), sizeof value);
    return value;
}

using ControlOctets = std::array<std::uint8_t, 128>;

/// The control messages of an outgoing datagram.
class ControlWriter {
public:
    /// `octets` must outlive `header`.
    ControlWriter(msghdr& header, ControlOctets& octets) : header_{header}, octets_{octets} {}
    template <class T>
    void put(int level, int type, const T& value) {
        cmsghdr head{};
        head.cmsg_len = CMSG_LEN(sizeof value);
        head.cmsg_level = level;
        head.cmsg_type = type;
        std::memcpy(octets_.data() + header_.msg_controllen, &head, sizeof head);
        std::memcpy(octets_.data() + header_.msg_controllen + CMSG_LEN(0), &value, sizeof value);
        header_.msg_control = octets_.data();
        header_.msg_controllen += CMSG_SPACE(sizeof value);
    }

private:
    msghdr& header_;
    ControlOctets& octets_;
};

void put_source(ControlWriter& control, const Address& source) {
    const auto octets = source.octets();
    if (source.is_v4()) {
        in_pktinfo info{};
        std::memcpy(&info.ipi_spec_dst, octets.data(), octets.size());
        control.put(IPPROTO_IP, IP_PKTINFO, info);
    } else {
        in6_pktinfo info{};
        std::memcpy(&info.ipi6_addr, octets.data(), octets.size());
        control.put(IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
}

bool is_fragment_size(const cmsghdr& control) {
    return (control.cmsg_level == IPPROTO_IP && control.cmsg_type == IP_RECVFRAGSIZE) ||
           (control.cmsg_level == IPPROTO_IPV6 && control.cmsg_type == IPV6_RECVFRAGSIZE);
}

bool is_error_control(const cmsghdr& control) {
    return (control.cmsg_level == IPPROTO_IP && control.cmsg_type == IP_RECVERR) ||
           (control.cmsg_level == IPPROTO_IPV6 && control.cmsg_type == IPV6_RECVERR);
}

/// The ICMP error, or the kernel's own, that an error queue's control message holds (sock_extended_err, then
/// its reporter).
NetworkError error_from(const cmsghdr& control) {
    NetworkError found;
    const auto report = control_value<sock_extended_err>(control);
    found.error = static_cast<int>(report.ee_errno);
    if (report.ee_origin == SO_EE_ORIGIN_ICMP || report.ee_origin == SO_EE_ORIGIN_ICMP6) {
        found.icmp_type = report.ee_type;
        found.icmp_code = report.ee_code;
        sockaddr_storage reporter{};
        const auto rest = control.cmsg_len - CMSG_LEN(sizeof report);
        std::memcpy(&reporter, CMSG_DATA(&control) + sizeof report, std::min(rest, sizeof reporter));
        if (const auto end = endpoint_of(reinterpret_cast<const sockaddr*>(&reporter)))
            found.reporter = end->address;
    }
    if (found.error == EMSGSIZE) found.mtu = report.ee_info;
    return found;
}

}  // namespace

ReceiveBuffers::ReceiveBuffers() : octets_(slots * slot_size) {}

mmsghdr* ReceiveBuffers::prepare() {
    for (std::size_t i = 0; i < slots; ++i) {
        vectors_[i] = {octets_.data() + i * slot_size, slot_size};
        headers_[i] = {};
        auto& header = headers_[i].msg_hdr;
        header.msg_name = &names_[i];
        header.msg_namelen = sizeof names_[i];
        header.msg_iov = &vectors_[i];
        header.msg_iovlen = 1;
        header.msg_control = controls_[i].data();
        header.msg_controllen = control_size;
    }
    return headers_.data();
}

void BoundSocket::set(int level, int option, int value) const {
    // What a kernel does not have, it goes without.
    (void)setsockopt(descriptor(), level, option, &value, sizeof value);
}

Error open_failure(SocketKind kind, const Endpoint& local, int error) {
    return {fmt::format("{}: {}", what_for(kind, local), errno_text(error)),
            advice_for(error, kind, local.port)};
}

std::expected<BoundSocket, int> BoundSocket::open(SocketKind kind, const Endpoint& local,
                                                  const SocketsConfig& config) {
    const int type = kind == SocketKind::esp ? SOCK_RAW : SOCK_DGRAM;
    const int protocol = kind == SocketKind::esp ? esp_protocol : IPPROTO_UDP;
    Descriptor descriptor{::socket(family_of(local.address), type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)};
    if (!descriptor) return std::unexpected{errno};
    BoundSocket made{kind, local, std::move(descriptor)};
    const int number = made.descriptor();
    const bool v4 = local.address.is_v4();
    if (!v4) made.set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (config.mark != 0 && setsockopt(number, SOL_SOCKET, SO_MARK, &config.mark, sizeof config.mark) != 0)
        return std::unexpected{errno};
    const SocketAddress address{local};
    if (bind(number, address.get(), address.size) != 0) return std::unexpected{errno};
    SocketAddress bound;
    bound.size = sizeof bound.storage;
    if (kind != SocketKind::esp && getsockname(number, bound.get(), &bound.size) == 0) {
        if (const auto end = endpoint_of(bound.get())) made.local_.port = end->port;
    }
    made.set(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, 1);
    made.set(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
    made.set(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVFRAGSIZE : IPV6_RECVFRAGSIZE, 1);
    // The kernel's ESP wants datagrams one by one.
    if (kind != SocketKind::esp && config.esp == EspHome::user) made.set(SOL_UDP, UDP_GRO, 1);
    if (config.esp == EspHome::kernel && kind == SocketKind::nat)
        made.set(SOL_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP);
    // ESP comes in bursts; what the kernel gives of this is as much as rmem_max allows.
    made.set(SOL_SOCKET, SO_RCVBUF, 4 << 20);
    made.set(SOL_SOCKET, SO_SNDBUF, 4 << 20);
    made.set(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVTOS : IPV6_RECVTCLASS, 1);
    made.set_fragmentation(config.fragmentation);
    return made;
}

bool BoundSocket::serves(const Address& address, SocketKind wanted) const {
    return kind_ == wanted && address.family() == local_.address.family() &&
           (is_any() || local_.address == address);
}

void BoundSocket::set_fragmentation(Fragmentation fragmentation) const {
    const bool forbid = fragmentation == Fragmentation::forbidden;
    if (local_.address.is_v4())
        return set(IPPROTO_IP, IP_MTU_DISCOVER, forbid ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT);
    set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, forbid ? IPV6_PMTUDISC_PROBE : IPV6_PMTUDISC_DONT);
    set(IPPROTO_IPV6, IPV6_DONTFRAG, forbid ? 1 : 0);
}

int BoundSocket::receive(ReceiveBuffers& buffers,
                         const std::function<void(ReceivedDatagram)>& handler) const {
    const int count = recvmmsg(descriptor(), buffers.prepare(), ReceiveBuffers::slots, MSG_DONTWAIT, nullptr);
    if (count < 0) return -errno;
    for (int slot = 0; slot < count; ++slot) hand_on(buffers, static_cast<std::size_t>(slot), handler);
    return count;
}

void BoundSocket::hand_on(ReceiveBuffers& buffers, std::size_t slot,
                          const std::function<void(ReceivedDatagram)>& handler) const {
    auto& header = buffers.header(slot);
    auto octets = buffers.octets(slot);
    const auto source = endpoint_of(static_cast<const sockaddr*>(header.msg_name));
    if (!source || (header.msg_flags & MSG_TRUNC) != 0) return;
    Path path{local_, *source};
    std::size_t segment = 0, fragment = 0;
    std::uint8_t traffic_class = 0;
    for_each_control(header, [&](const cmsghdr& control) {
        if (control.cmsg_level == IPPROTO_IP && control.cmsg_type == IP_PKTINFO) {
            path.local.address = address_of(control_value<in_pktinfo>(control).ipi_addr);
        } else if (control.cmsg_level == IPPROTO_IPV6 && control.cmsg_type == IPV6_PKTINFO) {
            path.local.address = address_of(control_value<in6_pktinfo>(control).ipi6_addr);
        } else if (control.cmsg_level == IPPROTO_IP && control.cmsg_type == IP_TOS) {
            traffic_class = control_value<std::uint8_t>(control);
        } else if (control.cmsg_level == IPPROTO_IPV6 && control.cmsg_type == IPV6_TCLASS) {
            traffic_class = static_cast<std::uint8_t>(control_value<int>(control));
        } else if (control.cmsg_level == SOL_UDP && control.cmsg_type == UDP_GRO) {
            segment = static_cast<std::size_t>(std::max(control_value<int>(control), 0));
        } else if (is_fragment_size(control)) {
            fragment = static_cast<std::size_t>(std::max(control_value<int>(control), 0));
        }
    });
    if (kind_ == SocketKind::esp) {
        path.remote.port = 0;
        // A raw IPv4 socket gives the IP header too (raw(7)); IPv6 does not.
        if (path.local.address.is_v4()) {
            const std::size_t ip_header = octets.empty() ? 0 : (octets[0] & 0x0f) * std::size_t{4};
            octets = octets.subspan(std::min(ip_header, octets.size()));
        }
        return handler({path, Carrier::native_esp, octets, traffic_class, fragment});
    }
    if (segment == 0 || segment >= octets.size())
        return handler({path, Carrier::udp, octets, traffic_class, fragment});
    while (!octets.empty()) {
        const auto size = std::min(segment, octets.size());
        handler({path, Carrier::udp, octets.first(size), traffic_class, fragment});
        octets = octets.subspan(size);
    }
}

void BoundSocket::take_errors(const std::function<void(const NetworkError&)>& handler) const {
    // A bound on what one wake-up reports; the rest comes with the next.
    for (int taken = 0; taken < 64; ++taken) {
        sockaddr_storage name{};
        alignas(cmsghdr) std::array<std::uint8_t, 512> control{};
        std::array<std::uint8_t, 64> octets{};
        iovec vector{octets.data(), octets.size()};
        msghdr header{};
        header.msg_name = &name;
        header.msg_namelen = sizeof name;
        header.msg_iov = &vector;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        if (recvmsg(descriptor(), &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
        const auto remote = endpoint_of(reinterpret_cast<const sockaddr*>(&name));
        for_each_control(header, [&](const cmsghdr& one) {
            if (!is_error_control(one)) return;
            auto found = error_from(one);
            found.path = {local_, remote.value_or(Endpoint{})};
            handler(found);
        });
    }
}

/// The headers of one sendmmsg(2).
class BoundSocket::SendBatch {
public:
    static constexpr std::size_t slots = 32;
    /// `remote`: the port is the protocol's or 0 on a raw socket (raw(7)).
    void put(std::size_t slot, const Outgoing& datagram, const Endpoint& remote, bool name_source) {
        auto& header = headers_[slot].msg_hdr;
        header = {};
        names_[slot] = SocketAddress{remote};
        vectors_[slot] = {const_cast<std::uint8_t*>(datagram.octets.data()), datagram.octets.size()};
        header.msg_name = names_[slot].get();
        header.msg_namelen = names_[slot].size;
        header.msg_iov = &vectors_[slot];
        header.msg_iovlen = 1;
        ControlWriter control{header, controls_[slot]};
        if (name_source) put_source(control, datagram.path.local.address);
        if (datagram.traffic_class != 0) {
            const bool v4 = remote.address.is_v4();
            control.put(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TOS : IPV6_TCLASS,
                        static_cast<int>(datagram.traffic_class));
        }
        if (datagram.segment != 0)
            control.put(SOL_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(datagram.segment));
    }
    mmsghdr* headers() { return headers_.data(); }

private:
    std::array<mmsghdr, slots> headers_{};
    std::array<iovec, slots> vectors_{};
    std::array<SocketAddress, slots> names_{};
    std::array<ControlOctets, slots> controls_{};
};

std::pair<std::size_t, int> BoundSocket::send(std::span<const Outgoing> datagrams) const {
    SendBatch batch;
    std::size_t sent = 0;
    while (sent < datagrams.size()) {
        const auto count = std::min(SendBatch::slots, datagrams.size() - sent);
        for (std::size_t i = 0; i < count; ++i) {
            const auto& one = datagrams[sent + i];
            auto remote = one.path.remote;
            if (kind_ == SocketKind::esp) remote.port = 0;
            batch.put(i, one, remote, is_any() && !one.path.local.address.is_unspecified());
        }
        const int went = sendmmsg(descriptor(), batch.headers(), static_cast<unsigned>(count), MSG_DONTWAIT);
        if (went < 0 && errno == EINTR) continue;
        if (went < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            pollfd wait{descriptor(), POLLOUT, 0};
            // The queue of a network device drains in milliseconds; one that does not is a failure.
            if (poll(&wait, 1, 20) > 0) continue;
            return {sent, EAGAIN};
        }
        if (went < 0) return {sent, errno};
        sent += static_cast<std::size_t>(went);
    }
    return {sent, 0};
}

}  // namespace ike::io
