#include "libike/capture/payload_pseudonyms.hpp"

#include "libike/registry/eap_type.hpp"
#include "libike/registry/vendor_id.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike {
namespace {

/// A range that is a network stays one of that size; another begins elsewhere and is as wide.
void replace(TrafficSelector& selector, Pseudonyms& names) {
    if (!selector.opaque.empty()) {
        selector.opaque = names.octets(selector.opaque, "selector");
        return;
    }
    const auto a = selector.start.octets(), b = selector.end.octets();
    if (a.size() != b.size()) return;
    unsigned shared = 0;
    const auto bit = [](ByteView octets, unsigned at) { return octets[at / 8] >> (7 - at % 8) & 1; };
    while (shared < a.size() * 8 && bit(a, shared) == bit(b, shared)) ++shared;
    selector.start = names.network(selector.start, shared);
    selector.end = names.network(selector.end, shared);
}

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

void replace(Notify& notify, const NatContext& nat, Pseudonyms& names) {
    if (is_harmless(notify) || nat_detection(notify, nat, names)) return;
    if (const auto address = additional_address(notify)) {
        notify.data = to_bytes(names.address(*address).octets());
    } else if (const auto ends = no_nats_allowed(notify)) {
        const auto made = no_nats_allowed(names.endpoint(ends->source), names.endpoint(ends->destination));
        notify.data = std::get<Notify>(made.body).data;
    } else {
        notify.data = names.octets(notify.data, "notify");
    }
}

void replace(ConfigurationAttribute& attribute, Pseudonyms& names) {
    auto& value = attribute.value;
    switch (attribute.type) {
        case ConfigAttribute::supported_attributes:
        case ConfigAttribute::internal_ip4_netmask:
        case ConfigAttribute::timeout_period_for_liveness_check:
            return;
        case ConfigAttribute::internal_dns_domain:
        case ConfigAttribute::application_version:
            value = text_pseudonym(value, names);
            return;
        default:
            break;
    }
    // An address, with its netmask or prefix length behind it.
    const std::size_t size = value.size() == 8 ? 4 : value.size() == 17 ? 16 : value.size();
    const auto address = Address::from_octets(ByteView{value}.first(std::min(size, value.size())));
    const auto type = static_cast<unsigned>(attribute.type);
    const bool addresses = (type >= 1 && type <= 21) || type == 23456 || type == 23457;
    if (address && addresses) {
        std::ranges::copy(names.address(*address).octets(), value.begin());
    } else {
        value = names.octets(value, "attribute");
    }
}

/// Code, identifier, length and method stay, and so does who asks for an identity.
void replace(EapPayload& eap, Pseudonyms& names) {
    constexpr std::size_t header = 5;
    auto& message = eap.message;
    if (message.size() <= header) return;
    const ByteView data = ByteView{message}.subspan(header);
    const auto type = static_cast<EapType>(message[4]);
    const bool text = type == EapType::identity || type == EapType::notification;
    if (type == EapType::legacy_nak) return;
    const auto made = text ? text_pseudonym(data, names) : names.octets(data, "eap");
    std::ranges::copy(made, message.begin() + header);
}

void replace_body(Payload& payload, const NatContext& nat, Pseudonyms& names) {
    const auto scramble = [&](Bytes& octets, std::string_view purpose) {
        octets = names.octets(octets, purpose);
    };
    std::visit(Overloaded{[](SaPayload&) {}, [](NoncePayload&) {}, [](DeletePayload&) {},
                          [&](KePayload& body) { scramble(body.data, "ke"); },
                          [&](IdPayload& body) { body = names.identity(body); },
                          [&](CertPayload& body) { body.data = der_pseudonym(body.data, names); },
                          [&](CertReqPayload& body) { scramble(body.authority, "authority"); },
                          [&](AuthPayload& body) {
                              // The signature's algorithm stays readable (RFC 7427 section 3).
                              const std::size_t size =
                                  body.method == AuthMethod::digital_signature && !body.data.empty()
                                      ? std::min<std::size_t>(body.data[0] + 1u, body.data.size())
                                      : 0;
                              const auto rest = names.octets(ByteView{body.data}.subspan(size), "auth");
                              std::ranges::copy(rest, body.data.begin() + static_cast<std::ptrdiff_t>(size));
                          },
                          [&](Notify& body) { replace(body, nat, names); },
                          [&](VendorIdPayload& body) {
                              if (vendor_id_text(body.data).empty()) scramble(body.data, "vendor");
                          },
                          [&](TsPayload& body) {
                              for (auto& each : body.selectors) replace(each, names);
                          },
                          [&](CpPayload& body) {
                              for (auto& each : body.attributes) replace(each, names);
                          },
                          [&](EapPayload& body) { replace(body, names); },
                          [&](SkPayload& body) { scramble(body.data, "sk"); },
                          [&](SkfPayload& body) { scramble(body.data, "skf"); },
                          [&](Opaque& body) { scramble(body.data, "opaque"); }},
               payload.body);
}

}  // namespace

Bytes text_pseudonym(ByteView text, Pseudonyms& names) {
    auto out = names.octets(text, "text");
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto c = text[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        out[i] = letter  ? static_cast<std::uint8_t>('a' + out[i] % 26)
                 : digit ? static_cast<std::uint8_t>('0' + out[i] % 10)
                         : c;
    }
    return out;
}

std::vector<Payload> with_pseudonyms(std::span<const Payload> payloads, const NatContext& nat,
                                     Pseudonyms& names) {
    std::vector<Payload> made{payloads.begin(), payloads.end()};
    for (auto& each : made) replace_body(each, nat, names);
    return made;
}

}  // namespace ike
