#pragma once
// What must hold for any octets; for tests and fuzz targets.
#include <fmt/format.h>

#include "libike/wire/message.hpp"

namespace ike::test {

/// What is wrong with how read_message() and write_message() treat `octets`; "" when all is well. Whatever is
/// taken apart without an error must be written as it was, and reading what was written must give the same
/// again.
inline std::string loss(ByteView octets) {
    const auto read = read_message(octets);
    if (!read) return octets.size() < ike_header_size ? "" : "a whole header was refused";
    const auto written = write_message(read->message);
    if (!read->error && !equal(written, octets))
        return fmt::format("{} became {}", hex(octets), hex(written));
    const auto again = read_message(written);
    if (!again || again->error) return fmt::format("cannot read what was written: {}", hex(written));
    if (again->message.payloads != read->message.payloads)
        return fmt::format("payloads changed: {}", hex(octets));
    if (write_message(again->message) != written)
        return fmt::format("written twice differs: {}", hex(octets));
    return "";
}

/// `octets` with the header's Length set to their number.
inline Bytes with_length(Bytes octets) {
    for (std::size_t i = 0; i < 4 && octets.size() >= ike_header_size; ++i) {
        octets[24 + i] = static_cast<std::uint8_t>(octets.size() >> (24 - 8 * i));
    }
    return octets;
}

}  // namespace ike::test
