// Any datagram: read_message() and what is written from it.
#include <cstdlib>

#include "tests/wire/lossless.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ike::ByteView octets{data, size};
    if (!ike::test::loss(octets).empty()) std::abort();
    // Mending the length lets mutations that change the size through to the chain.
    if (!ike::test::loss(ike::test::with_length(ike::to_bytes(octets))).empty()) std::abort();
    const auto message = ike::parse_message(octets);
    if (message && ike::write_message(*message) != ike::to_bytes(octets)) std::abort();
    return 0;
}
