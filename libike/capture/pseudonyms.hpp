#pragma once
// Other octets, addresses and names for real ones: the same for the same, and nobody without the key can go
// back.
#include <unordered_map>

#include "libike/base/address.hpp"
#include "libike/base/secret.hpp"
#include "libike/wire/payloads.hpp"

namespace ike {

class Pseudonyms {
public:
    explicit Pseudonyms(SecretBytes key) : key_{std::move(key)} {}
    /// As many octets, which depend on all of `octets` and on what they are for.
    Bytes octets(ByteView octets, std::string_view purpose);
    SecretBytes secret(ByteView secret, std::string_view purpose);
    /// Keeps prefixes: addresses of one network stay in one network. What an address is for stays too: the
    /// first octet (IPv4) or first two (IPv6), the whole prefix of private and other special networks, and
    /// addresses that mean no host. Any other address becomes another one.
    Address address(const Address& address);
    Endpoint endpoint(const Endpoint& endpoint) { return {address(endpoint.address), endpoint.port}; }
    /// A network of that many bits: the bits behind stay as they are.
    Address network(const Address& address, unsigned bits);

private:
    std::uint64_t digest(ByteView octets, std::string_view purpose);
    SecretBytes key_;
    std::unordered_map<Address, Address> addresses_;
};

}  // namespace ike
