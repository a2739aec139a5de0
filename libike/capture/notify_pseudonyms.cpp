// Notifications and configuration attributes with pseudonyms in the place of addresses, names and hashes.
#include "libike/capture/payload_pseudonyms.hpp"
#include "libike/registry/gateway_id_type.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike {
namespace {

bool nat_detection(Notify& notify, const NatContext& nat, Pseudonyms& names) {
    if (notify.type != NotifyType::nat_detection_source_ip &&
        notify.type != NotifyType::nat_detection_destination_ip) {
        return false;
    }
    for (const auto& each : nat.endpoints) {
        if (!equal(nat_detection_hash(nat.initiator, nat.responder, each), notify.data)) continue;
        const auto hash = nat_detection_hash(nat.initiator, nat.responder, names.endpoint(each));
        notify.data = to_bytes(ByteView{hash});
        return true;
    }
    notify.data = names.octets(notify.data, "nat detection");
    return true;
}

/// Data that is nothing but numbers of the protocol.
bool is_harmless(const Notify& notify) {
    switch (notify.type) {
        case NotifyType::cookie:
        case NotifyType::cookie2:
        case NotifyType::invalid_ke_payload:
        case NotifyType::signature_hash_algorithms:
        case NotifyType::set_window_size:
        case NotifyType::auth_lifetime:
        case NotifyType::invalid_message_id:
        case NotifyType::invalid_spi:
        case NotifyType::invalid_major_version:
        case NotifyType::unsupported_critical_payload:
        case NotifyType::ipcomp_supported:
        case NotifyType::supported_auth_methods:
        case NotifyType::secure_password_methods:
        case NotifyType::ikev2_message_id_sync:
            return true;
        default:
            return notify.data.empty();
    }
}

bool is_address_of_3gpp(const Notify& notify) {
    const auto type = static_cast<unsigned>(notify.type);
    return type >= 55502 && type <= 55505;
}

/// An address, where the octets are one.
Bytes address_pseudonym(ByteView octets, Pseudonyms& names) {
    const auto address = Address::from_octets(octets);
    return address ? to_bytes(names.address(*address).octets()) : names.octets(octets, "address");
}

/// RFC 5685 section 7: type, length, identity, and a nonce.
Bytes redirect_pseudonym(ByteView data, Pseudonyms& names) {
    constexpr std::size_t head = 2;
    if (data.size() < head) return to_bytes(data);
    const auto size = std::min<std::size_t>(data[1], data.size() - head);
    const auto identity = data.subspan(head, size);
    const bool domain = static_cast<GatewayIdType>(data[0]) == GatewayIdType::fqdn;
    return concat(data.first(head),
                  domain ? text_pseudonym(identity, names) : address_pseudonym(identity, names),
                  data.subspan(head + size));
}

// ---- Configuration attributes ----------------------------------------------------------------------------

/// Numbers of the protocol; of XAUTH, and of Cisco's and Microsoft's the like.
bool is_harmless(ConfigAttribute type) {
    switch (type) {
        case ConfigAttribute::supported_attributes:
        case ConfigAttribute::internal_ip4_netmask:
        case ConfigAttribute::timeout_period_for_liveness_check:
        case ConfigAttribute::ftt_kat:
            return true;
        default:
            break;
    }
    const auto number = static_cast<unsigned>(type);
    return number == 16520 || number == 16527 || number == 28673 || number == 28677 || number == 28679 ||
           number == 28680;
}

bool is_text(ConfigAttribute type) {
    const auto number = static_cast<unsigned>(type);
    return type == ConfigAttribute::internal_dns_domain || type == ConfigAttribute::application_version ||
           number == 16387 || number == 16521 || (number >= 16524 && number <= 16526) || number == 28672 ||
           number == 28674 || number == 28675 || number == 28682;
}

/// RFC 9464 section 3.1: priority, number of addresses, length of the name, then those and parameters.
Bytes encrypted_dns(ByteView value, std::size_t address_size, Pseudonyms& names) {
    constexpr std::size_t head = 4;
    if (value.size() < head) return names.octets(value, "attribute");
    auto made = to_bytes(value.first(head));
    auto rest = value.subspan(head);
    for (std::size_t i = 0; i < value[2] && rest.size() >= address_size; ++i) {
        append(made, address_pseudonym(rest.first(address_size), names));
        rest = rest.subspan(address_size);
    }
    const auto name = std::min<std::size_t>(value[3], rest.size());
    append(made, text_pseudonym(rest.first(name), names));
    append(made, names.octets(rest.subspan(name), "parameters"));
    return made;
}

/// RFC 9464 section 3.2: number of hashes, length of the name, the name, hashes, a digest.
Bytes dns_digest(ByteView value, Pseudonyms& names) {
    constexpr std::size_t head = 2;
    if (value.size() < head) return names.octets(value, "attribute");
    const auto rest = value.subspan(head);
    const auto name = std::min<std::size_t>(value[1], rest.size());
    const auto hashes = std::min<std::size_t>(value[0] * std::size_t{2}, rest.size() - name);
    auto made = to_bytes(value.first(head));
    append(made, text_pseudonym(rest.first(name), names));
    append(made, rest.subspan(name, hashes));
    append(made, names.octets(rest.subspan(name + hashes), "digest"));
    return made;
}

/// Cisco's split networks: address, mask, six octets.
Bytes networks(ByteView value, Pseudonyms& names) {
    constexpr std::size_t each = 14, address = 4;
    auto made = to_bytes(value);
    for (std::size_t at = 0; at + each <= value.size(); at += each)
        std::ranges::copy(address_pseudonym(value.subspan(at, address), names),
                          made.begin() + static_cast<std::ptrdiff_t>(at));
    return made;
}

/// An address, with its netmask or prefix length behind it.
bool replace_address(Bytes& value, Pseudonyms& names) {
    const std::size_t size = value.size() == 8 ? 4 : value.size() == 17 ? 16 : value.size();
    const auto address = Address::from_octets(ByteView{value}.first(size));
    if (address) std::ranges::copy(names.address(*address).octets(), value.begin());
    return address.has_value();
}

}  // namespace

void replace_notify(Notify& notify, const NatContext& nat, Pseudonyms& names) {
    if (is_harmless(notify) || nat_detection(notify, nat, names)) return;
    if (const auto address = additional_address(notify)) {
        notify.data = to_bytes(names.address(*address).octets());
    } else if (const auto ends = no_nats_allowed(notify)) {
        const auto made = no_nats_allowed(names.endpoint(ends->source), names.endpoint(ends->destination));
        notify.data = std::get<Notify>(made.body).data;
    } else if (notify.type == NotifyType::redirect || notify.type == NotifyType::redirected_from) {
        notify.data = redirect_pseudonym(notify.data, names);
    } else if (is_address_of_3gpp(notify)) {
        notify.data = address_pseudonym(notify.data, names);
    } else if (notify.type == NotifyType::ppk_identity) {
        notify.data =
            concat(ByteView{notify.data}.first(1), names.octets(ByteView{notify.data}.subspan(1), "ppk"));
    } else {
        notify.data = names.octets(notify.data, "notify");
    }
}

void replace_attribute(ConfigurationAttribute& attribute, Pseudonyms& names) {
    auto& value = attribute.value;
    if (is_harmless(attribute.type)) return;
    if (is_text(attribute.type)) {
        value = text_pseudonym(value, names);
        return;
    }
    const auto type = static_cast<unsigned>(attribute.type);
    const bool addresses = (type >= 1 && type <= 21) || type == 23456 || type == 23457;
    if (addresses && replace_address(value, names)) return;
    switch (attribute.type) {
        case ConfigAttribute::encdns_ip4:
            value = encrypted_dns(value, 4, names);
            return;
        case ConfigAttribute::encdns_ip6:
            value = encrypted_dns(value, 16, names);
            return;
        case ConfigAttribute::encdns_digest_info:
            value = dns_digest(value, names);
            return;
        default:
            value =
                type == 28676 || type == 28678 ? networks(value, names) : names.octets(value, "attribute");
    }
}

}  // namespace ike
