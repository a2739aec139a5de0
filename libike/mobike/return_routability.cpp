#include "libike/mobike/return_routability.hpp"

#include "libike/base/secret.hpp"

namespace ike::mobike {

void ReturnCheck::sent_to(const Address& address) {
    if (sent_ && address != address_) several_ = true;
    address_ = address;
    sent_ = true;
}

ReturnCheck::Verdict ReturnCheck::judge(std::optional<ByteView> echoed) const {
    if (!echoed || !equal_secret(*echoed, cookie_)) return Verdict::mismatch;
    return several_ ? Verdict::unclear : Verdict::proven;
}

}  // namespace ike::mobike
