#pragma once
// What the machine knows: names, routes, its own addresses.
#include <optional>
#include <string>
#include <vector>

#include "libike/base/address.hpp"
#include "libike/base/error.hpp"

namespace ike::io {

/// The addresses of a name, in the resolver's order; an address in text is itself. Blocks while the resolver
/// works.
Result<std::vector<Address>> resolve(const std::string& name);
/// The local address that packets to `remote` would leave from, by the routing table as it is now.
/// `mark` is the SO_MARK of those packets; setting one needs CAP_NET_ADMIN.
Result<Address> source_for(const Address& remote, std::uint32_t mark = 0);
/// All addresses of interfaces that are up, link-local ones left out.
std::vector<Address> local_addresses();
/// The first address of a family that an interface has, link-local ones left out; nothing when it has none or
/// is not there.
std::optional<Address> interface_address(const std::string& name, Address::Family family);
/// The message of an errno.
std::string errno_text(int number);

}  // namespace ike::io
