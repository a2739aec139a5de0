#pragma once
// What others chose, for who only reads it: no key exchange method needs to be one of crypto's.
#include "libike/sa/suite.hpp"

namespace ike {

/// As ike_suite() and esp_suite(), whatever the key exchange methods.
Result<IkeSuite> watched_ike_suite(const Proposal& chosen);
Result<EspSuite> watched_esp_suite(const Proposal& chosen);

}  // namespace ike
