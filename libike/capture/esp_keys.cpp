#include "libike/capture/esp_keys.hpp"

#include <cstring>

#include "libike/capture/packet.hpp"
#include "libike/esp/ipcomp.hpp"

namespace ike {
namespace {

/// What lies behind IPComp or a chain of IPv6 extension headers may be further in.
bool needs_all(const esp::Opened& glimpse) {
    constexpr std::size_t next_header = 6;  // of IPv6
    if (glimpse.payload.size() == glimpse.payload_size) return false;
    if (glimpse.next_header == esp::next_header_ipcomp) return true;
    return glimpse.next_header == esp::next_header_ipv6 && is_ipv6_extension(glimpse.payload[next_header]);
}

}  // namespace

std::expected<esp::Opened, esp::OpenFailure> EspKeys::open(ByteView packet, std::uint32_t high,
                                                           MutableBytes room) {
    if (glimpser && packet.size() > esp::Glimpser::head) {
        const auto seen = glimpser->open_at(packet, high, room.first<esp::Glimpser::head>());
        if (seen && (!*seen || !needs_all(**seen))) return *seen;
    }
    const auto copy = room.first(packet.size());
    std::memcpy(copy.data(), packet.data(), packet.size());
    return inbound.open_at(copy, high);
}

}  // namespace ike
