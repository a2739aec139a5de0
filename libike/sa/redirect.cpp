#include "libike/sa/redirect.hpp"

#include <algorithm>

#include "libike/registry/gateway_id_type.hpp"

namespace ike {
namespace {

bool is_host_name(ByteView octets) {
    return !octets.empty() &&
           std::ranges::all_of(octets, [](std::uint8_t each) { return each > 0x20 && each < 0x7f; });
}

void put(Writer& to, GatewayIdType type, ByteView identity) {
    to.code(type).number(static_cast<std::uint8_t>(identity.size())).octets(identity);
}
void put(Writer& to, const Address& address) {
    put(to, address.is_v4() ? GatewayIdType::ipv4_address : GatewayIdType::ipv6_address, address.octets());
}

}  // namespace

std::string to_string(const GatewayName& gateway) {
    const auto* address = std::get_if<Address>(&gateway);
    return address != nullptr ? to_string(*address) : std::get<std::string>(gateway);
}

std::optional<Redirect> redirect(const Notify& notify) {
    Reader in{notify.data};
    const auto type = in.code<GatewayIdType>("gateway identity type");
    const auto size = in.number<std::uint8_t>("gateway identity length");
    const auto identity = in.take(size, "gateway identity");
    Redirect made;
    made.nonce = to_bytes(in.rest());
    if (!in.finish(true)) return std::nullopt;
    if (type == GatewayIdType::fqdn) {
        if (!is_host_name(identity)) return std::nullopt;
        made.gateway = std::string{identity.begin(), identity.end()};
        return made;
    }
    const bool v4 = type == GatewayIdType::ipv4_address && size == 4;
    const bool v6 = type == GatewayIdType::ipv6_address && size == 16;
    const auto address = v4 || v6 ? Address::from_octets(identity) : std::nullopt;
    if (!address || address->is_unspecified()) return std::nullopt;
    made.gateway = *address;
    return made;
}

Payload redirect(const Redirect& redirect) {
    Writer data;
    if (const auto* address = std::get_if<Address>(&redirect.gateway)) {
        put(data, *address);
    } else {
        const auto& name = std::get<std::string>(redirect.gateway);
        put(data, GatewayIdType::fqdn, to_bytes(std::string_view{name}.substr(0, 255)));
    }
    data.octets(redirect.nonce);
    return notify(NotifyType::redirect, data.take());
}

Payload redirected_from(const Address& gateway) {
    Writer data;
    put(data, gateway);
    return notify(NotifyType::redirected_from, data.take());
}

}  // namespace ike
