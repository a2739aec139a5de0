#include "libike/io/address_watch.hpp"

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <asio.hpp>
#include <map>

#include "libike/io/alive.hpp"
#include "libike/io/loop.hpp"
#include "libike/io/netlink.hpp"

namespace ike::io {

namespace {

std::string interface_name(unsigned index) {
    std::array<char, IF_NAMESIZE> name{};
    if (if_indextoname(index, name.data()) != nullptr) return name.data();
    return fmt::format("#{}", index);
}

/// The octets of an attribute of a message whose fixed header is `fixed` long.
ByteView attribute(const nlmsghdr& message, std::size_t fixed, std::uint16_t type) {
    const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(&message));
    const auto* one = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(&message, fixed));
    while (mnl_attr_ok(one, static_cast<int>(end - reinterpret_cast<const char*>(one)))) {
        if (mnl_attr_get_type(one) == type)
            return {static_cast<const std::uint8_t*>(mnl_attr_get_payload(one)),
                    mnl_attr_get_payload_len(one)};
        one = mnl_attr_next(one);
    }
    return {};
}

}  // namespace

std::string to_string(const AddressChange& change) {
    using Kind = AddressChange::Kind;
    switch (change.kind) {
        case Kind::added:
            return fmt::format("{} is an address of {} now", to_string(change.address), change.interface);
        case Kind::removed:
            return fmt::format("{} is no address of {} any more", to_string(change.address),
                               change.interface);
        case Kind::link_up:
            return fmt::format("{} is up", change.interface);
        case Kind::link_down:
            return fmt::format("{} is down", change.interface);
    }
    return {};
}

struct AddressWatch::State {
    State(Loop& loop, Netlink socket, std::function<void(const AddressChange&)> to)
        : netlink{std::move(socket)}, wait{loop.context(), netlink.descriptor()}, handler{std::move(to)} {}
    ~State() { wait.release(); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void wait_on() {
        wait.async_wait(asio::posix::stream_descriptor::wait_read,
                        [this, there = alive.watch()](const asio::error_code& error) {
                            if (error || there.expired()) return;
                            netlink.receive([this](const nlmsghdr& message) { read(message); });
                            wait_on();
                        });
    }
    void read(const nlmsghdr& message) {
        if (message.nlmsg_type == RTM_NEWADDR || message.nlmsg_type == RTM_DELADDR)
            return read_address(message);
        if (message.nlmsg_type == RTM_NEWLINK || message.nlmsg_type == RTM_DELLINK) read_link(message);
    }
    void read_address(const nlmsghdr& message) {
        if (mnl_nlmsg_get_payload_len(&message) < sizeof(ifaddrmsg)) return;
        const auto* fixed = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
        if (fixed->ifa_scope == RT_SCOPE_LINK) return;
        // An IPv6 address counts once duplicate address detection is over: the kernel says NEWADDR again
        // then.
        auto octets = attribute(message, sizeof *fixed, IFA_LOCAL);
        if (octets.empty()) octets = attribute(message, sizeof *fixed, IFA_ADDRESS);
        const auto address = Address::from_octets(octets);
        if (!address) return;
        const bool added = message.nlmsg_type == RTM_NEWADDR;
        if (added && (fixed->ifa_flags & IFA_F_TENTATIVE) != 0) return;
        handler({added ? AddressChange::Kind::added : AddressChange::Kind::removed, *address,
                 interface_name(fixed->ifa_index)});
    }
    void read_link(const nlmsghdr& message) {
        if (mnl_nlmsg_get_payload_len(&message) < sizeof(ifinfomsg)) return;
        const auto* fixed = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
        const auto index = static_cast<unsigned>(fixed->ifi_index);
        const bool up = message.nlmsg_type == RTM_NEWLINK && (fixed->ifi_flags & IFF_UP) != 0 &&
                        (fixed->ifi_flags & IFF_RUNNING) != 0;
        // The kernel repeats itself: only a change is one.
        const auto known = links.find(index);
        if (known != links.end() && known->second == up) return;
        links[index] = up;
        handler(
            {up ? AddressChange::Kind::link_up : AddressChange::Kind::link_down, {}, interface_name(index)});
    }

    Netlink netlink;
    asio::posix::stream_descriptor wait;
    std::function<void(const AddressChange&)> handler;
    std::map<unsigned, bool> links;
    Alive alive;
};

Result<AddressWatch> AddressWatch::open(Loop& loop, std::function<void(const AddressChange&)> handler) {
    auto socket = Netlink::open(NETLINK_ROUTE, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
    if (!socket) return std::unexpected{socket.error()};
    auto state = std::make_unique<State>(loop, std::move(*socket), std::move(handler));
    state->wait_on();
    return AddressWatch{std::move(state)};
}

AddressWatch::AddressWatch(std::unique_ptr<State> state) : state_{std::move(state)} {}
AddressWatch::~AddressWatch() = default;
AddressWatch::AddressWatch(AddressWatch&&) noexcept = default;
AddressWatch& AddressWatch::operator=(AddressWatch&&) noexcept = default;

}  // namespace ike::io
