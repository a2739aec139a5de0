#include "libike/capture/payload_pseudonyms.hpp"

#include "libike/registry/vendor_id.hpp"

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

bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }
bool is_lower(std::uint8_t c) { return c >= 'a' && c <= 'z'; }
bool is_upper(std::uint8_t c) { return c >= 'A' && c <= 'Z'; }
/// UTF-8 beyond ASCII counts as letters.
bool in_word(std::uint8_t c) { return is_digit(c) || is_lower(c) || is_upper(c) || c >= 0x80; }

void replace_word(MutableBytes word, Pseudonyms& names) {
    const auto made = names.octets(word, "word");
    const auto original = to_bytes(word);
    for (std::size_t i = 0; i < word.size(); ++i) {
        const auto c = word[i];
        word[i] = static_cast<std::uint8_t>(is_digit(c)   ? '0' + made[i] % 10
                                            : is_upper(c) ? 'A' + made[i] % 26
                                                          : 'a' + made[i] % 26);
    }
    // A short word could become itself.
    if (!equal(word, original)) return;
    const auto last = word[0] == '9' || word[0] == 'Z' || word[0] == 'z';
    word[0] = static_cast<std::uint8_t>(last ? word[0] - 1 : word[0] + 1);
}

/// A hash and an address to fetch from (RFC 7296 section 3.6), or DER.
void replace(CertPayload& cert, Pseudonyms& names) {
    constexpr std::size_t hash = 20;
    const bool url = cert.encoding == CertEncoding::hash_and_url_x509 ||
                     cert.encoding == CertEncoding::hash_and_url_bundle;
    if (!url || cert.data.size() < hash) {
        cert.data = der_pseudonym(cert.data, names);
        return;
    }
    const ByteView data{cert.data};
    cert.data = concat(names.octets(data.first(hash), "hash"), text_pseudonym(data.subspan(hash), names));
}

void replace_body(Payload& payload, const NatContext& nat, Pseudonyms& names) {
    const auto scramble = [&](Bytes& octets, std::string_view purpose) {
        octets = names.octets(octets, purpose);
    };
    std::visit(Overloaded{[](SaPayload&) {}, [](NoncePayload&) {}, [](DeletePayload&) {},
                          [&](KePayload& body) { scramble(body.data, "ke"); },
                          [&](IdPayload& body) { body = id_pseudonym(body, names); },
                          [&](CertPayload& body) { replace(body, names); },
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
                          [&](Notify& body) { replace_notify(body, nat, names); },
                          [&](VendorIdPayload& body) {
                              if (vendor_id_text(body.data).empty()) scramble(body.data, "vendor");
                          },
                          [&](TsPayload& body) {
                              for (auto& each : body.selectors) replace(each, names);
                          },
                          [&](CpPayload& body) {
                              for (auto& each : body.attributes) replace_attribute(each, names);
                          },
                          [&](EapPayload& body) { replace_eap(body, names); },
                          [&](SkPayload& body) { scramble(body.data, "sk"); },
                          [&](SkfPayload& body) { scramble(body.data, "skf"); },
                          [&](Opaque& body) { scramble(body.data, "opaque"); }},
               payload.body);
}

}  // namespace

Bytes text_pseudonym(ByteView text, Pseudonyms& names) {
    auto out = to_bytes(text);
    for (std::size_t at = 0; at < text.size();) {
        if (!in_word(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && in_word(text[end])) ++end;
        replace_word(MutableBytes{out}.subspan(at, end - at), names);
        at = end;
    }
    return out;
}

IdPayload id_pseudonym(const IdPayload& id, Pseudonyms& names) {
    auto made = id;
    const auto address = Address::from_octets(id.data);
    switch (id.type) {
        case IdType::ipv4_addr:
        case IdType::ipv6_addr:
            made.data =
                address ? to_bytes(names.address(*address).octets()) : names.octets(id.data, "identity");
            break;
        case IdType::fqdn:
        case IdType::rfc822_addr:
            made.data = text_pseudonym(id.data, names);
            break;
        case IdType::der_asn1_dn:
        case IdType::der_asn1_gn:
            made.data = der_pseudonym(id.data, names);
            break;
        default:
            made.data = names.octets(id.data, "identity");
    }
    return made;
}

std::vector<Payload> with_pseudonyms(std::span<const Payload> payloads, const NatContext& nat,
                                     Pseudonyms& names) {
    std::vector<Payload> made{payloads.begin(), payloads.end()};
    for (auto& each : made) replace_body(each, nat, names);
    return made;
}

}  // namespace ike
