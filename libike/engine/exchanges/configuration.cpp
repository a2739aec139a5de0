#include "libike/engine/exchanges/configuration.hpp"

#include "libike/engine/sa_table.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::engine {
namespace {

ConfigurationAttribute attribute(ConfigAttribute type, Bytes value = {}) {
    return {false, type, std::move(value)};
}

/// INTERNAL_IP6_ADDRESS is an address and a prefix length (section 3.15.1).
ConfigurationAttribute address_attribute(const Address& address) {
    auto value = to_bytes(address.octets());
    if (address.is_v4()) return attribute(ConfigAttribute::internal_ip4_address, std::move(value));
    value.push_back(128);
    return attribute(ConfigAttribute::internal_ip6_address, std::move(value));
}
std::optional<Address> address_of(const ConfigurationAttribute& from) {
    const ByteView value = from.value;
    if (from.type == ConfigAttribute::internal_ip4_address && value.size() == 4)
        return Address::from_octets(value);
    if (from.type == ConfigAttribute::internal_ip6_address && value.size() == 17)
        return Address::from_octets(value.first(16));
    return std::nullopt;
}
std::optional<Address::Family> asks_for_address(const ConfigurationAttribute& from) {
    if (from.type == ConfigAttribute::internal_ip4_address) return Address::Family::v4;
    if (from.type == ConfigAttribute::internal_ip6_address) return Address::Family::v6;
    return std::nullopt;
}
const CpPayload* configuration(const Message& message, ConfigType type) {
    const auto* body = message.get<CpPayload>();
    return body != nullptr && body->type == type ? body : nullptr;
}

/// Leading octets that two addresses share, in bits.
unsigned prefix_length(const Address& first, const Address& last) {
    unsigned bits = 0;
    for (std::size_t i = 0; i < first.octets().size(); ++i) {
        const auto different = static_cast<unsigned>(first.octets()[i] ^ last.octets()[i]);
        if (different == 0) {
            bits += 8;
            continue;
        }
        for (unsigned mask = 0x80; (different & mask) == 0; mask >>= 1) ++bits;
        break;
    }
    return bits;
}

/// INTERNAL_IP4_SUBNET is address and mask, INTERNAL_IP6_SUBNET address and prefix length.
ConfigurationAttribute subnet_attribute(const TrafficSelector& subnet) {
    auto value = to_bytes(subnet.start.octets());
    const auto bits = prefix_length(subnet.start, subnet.end);
    if (!subnet.start.is_v4()) {
        value.push_back(static_cast<std::uint8_t>(bits));
        return attribute(ConfigAttribute::internal_ip6_subnet, std::move(value));
    }
    const auto mask = bits == 0 ? 0u : ~std::uint32_t{0} << (32 - bits);
    append(value, Writer{}.number(mask).view());
    return attribute(ConfigAttribute::internal_ip4_subnet, std::move(value));
}

void add_pool_attributes(const AddressPool& pool, std::vector<ConfigurationAttribute>& to) {
    for (const auto& dns : pool.dns) {
        to.push_back(
            attribute(dns.is_v4() ? ConfigAttribute::internal_ip4_dns : ConfigAttribute::internal_ip6_dns,
                      to_bytes(dns.octets())));
    }
    for (const auto& subnet : pool.subnets) to.push_back(subnet_attribute(subnet));
    for (const auto& domain : pool.dns_domains) {
        to.push_back(attribute(ConfigAttribute::internal_dns_domain, to_bytes(domain)));
    }
}

}  // namespace

void add_configuration_request(const PeerConfig& peer, Payloads& to) {
    if (peer.request_addresses.empty()) return;
    CpPayload request{ConfigType::cfg_request, {}, {}};
    for (const auto family : peer.request_addresses) {
        const bool v4 = family == Address::Family::v4;
        request.attributes.push_back(
            attribute(v4 ? ConfigAttribute::internal_ip4_address : ConfigAttribute::internal_ip6_address));
        request.attributes.push_back(
            attribute(v4 ? ConfigAttribute::internal_ip4_dns : ConfigAttribute::internal_ip6_dns));
        request.attributes.push_back(
            attribute(v4 ? ConfigAttribute::internal_ip4_subnet : ConfigAttribute::internal_ip6_subnet));
    }
    request.attributes.push_back(attribute(ConfigAttribute::internal_dns_domain));
    to.push_back(payload(std::move(request)));
}

void take_configuration(IkeSa& sa, const Message& reply) {
    const auto* body = configuration(reply, ConfigType::cfg_reply);
    if (body == nullptr || sa.peer->request_addresses.empty()) return;
    for (const auto& each : body->attributes) {
        if (const auto address = address_of(each)) sa.inner_addresses.push_back(*address);
    }
    sa.negotiation->configuration = body->attributes;
}

void assign_addresses(IkeSa& sa, Turn& turn, const Message& request) {
    const auto* body = configuration(request, ConfigType::cfg_request);
    if (body == nullptr || !sa.peer->pool) return;
    for (const auto& each : body->attributes) {
        const auto family = asks_for_address(each);
        if (!family) continue;
        const bool has_one = std::ranges::any_of(
            sa.inner_addresses, [&](const Address& given) { return given.family() == *family; });
        if (has_one) continue;
        if (const auto lent = turn.table.leases.lend(*sa.peer->pool, *family, address_of(each))) {
            sa.inner_addresses.push_back(*lent);
        }
    }
}

std::expected<void, Refusal> answer_configuration(const IkeSa& sa, Turn&, const Message& request,
                                                  Payloads& to) {
    if (!sa.peer->pool) return {};
    if (configuration(request, ConfigType::cfg_request) == nullptr) {
        return refuse(NotifyType::failed_cp_required, "the initiator asks for no address and must have one");
    }
    if (sa.inner_addresses.empty()) {
        return refuse(NotifyType::internal_address_failure,
                      "the pool has no address left, or none of that family");
    }
    CpPayload reply{ConfigType::cfg_reply, {}, {}};
    for (const auto& address : sa.inner_addresses) reply.attributes.push_back(address_attribute(address));
    add_pool_attributes(*sa.peer->pool, reply.attributes);
    to.push_back(payload(std::move(reply)));
    return {};
}

std::vector<TrafficSelector> as_meant(const IkeSa& sa, std::span<const TrafficSelector> tsi) {
    std::vector<TrafficSelector> meant{tsi.begin(), tsi.end()};
    for (const auto& address : sa.inner_addresses) {
        const auto family = address.family();
        const auto says_more = [&](const TrafficSelector& each) {
            return each.start.family() == family && !each.end.is_unspecified();
        };
        if (std::ranges::any_of(tsi, says_more)) continue;
        // RFC 7296 section 2.19 has the initiator offer the whole range, which is narrowed to what it is
        // lent. OpenIKED offers 0.0.0.0/32, the address that it does not know yet.
        for (auto& each : meant) {
            if (each.start.family() == family) each.end = everything(family).end;
        }
    }
    return meant;
}

std::vector<TrafficSelector> allowed_remote(const IkeSa& sa, std::span<const TrafficSelector> configured) {
    if (!sa.peer->pool) return {configured.begin(), configured.end()};
    std::vector<TrafficSelector> hosts;
    for (const auto& address : sa.inner_addresses) hosts.push_back(host_selector(address));
    return hosts;
}

}  // namespace ike::engine
