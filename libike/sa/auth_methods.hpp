#pragma once
// SUPPORTED_AUTH_METHODS (RFC 9593): how the sender can verify who its peer is.
#include "libike/registry/auth_method.hpp"
#include "libike/wire/message.hpp"

namespace ike {

/// One announcement.
struct AnnouncedMethod {
    AuthMethod method{};
    /// Which CA of the CERTREQ payloads it is for, counted from 1; 0: any. Signatures only.
    std::uint8_t cert_link = 0;
    Bytes algorithm;  ///< of Digital Signature: an AlgorithmIdentifier in DER
    friend bool operator==(const AnnouncedMethod&, const AnnouncedMethod&) = default;
};
/// In the sender's order; announcements that cannot be read are left out, none after one whose length is
/// impossible.
std::vector<AnnouncedMethod> announced_methods(const Notify& notify);
Payload supported_auth_methods(std::span<const AnnouncedMethod> methods);

}  // namespace ike
