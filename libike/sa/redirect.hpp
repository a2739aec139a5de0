#pragma once
// REDIRECT and REDIRECTED_FROM (RFC 5685 section 9): gateways by address or name.
#include <string>
#include <variant>

#include "libike/base/address.hpp"
#include "libike/wire/message.hpp"

namespace ike {

/// Where another gateway is: an address, or a name for DNS.
using GatewayName = std::variant<Address, std::string>;
std::string to_string(const GatewayName& gateway);

struct Redirect {
    GatewayName gateway;
    Bytes nonce;  ///< the initiator's, in IKE_SA_INIT alone
};
/// Nothing for data that is not as section 9.2 has it; a name has 1 to 255 octets, none of them control
/// characters.
std::optional<Redirect> redirect(const Notify& notify);
Payload redirect(const Redirect& redirect);
/// Section 9.3: the gateway that redirected us.
Payload redirected_from(const Address& gateway);

}  // namespace ike
