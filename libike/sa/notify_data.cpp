#include "libike/sa/notify_data.hpp"

namespace ike {
namespace {

/// Octets of one address by the length of NO_NATS_ALLOWED data, two addresses and two ports; 0 for other
/// lengths.
std::size_t address_size(std::size_t data_size) {
    if (data_size == 12) return 4;
    if (data_size == 36) return 16;
    return 0;
}

}  // namespace

std::array<std::uint8_t, 20> nat_detection_hash(IkeSpi initiator, IkeSpi responder,
                                                const Endpoint& endpoint) {
    Writer out;
    out.number(initiator).number(responder).octets(endpoint.address.octets()).number(endpoint.port);
    const std::array<ByteView, 1> parts{out.view()};
    return crypto::sha1(parts);
}

std::optional<Address> additional_address(const Notify& notify) {
    const auto address = Address::from_octets(notify.data);
    if (!address) return std::nullopt;
    const auto type =
        address->is_v4() ? NotifyType::additional_ip4_address : NotifyType::additional_ip6_address;
    return notify.type == type ? address : std::nullopt;
}

Payload additional_address(const Address& address) {
    const auto type =
        address.is_v4() ? NotifyType::additional_ip4_address : NotifyType::additional_ip6_address;
    return notify(type, to_bytes(address.octets()));
}

std::optional<NoNatsAllowed> no_nats_allowed(const Notify& notify) {
    const auto size = address_size(notify.data.size());
    if (size == 0) return std::nullopt;
    Reader in{notify.data};
    const auto source = Address::from_octets(in.take(size, "source address"));
    const auto destination = Address::from_octets(in.take(size, "destination address"));
    const auto source_port = in.number<std::uint16_t>("source port");
    const auto destination_port = in.number<std::uint16_t>("destination port");
    if (!source || !destination) return std::nullopt;
    return NoNatsAllowed{{*source, source_port}, {*destination, destination_port}};
}

Payload no_nats_allowed(const Endpoint& source, const Endpoint& destination) {
    Writer out;
    out.octets(source.address.octets()).octets(destination.address.octets());
    out.number(source.port).number(destination.port);
    return notify(NotifyType::no_nats_allowed, out.take());
}

std::optional<IpcompSupported> ipcomp_supported(const Notify& notify) {
    Reader in{notify.data};
    IpcompSupported supported;
    supported.cpi = in.number<std::uint16_t>("cpi");
    supported.transform = in.code<IpcompTransform>("transform id");
    if (in.failed()) return std::nullopt;
    return supported;
}

Payload ipcomp_supported(IpcompSupported supported) {
    return notify(NotifyType::ipcomp_supported,
                  Writer{}.number(supported.cpi).code(supported.transform).take());
}

std::optional<KeId> wanted_group(const Notify& notify) {
    Reader in{notify.data};
    const auto group = in.code<KeId>("key exchange method");
    if (const auto read = in.finish(group)) return *read;
    return std::nullopt;
}

std::vector<std::uint16_t> signature_hash_values(const Notify& notify) {
    std::vector<std::uint16_t> values;
    Reader in{notify.data};
    while (in.remaining() > 0) values.push_back(in.number<std::uint16_t>("hash algorithm"));
    return in.failed() ? std::vector<std::uint16_t>{} : values;
}

}  // namespace ike
