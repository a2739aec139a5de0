// One payload body: the first octet is its type, the second its Next Payload.
#include <cstdlib>

#include "libike/wire/payload_chain.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace ike;
    // What a payload's 16-bit length leaves for its body.
    if (size < 2 || size > 2 + 65531) return 0;
    const ByteView octets{data + 2, size - 2};
    const auto body = parse_body(PayloadType{data[0]}, PayloadType{data[1]}, Reader{octets, 32});
    const PayloadView view{PayloadType{data[0]}, PayloadType{data[1]}, false, 0, 28, octets};
    if (view.readable() != body.has_value()) std::abort();
    if (!body) {
        const auto at = body.error().offset;
        if (at < 32 || at > 32 + octets.size() || body.error().field.empty()) std::abort();
        return 0;
    }
    if (view.parse().body != *body) std::abort();
    Writer out;
    write_body(*body, out);
    if (!equal(out.view(), octets)) std::abort();
    return 0;
}
