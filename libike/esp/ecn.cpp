#include "libike/esp/ecn.hpp"

namespace ike::esp {

std::optional<Ecn> decapsulated(Ecn inner, Ecn outer) {
    if (outer == Ecn::ce) return inner == Ecn::not_ect ? std::nullopt : std::optional{Ecn::ce};
    if (inner == Ecn::ect0 && outer == Ecn::ect1) return Ecn::ect1;
    return inner;
}

std::uint8_t traffic_class(ByteView packet) {
    if (packet[0] >> 4 == 4) return packet[1];
    return static_cast<std::uint8_t>(packet[0] << 4 | packet[1] >> 4);
}

void set_ecn(MutableBytes packet, Ecn ecn) {
    const auto bits = static_cast<std::uint8_t>(ecn);
    if (packet[0] >> 4 == 6) {
        packet[1] = static_cast<std::uint8_t>((packet[1] & 0xcf) | bits << 4);
        return;
    }
    const auto before = static_cast<std::uint16_t>(packet[0] << 8 | packet[1]);
    packet[1] = static_cast<std::uint8_t>((packet[1] & 0xfc) | bits);
    const auto after = static_cast<std::uint16_t>(packet[0] << 8 | packet[1]);
    // RFC 1624 equation 3: HC' = ~(~HC + ~m + m').
    std::uint32_t sum = static_cast<std::uint16_t>(~(packet[10] << 8 | packet[11]));
    sum += static_cast<std::uint16_t>(~before) + std::uint32_t{after};
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    packet[10] = static_cast<std::uint8_t>(~sum >> 8);
    packet[11] = static_cast<std::uint8_t>(~sum);
}

}  // namespace ike::esp
