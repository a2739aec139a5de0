#pragma once
// The return routability check (RFC 4555 section 3.7): what was sent, where to, and what an answer proves.
#include "libike/base/address.hpp"

namespace ike::mobike {

inline constexpr std::size_t cookie2_size = 16;  ///< of ours; 8 to 64 are allowed (section 4.2.5)
inline constexpr std::size_t cookie2_least = 8;
inline constexpr std::size_t cookie2_most = 64;

/// One COOKIE2 on its way.
class ReturnCheck {
public:
    explicit ReturnCheck(Bytes cookie) : cookie_{std::move(cookie)} {}
    ByteView cookie() const { return cookie_; }
    /// The request that holds the cookie went to this address.
    void sent_to(const Address& address);

    enum class Verdict : std::uint8_t {
        mismatch,  ///< the IKE SA must be closed
        proven,    ///< the peer receives at `address()`
        unclear,   ///< the request went to several addresses: ask again
    };
    /// `echoed` is the COOKIE2 of the answer, nothing where it has none.
    Verdict judge(std::optional<ByteView> echoed) const;
    const Address& address() const { return address_; }

private:
    Bytes cookie_;
    Address address_;
    bool sent_ = false;
    bool several_ = false;
};

}  // namespace ike::mobike
