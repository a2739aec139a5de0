#include "libike/render/text.hpp"

#include <bit>

namespace ike {
namespace {

constexpr char digits[] = "0123456789abcdef";

/// "00" to "99", one after the other: a division for each two digits.
constexpr auto pairs = [] {
    std::array<char, 200> made{};
    for (std::size_t i = 0; i < 100; ++i) {
        made[2 * i] = digits[i / 10];
        made[2 * i + 1] = digits[i % 10];
    }
    return made;
}();
/// What a JSON string holds as it is.
constexpr auto stays = [] {
    std::array<bool, 256> made{};
    for (std::size_t octet = 0x20; octet < 0x7f; ++octet) made[octet] = octet != '"' && octet != '\\';
    return made;
}();
/// "00" to "ff", one after the other.
constexpr auto hex_pairs = [] {
    std::array<char, 512> made{};
    for (std::size_t i = 0; i < 256; ++i) {
        made[2 * i] = digits[i >> 4];
        made[2 * i + 1] = digits[i & 15];
    }
    return made;
}();
char* put_pair(char* to, std::uint64_t value) {
    std::memcpy(to, &pairs[2 * value], 2);
    return to + 2;
}

/// The powers of 10 that 64 bits hold.
constexpr auto powers = [] {
    std::array<std::uint64_t, 20> made{1};
    for (std::size_t i = 1; i < made.size(); ++i) made[i] = made[i - 1] * 10;
    return made;
}();

/// U+202A to U+202E and U+2066 to U+2069 turn the direction of what follows; U+0080 to U+009F are controls.
bool is_unsafe(std::string_view character) {
    if (character.size() == 2)
        return character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0;
    if (character.size() != 3 || character[0] != '\xe2') return false;
    const auto second = static_cast<unsigned char>(character[1]);
    const auto third = static_cast<unsigned char>(character[2]);
    return (second == 0x80 && third >= 0xaa && third <= 0xae) ||
           (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

}  // namespace

void grow(TextBuffer& out, std::size_t count) { out.reserve(out.size() + count); }

void Pen::long_number(std::uint64_t value) {
    // The digits of 2 to the power of its highest bit, or one less: 1233 / 4096 is the logarithm of 2.
    const auto bits = static_cast<unsigned>(std::bit_width(value));
    const auto least = bits * 1233 >> 12;
    auto* to = at_ += least + (value >= powers[least] ? 1 : 0);
    for (; value >= 100; value /= 100) put_pair(to -= 2, value % 100);
    if (value >= 10) {
        put_pair(to - 2, value);
    } else {
        to[-1] = digits[value];
    }
}

void Pen::hex8(std::uint32_t value) {
    // A digit to each octet, the first in front.
    std::uint64_t word = value;
    word = (word | word << 16) & 0x0000ffff0000ffff;
    word = (word | word << 8) & 0x00ff00ff00ff00ff;
    word = (word | word << 4) & 0x0f0f0f0f0f0f0f0f;
    // 1 in each octet above 9, whose digits are letters.
    const auto letters = ((word + 0x0606060606060606) >> 4) & 0x0101010101010101;
    word += 0x3030303030303030 + letters * ('a' - '0' - 10);
    if constexpr (std::endian::native == std::endian::little) word = std::byteswap(word);
    std::memcpy(at_, &word, sizeof word);
    at_ += sizeof word;
}

void Pen::seconds(std::int64_t nanoseconds) {
    const bool negative = nanoseconds < 0;
    auto microseconds =
        (negative ? 0 - static_cast<std::uint64_t>(nanoseconds) : static_cast<std::uint64_t>(nanoseconds)) /
        1000;
    if (negative) character('-');
    number(microseconds / 1'000'000);
    microseconds %= 1'000'000;
    character('.');
    if constexpr (std::endian::native == std::endian::little)
        return put_digits(eight_digits(microseconds), 2);
    at_ = put_pair(at_, microseconds / 10'000);
    at_ = put_pair(at_, microseconds / 100 % 100);
    at_ = put_pair(at_, microseconds % 100);
}

namespace {}  // namespace

void put_number(TextBuffer& out, std::uint64_t value) {
    with_pen(out, Pen::longest_number, [&](Pen& pen) { pen.number(value); });
}

void put_hex(TextBuffer& out, ByteView octets) {
    auto* to = extend(out, octets.size() * 2);
    for (const auto octet : octets) {
        std::memcpy(to, &hex_pairs[2u * octet], 2);
        to += 2;
    }
}

void put_hex(TextBuffer& out, std::uint64_t value, unsigned count) {
    if (count == 8) return Pen{extend(out, 8)}.hex8(static_cast<std::uint32_t>(value));
    auto* to = extend(out, count);
    for (unsigned shift = count * 4; shift > 0; shift -= 4) *to++ = digits[value >> (shift - 4) & 15];
}

void put_address(TextBuffer& out, const Address& address) {
    if (!address.is_v4()) return put(out, to_string(address));
    const auto octets = address.octets();
    for (std::size_t i = 0; i < 4; ++i) {
        if (i > 0) out.push_back('.');
        put_number(out, octets[i]);
    }
}

void put_endpoint(TextBuffer& out, const Endpoint& endpoint) {
    const bool brackets = endpoint.address.is_v6() && endpoint.port != 0;
    if (brackets) out.push_back('[');
    put_address(out, endpoint.address);
    if (brackets) out.push_back(']');
    if (endpoint.port == 0) return;
    out.push_back(':');
    put_number(out, endpoint.port);
}

void put_seconds(TextBuffer& out, std::int64_t nanoseconds) {
    with_pen(out, Pen::longest_number + 10, [&](Pen& pen) { pen.seconds(nanoseconds); });
}

std::size_t utf8_size(std::string_view text) {
    if (text.empty()) return 0;
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (octet(0) < 0x80) return 1;
    const std::size_t size = octet(0) >= 0xf0 ? 4 : octet(0) >= 0xe0 ? 3 : 2;
    if (octet(0) < 0xc2 || octet(0) > 0xf4 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((octet(i) & 0xc0) != 0x80) return 0;
    }
    // Overlong forms, surrogates, what is above U+10FFFF (RFC 3629 section 4).
    const auto second = octet(1);
    if ((octet(0) == 0xe0 && second < 0xa0) || (octet(0) == 0xed && second > 0x9f)) return 0;
    if ((octet(0) == 0xf0 && second < 0x90) || (octet(0) == 0xf4 && second > 0x8f)) return 0;
    return size;
}

void put_printable(TextBuffer& out, std::string_view text, std::size_t limit) {
    const auto end = out.size() + limit;
    while (!text.empty()) {
        if (out.size() >= end) return put(out, "...");
        // What most text is all of.
        const auto plain = std::ranges::find_if(text.substr(0, end - out.size()), [](unsigned char octet) {
            return octet < 0x20 || octet >= 0x7f;
        });
        if (const auto count = static_cast<std::size_t>(plain - text.begin()); count > 0) {
            put(out, text.substr(0, count));
            text.remove_prefix(count);
            continue;
        }
        const auto octet = static_cast<unsigned char>(text[0]);
        const auto size = utf8_size(text);
        const bool safe = size > 0 && octet >= 0x20 && octet != 0x7f && !is_unsafe(text.substr(0, size));
        if (safe) {
            put(out, text.substr(0, size));
            text.remove_prefix(size);
        } else {
            put(out, "\\x");
            put_hex(out, octet, 2);
            text.remove_prefix(1);
        }
    }
}

void put_json_string(TextBuffer& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        // What most text is all of.
        const auto plain = std::ranges::find_if(text, [](unsigned char octet) { return !stays[octet]; });
        if (const auto count = static_cast<std::size_t>(plain - text.begin()); count > 0) {
            put(out, text.substr(0, count));
            text.remove_prefix(count);
            continue;
        }
        const auto octet = static_cast<unsigned char>(text[0]);
        const auto size = utf8_size(text);
        if (size == 0) {
            put(out, "\\ufffd");
        } else if (octet == '"' || octet == '\\') {
            out.push_back('\\');
            out.push_back(text[0]);
        } else if (octet < 0x20 || octet == 0x7f) {
            put(out, "\\u");
            put_hex(out, octet, 4);
        } else {
            put(out, text.substr(0, size));
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    out.push_back('"');
}

}  // namespace ike
