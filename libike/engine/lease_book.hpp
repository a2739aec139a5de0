#pragma once
// Inner addresses that are lent to initiators (RFC 7296 section 2.19).
#include <unordered_set>

#include "libike/engine/config.hpp"

namespace ike::engine {

class LeaseBook {
public:
    /// A free address of the family: `wanted` where the pool has it and nobody else does, else the first.
    /// Nothing when all are lent.
    std::optional<Address> lend(const AddressPool& pool, Address::Family family,
                                std::optional<Address> wanted);
    void give_back(std::span<const Address> addresses);

private:
    std::unordered_set<Address> lent_;
};

}  // namespace ike::engine
