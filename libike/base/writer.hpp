#pragma once
// Writing network-order fields into octets it owns.
#include <concepts>
#include <type_traits>

#include "libike/base/octets.hpp"

namespace ike {

class Writer {
public:
    Writer() = default;
    template <std::unsigned_integral T>
    Writer& number(T value) {
        for (std::size_t shift = sizeof(T) * 8; shift > 0; shift -= 8) {
            octets_.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
        }
        return *this;
    }
    template <class Code>
    requires std::is_enum_v<Code> Writer& code(Code value) {
        return number(static_cast<std::underlying_type_t<Code>>(value));
    }
    Writer& octets(ByteView view) {
        append(octets_, view);
        return *this;
    }
    Writer& zeros(std::size_t count) {
        octets_.resize(octets_.size() + count);
        return *this;
    }
    std::size_t size() const { return octets_.size(); }
    /// Overwrites 16 or 32 bits already written, for lengths known only at the end.
    void patch16(std::size_t at, std::uint16_t value) {
        octets_.at(at) = static_cast<std::uint8_t>(value >> 8);
        octets_.at(at + 1) = static_cast<std::uint8_t>(value);
    }
    void patch32(std::size_t at, std::uint32_t value) {
        patch16(at, static_cast<std::uint16_t>(value >> 16));
        patch16(at + 2, static_cast<std::uint16_t>(value));
    }
    ByteView view() const { return octets_; }
    Bytes take() { return std::move(octets_); }

private:
    Bytes octets_;
};

}  // namespace ike
