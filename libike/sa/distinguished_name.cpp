#include "libike/sa/distinguished_name.hpp"

#include <fmt/format.h>

#include <charconv>

#include "libike/base/reader.hpp"

namespace ike {

namespace {

namespace tag {
constexpr std::uint8_t oid = 0x06, utf8 = 0x0c, printable = 0x13, teletex = 0x14, ia5 = 0x16, sequence = 0x30,
                       set = 0x31;
}

struct AttributeName {
    std::string_view word;
    std::string_view oid;  ///< dotted
};
/// The first word of several with one identifier is the one to write.
constexpr AttributeName names[] = {
    {"C", "2.5.4.6"},
    {"ST", "2.5.4.8"},
    {"L", "2.5.4.7"},
    {"STREET", "2.5.4.9"},
    {"O", "2.5.4.10"},
    {"OU", "2.5.4.11"},
    {"CN", "2.5.4.3"},
    {"S", "2.5.4.4"},
    {"SN", "2.5.4.5"},
    {"serialNumber", "2.5.4.5"},
    {"T", "2.5.4.12"},
    {"title", "2.5.4.12"},
    {"D", "2.5.4.13"},
    {"N", "2.5.4.41"},
    {"G", "2.5.4.42"},
    {"GN", "2.5.4.42"},
    {"I", "2.5.4.43"},
    {"dnQualifier", "2.5.4.46"},
    {"DC", "0.9.2342.19200300.100.1.25"},
    {"UID", "0.9.2342.19200300.100.1.1"},
    {"E", "1.2.840.113549.1.9.1"},
    {"email", "1.2.840.113549.1.9.1"},
    {"emailAddress", "1.2.840.113549.1.9.1"},
};

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool equal_folded(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, fold, fold); }
std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// ---- DER ------------------------------------------------------------------------------------------------

Bytes der(std::uint8_t type, ByteView content) {
    Bytes octets{type};
    if (content.size() < 0x80) {
        octets.push_back(static_cast<std::uint8_t>(content.size()));
    } else {
        Bytes length;
        for (auto rest = content.size(); rest > 0; rest >>= 8) {
            length.insert(length.begin(), static_cast<std::uint8_t>(rest));
        }
        octets.push_back(static_cast<std::uint8_t>(0x80 | length.size()));
        append(octets, length);
    }
    append(octets, content);
    return octets;
}

struct Element {
    std::uint8_t type = 0;
    ByteView content;
    ByteView whole;
};
/// The next element of a series; fails the reader where there is none.
Element next_element(Reader& in, ByteView series) {
    const auto start = in.offset();
    Element element;
    element.type = in.number<std::uint8_t>("tag");
    std::size_t length = in.number<std::uint8_t>("length");
    if (length > 0x84 || length == 0x80) in.fail({WireError::Kind::value, start + 1, "length"});
    if (length > 0x80 && !in.failed()) {
        const auto count = length & 0x7f;
        length = 0;
        for (const auto octet : in.take(count, "length")) length = length << 8 | octet;
    }
    element.content = in.take(length, "content");
    if (!in.failed()) element.whole = series.subspan(start, in.offset() - start);
    return element;
}
std::optional<std::vector<Element>> elements(ByteView series) {
    std::vector<Element> found;
    Reader in{series};
    while (in.remaining() > 0) found.push_back(next_element(in, series));
    if (in.failed()) return std::nullopt;
    return found;
}

std::optional<Bytes> oid_from_text(std::string_view dotted) {
    std::vector<std::uint32_t> arcs;
    while (true) {
        const auto dot = dotted.find('.');
        const auto part = dotted.substr(0, dot);
        std::uint32_t arc{};
        const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), arc);
        if (part.empty() || failed != std::errc{} || end != part.data() + part.size()) return std::nullopt;
        arcs.push_back(arc);
        if (dot == std::string_view::npos) break;
        dotted.remove_prefix(dot + 1);
    }
    if (arcs.size() < 2 || arcs[0] > 2 || arcs[1] > (arcs[0] < 2 ? 39u : 1000u)) return std::nullopt;
    arcs[1] += arcs[0] * 40;
    Bytes octets;
    for (const auto arc : std::span{arcs}.subspan(1)) {
        for (int shift = 28; shift > 0; shift -= 7) {
            if (arc >> shift != 0) octets.push_back(static_cast<std::uint8_t>(0x80 | (arc >> shift & 0x7f)));
        }
        octets.push_back(static_cast<std::uint8_t>(arc & 0x7f));
    }
    return octets;
}
std::string oid_text(ByteView octets) {
    std::string text;
    std::uint64_t arc = 0;
    for (const auto octet : octets) {
        arc = arc << 7 | (octet & 0x7f);
        if ((octet & 0x80) != 0) continue;
        if (text.empty()) {
            const auto top = std::min<std::uint64_t>(arc / 40, 2);
            text = fmt::format("{}.{}", top, arc - top * 40);
        } else {
            text += fmt::format(".{}", arc);
        }
        arc = 0;
    }
    return text;
}

// ---- values ---------------------------------------------------------------------------------------------

struct Rdn {
    std::string oid;  ///< dotted
    Element value;
    bool joined = false;  ///< to the one before, in a multi-valued RDN
};

std::optional<std::vector<Rdn>> read_name(ByteView octets) {
    const auto top = elements(octets);
    if (!top || top->size() != 1 || top->front().type != tag::sequence) return std::nullopt;
    const auto sets = elements(top->front().content);
    if (!sets) return std::nullopt;
    std::vector<Rdn> rdns;
    for (const auto& set : *sets) {
        const auto pairs = elements(set.content);
        if (!pairs || set.type != tag::set) return std::nullopt;
        for (std::size_t i = 0; i < pairs->size(); ++i) {
            const auto pair = elements((*pairs)[i].content);
            if (!pair || pair->size() != 2 || pair->front().type != tag::oid) return std::nullopt;
            rdns.push_back({oid_text(pair->front().content), pair->back(), i > 0});
        }
    }
    return rdns;
}

bool is_text(std::uint8_t type) {
    return type == tag::utf8 || type == tag::printable || type == tag::teletex || type == tag::ia5;
}
std::string_view as_text(ByteView octets) {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{" '()+,-./:=?"}.find(c) != std::string_view::npos;
    });
}

std::string value_text(const Element& value) {
    const auto text = as_text(value.content);
    const bool clean = is_text(value.type) && !text.empty() && text.front() != '#' && text.front() != ' ' &&
                       text.back() != ' ' &&
                       std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
    if (!clean) return fmt::format("#{}", hex(value.whole));
    std::string escaped;
    for (const char c : text) {
        if (c == ',' || c == '\\' || c == '"' || c == '/' || c == ';' || c == '+') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

/// A value in DER from its unescaped text.
std::optional<Bytes> value_der(std::string_view oid, std::string_view text) {
    if (text.starts_with('#')) {
        auto octets = from_hex(text.substr(1));
        const auto found = octets ? elements(*octets) : std::nullopt;
        if (!found || found->size() != 1) return std::nullopt;
        return octets;
    }
    const ByteView octets{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    if (oid == "1.2.840.113549.1.9.1" || oid == "0.9.2342.19200300.100.1.25") return der(tag::ia5, octets);
    return der(is_printable(text) ? tag::printable : tag::utf8, octets);
}

/// "O=a\, b" up to the separator; escapes and quotes are taken off the value.
struct Part {
    std::string_view type;
    std::string value;
};
Result<Part> next_part(std::string_view& rest, char separator) {
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos) {
        return failure(fmt::format("distinguished name: \"{}\" has no \"=\"", trim(rest)));
    }
    Part part{trim(rest.substr(0, equals)), {}};
    rest = trim(rest.substr(equals + 1));
    bool quoted = false;
    std::size_t kept = 0;  // what an escape or quotes protect from trimming
    std::size_t at = 0;
    for (; at < rest.size(); ++at) {
        if (rest[at] == '\\' && at + 1 < rest.size()) {
            part.value += rest[++at];
            kept = part.value.size();
        } else if (rest[at] == '"') {
            quoted = !quoted;
            kept = part.value.size();
        } else if (!quoted && (rest[at] == separator || (separator == ',' && rest[at] == ';'))) {
            break;
        } else {
            part.value += rest[at];
        }
    }
    if (quoted) return failure("distinguished name: a quote is not closed");
    while (part.value.size() > kept && part.value.back() == ' ') part.value.pop_back();
    rest = at < rest.size() ? rest.substr(at + 1) : std::string_view{};
    return part;
}

}  // namespace

Result<Bytes> dn_from_text(std::string_view text) {
    auto rest = trim(text);
    const char separator = rest.starts_with('/') ? '/' : ',';
    if (separator == '/') rest.remove_prefix(1);
    Bytes rdns;
    while (!trim(rest).empty()) {
        const auto part = next_part(rest, separator);
        if (!part) return std::unexpected{part.error()};
        const auto name = std::ranges::find_if(
            names, [&](const auto& each) { return equal_folded(each.word, part->type); });
        const auto dotted = name != std::end(names) ? name->oid : part->type;
        const auto oid = oid_from_text(dotted);
        if (!oid)
            return failure(fmt::format("distinguished name: \"{}\" is not an attribute type", part->type));
        const auto value = value_der(dotted, part->value);
        if (!value)
            return failure(fmt::format("distinguished name: \"{}\" is not the DER of a value", part->value));
        append(rdns, der(tag::set, der(tag::sequence, concat(der(tag::oid, *oid), *value))));
    }
    if (rdns.empty()) return failure("distinguished name: empty");
    return der(tag::sequence, rdns);
}

std::string dn_text(ByteView octets) {
    const auto rdns = read_name(octets);
    if (!rdns) return fmt::format("#{}", hex(octets));
    std::string text;
    for (const auto& rdn : *rdns) {
        if (!text.empty()) text += rdn.joined ? "+" : ", ";
        const auto* name = std::ranges::find(names, std::string_view{rdn.oid}, &AttributeName::oid);
        text += name != std::end(names) ? name->word : std::string_view{rdn.oid};
        text += '=';
        text += value_text(rdn.value);
    }
    return text;
}

bool is_same_dn(ByteView a, ByteView b) {
    if (equal(a, b)) return true;
    const auto left = read_name(a);
    const auto right = read_name(b);
    return left && right && std::ranges::equal(*left, *right, [](const Rdn& one, const Rdn& other) {
               if (one.oid != other.oid || one.joined != other.joined) return false;
               if (is_text(one.value.type) && is_text(other.value.type)) {
                   return equal_folded(as_text(one.value.content), as_text(other.value.content));
               }
               return equal(one.value.whole, other.value.whole);
           });
}

}  // namespace ike
