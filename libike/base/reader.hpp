#pragma once
// Reading network-order fields out of octets. Bounds are checked here and nowhere else.
#include <bit>
#include <concepts>
#include <cstring>
#include <expected>
#include <string>
#include <utility>

#include "libike/base/octets.hpp"

namespace ike {

/// Why octets could not be read, and where: `offset` counts from the datagram's first octet.
struct WireError {
    enum class Kind : std::uint8_t {
        truncated,  ///< fewer octets than the field needs
        trailing,   ///< octets left over after the last field
        value,      ///< a length or count that contradicts what surrounds it
    } kind;
    std::size_t offset;
    std::string_view field;  ///< always a literal
    friend bool operator==(const WireError&, const WireError&) = default;
};
/// "truncated at offset 28: payload length"
std::string to_string(const WireError& error);

template <class T>
using Parsed = std::expected<T, WireError>;

/// A number in network order where there are octets enough for one.
template <std::unsigned_integral T>
T network_number(const std::uint8_t* at) {
    T value{};
    std::memcpy(&value, at, sizeof value);
    return std::endian::native == std::endian::little ? std::byteswap(value) : value;
}

inline std::uint16_t number16(ByteView octets, std::size_t at) {
    return network_number<std::uint16_t>(&octets[at]);
}
inline std::uint32_t number32(ByteView octets, std::size_t at) {
    return network_number<std::uint32_t>(&octets[at]);
}

/// Network-order fields from octets it does not own. The first failure sticks and later reads give
/// zeros, so a parser is a straight line with one check, finish(), at its end.
class Reader {
public:
    explicit Reader(ByteView octets, std::size_t origin = 0) : rest_{octets}, offset_{origin} {}

    ByteView take(std::size_t count, std::string_view field) {
        if (!error_ && count > rest_.size()) error_ = {WireError::Kind::truncated, offset_, field};
        if (error_) return {};
        const ByteView taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        offset_ += count;
        return taken;
    }
    template <std::unsigned_integral T>
    T number(std::string_view field) {
        const auto octets = take(sizeof(T), field);
        return octets.size() == sizeof(T) ? network_number<T>(octets.data()) : T{};
    }
    template <class Code>
    requires std::is_enum_v<Code> Code code(std::string_view field) {
        return static_cast<Code>(number<std::underlying_type_t<Code>>(field));
    }
    /// A reader of the next `count` octets; its offsets go on counting from the datagram.
    Reader child(std::size_t count, std::string_view field) {
        const auto origin = offset_;
        Reader inner{take(count, field), origin};
        inner.error_ = error_;
        return inner;
    }
    ByteView rest() { return take(rest_.size(), "rest"); }
    std::size_t remaining() const { return error_ ? 0 : rest_.size(); }
    std::size_t offset() const { return offset_; }
    bool failed() const { return error_.has_value(); }
    const std::optional<WireError>& error() const { return error_; }
    /// Marks the octets as contradictory at `offset`; the first failure stays.
    void fail(WireError error) {
        if (!error_) error_ = error;
    }
    template <class T>
    Parsed<T> finish(T value) const {
        if (error_) return std::unexpected{*error_};
        if (!rest_.empty()) return std::unexpected{WireError{WireError::Kind::trailing, offset_, "end"}};
        return value;
    }

private:
    ByteView rest_;
    std::size_t offset_;
    std::optional<WireError> error_;
};

}  // namespace ike
