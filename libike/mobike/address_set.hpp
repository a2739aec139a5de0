#pragma once
// The addresses of one side as MOBIKE announces them (RFC 4555 sections 3.4 and 3.6). Policy only: nothing is
// sent here.
#include <vector>

#include "libike/base/address.hpp"

namespace ike::mobike {

/// More than any host announces; what a peer lists beyond it is not kept.
inline constexpr std::size_t most_additional = 32;

/// One side's addresses: that in use and the others it announced.
class AddressSet {
public:
    /// A whole new list: it replaces the old one (section 3.6). The address in use, repeats and what is no
    /// host's address are left out. True when the list is another one than before.
    bool replace(const Address& in_use, std::vector<Address> additional);
    const std::vector<Address>& additional() const { return additional_; }
    bool contains(const Address& address) const;

private:
    std::vector<Address> additional_;
};

}  // namespace ike::mobike
