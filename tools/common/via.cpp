#include "tools/common/via.hpp"

#include "libike/io/host.hpp"

using namespace ike;

Via::Via(std::string text) : text_{std::move(text)}, address_{Address::parse(text_)} {}

Result<Address> Via::resolve(Address::Family family) const {
    if (address_) {
        if (address_->family() == family) return *address_;
        return failure(text_ + " is not of the gateway's address family",
                       "give a --via of the family that the gateway's address has");
    }
    if (const auto found = io::interface_address(text_, family)) return *found;
    const auto* kind = family == Address::Family::v4 ? "IPv4" : "IPv6";
    return failure("there is no interface " + text_ + " with an " + kind + " address",
                   "`ip address` lists interfaces and addresses");
}

CommonOptions come_from(const Via& first, CommonOptions options) {
    if (options.local.empty() && options.profiles.empty() && first.is_address())
        options.local = {first.text()};
    return options;
}
