#include "libike/sa/auth.hpp"

#include <fmt/format.h>

#include "libike/sa/distinguished_name.hpp"

namespace ike {

namespace {

Result<Identity> address_identity(std::string_view text, std::optional<Address::Family> wanted) {
    const auto address = Address::parse(text);
    if (!address || (wanted && address->family() != *wanted)) {
        return failure(fmt::format("identity \"{}\": not an address of that family", text));
    }
    return Identity{address->is_v4() ? IdType::ipv4_addr : IdType::ipv6_addr, to_bytes(address->octets())};
}
Result<Identity> text_identity(IdType type, std::string_view text) {
    if (text.empty()) return failure("identity: empty");
    return Identity{type, to_bytes(text)};
}
Result<Identity> key_identity(std::string_view text) {
    const bool octets = text.starts_with('#') || text.starts_with("0x");
    if (!octets) return text_identity(IdType::key_id, text);
    auto data = from_hex(text.starts_with('#') ? text.substr(1) : text);
    if (!data || data->empty()) return failure(fmt::format("identity \"{}\": not hexadecimal octets", text));
    return Identity{IdType::key_id, std::move(*data)};
}
Result<Identity> dn_identity(std::string_view text) {
    if (text.starts_with('#')) {
        auto data = from_hex(text.substr(1));
        if (!data || data->empty())
            return failure(fmt::format("identity \"{}\": not hexadecimal octets", text));
        return Identity{IdType::der_asn1_dn, std::move(*data)};
    }
    auto der = dn_from_text(text);
    if (!der) return std::unexpected{std::move(der.error())};
    return Identity{IdType::der_asn1_dn, std::move(*der)};
}

/// A prefix that says the type: nothing where there is none.
std::optional<Result<Identity>> prefixed(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto prefix = text.substr(0, colon);
    const auto rest = text.substr(colon + 1);
    if (prefix == "fqdn" || prefix == "dns") return text_identity(IdType::fqdn, rest);
    if (prefix == "email" || prefix == "rfc822" || prefix == "userfqdn")
        return text_identity(IdType::rfc822_addr, rest);
    if (prefix == "keyid") return key_identity(rest);
    if (prefix == "ipv4") return address_identity(rest, Address::Family::v4);
    if (prefix == "ipv6") return address_identity(rest, Address::Family::v6);
    if (prefix == "asn1dn" || prefix == "dn") return dn_identity(rest);
    return std::nullopt;
}

/// Characters as they are, others as \xNN, so that a peer's identity cannot steer a terminal.
std::string shown(ByteView data) {
    std::string text;
    for (const auto octet : data) {
        if (octet >= 0x20 && octet < 0x7f && octet != '\\') {
            text += static_cast<char>(octet);
        } else {
            text += fmt::format("\\x{:02x}", octet);
        }
    }
    return text;
}
std::string shown(std::string_view prefix, const Identity& identity) {
    auto text = shown(identity.data);
    const auto again = Identity::parse(text);
    return again && again->type == identity.type ? text : fmt::format("{}:{}", prefix, text);
}

}  // namespace

Result<Identity> Identity::parse(std::string_view text) {
    if (text.empty() || text == "%any" || text == "%any6") {
        return failure(fmt::format("identity \"{}\": name one, or leave it out for any", text));
    }
    if (text == "%null") return Identity{IdType::null, {}};  // RFC 7619 section 2.2: without data
    if (auto typed = prefixed(text)) return std::move(*typed);
    if (text.starts_with("@#")) return key_identity(text.substr(1));
    if (text.starts_with("@@")) return text_identity(IdType::rfc822_addr, text.substr(2));
    if (text.starts_with('@')) return text_identity(IdType::fqdn, text.substr(1));
    if (Address::parse(text)) return address_identity(text, std::nullopt);
    if (text.find('=') != std::string_view::npos) return dn_identity(text);
    if (text.find('@') != std::string_view::npos) return text_identity(IdType::rfc822_addr, text);
    return text_identity(IdType::fqdn, text);
}

std::string to_string(const Identity& identity) {
    switch (identity.type) {
        case IdType::ipv4_addr:
        case IdType::ipv6_addr: {
            const auto address = Address::from_octets(identity.data);
            if (address && address->is_v4() == (identity.type == IdType::ipv4_addr))
                return to_string(*address);
            break;
        }
        case IdType::fqdn:
            return shown("fqdn", identity);
        case IdType::rfc822_addr:
            return shown("email", identity);
        case IdType::der_asn1_dn: {
            auto text = dn_text(identity.data);
            return text.starts_with('#') ? "asn1dn:" + text : text;
        }
        case IdType::key_id:
            return "@#" + hex(identity.data);
        case IdType::null:
            if (identity.data.empty()) return "%null";
            break;
        default:
            break;
    }
    return identity.data.empty() ? to_string(identity.type)
                                 : fmt::format("{}:{}", to_string(identity.type), hex(identity.data));
}

bool certifies(const crypto::Certificate& certificate, const Identity& identity) {
    const std::string_view text{reinterpret_cast<const char*>(identity.data.data()), identity.data.size()};
    switch (identity.type) {
        case IdType::ipv4_addr:
        case IdType::ipv6_addr:
            return certificate.has_address(identity.data);
        case IdType::fqdn:
            return certificate.has_dns(text);
        case IdType::rfc822_addr:
            return certificate.has_email(text);
        case IdType::der_asn1_dn:
            return is_same_dn(certificate.subject_der(), identity.data);
        case IdType::key_id:
            return equal(certificate.key_hash(), identity.data);
        default:
            return false;
    }
}

Bytes id_body(const IdPayload& id) {
    Writer out;
    out.code(id.type).octets(id.reserved).octets(id.data);
    return out.take();
}

Bytes SignedOctets::join() const {
    const auto maced_id = crypto::prf(prf, sk_p, id_body);
    return concat(real_message, nonce_of_other, maced_id.view(), intermediate);
}

Bytes psk_auth(PrfId prf, ByteView secret, const SignedOctets& octets) {
    static constexpr std::string_view pad = "Key Pad for IKEv2";
    const auto key = crypto::prf(prf, secret, to_bytes(pad));
    return to_bytes(crypto::prf(prf, key, octets.join()).view());
}

}  // namespace ike
