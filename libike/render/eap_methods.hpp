#pragma once
// EAP methods with attributes of their own.
#include "libike/base/reader.hpp"
#include "libike/render/fields.hpp"

namespace ike {

/// EAP-SIM, EAP-AKA and EAP-AKA' (RFC 4186, RFC 4187, RFC 9048) after the type: subtype and attributes by
/// name.
void describe_eap_aka(Reader& in, Fields& fields);

}  // namespace ike
