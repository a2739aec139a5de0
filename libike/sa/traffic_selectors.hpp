#pragma once
// Traffic selectors: narrowing, matching, text (RFC 7296 sections 2.9 and 3.13).
#include "libike/base/error.hpp"
#include "libike/wire/payloads.hpp"

namespace ike {

/// "10.0.0.0/24", "10.0.0.1", "10.0.0.1-10.0.0.9", "2001:db8::/64", with "[tcp/80]" or "[17/1000-2000]"
/// behind it.
Result<TrafficSelector> parse_selector(std::string_view text);
Result<std::vector<TrafficSelector>> parse_selectors(std::string_view comma_separated);
std::string to_string(const TrafficSelector& selector);
std::string to_string(std::span<const TrafficSelector> selectors);
TrafficSelector host_selector(const Address& address);
TrafficSelector everything(Address::Family family);

/// What both allow: the pairwise intersections, without those contained in another. Empty: TS_UNACCEPTABLE.
std::vector<TrafficSelector> narrow(std::span<const TrafficSelector> offered,
                                    std::span<const TrafficSelector> ours);
bool contains(const TrafficSelector& outer, const TrafficSelector& inner);
bool contains(std::span<const TrafficSelector> outer, std::span<const TrafficSelector> inner);

/// The fields of an inner packet that selectors speak of.
struct PacketFields {
    Address source;
    Address destination;
    std::uint8_t protocol = 0;
    std::uint16_t source_port = 0;  ///< or ICMP type << 8 | code
    std::uint16_t destination_port = 0;
    bool ports_known = true;  ///< false in a later fragment
};
/// Nothing when the octets are no IPv4 or IPv6 packet.
std::optional<PacketFields> packet_fields(ByteView packet);
bool matches(const TrafficSelector& selector, const Address& address, std::uint8_t protocol,
             std::uint16_t port, bool port_known = true);

}  // namespace ike
