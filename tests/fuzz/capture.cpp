// A capture file of any content: read, sorted, followed with keys at hand, shown in every way. A tracker that
// decrypts no more than headers, or ahead of its turn, must not be told from one that does not.
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
        "esp spi=c0ffee01 suite=aes128gcm16 encr=ed8f01dbe4140b1d89a9817b8a6f46b301dd50d0\n"
        "b9b501d1d854bb71,29fb173fb546c44f,"
        "d09464a3be0a904c505acb7b6d80dcc8b53ca14a6fa66dc60757b3f0f06b886b,"
        "ac9d11cbc22b0dca310c057aceea183bbb81bac4ebd63176148bc112bc20d6cd,\"AES-CBC-256 [RFC3602]\","
        "0d4759194afed879a2d8fbee1336a7267d4456576a2649cd17efbba991294467,"
        "8e26362c69e07cc5ce74aaccd6a82b9349eddfac2a335876407acb82b542c3a9,\"HMAC_SHA2_256_128 [RFC4868]\"\n",
        "fuzz");
    return made;
}

/// A line and the JSON of what a frame brought.
void show(Tracker& tracker, const Observation& first, LineWriter& lines, TextBuffer& out) {
    for (const auto* seen = &first; seen != nullptr; seen = tracker.more()) {
        lines.put_line(out, *seen);
        JsonFields json{out};
        describe(*seen, json);
    }
}

/// What a tracker has to say of a capture.
class Told {
public:
    Tracker tracker{keys()};
    void observe(const Frame& frame) { show(tracker, tracker.observe(frame), lines_, text_); }
    void observe_ahead(const Frame& frame) {
        while (!tracker.has_room()) observe_next();
        tracker.prepare(frame);
    }
    void observe_rest() {
        while (tracker.prepared() > 0) observe_next();
    }
    bool operator==(const Told& other) const {
        return std::string_view{text_.data(), text_.size()} ==
               std::string_view{other.text_.data(), other.text_.size()};
    }

private:
    void observe_next() { show(tracker, tracker.observe_next(), lines_, text_); }
    LineWriter lines_{Colour::none};
    TextBuffer text_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto file = CaptureFile::from({data, size});
    if (!file) return 0;
    Told plain, glimpsing, ahead;
    glimpsing.tracker.glimpse();
    ahead.tracker.look_ahead(Tracker::Cores::one);
    Tracker tracker{keys()};
    Ladder ladder{Colour::none};
    TextBuffer out;
    while (const auto frame = file->next()) {
        plain.observe(*frame);
        glimpsing.observe(*frame);
        ahead.observe_ahead(*frame);
        const auto& seen = tracker.observe(*frame);
        ladder.add(seen, out);
        TreeFields tree{out};
        describe(seen, tree);
        out.clear();
    }
    ahead.observe_rest();
    if (!(plain == glimpsing) || !(plain == ahead)) std::abort();
    ladder.finish(out);
    return 0;
}
