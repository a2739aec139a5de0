#include "libike/io/netlink.hpp"

#include <fmt/format.h>
#include <libmnl/libmnl.h>

#include <cerrno>
#include <vector>

#include "libike/io/host.hpp"

namespace ike::io {

NetlinkMessage::NetlinkMessage(std::uint16_t type, std::uint16_t flags) {
    auto* made = mnl_nlmsg_put_header(octets_.data());
    made->nlmsg_type = type;
    made->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
}

nlmsghdr* NetlinkMessage::header() { return reinterpret_cast<nlmsghdr*>(octets_.data()); }

void* NetlinkMessage::extra(std::size_t size) { return mnl_nlmsg_put_extra_header(header(), size); }

void NetlinkMessage::put(std::uint16_t attribute, ByteView octets) {
    if (!mnl_attr_put_check(header(), octets_.size(), attribute, octets.size(), octets.data()))
        throw std::length_error{"netlink message"};
}

void NetlinkMessage::put_number(std::uint16_t attribute, std::uint32_t value) {
    put(attribute, ByteView{reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
}

void NetlinkMessage::put_text(std::uint16_t attribute, const std::string& text) {
    put(attribute, ByteView{reinterpret_cast<const std::uint8_t*>(text.c_str()), text.size() + 1});
}

void Netlink::Close::operator()(mnl_socket* socket) const { mnl_socket_close(socket); }

Result<Netlink> Netlink::open(int bus, unsigned groups) {
    std::unique_ptr<mnl_socket, Close> socket{mnl_socket_open2(bus, SOCK_CLOEXEC)};
    if (!socket || mnl_socket_bind(socket.get(), groups, MNL_SOCKET_AUTOPID) != 0)
        return failure(fmt::format("netlink: {}", errno_text(errno)));
    return Netlink{std::move(socket)};
}

int Netlink::descriptor() const { return mnl_socket_get_fd(socket_.get()); }

int Netlink::request(NetlinkMessage& message) {
    auto* header = message.header();
    header->nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(socket_.get(), header, header->nlmsg_len) < 0) return errno;
    std::vector<std::uint8_t> answer(MNL_SOCKET_BUFFER_SIZE);
    const auto size = mnl_socket_recvfrom(socket_.get(), answer.data(), answer.size());
    if (size < 0) return errno;
    const auto port = mnl_socket_get_portid(socket_.get());
    // An acknowledgement without error ends mnl_cb_run(); an error is its errno.
    return mnl_cb_run(answer.data(), static_cast<std::size_t>(size), sequence_, port, nullptr, nullptr) < 0
               ? errno
               : 0;
}

std::optional<Bytes> Netlink::ask(NetlinkMessage& message, std::uint16_t wanted) {
    auto* header = message.header();
    header->nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(socket_.get(), header, header->nlmsg_len) < 0) return std::nullopt;
    std::optional<Bytes> found;
    Bytes octets(MNL_SOCKET_BUFFER_SIZE * 4);
    while (true) {
        const auto size = mnl_socket_recvfrom(socket_.get(), octets.data(), octets.size());
        if (size < 0) return std::nullopt;
        const auto* one = reinterpret_cast<const nlmsghdr*>(octets.data());
        for (int rest = static_cast<int>(size); mnl_nlmsg_ok(one, rest); one = mnl_nlmsg_next(one, &rest)) {
            if (one->nlmsg_seq != sequence_) continue;
            if (one->nlmsg_type == NLMSG_ERROR) return found;  // the acknowledgement, good or bad
            const auto* begin = reinterpret_cast<const std::uint8_t*>(one);
            if (one->nlmsg_type == wanted) found = Bytes(begin, begin + one->nlmsg_len);
        }
    }
}

bool Netlink::receive(const std::function<void(const nlmsghdr&)>& visit) {
    std::vector<std::uint8_t> octets(MNL_SOCKET_BUFFER_SIZE);
    while (true) {
        const auto size = recv(descriptor(), octets.data(), octets.size(), MSG_DONTWAIT);
        if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
        const auto* header = reinterpret_cast<const nlmsghdr*>(octets.data());
        for (int rest = static_cast<int>(size); mnl_nlmsg_ok(header, rest);
             header = mnl_nlmsg_next(header, &rest))
            visit(*header);
    }
}

}  // namespace ike::io
