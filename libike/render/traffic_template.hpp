#pragma once
// Information elements of 3GPP that IKE carries: traffic flow templates and numbers in half octets.
#include <string>

#include "libike/base/reader.hpp"
#include "libike/render/fields.hpp"

namespace ike {

/// Digits, the lower half of each octet first; other values than digits end up nowhere (TS 24.008
/// section 10.5.4.7).
std::string semi_octets(ByteView octets);
/// A traffic flow template (TS 24.008 section 10.5.6.12): what is done with it, and its packet filters.
void describe_template(Reader in, Fields& fields);

}  // namespace ike
