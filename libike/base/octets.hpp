#pragma once
// Octets as the toolkit passes them: views go down the call stack, what is stored is owned.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ike {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// An owned copy of `view`.
inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }
/// The characters of `text` as octets, without a terminator.
inline Bytes to_bytes(std::string_view text) { return {text.begin(), text.end()}; }
inline bool equal(ByteView a, ByteView b) { return std::ranges::equal(a, b); }
inline void append(Bytes& to, ByteView octets) { to.insert(to.end(), octets.begin(), octets.end()); }
/// All parts, one after the other.
template <class... Parts>
Bytes concat(const Parts&... parts) {
    Bytes all((std::size_t{0} + ... + std::size(parts)));
    auto at = all.begin();
    ((at = std::ranges::copy(ByteView{parts}, at).out), ...);
    return all;
}
/// Lower-case hexadecimal, without separators.
std::string hex(ByteView octets);
/// Octets from hexadecimal; white space and an optional 0x are ignored. Nothing on an odd digit or a
/// stranger.
std::optional<Bytes> from_hex(std::string_view text);

/// Joins lambdas into one visitor.
template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};

}  // namespace ike
