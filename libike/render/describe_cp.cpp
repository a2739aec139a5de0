// CP payloads (RFC 7296 section 3.15, and the RFCs that brought attributes).
#include "libike/registry/private_use.hpp"
#include "libike/registry/signature_hash.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/text.hpp"

namespace ike {
namespace {

/// An address and what is behind it: a netmask of an IPv4 subnet, a prefix length for IPv6.
bool address_value(ByteView value, Fields& fields) {
    if (value.size() == 4 || value.size() == 16) {
        address_field(fields, "address", "Address", *Address::from_octets(value));
        return true;
    }
    if (value.size() == 8) {
        address_field(fields, "address", "Address", *Address::from_octets(value.first(4)));
        address_field(fields, "netmask", "Netmask", *Address::from_octets(value.subspan(4)));
        return true;
    }
    if (value.size() == 17) {
        address_field(fields, "address", "Address", *Address::from_octets(value.first(16)));
        fields.number("prefix_length", "Prefix length", value[16]);
        return true;
    }
    return false;
}

void supported_attributes(ByteView value, Fields& fields) {
    fields.open_list("supported", "");
    for (Reader in{value}; in.remaining() >= 2;) {
        fields.open("", "");
        code_field(fields, "name", "id", "Supported",
                   static_cast<ConfigAttribute>(in.number<std::uint16_t>("type") & 0x7fff));
        fields.close();
    }
    fields.close_list();
}

/// RFC 5739 section 4.1.3: the link-local identifier of the client's choice and the server's link ID.
void link_value(ByteView value, Fields& fields) {
    if (value.size() < 8) return;
    fields.octets("interface_id", "Interface identifier", value.first(8));
    fields.octets("link_id", "IKEv2 Link ID", value.subspan(8));
}

/// RFC 8598 section 3.2: what a DS record has.
void trust_anchor(ByteView value, Fields& fields) {
    Reader in{value};
    const auto tag = in.number<std::uint16_t>("key tag");
    const auto algorithm = in.number<std::uint8_t>("algorithm");
    const auto digest = in.number<std::uint8_t>("digest type");
    const auto octets = in.rest();
    if (in.failed()) return;
    fields.number("key_tag", "Key tag", tag);
    fields.number("algorithm", "DNSKEY algorithm", algorithm);
    fields.number("digest_type", "Digest type", digest);
    fields.octets("digest", "Digest", octets);
}

/// RFC 9464 section 3.1: priority, addresses, authentication domain name, service parameters.
void encrypted_dns(ByteView value, std::size_t address_size, Fields& fields) {
    Reader in{value};
    const auto priority = in.number<std::uint16_t>("service priority");
    const std::size_t count = in.number<std::uint8_t>("number of addresses");
    const std::size_t name_size = in.number<std::uint8_t>("adn length");
    if (in.failed()) return;
    fields.number("priority", "Service priority", priority);
    fields.open_list("addresses", "");
    for (std::size_t i = 0; i < count && in.remaining() >= address_size; ++i)
        address_field(fields, "", "Address", *Address::from_octets(in.take(address_size, "address")));
    fields.close_list();
    const auto domain = in.take(name_size, "adn");
    if (in.failed()) return;
    characters_field(fields, "domain", "Authentication domain name", domain);
    if (in.remaining() > 0) fields.octets("parameters", "Service parameters", in.rest());
}

/// RFC 9464 section 3.2: a domain name and the hashes asked for, or the one hash given with its digest.
void dns_digest(ByteView value, Fields& fields) {
    Reader in{value};
    const std::size_t count = in.number<std::uint8_t>("number of hash algorithms");
    const std::size_t name_size = in.number<std::uint8_t>("adn length");
    const auto domain = in.take(name_size, "adn");
    if (in.failed()) return;
    characters_field(fields, "domain", "Authentication domain name", domain);
    fields.open_list("hashes", "");
    for (std::size_t i = 0; i < count && in.remaining() >= 2; ++i) {
        fields.open("", "");
        code_field(fields, "name", "id", "Hash", in.code<SignatureHash>("hash"));
        fields.close();
    }
    fields.close_list();
    if (in.remaining() > 0) fields.octets("digest", "Digest", in.rest());
}

/// Cisco's: address and mask of each network, and six octets that are not used.
void split_include(ByteView value, Fields& fields) {
    fields.open_list("networks", "");
    for (Reader in{value}; in.remaining() >= 14;) {
        fields.open("", "Network");
        address_field(fields, "address", "Address", *Address::from_octets(in.take(4, "address")));
        address_field(fields, "netmask", "Netmask", *Address::from_octets(in.take(4, "netmask")));
        in.take(6, "unused");
        fields.close();
    }
    fields.close_list();
}

bool is_text(const ConfigurationAttribute& attribute) {
    if (attribute.type == ConfigAttribute::application_version ||
        attribute.type == ConfigAttribute::internal_dns_domain) {
        return true;
    }
    const auto type = static_cast<unsigned>(attribute.type);
    // XAUTH's names, messages and answers, but no passwords; Cisco's banner and domains; Check Point's
    // domain.
    return type == 16387 || type == 16521 || (type >= 16524 && type <= 16526) || type == 28672 ||
           type == 28674 || type == 28675 || type == 28682;
}

bool number_value(ByteView value, std::string_view key, std::string_view label, Fields& fields) {
    if (value.empty() || value.size() > 4) return false;
    std::uint64_t number = 0;
    for (const auto octet : value) number = number << 8 | octet;
    fields.number(key, label, number);
    return true;
}

void describe_value(const ConfigurationAttribute& attribute, Fields& fields) {
    const ByteView value{attribute.value};
    if (value.empty()) return;
    if (is_text(attribute)) return characters_field(fields, "text", "Text", value);
    switch (attribute.type) {
        case ConfigAttribute::supported_attributes:
            return supported_attributes(value, fields);
        case ConfigAttribute::timeout_period_for_liveness_check:
            return (void)number_value(value, "seconds", "Seconds", fields);
        case ConfigAttribute::ftt_kat:
            return (void)number_value(value, "seconds", "Keepalive, seconds", fields);
        case ConfigAttribute::internal_ip6_link:
            return link_value(value, fields);
        case ConfigAttribute::internal_dnssec_ta:
            return trust_anchor(value, fields);
        case ConfigAttribute::encdns_ip4:
            return encrypted_dns(value, 4, fields);
        case ConfigAttribute::encdns_ip6:
            return encrypted_dns(value, 16, fields);
        case ConfigAttribute::encdns_digest_info:
            return dns_digest(value, fields);
        default:
            break;
    }
    const auto type = static_cast<unsigned>(attribute.type);
    if (type == 28676 || type == 28678) return split_include(value, fields);
    if ((type >= 28673 && type <= 28680 && type != 28674 && type != 28675) || type == 16520 || type == 16527)
        return (void)number_value(value, "number", "Number", fields);
    const bool addresses = (type >= 1 && type <= 23) || type == 23456 || type == 23457;
    if (addresses) (void)address_value(value, fields);
}

void describe(const ConfigurationAttribute& attribute, Fields& fields) {
    const auto text = describe(attribute.type);
    fields.open("", text);
    fields.code("type", "type_id", "", text, static_cast<std::uint64_t>(attribute.type));
    if (attribute.reserved_bit) fields.flag("reserved_bit", "Reserved bit", true);
    describe_value(attribute, fields);
    fields.octets("value", attribute.value.empty() ? "" : "Value", attribute.value);
    fields.close();
}

}  // namespace

void describe(const CpPayload& cp, Fields& fields) {
    code_field(fields, "cfg_type", "cfg_type_id", "CFG type", cp.type);
    reserved_field(fields, cp.reserved);
    fields.open_list("attributes", "");
    for (const auto& attribute : cp.attributes) describe(attribute, fields);
    fields.close_list();
}

}  // namespace ike
