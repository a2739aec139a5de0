#pragma once
// Notify data with a shape of its own. Each reader takes the Notify's data and returns nothing, or an error,
// when the octets are not what the RFC says.
#include "libike/crypto/crypto.hpp"
#include "libike/registry/ipcomp_transform.hpp"
#include "libike/wire/message.hpp"

namespace ike {

/// NAT_DETECTION_*_IP, RFC 7296 section 2.23: SHA-1(SPIi | SPIr | address | port).
std::array<std::uint8_t, 20> nat_detection_hash(IkeSpi initiator, IkeSpi responder, const Endpoint& endpoint);
/// ADDITIONAL_IP4_ADDRESS, ADDITIONAL_IP6_ADDRESS, RFC 4555 section 4.2.2.
std::optional<Address> additional_address(const Notify& notify);
Payload additional_address(const Address& address);
/// NO_NATS_ALLOWED, RFC 4555 section 4.2.6: source and destination as the sender sees them.
struct NoNatsAllowed {
    Endpoint source;
    Endpoint destination;
};
std::optional<NoNatsAllowed> no_nats_allowed(const Notify& notify);
Payload no_nats_allowed(const Endpoint& source, const Endpoint& destination);
/// IPCOMP_SUPPORTED, RFC 7296 section 2.22: the CPI for packets to its sender, and the algorithm. No
/// algorithm that has a number takes attributes; what follows is not looked at.
struct IpcompSupported {
    std::uint16_t cpi = 0;
    IpcompTransform transform{};
};
std::optional<IpcompSupported> ipcomp_supported(const Notify& notify);
Payload ipcomp_supported(IpcompSupported supported);
/// INVALID_KE_PAYLOAD, RFC 7296 section 1.3: the group wanted.
std::optional<KeId> wanted_group(const Notify& notify);
/// SIGNATURE_HASH_ALGORITHMS, RFC 7427 section 4: SignatureHash values in the sender's order; none where the
/// data is no whole number of them.
std::vector<std::uint16_t> signature_hash_values(const Notify& notify);

}  // namespace ike
