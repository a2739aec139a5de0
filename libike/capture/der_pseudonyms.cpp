// Certificates and other DER (X.690) with pseudonyms in the place of names, numbers and keys, and the same
// structure, lengths, algorithms and times.
#include "libike/capture/payload_pseudonyms.hpp"

namespace ike {
namespace {

constexpr unsigned deepest = 32;
constexpr std::uint8_t tag_integer = 0x02;
constexpr std::uint8_t tag_bit_string = 0x03;
constexpr std::uint8_t tag_octet_string = 0x04;
/// iPAddress of a GeneralName (RFC 5280 section 4.2.1.6).
constexpr std::uint8_t tag_address = 0x87;
constexpr std::uint8_t constructed = 0x20;
/// Version numbers and exponents are shorter than serial numbers.
constexpr std::size_t longest_number = 4;

bool is_text(ByteView octets) {
    return std::ranges::all_of(octets, [](auto octet) { return octet >= 0x20 && octet < 0x7f; });
}

/// Tag, length and content of the element that `octets` begin with; nothing where they do not.
struct Element {
    std::uint8_t tag = 0;
    std::size_t header = 0, size = 0;
};
std::optional<Element> element(ByteView octets) {
    if (octets.size() < 2 || (octets[0] & 0x1f) == 0x1f) return std::nullopt;
    Element found{octets[0], 2, octets[1]};
    if (octets[1] >= 0x80) {
        const std::size_t count = octets[1] & 0x7fu;
        if (count == 0 || count > 3 || octets.size() < 2 + count) return std::nullopt;
        found.size = 0;
        for (std::size_t i = 0; i < count; ++i) found.size = found.size << 8 | octets[2 + i];
        found.header = 2 + count;
    }
    if (octets.size() - found.header < found.size) return std::nullopt;
    return found;
}

/// Whether all of it is elements, one after the other.
bool is_der(ByteView octets) {
    if (octets.empty()) return false;
    while (!octets.empty()) {
        const auto next = element(octets);
        if (!next) return false;
        octets = octets.subspan(next->header + next->size);
    }
    return true;
}

void replace_all(MutableBytes octets, Pseudonyms& names, unsigned depth);

void replace_value(std::uint8_t tag, MutableBytes value, Pseudonyms& names, unsigned depth) {
    const auto scramble = [&](MutableBytes part) {
        const auto made = is_text(part) ? text_pseudonym(part, names) : names.octets(part, "der");
        std::ranges::copy(made, part.begin());
    };
    switch (tag) {
        case tag_integer:
            // The first octet stays, with the sign in it.
            if (value.size() > longest_number) scramble(value.subspan(1));
            return;
        case tag_bit_string:
            if (value.size() <= 2) return;  // flags
            if (is_der(value.subspan(1))) return replace_all(value.subspan(1), names, depth + 1);
            return scramble(value.subspan(2));
        case tag_octet_string:
            if (is_der(value)) return replace_all(value, names, depth + 1);
            return scramble(value);
        case tag_address:
            if (const auto address = Address::from_octets(value); address) {
                std::ranges::copy(names.address(*address).octets(), value.begin());
                return;
            }
            return scramble(value);
        case 0x01:  // boolean
        case 0x05:  // null
        case 0x06:  // object identifier
        case 0x0a:  // enumerated
        case 0x17:  // times
        case 0x18:
            return;
        default:
            // Two-letter countries say little, and must be letters.
            return scramble(value);
    }
}

void replace_all(MutableBytes octets, Pseudonyms& names, unsigned depth) {
    while (!octets.empty()) {
        const auto next = element(octets);
        if (!next || depth > deepest) {
            std::ranges::copy(names.octets(octets, "der"), octets.begin());
            return;
        }
        const auto value = octets.subspan(next->header, next->size);
        if ((next->tag & constructed) != 0) {
            replace_all(value, names, depth + 1);
        } else {
            replace_value(next->tag, value, names, depth);
        }
        octets = octets.subspan(next->header + next->size);
    }
}

}  // namespace

Bytes der_pseudonym(ByteView der, Pseudonyms& names) {
    auto made = to_bytes(der);
    replace_all(made, names, 0);
    return made;
}

}  // namespace ike
