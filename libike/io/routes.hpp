#pragma once
// Routes into a TUN device. They live in a routing table of their own, which everything but our own outer
// packets (told by their mark) looks up first; so even 0.0.0.0/0 can go through the tunnel. For libike/io
// alone.
#include <vector>

#include "libike/io/netlink.hpp"
#include "libike/wire/payloads.hpp"

namespace ike::io {

/// SO_MARK of our outer packets: "IK".
inline constexpr std::uint32_t own_mark = 0x494b;

struct Prefix {
    Address address;
    std::uint8_t length = 0;
    friend bool operator==(const Prefix&, const Prefix&) = default;
};
/// The prefixes that make up the range [start, end]; nothing where the order is wrong or the families differ.
std::vector<Prefix> prefixes(const Address& start, const Address& end);

class Routes {
public:
    /// For the device with this index. Adds the rules; the destructor removes them (routes go with the
    /// device).
    static Result<Routes> open(unsigned interface);
    ~Routes();
    Routes(Routes&&) noexcept = default;
    Routes& operator=(Routes&&) = delete;

    /// Our address inside the tunnel, on the device.
    Result<bool> add_address(const Address& address);
    Result<bool> add(const Prefix& destination, const std::optional<Address>& source);
    void remove(const Prefix& destination);

private:
    Routes(Netlink netlink, unsigned interface) : netlink_{std::move(netlink)}, interface_{interface} {}
    int rule(std::uint16_t type, std::uint16_t flags, Address::Family family);
    int route(std::uint16_t type, std::uint16_t flags, const Prefix& destination,
              const std::optional<Address>& source);
    std::uint32_t table() const;
    Netlink netlink_;
    unsigned interface_;
    std::vector<Address::Family> ruled_;  ///< families whose rule is in place
};

}  // namespace ike::io
