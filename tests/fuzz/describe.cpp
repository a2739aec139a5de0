// A chain of payloads in clear: the first octet is its first payload's type, or 0 for an IKEv1 message; what
// follows is shown in every way.
#include "libike/render/describe.hpp"

#include "libike/render/findings.hpp"
#include "libike/render/json_fields.hpp"
#include "libike/render/line.hpp"
#include "libike/render/tree_fields.hpp"

using namespace ike;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    Observation seen;
    seen.what.kind = Kind::ike;
    const ByteView octets{data + 1, size - 1};
    if (data[0] == 0) {
        const auto header = read_header(octets);
        if (!header) return 0;
        seen.ike.version1 = true;
        seen.ike.octets = octets;
        seen.ike.header = *header;
    } else {
        seen.ike.outer.read(PayloadType{data[0]}, octets, 0);
        seen.ike.error = seen.ike.outer.error();
    }
    TextBuffer out;
    TreeFields tree{out};
    describe(seen, tree);
    JsonFields json{out};
    describe(seen, json);
    LineWriter lines{Colour::ansi};
    lines.put_line(out, seen);
    return 0;
}
