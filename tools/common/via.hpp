#pragma once
// Where an IKE SA may be moved to: a local address, or an interface whose address is looked up when it is
// needed.
#include <string>

#include "libike/base/address.hpp"
#include "libike/base/error.hpp"

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
