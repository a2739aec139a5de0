// A capture file of any content: read, sorted, followed with keys at hand, shown in every way. A tracker that
// decrypts no more than headers must not be told from one that decrypts all.
#include <cstdlib>

#include "libike/capture/tracker.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/json_fields.hpp"
#include "libike/render/ladder.hpp"
#include "libike/render/tree_fields.hpp"

using namespace ike;

namespace {

KeyStore keys() {
    KeyStore made;
    made.add_lines(
        "esp spi=00000000 suite=null encr=\n"
        "esp spi=c0ffee01 suite=aes128gcm16 encr=ed8f01dbe4140b1d89a9817b8a6f46b301dd50d0\n",
        "fuzz");
    return made;
}

/// A line and the JSON of a packet.
void show(const Observation& seen, LineWriter& lines, TextBuffer& out) {
    lines.put_line(out, seen);
    JsonFields json{out};
    describe(seen, json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto file = CaptureFile::from({data, size});
    if (!file) return 0;
    Tracker tracker{keys()}, glimpsing{keys()};
    glimpsing.glimpse();
    LineWriter lines{Colour::none}, other_lines{Colour::none};
    Ladder ladder{Colour::none};
    TextBuffer out, other;
    while (const auto frame = file->next()) {
        const auto& seen = tracker.observe(*frame);
        show(seen, lines, out);
        show(glimpsing.observe(*frame), other_lines, other);
        if (std::string_view{out.data(), out.size()} != std::string_view{other.data(), other.size()})
            std::abort();
        ladder.add(seen, out);
        TreeFields tree{out};
        describe(seen, tree);
        out.clear();
        other.clear();
    }
    ladder.finish(out);
    return 0;
}
