#pragma once
// What the notifications between phones and ePDGs or N3IWFs carry (3GPP TS 24.302 section 8.2.9, TS 24.502
// section 9.3).
#include "libike/render/fields.hpp"
#include "libike/wire/payloads.hpp"

namespace ike {

/// The meaning of the data, where the number is one of 3GPP's and the data is as it ought to be.
void describe_3gpp(const Notify& notify, Fields& fields);

}  // namespace ike
