#include "libike/mobike/address_set.hpp"

namespace ike::mobike {

bool AddressSet::replace(const Address& in_use, std::vector<Address> additional) {
    std::vector<Address> kept;
    for (const auto& address : additional) {
        if (kept.size() == most_additional) break;
        if (address == in_use || address.is_unspecified()) continue;
        if (std::ranges::find(kept, address) == kept.end()) kept.push_back(address);
    }
    kept.shrink_to_fit();
    if (kept == additional_) return false;
    additional_ = std::move(kept);
    return true;
}

bool AddressSet::contains(const Address& address) const {
    return std::ranges::find(additional_, address) != additional_.end();
}

}  // namespace ike::mobike
