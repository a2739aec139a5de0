#pragma once
// What XFRM's messages are made of. For libike/io alone.
#include <netinet/in.h>

#include <linux/xfrm.h>

#include "libike/base/error.hpp"
#include "libike/engine/events.hpp"
#include "libike/io/netlink.hpp"
#include "libike/io/routes.hpp"

namespace ike::io {

xfrm_address_t xfrm_address(const Address& address);
/// Limits that never come.
xfrm_lifetime_cfg no_limits();
/// The algorithm attributes of a suite with its keys. The error names what XFRM has no name for.
Result<bool> put_algorithms(NetlinkMessage& message, const EspSuite& suite, ByteView encr_key,
                            ByteView integ_key);
/// The selector of traffic from `source` to `destination`, protocol and ports of both selectors.
xfrm_selector xfrm_selector_of(const Prefix& source, const TrafficSelector& from, const Prefix& destination,
                               const TrafficSelector& to);

}  // namespace ike::io
