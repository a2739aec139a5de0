#pragma once
// Vendor IDs (RFC 7296 section 3.12, RFC 2408 section 3.16): no registry exists, so these are the values seen
// in the field. Most are the MD5 of some text; where that text is known it is kept, and the tests compute the
// hash again.
#include <span>
#include <string>
#include <string_view>

#include "libike/base/octets.hpp"

namespace ike {

/// One known value.
struct VendorId {
    /// How much of a payload has to agree.
    enum class Match : std::uint8_t {
        exact,
        prefix,  ///< more octets may follow, often a version
    };
    std::string_view name;
    std::string_view octets;  ///< lower-case hexadecimal, or the characters themselves where `text`
    Match match = Match::exact;
    bool text = false;
    /// `octets` is the MD5 of this, or the beginning of it where `match` is prefix or the value is shorter.
    /// "" if not known.
    std::string_view md5_of = {};
};

/// All known values.
std::span<const VendorId> vendor_ids();

/// The known value that agrees with most of a Vendor ID payload's octets, or nullptr.
const VendorId* find_vendor_id(ByteView payload);

/// Text for a Vendor ID payload: the known name with what follows a prefix ("MS NT5 ISAKMPOAKLEY
/// (00000009)"), else the payload's own characters if all can be printed, else "". At most 80 characters;
/// never control characters.
std::string vendor_id_text(ByteView payload);

}  // namespace ike
