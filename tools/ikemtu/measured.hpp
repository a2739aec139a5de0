#pragma once
// What ikemtu finds out.
#include "libike/base/address.hpp"
#include "libike/engine/data_plane.hpp"
#include "libike/mtu/mtu_search.hpp"
#include "libike/mtu/tunnel_mtu.hpp"

/// What is searched for. Sizes are octets of the IP packet.
enum class Quest : std::uint8_t {
    ike_out,   ///< IKE to the gateway: padded INFORMATIONAL requests, whose answers are small
    esp_out,   ///< ESP to the gateway: small echo requests with TFC padding, whose answers are small
    esp_back,  ///< ESP both ways: echo requests, whose answers are as large
};
/// "IKE to the gateway"
std::string_view to_string(Quest quest);
/// "ike-out"
std::string_view json_name(Quest quest);
/// How it is measured, for people.
std::string_view method(Quest quest);

struct Measured {
    Quest quest{};
    ike::Address::Family family{};
    ike::Outer outer{};
    ike::MtuResult result;
    unsigned fragmented = 0;  ///< answers that came in IP fragments
    bool complete() const { return result.state == ike::MtuState::complete; }
    /// UDP payload, or IP payload of native ESP.
    std::size_t datagram() const { return ike::datagram_capacity(result.passes, family, outer); }
};

/// What the network said while probes were out.
struct IcmpHeard {
    std::string reporter;  ///< address, or "this host"
    std::size_t mtu = 0;
    Quest quest{};
};

/// ESP's cost as the arithmetic wants it.
inline ike::EspCost cost_of(const ike::esp::Overhead& overhead) {
    return {.fixed = overhead.header + overhead.iv + overhead.icv,
            .trailer = overhead.trailer,
            .alignment = overhead.alignment};
}

/// What follows for traffic in the tunnel.
struct InnerLimits {
    std::size_t path = 0;  ///< the smaller of both directions' IP packets
    std::size_t inner_mtu = 0, mss_v4 = 0, mss_v6 = 0;
};
InnerLimits inner_limits(std::size_t path, ike::Address::Family family, ike::Outer outer,
                         const ike::EspCost& cost);
