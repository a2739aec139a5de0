// A capture of any content is diagnosed, alone and against itself, and the report written in every form.
#include "libike/capture/tracker.hpp"
#include "libike/diagnose/page/page.hpp"

using namespace ike;

namespace {

void feed(ByteView octets, diagnose::FileIndex index, diagnose::Diagnoser& diagnoser) {
    auto file = CaptureFile::from(octets);
    if (!file) return;
    KeyStore keys;
    keys.add_lines("esp spi=00000000 suite=null encr=\n", "fuzz");
    diagnoser.keys_given(index);
    Tracker tracker{std::move(keys)};
    while (const auto frame = file->next()) {
        diagnoser.add(index, tracker.observe(*frame));
        while (const auto* more = tracker.more()) diagnoser.add(index, *more);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // The first octet says where the second capture begins, as far as there is one.
    if (size < 1) return 0;
    const auto split = data[0] == 0 ? size : 1 + (size - 1) * data[0] / 256;
    const std::size_t captures = split == size ? 1 : 2;
    diagnose::Diagnoser diagnoser{captures};
    feed({data + 1, split - 1}, 0, diagnoser);
    if (captures == 2) feed({data + split, size - split}, 1, diagnoser);
    const auto report = diagnoser.finish();
    const std::vector<std::string> names{"a.pcap", "b.pcap"};
    const std::span files{names.data(), captures};
    TextBuffer out;
    diagnose::put_text(out, report, files, Colour::ansi);
    diagnose::put_json(out, report, files);
    diagnose::put_page(out, report, files);
    return 0;
}
