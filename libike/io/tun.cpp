#include "libike/io/tun.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libike/io/host.hpp"

namespace ike::io {

namespace {

std::unexpected<Error> cannot(std::string_view what, int error) {
    const auto advice =
        error == EPERM || error == EACCES
            ? "a TUN device needs root or CAP_NET_ADMIN; without --tun packets stay in this process"
            : "without --tun packets stay in this process";
    return failure(fmt::format("TUN device: {}: {}", what, errno_text(error)), advice);
}

ifreq named(const std::string& name) {
    ifreq request{};
    std::memcpy(request.ifr_name, name.data(), std::min(name.size(), sizeof request.ifr_name - 1));
    return request;
}

int bring_up(const std::string& name, std::uint32_t mtu) {
    const Descriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    auto request = named(name);
    request.ifr_mtu = static_cast<int>(mtu);
    if (ioctl(socket.get(), SIOCSIFMTU, &request) != 0) return errno;
    request = named(name);
    if (ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return errno;
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    return ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0 ? errno : 0;
}

bool lies_in(const Address& address, const TrafficSelector& range) {
    return address.family() == range.start.family() && range.start <= address && address <= range.end;
}

/// Our address for traffic to `remote`: one we have in the local selectors, or the first that they leave us.
/// `is_new` where it has to be put on the device.
struct Source {
    Address address;
    bool is_new = false;
};
std::optional<Source> source_of(std::span<const TrafficSelector> local, Address::Family family) {
    const auto ours = local_addresses();
    for (const auto& range : local) {
        if (range.start.family() != family) continue;
        for (const auto& address : ours) {
            if (!address.is_loopback() && lies_in(address, range)) return Source{address, false};
        }
        if (range.start.is_unspecified()) continue;
        const auto parts = prefixes(range.start, range.end);
        const unsigned hosts_from = range.start.is_v4() ? 31 : 127;
        const bool network = parts.size() == 1 && parts[0].length < hosts_from;
        auto octets = to_bytes(range.start.octets());
        if (network) ++octets.back();  // the first host, not the network's own address
        return Source{*Address::from_octets(octets), true};
    }
    return std::nullopt;
}

}  // namespace

Result<Tun> Tun::open(const std::string& name, std::uint32_t mtu) {
    Descriptor descriptor{::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (!descriptor) return cannot("/dev/net/tun", errno);
    if (name.size() >= IFNAMSIZ)
        return failure(fmt::format("TUN device: the name {} is longer than 15 characters", name));
    auto request = named(name);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (ioctl(descriptor.get(), TUNSETIFF, &request) != 0)
        return cannot(name.empty() ? "no device" : name, errno);
    std::string given{request.ifr_name};
    if (const int error = bring_up(given, mtu); error != 0) return cannot(given, error);
    auto routes = Routes::open(if_nametoindex(given.c_str()));
    if (!routes) return std::unexpected{routes.error()};
    return Tun{std::move(descriptor), std::move(given), std::move(*routes)};
}

std::size_t Tun::read(MutableBytes into) const {
    const auto size = ::read(descriptor(), into.data(), into.size());
    return size > 0 ? static_cast<std::size_t>(size) : 0;
}

bool Tun::write(ByteView packet) const { return ::write(descriptor(), packet.data(), packet.size()) >= 0; }

Result<bool> Tun::carry(std::span<const TrafficSelector> local, std::span<const TrafficSelector> remote) {
    for (const auto family : {Address::Family::v4, Address::Family::v6}) {
        const auto source = source_of(local, family);
        if (source && source->is_new) {
            if (const auto added = routes_.add_address(source->address); !added) return added;
        }
        for (const auto& range : remote) {
            if (range.start.family() != family) continue;
            for (const auto& prefix : prefixes(range.start, range.end)) {
                if (std::ranges::find(carried_, prefix) != carried_.end()) continue;
                const auto preferred = source ? std::optional{source->address} : std::nullopt;
                if (const auto added = routes_.add(prefix, preferred); !added) return added;
                carried_.push_back(prefix);
            }
        }
    }
    return true;
}

void Tun::drop(std::span<const TrafficSelector> remote) {
    for (const auto& range : remote) {
        for (const auto& prefix : prefixes(range.start, range.end)) {
            if (std::erase(carried_, prefix) > 0) routes_.remove(prefix);
        }
    }
}

}  // namespace ike::io
