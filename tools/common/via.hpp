#pragma once
// Where an IKE SA may be moved to: a local address, or an interface whose address is looked up when it is
// needed.
#include <string>

#include "libike/base/address.hpp"
#include "libike/base/error.hpp"
#include "tools/common/options.hpp"

class Via {
public:
    explicit Via(std::string text);
    /// As the user wrote it.
    const std::string& text() const { return text_; }
    bool is_address() const { return address_.has_value(); }
    /// The address now; of an interface, its first of `family` that is not link-local. The error names what
    /// is missing.
    ike::Result<ike::Address> resolve(ike::Address::Family family) const;

private:
    std::string text_;
    std::optional<ike::Address> address_;
};

/// The options with `first` as the only address to listen on, where it is an address and the user named none:
/// the others are added when they are moved to, and one that is not there by then fails that move alone.
CommonOptions come_from(const Via& first, CommonOptions options);
