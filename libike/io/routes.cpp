#include "libike/io/routes.hpp"

#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "libike/io/host.hpp"
#include "libike/io/socket_address.hpp"

namespace ike::io {

namespace {

// Before the main table's 32766, after what an administrator is likely to have put first; strongSwan's is
// 220.
constexpr std::uint32_t rule_priority = 221;
// Tables of our own, one for each device.
constexpr std::uint32_t first_table = 0x494b0000;

Bytes octets_of(const Address& address) { return to_bytes(address.octets()); }

/// Moves on to the first address after the prefix of `length` bits; false past the last of all.
bool step(Bytes& octets, unsigned length) {
    if (length == 0) return false;
    std::size_t at = (length - 1) / 8;
    unsigned carry = 1u << (7 - (length - 1) % 8);
    while (true) {
        const unsigned sum = octets[at] + carry;
        octets[at] = static_cast<std::uint8_t>(sum);
        if (sum < 256) return true;
        if (at == 0) return false;
        --at;
        carry = 1;
    }
}

/// The last address of the prefix of `length` bits that begins at `first`.
Bytes last_of(Bytes octets, unsigned length) {
    for (unsigned bit = length; bit < octets.size() * 8; ++bit)
        octets[bit / 8] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
    return octets;
}

bool bits_clear_from(const Bytes& octets, unsigned length) {
    for (unsigned bit = length; bit < octets.size() * 8; ++bit) {
        if ((octets[bit / 8] & 0x80 >> bit % 8) != 0) return false;
    }
    return true;
}

}  // namespace

std::vector<Prefix> prefixes(const Address& start, const Address& end) {
    std::vector<Prefix> found;
    if (start.family() != end.family() || end < start) return found;
    auto at = octets_of(start);
    const auto last = octets_of(end);
    const auto width = static_cast<unsigned>(at.size() * 8);
    do {
        // The shortest prefix that begins here and does not reach past the end.
        unsigned length = width;
        while (length > 0 && bits_clear_from(at, length - 1) && last_of(at, length - 1) <= last) --length;
        found.push_back({*Address::from_octets(at), static_cast<std::uint8_t>(length)});
        if (!step(at, length)) break;
    } while (at <= last);
    return found;
}

std::uint32_t Routes::table() const { return first_table + interface_; }

int Routes::rule(std::uint16_t type, std::uint16_t flags, Address::Family family) {
    NetlinkMessage message{type, flags};
    auto& fixed = message.extra<fib_rule_hdr>();
    fixed.family = family == Address::Family::v4 ? AF_INET : AF_INET6;
    fixed.action = FR_ACT_TO_TBL;
    fixed.flags = FIB_RULE_INVERT;
    message.put_number(FRA_PRIORITY, rule_priority);
    message.put_number(FRA_FWMARK, own_mark);
    message.put_number(FRA_FWMASK, 0xffffffff);
    message.put_number(FRA_TABLE, table());
    return netlink_.request(message);
}

Result<Routes> Routes::open(unsigned interface) {
    auto netlink = Netlink::open(NETLINK_ROUTE);
    if (!netlink) return std::unexpected{netlink.error()};
    Routes routes{std::move(*netlink), interface};
    for (const auto family : {Address::Family::v4, Address::Family::v6}) {
        const int error = routes.rule(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, family);
        if (error == 0) {
            routes.ruled_.push_back(family);
        } else if (family == Address::Family::v4) {
            return failure(fmt::format("routing rule for the tunnel: {}", errno_text(error)),
                           "routes need root or CAP_NET_ADMIN and a kernel with policy routing");
        }
    }
    return routes;
}

Routes::~Routes() {
    for (const auto family : ruled_) rule(RTM_DELRULE, 0, family);
}

Result<bool> Routes::add_address(const Address& address) {
    NetlinkMessage message{RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE};
    auto& fixed = message.extra<ifaddrmsg>();
    fixed.ifa_family = static_cast<std::uint8_t>(family_of(address));
    fixed.ifa_prefixlen = address.is_v4() ? 32 : 128;
    fixed.ifa_flags = address.is_v6() ? IFA_F_NODAD : 0;
    fixed.ifa_index = interface_;
    message.put(IFA_LOCAL, address.octets());
    message.put(IFA_ADDRESS, address.octets());
    if (const int error = netlink_.request(message); error != 0)
        return failure(fmt::format("{}: could not be made an address of the tunnel: {}", to_string(address),
                                   errno_text(error)));
    return true;
}

int Routes::route(std::uint16_t type, std::uint16_t flags, const Prefix& destination,
                  const std::optional<Address>& source) {
    NetlinkMessage message{type, flags};
    auto& fixed = message.extra<rtmsg>();
    fixed.rtm_family = static_cast<std::uint8_t>(family_of(destination.address));
    fixed.rtm_dst_len = destination.length;
    fixed.rtm_protocol = RTPROT_STATIC;
    fixed.rtm_scope = RT_SCOPE_LINK;
    fixed.rtm_type = RTN_UNICAST;
    fixed.rtm_table = RT_TABLE_UNSPEC;
    message.put_number(RTA_TABLE, table());
    message.put_number(RTA_OIF, interface_);
    if (destination.length != 0) message.put(RTA_DST, destination.address.octets());
    if (source) message.put(RTA_PREFSRC, source->octets());
    return netlink_.request(message);
}

Result<bool> Routes::add(const Prefix& destination, const std::optional<Address>& source) {
    if (const int error = route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, destination, source);
        error != 0) {
        return failure(fmt::format("route to {}/{} through the tunnel: {}", to_string(destination.address),
                                   destination.length, errno_text(error)));
    }
    return true;
}

void Routes::remove(const Prefix& destination) { route(RTM_DELROUTE, 0, destination, {}); }

}  // namespace ike::io
