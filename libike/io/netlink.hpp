#pragma once
// A netlink socket by way of libmnl: requests with their acknowledgements, and messages as they come. For
// libike/io alone.
#include <functional>
#include <memory>

#include "libike/base/address.hpp"
#include "libike/base/error.hpp"

struct mnl_socket;
struct nlmsghdr;

namespace ike::io {

/// A message that is being built, in room of its own.
class NetlinkMessage {
public:
    /// `type` and `flags` as in RTM_NEWROUTE and NLM_F_CREATE; NLM_F_REQUEST and NLM_F_ACK are added.
    NetlinkMessage(std::uint16_t type, std::uint16_t flags);
    /// The fixed header that follows, zeroed.
    template <class T>
    T& extra() {
        return *static_cast<T*>(extra(sizeof(T)));
    }
    void put(std::uint16_t attribute, ByteView octets);
    void put_number(std::uint16_t attribute, std::uint32_t value);
    void put_text(std::uint16_t attribute, const std::string& text);
    nlmsghdr* header();
    /// The whole room, to wipe it where keys were in it.
    MutableBytes octets() { return octets_; }

private:
    void* extra(std::size_t size);
    alignas(8) std::array<std::uint8_t, 8192> octets_{};
};

class Netlink {
public:
    /// `bus` as in NETLINK_ROUTE; `groups` a bit mask of what to listen to.
    static Result<Netlink> open(int bus, unsigned groups = 0);
    /// Sends and waits for the acknowledgement; 0 or an errno.
    int request(NetlinkMessage& message);
    /// Sends and waits for one message of type `wanted` and the acknowledgement: that message from its header
    /// on; nothing when the kernel would not.
    std::optional<Bytes> ask(NetlinkMessage& message, std::uint16_t wanted);
    /// Everything that can be read without waiting. False when messages were lost or the socket failed.
    bool receive(const std::function<void(const nlmsghdr&)>& visit);
    int descriptor() const;

private:
    struct Close {
        void operator()(mnl_socket* socket) const;
    };
    explicit Netlink(std::unique_ptr<mnl_socket, Close> socket) : socket_{std::move(socket)} {}
    std::unique_ptr<mnl_socket, Close> socket_;
    unsigned sequence_ = 0;
};

}  // namespace ike::io
