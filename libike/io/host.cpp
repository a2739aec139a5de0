#include "libike/io/host.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libike/io/socket_address.hpp"

namespace ike::io {

std::string errno_text(int number) { return std::strerror(number); }

Result<std::vector<Address>> resolve(const std::string& name) {
    if (const auto address = Address::parse(name)) return std::vector{*address};
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* list = nullptr;
    if (const int code = getaddrinfo(name.c_str(), nullptr, &hints, &list); code != 0) {
        return failure(fmt::format("{}: the name could not be resolved: {}", name, gai_strerror(code)),
                       "give an address, or check the name and the resolver");
    }
    std::vector<Address> found;
    for (const auto* one = list; one != nullptr; one = one->ai_next) {
        const auto endpoint = endpoint_of(one->ai_addr);
        if (endpoint && std::ranges::find(found, endpoint->address) == found.end())
            found.push_back(endpoint->address);
    }
    freeaddrinfo(list);
    if (found.empty()) return failure(fmt::format("{}: the name has no address", name), "give an address");
    return found;
}

Result<Address> source_for(const Address& remote, std::uint32_t mark) {
    const auto no_route = [&](int number) {
        return failure(
            fmt::format("{}: there is no way to this address: {}", to_string(remote), errno_text(number)),
            "check that a link is up and that the routing table leads there (ip route get)");
    };
    const Descriptor socket{::socket(family_of(remote), SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (mark != 0) (void)setsockopt(socket.get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark);
    const SocketAddress to{{remote, 500}};
    if (!socket || connect(socket.get(), to.get(), to.size) != 0) return no_route(errno);
    SocketAddress from;
    from.size = sizeof from.storage;
    if (getsockname(socket.get(), from.get(), &from.size) != 0) return no_route(errno);
    const auto endpoint = endpoint_of(from.get());
    return endpoint ? Result<Address>{endpoint->address} : no_route(EAFNOSUPPORT);
}

std::vector<Address> local_addresses() {
    std::vector<Address> found;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return found;
    for (const auto* one = list; one != nullptr; one = one->ifa_next) {
        if ((one->ifa_flags & IFF_UP) == 0) continue;
        const auto endpoint = endpoint_of(one->ifa_addr);
        if (!endpoint) continue;
        const auto octets = endpoint->address.octets();
        // fe80::/10 means nothing without its interface.
        if (endpoint->address.is_v6() && octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80) continue;
        found.push_back(endpoint->address);
    }
    freeifaddrs(list);
    return found;
}

}  // namespace ike::io
