#pragma once
// Two data planes with the same Child SAs, as engines would have them installed.
#include <fmt/format.h>

#include "libike/engine/data_plane.hpp"
#include "libike/inner/echo.hpp"
#include "libike/sa/key_material.hpp"
#include "libike/sa/traffic_selectors.hpp"
#include "tests/catch.hpp"

namespace ike::testing::planes {

using namespace std::chrono_literals;

inline Path path(std::string_view local, std::string_view remote) {
    return {parse_endpoint(local).value(), parse_endpoint(remote).value()};
}
inline const Path home = path("192.0.2.1:4500", "203.0.113.2:4500");
inline const Path back = {home.remote, home.local};

inline std::vector<TrafficSelector> selectors(std::string_view text) { return parse_selectors(text).value(); }

/// What one side of a Child SA is told; `spi` for its packets in, the peer's is spi + 1.
struct Orders {
    std::string suite = "aes128gcm16";
    std::string local = "10.1.0.0/16", remote = "10.2.0.0/16";
    std::uint32_t child = 1;
    std::uint32_t spi = 0x1000;
    bool encapsulated = true;
    std::size_t window = 64;
    ChildTerms terms = {};
    ChildLimits limits = {};
    std::size_t tfc_size = 0;
};
enum class Side { left, right };

inline SecretBytes key(std::uint64_t seed, std::size_t size) {
    SeededRng rng{seed};
    return SecretBytes{rng.bytes(size)};
}

inline InstallChild install(const Orders& orders, Side side) {
    const bool left = side == Side::left;
    InstallChild child;
    child.child = ChildSaId{orders.child};
    child.suite = esp_suite(choose(parse_proposals(ProtocolId::esp, orders.suite).value(),
                                   parse_proposals(ProtocolId::esp, orders.suite).value())
                                .value())
                      .value();
    child.spi_in = left ? orders.spi : orders.spi + 1;
    child.spi_out = left ? orders.spi + 1 : orders.spi;
    const auto encr = encr_key_size(child.suite.encr, child.suite.key_bits);
    const auto integ = crypto::integ_key_size(child.suite.integ);
    child.encr_in = key(child.spi_in, encr);
    child.encr_out = key(child.spi_out, encr);
    child.integ_in = key(child.spi_in + 100, integ);
    child.integ_out = key(child.spi_out + 100, integ);
    child.ts_local = selectors(left ? orders.local : orders.remote);
    child.ts_remote = selectors(left ? orders.remote : orders.local);
    child.path = left ? home : back;
    child.udp_encapsulation = orders.encapsulated;
    child.replay_window = orders.window;
    child.terms = orders.terms;
    if (child.terms.ipcomp && !left) std::swap(child.terms.ipcomp->cpi_in, child.terms.ipcomp->cpi_out);
    child.limits = orders.limits;
    child.tfc_size = orders.tfc_size;
    return child;
}

/// Two hosts with the same Child SAs.
struct Tunnel {
    DataPlane left, right;
    void add(const Orders& orders) {
        left.apply(install(orders, Side::left));
        right.apply(install(orders, Side::right));
    }
};

inline Bytes packet(std::string_view from, std::string_view to, std::size_t size = 84) {
    return inner::request({Address::parse(from).value(), Address::parse(to).value(), 1, 1, {}, size});
}
/// A sealed packet in octets of its own, with where it goes.
struct Sent {
    DataPlane::Sealed sealed;
    Bytes octets;
};
inline Sent send(DataPlane& from, ByteView inner, Instant now = {}) {
    Sent sent;
    sent.octets.resize(inner.size() + 128);
    const auto sealed = from.seal(now, inner, sent.octets);
    REQUIRE(sealed);
    sent.sealed = *sealed;
    sent.octets.resize(sealed->size);
    return sent;
}
inline std::optional<DataPlane::InFailure> refusal(DataPlane& at, Bytes octets, std::uint8_t outer_ecn = 0) {
    const auto opened = at.open({}, back, octets, outer_ecn);
    return opened ? std::nullopt : std::optional{opened.error()};
}
using In = DataPlane::InFailure;
using Out = DataPlane::OutFailure;

}  // namespace ike::testing::planes
