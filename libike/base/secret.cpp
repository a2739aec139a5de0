#include "libike/base/secret.hpp"

namespace ike {

void wipe(MutableBytes octets) noexcept {
    volatile std::uint8_t* at = octets.data();
    for (std::size_t i = 0; i < octets.size(); ++i) at[i] = 0;
}

bool equal_secret(ByteView a, ByteView b) noexcept {
    if (a.size() != b.size()) return false;
    std::uint8_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
    return difference == 0;
}

}  // namespace ike
