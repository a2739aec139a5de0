#include "libike/io/kernel_plane.hpp"

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/udp.h>

#include <cerrno>
#include <cstring>

#include "libike/io/host.hpp"
#include "libike/io/socket_address.hpp"
#include "libike/io/xfrm_message.hpp"

namespace ike::io {

namespace {

// Narrower policies win; ours come before what has no priority of its own.
constexpr std::uint32_t policy_priority = 2000;

std::unexpected<Error> refused(std::string_view what, int error) {
    std::string advice;
    if (error == EPERM)
        advice = "ESP in the kernel needs root or CAP_NET_ADMIN; --dataplane user does without";
    if (error == ENOSYS || error == EPROTONOSUPPORT || error == EAFNOSUPPORT || error == ENOENT)
        advice =
            "this kernel has no ESP or not this algorithm (CONFIG_INET_ESP, modprobe esp4 esp6); take "
            "--dataplane user";
    return failure(fmt::format("ESP in the kernel: {}: {}", what, errno_text(error)), advice);
}

/// Where an SA's packets come from and go to, outside.
struct Ends {
    Endpoint source, destination;
};

xfrm_usersa_id state_id(const Address& destination, std::uint32_t spi) {
    xfrm_usersa_id id{};
    id.daddr = xfrm_address(destination);
    id.spi = htonl(spi);
    id.family = static_cast<std::uint16_t>(family_of(destination));
    id.proto = IPPROTO_ESP;
    return id;
}

std::uint8_t xfrm_mode(const InstallChild& order) {
    return order.terms.mode == EspMode::transport ? XFRM_MODE_TRANSPORT : XFRM_MODE_TUNNEL;
}

void put_encapsulation(NetlinkMessage& message, const Ends& ends) {
    xfrm_encap_tmpl encap{};
    encap.encap_type = UDP_ENCAP_ESPINUDP;
    encap.encap_sport = htons(ends.source.port);
    encap.encap_dport = htons(ends.destination.port);
    // No original addresses: Linux does not look at TCP and UDP checksums behind NATs (RFC 3948
    // section 3.1.2).
    message.put(XFRMA_ENCAP, ByteView{reinterpret_cast<const std::uint8_t*>(&encap), sizeof encap});
}

/// The bitmap form, which every window size and ESN need.
void put_replay_window(NetlinkMessage& message, std::size_t window) {
    const auto words = std::max<std::size_t>((window + 31) / 32, 1);
    Bytes octets(sizeof(xfrm_replay_state_esn) + words * 4);
    xfrm_replay_state_esn head{};
    head.bmp_len = static_cast<unsigned>(words);
    head.replay_window = static_cast<unsigned>(std::max<std::size_t>(window, 1));
    std::memcpy(octets.data(), &head, sizeof head);
    message.put(XFRMA_REPLAY_ESN_VAL, octets);
}

/// The attribute of a NEWSA message, as the kernel sent it.
ByteView attribute(ByteView answer, std::uint16_t type) {
    const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
    const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(header));
    const auto* one =
        static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(header, sizeof(xfrm_usersa_info)));
    while (mnl_attr_ok(one, static_cast<int>(end - reinterpret_cast<const char*>(one)))) {
        if (mnl_attr_get_type(one) == type)
            return {static_cast<const std::uint8_t*>(mnl_attr_get_payload(one)),
                    mnl_attr_get_payload_len(one)};
        one = mnl_attr_next(one);
    }
    return {};
}

/// Both directions of every pair of prefixes that the selectors make.
template <class Visit>
void for_each_pair(const InstallChild& order, Visit visit) {
    for (const auto& local : order.ts_local) {
        for (const auto& remote : order.ts_remote) {
            if (local.start.family() != remote.start.family()) continue;
            for (const auto& here : prefixes(local.start, local.end)) {
                for (const auto& there : prefixes(remote.start, remote.end)) {
                    visit(XFRM_POLICY_OUT, xfrm_selector_of(here, local, there, remote));
                    visit(XFRM_POLICY_IN, xfrm_selector_of(there, remote, here, local));
                    visit(XFRM_POLICY_FWD, xfrm_selector_of(there, remote, here, local));
                }
            }
        }
    }
}

}  // namespace

Result<KernelPlane> KernelPlane::open() {
    auto netlink = Netlink::open(NETLINK_XFRM);
    if (!netlink)
        return failure("ESP in the kernel: " + netlink.error().what,
                       "this kernel has no XFRM (CONFIG_XFRM_USER); take --dataplane user");
    KernelPlane plane{std::move(*netlink)};
    // A state between two addresses of loopback that nothing uses, made and removed again.
    Child probe;
    probe.order.suite.encr = EncrId::aes_gcm_16;
    probe.order.suite.key_bits = 128;
    probe.order.encr_in = SecretBytes(20);
    probe.order.spi_in = 0x494b4531;
    probe.order.path = {{Address::v4({127, 73, 75, 69}), 0}, {Address::v4({127, 73, 75, 70}), 0}};
    if (const auto added = plane.add_state(probe, Way::in); !added) return std::unexpected{added.error()};
    plane.delete_state(probe.order.path.local.address, probe.order.spi_in);
    return plane;
}

KernelPlane::~KernelPlane() {
    while (!children_.empty()) remove(children_.begin()->first);
}

Result<bool> KernelPlane::add_state(const Child& child, Way way, ByteView replay) {
    const auto& order = child.order;
    const bool in = way == Way::in;
    const Ends ends =
        in ? Ends{order.path.remote, order.path.local} : Ends{order.path.local, order.path.remote};
    const auto spi = in ? order.spi_in : order.spi_out;
    NetlinkMessage message{XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL};
    auto& state = message.extra<xfrm_usersa_info>();
    state.id.daddr = xfrm_address(ends.destination.address);
    state.id.spi = htonl(spi);
    state.id.proto = IPPROTO_ESP;
    state.saddr = xfrm_address(ends.source.address);
    state.lft = no_limits();
    state.reqid = static_cast<std::uint32_t>(order.child);
    state.family = static_cast<std::uint16_t>(family_of(ends.destination.address));
    state.mode = xfrm_mode(order);
    state.flags = static_cast<std::uint8_t>(XFRM_STATE_AF_UNSPEC | (order.suite.esn ? XFRM_STATE_ESN : 0));
    const auto& encr = in ? order.encr_in : order.encr_out;
    const auto& integ = in ? order.integ_in : order.integ_out;
    if (const auto named = put_algorithms(message, order.suite, encr, integ); !named) return named;
    if (order.udp_encapsulation) put_encapsulation(message, ends);
    if (!in && order.tfc_size != 0 && order.terms.mode == EspMode::tunnel) {
        const auto size = static_cast<std::uint32_t>(order.tfc_size);
        message.put(XFRMA_TFCPAD, ByteView{reinterpret_cast<const std::uint8_t*>(&size), sizeof size});
    }
    if (replay.empty()) {
        put_replay_window(message, order.replay_window);
    } else {
        message.put(XFRMA_REPLAY_ESN_VAL, replay);
    }
    const int error = netlink_.request(message);
    wipe(message.octets());
    if (error != 0) return refused(fmt::format("SA {:08x} could not be added", spi), error);
    return true;
}

int KernelPlane::delete_state(const Address& destination, std::uint32_t spi) {
    NetlinkMessage message{XFRM_MSG_DELSA, 0};
    message.extra<xfrm_usersa_id>() = state_id(destination, spi);
    return netlink_.request(message);
}

std::optional<Bytes> KernelPlane::get_state(const Address& destination, std::uint32_t spi) {
    NetlinkMessage message{XFRM_MSG_GETSA, 0};
    message.extra<xfrm_usersa_id>() = state_id(destination, spi);
    auto answer = netlink_.ask(message, XFRM_MSG_NEWSA);
    if (!answer || answer->size() < NLMSG_HDRLEN + sizeof(xfrm_usersa_info)) return std::nullopt;
    return answer;
}

Result<bool> KernelPlane::put_policies(const InstallChild& order, std::uint16_t type) {
    int error = 0;
    for_each_pair(order, [&](std::uint8_t direction, const xfrm_selector& selector) {
        NetlinkMessage message{type, 0};
        auto& policy = message.extra<xfrm_userpolicy_info>();
        policy.sel = selector;
        policy.lft = no_limits();
        policy.priority = policy_priority - selector.prefixlen_s - selector.prefixlen_d;
        policy.dir = direction;
        policy.action = XFRM_POLICY_ALLOW;
        const bool out = direction == XFRM_POLICY_OUT;
        xfrm_user_tmpl tmpl{};
        tmpl.id.daddr = xfrm_address(out ? order.path.remote.address : order.path.local.address);
        tmpl.saddr = xfrm_address(out ? order.path.local.address : order.path.remote.address);
        tmpl.id.proto = IPPROTO_ESP;
        tmpl.family = static_cast<std::uint16_t>(family_of(order.path.local.address));
        tmpl.reqid = static_cast<std::uint32_t>(order.child);
        tmpl.mode = xfrm_mode(order);
        tmpl.aalgos = tmpl.ealgos = tmpl.calgos = ~0u;
        message.put(XFRMA_TMPL, ByteView{reinterpret_cast<const std::uint8_t*>(&tmpl), sizeof tmpl});
        if (const int failed = netlink_.request(message); failed != 0) error = failed;
    });
    if (error != 0)
        return refused(fmt::format("policies of Child SA {}", static_cast<unsigned>(order.child)), error);
    return true;
}

void KernelPlane::delete_policies(const InstallChild& order) {
    for_each_pair(order, [&](std::uint8_t direction, const xfrm_selector& selector) {
        NetlinkMessage message{XFRM_MSG_DELPOLICY, 0};
        auto& id = message.extra<xfrm_userpolicy_id>();
        id.sel = selector;
        id.dir = direction;
        netlink_.request(message);
    });
}

Result<bool> KernelPlane::apply(DataPlaneChange change) {
    return std::visit(Overloaded{[this](InstallChild& order) { return install(std::move(order)); },
                                 [this](MoveChild& order) { return move(order); },
                                 [this](PreferChild& order) { return prefer(order.spi_in); },
                                 [this](RemoveChild& order) {
                                     remove(order.spi_in);
                                     return Result<bool>{true};
                                 }},
                      change);
}

Result<bool> KernelPlane::install(InstallChild order) {
    const bool rekeyed = std::ranges::any_of(
        children_, [&](const auto& one) { return one.second.order.child == order.child; });
    auto& child = children_[order.spi_in];
    child.order = std::move(order);
    if (const auto added = add_state(child, Way::in); !added) return added;
    if (rekeyed)
        return true;  // the kernel takes the youngest for what goes out: not before the engine says so
    if (const auto preferred = prefer(child.order.spi_in); !preferred) return preferred;
    return put_policies(child.order, XFRM_MSG_UPDPOLICY);
}

Result<bool> KernelPlane::prefer(std::uint32_t spi_in) {
    const auto found = children_.find(spi_in);
    if (found == children_.end() || found->second.outbound) return true;
    found->second.outbound = true;
    return add_state(found->second, Way::out);
}

void KernelPlane::remove(std::uint32_t spi_in) {
    const auto found = children_.find(spi_in);
    if (found == children_.end()) return;
    const auto child = std::move(found->second);
    children_.erase(found);
    delete_state(child.order.path.local.address, child.order.spi_in);
    if (child.outbound) delete_state(child.order.path.remote.address, child.order.spi_out);
    const bool last = std::ranges::none_of(
        children_, [&](const auto& one) { return one.second.order.child == child.order.child; });
    if (last) delete_policies(child.order);
}

/// XFRM cannot change a state's addresses: it is read, removed and added again, its window and numbers with
/// it.
Result<bool> KernelPlane::move_state(const Child& before, const Child& after, Way way) {
    const bool in = way == Way::in;
    const auto& destination = in ? before.order.path.local.address : before.order.path.remote.address;
    const auto spi = in ? before.order.spi_in : before.order.spi_out;
    const auto state = get_state(destination, spi);
    delete_state(destination, spi);
    return add_state(after, way, state ? attribute(*state, XFRMA_REPLAY_ESN_VAL) : ByteView{});
}

Result<bool> KernelPlane::move(const MoveChild& order) {
    const auto found = children_.find(order.spi_in);
    if (found == children_.end()) return true;
    Child before;
    before.order.path = found->second.order.path;
    before.order.spi_in = found->second.order.spi_in;
    before.order.spi_out = found->second.order.spi_out;
    auto& child = found->second;
    const auto counted = count(child);
    child.packets_in = counted.packets_in;
    child.octets_in = counted.octets_in;
    child.packets_out = counted.packets_out;
    child.octets_out = counted.octets_out;
    child.order.path = order.path;
    child.order.udp_encapsulation = order.udp_encapsulation;
    if (child.outbound) {
        if (const auto moved = move_state(before, child, Way::out); !moved) return moved;
        if (const auto put = put_policies(child.order, XFRM_MSG_UPDPOLICY); !put) return put;
    }
    return move_state(before, child, Way::in);
}

ChildTraffic KernelPlane::count(const Child& child) {
    ChildTraffic one;
    one.child = child.order.child;
    one.spi_in = child.order.spi_in;
    one.spi_out = child.order.spi_out;
    one.path = child.order.path;
    one.udp_encapsulation = child.order.udp_encapsulation;
    const auto read = [&](const Address& destination, std::uint32_t spi) {
        std::pair<xfrm_usersa_info, xfrm_replay_state_esn> found{};
        const auto state = get_state(destination, spi);
        if (!state) return found;
        std::memcpy(&found.first, state->data() + NLMSG_HDRLEN, sizeof found.first);
        const auto replay = attribute(*state, XFRMA_REPLAY_ESN_VAL);
        if (replay.size() >= sizeof found.second)
            std::memcpy(&found.second, replay.data(), sizeof found.second);
        return found;
    };
    const auto [in, replay_in] = read(child.order.path.local.address, child.order.spi_in);
    one.packets_in = child.packets_in + in.curlft.packets;
    one.octets_in = child.octets_in + in.curlft.bytes;
    one.replayed = in.stats.replay;
    one.too_old = in.stats.replay_window;
    one.bad_icv = in.stats.integrity_failed;
    one.highest_sequence_in = std::uint64_t{replay_in.seq_hi} << 32 | replay_in.seq;
    one.packets_out = child.packets_out;
    one.octets_out = child.octets_out;
    if (!child.outbound) return one;
    const auto [out, replay_out] = read(child.order.path.remote.address, child.order.spi_out);
    one.packets_out += out.curlft.packets;
    one.octets_out += out.curlft.bytes;
    one.next_sequence_out = (std::uint64_t{replay_out.oseq_hi} << 32 | replay_out.oseq) + 1;
    return one;
}

std::vector<ChildTraffic> KernelPlane::traffic() {
    std::vector<ChildTraffic> all;
    for (const auto& [spi_in, child] : children_) all.push_back(count(child));
    return all;
}

std::vector<LimitReached> KernelPlane::take_limits() {
    std::vector<LimitReached> met;
    for (auto& [spi_in, child] : children_) {
        const auto counted = count(child);
        const auto octets = std::max(counted.octets_in, counted.octets_out);
        const auto packets = std::max(counted.packets_in, counted.packets_out);
        const auto& limits = child.order.limits;
        const auto is_met = [&](std::uint64_t of_octets, std::uint64_t of_packets) {
            return (of_octets != 0 && octets >= of_octets) || (of_packets != 0 && packets >= of_packets);
        };
        // RFC 4303 section 3.3.3: the number must not cycle.
        const bool ends_soon =
            !child.order.suite.esn && counted.next_sequence_out > 0xffffffffu - (std::uint64_t{1} << 26);
        if (!child.hard_told && is_met(limits.hard_octets, limits.hard_packets)) {
            child.hard_told = child.soft_told = true;
            met.push_back({spi_in, LimitReached::Limit::hard});
        } else if (!child.soft_told && (is_met(limits.soft_octets, limits.soft_packets) || ends_soon)) {
            child.soft_told = true;
            met.push_back({spi_in, LimitReached::Limit::soft});
        }
    }
    return met;
}

Result<bool> KernelPlane::prepare_socket(int descriptor, Address::Family family) {
    const bool v4 = family == Address::Family::v4;
    for (const auto direction : {XFRM_POLICY_IN, XFRM_POLICY_OUT}) {
        xfrm_userpolicy_info bypass{};
        bypass.sel.family = v4 ? AF_INET : AF_INET6;
        bypass.action = XFRM_POLICY_ALLOW;
        bypass.dir = static_cast<std::uint8_t>(direction);
        const int option = v4 ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;
        if (setsockopt(descriptor, v4 ? IPPROTO_IP : IPPROTO_IPV6, option, &bypass, sizeof bypass) != 0)
            return refused("IKE could not be let past the policies", errno);
    }
    return true;
}

}  // namespace ike::io
