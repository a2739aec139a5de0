#pragma once
// Small pieces of text, fast: appended to a buffer, nothing allocated.
#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "libike/base/address.hpp"

namespace ike {

/// What output is gathered in before it is written.
using TextBuffer = fmt::memory_buffer;

/// Makes room for `count` more characters and some.
void grow(TextBuffer& out, std::size_t count);
/// Room for `count` more characters; what is there until they are written is unspecified.
[[gnu::always_inline]] inline char* extend(TextBuffer& out, std::size_t count) {
    const auto at = out.size();
    if (out.capacity() - at < count) [[unlikely]]
        grow(out, count);
    out.resize(at + count);
    return out.data() + at;
}
inline void put(TextBuffer& out, std::string_view text) {
    auto* to = extend(out, text.size());
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
}
template <std::size_t size>
[[gnu::always_inline]] inline void put(TextBuffer& out, const char (&text)[size]) {
    std::memcpy(extend(out, size - 1), text, size - 1);
}
inline void put(TextBuffer& out, char character) { *extend(out, 1) = character; }

/// A short text that is copied as a whole, with what is behind it: that takes no call.
template <std::size_t room>
class ShortText {
public:
    static constexpr std::size_t most = room;
    bool empty() const { return size_ == 0; }
    /// `text` has at most `room` characters.
    void assign(std::string_view text) {
        size_ = static_cast<std::uint8_t>(text.copy(text_.data(), room));
        static_assert(room < 256);
    }
    /// Writes to a place with room for all of `room`, and says how far.
    char* copy(char* to) const {
        std::memcpy(to, text_.data(), room);
        return to + size_;
    }

private:
    std::array<char, room> text_{};
    std::uint8_t size_ = 0;
};
template <std::size_t room>
void put(TextBuffer& out, const ShortText<room>& text) {
    auto* const to = extend(out, room);
    out.resize(static_cast<std::size_t>(text.copy(to) - out.data()));
}

/// Writes to where there is room enough: whoever made the room knows the most that is written.
class Pen {
public:
    explicit Pen(char* at) : at_{at} {}
    char* at() const { return at_; }
    void character(char text) { *at_++ = text; }
    template <std::size_t size>
    [[gnu::always_inline]] void text(const char (&text)[size]) {
        std::memcpy(at_, text, size - 1);
        at_ += size - 1;
    }
    void text(std::string_view text) {
        if (!text.empty()) std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
    }
    template <std::size_t room>
    void text(const ShortText<room>& text) {
        at_ = text.copy(at_);
    }
    static constexpr std::size_t longest_number = 20;
    /// Writes up to `longest_number` characters, of which those behind the number are of no meaning.
    void number(std::uint64_t value) {
        if (value < 10) return character(static_cast<char>('0' + value));
        if (std::endian::native != std::endian::little || value >= 100'000'000) return long_number(value);
        const auto all = eight_digits(value);
        const auto zeros = std::countr_zero(all) / 8;
        put_digits(all, zeros);
    }
    /// Eight hexadecimal digits.
    void hex8(std::uint32_t value);
    /// Seconds with six decimals: writes up to `longest_number` + 10 characters, as number() does.
    void seconds(std::int64_t nanoseconds);

private:
    void long_number(std::uint64_t value);
    /// Eight digits side by side, the first in the lowest octet: parted by 10,000, 100 and 10, as products
    /// with inverses.
    static constexpr std::uint64_t eight_digits(std::uint64_t value) {
        auto parts = value / 10'000 | value % 10'000 << 32;
        const auto hundreds = (parts * 10'486 >> 20) & 0x0000'007f'0000'007f;
        parts = (parts - 100 * hundreds) << 16 | hundreds;
        const auto tens = (parts * 103 >> 10) & 0x000f'000f'000f'000f;
        return (parts - 10 * tens) << 8 | tens;
    }
    /// Those behind the first `left_out`.
    void put_digits(std::uint64_t all, int left_out) {
        const auto text = (all | 0x3030'3030'3030'3030) >> 8 * left_out;
        std::memcpy(at_, &text, sizeof text);
        at_ += 8 - left_out;
    }
    char* at_;
};

/// Lets `write` write up to `most` characters.
template <class Write>
[[gnu::always_inline]] inline void with_pen(TextBuffer& out, std::size_t most, Write write) {
    Pen pen{extend(out, most)};
    write(pen);
    out.resize(static_cast<std::size_t>(pen.at() - out.data()));
}

void put_number(TextBuffer& out, std::uint64_t value);
void put_hex(TextBuffer& out, ByteView octets);
/// `digits` hexadecimal digits, leading zeros included.
void put_hex(TextBuffer& out, std::uint64_t value, unsigned digits);
void put_address(TextBuffer& out, const Address& address);
/// "192.0.2.1:500"; without port where it is 0.
void put_endpoint(TextBuffer& out, const Endpoint& endpoint);
/// Seconds with six decimals.
void put_seconds(TextBuffer& out, std::int64_t nanoseconds);
/// Characters from outside, safe on a terminal: control characters, bidirectional overrides and what is no
/// UTF-8 become "\x1b" and the like; at most `limit` octets, with "..." where there were more.
void put_printable(TextBuffer& out, std::string_view text, std::size_t limit = 200);
/// A JSON string with its quotes; what is no UTF-8 becomes U+FFFD.
void put_json_string(TextBuffer& out, std::string_view text);
/// Octets of UTF-8 at the start of `text` that make one character, 0 where they are none.
std::size_t utf8_size(std::string_view text);

}  // namespace ike
