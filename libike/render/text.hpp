#pragma once
// Small pieces of text, fast: appended to a buffer, nothing allocated.
#include <fmt/format.h>

#include <cstring>

#include "libike/base/address.hpp"

namespace ike {

/// What output is gathered in before it is written.
using TextBuffer = fmt::memory_buffer;

/// Room for `count` more characters; what is there until they are written is unspecified.
inline char* extend(TextBuffer& out, std::size_t count) {
    const auto at = out.size();
    out.resize(at + count);
    return out.data() + at;
}
inline void put(TextBuffer& out, std::string_view text) {
    auto* to = extend(out, text.size());
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
}
inline void put(TextBuffer& out, char character) { out.push_back(character); }
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
