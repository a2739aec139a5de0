#include "libike/engine/lease_book.hpp"

namespace ike::engine {
namespace {

Address after(const Address& address) {
    Bytes octets = to_bytes(address.octets());
    for (auto at = octets.rbegin(); at != octets.rend() && ++*at == 0; ++at) {
    }
    return *Address::from_octets(octets);
}

bool is_in(const AddressPool::Range& range, const Address& address) {
    return address.family() == range.first.family() && range.first <= address && address <= range.last;
}

}  // namespace

std::optional<Address> LeaseBook::lend(const AddressPool& pool, Address::Family family,
                                       std::optional<Address> wanted) {
    for (const auto& range : pool.ranges) {
        if (wanted && wanted->family() == family && is_in(range, *wanted) && lent_.insert(*wanted).second)
            return wanted;
    }
    for (const auto& range : pool.ranges) {
        if (range.first.family() != family) continue;
        for (auto address = range.first; is_in(range, address); address = after(address)) {
            if (lent_.insert(address).second) return address;
            if (address == range.last) break;
        }
    }
    return std::nullopt;
}

void LeaseBook::give_back(std::span<const Address> addresses) {
    for (const auto& address : addresses) lent_.erase(address);
}

}  // namespace ike::engine
