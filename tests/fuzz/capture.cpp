// A capture file of any content: read, sorted, followed with keys at hand, shown in every way.
#include "libike/capture/tracker.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/json_fields.hpp"
#include "libike/render/ladder.hpp"
#include "libike/render/tree_fields.hpp"

using namespace ike;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto file = CaptureFile::from({data, size});
    if (!file) return 0;
    KeyStore keys;
    keys.add_lines("esp spi=00000000 suite=null encr=\n", "fuzz");
    Tracker tracker{std::move(keys)};
    LineWriter lines{Colour::none};
    Ladder ladder{Colour::none};
    TextBuffer out;
    while (const auto frame = file->next()) {
        const auto& seen = tracker.observe(*frame);
        lines.put_line(out, seen);
        ladder.add(seen, out);
        TreeFields tree{out};
        describe(seen, tree);
        JsonFields json{out};
        describe(seen, json);
        out.clear();
    }
    ladder.finish(out);
    return 0;
}
