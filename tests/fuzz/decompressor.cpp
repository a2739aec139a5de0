// Compressed streams: the first octet chooses gzip or zstd. What comes out is looked at piece by piece.
#include "libike/capture/decompressor.hpp"

using namespace ike;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Decompressor decompressor{(data[0] & 1) != 0 ? Compression::gzip : Compression::zstd};
    ByteView in{data + 1, size - 1};
    std::array<std::uint8_t, 4096> out{};
    constexpr std::size_t most_steps = 256;
    for (std::size_t i = 0; i < most_steps && !decompressor.failed(); ++i) {
        const auto step = decompressor.step(in, out);
        if (step.taken > in.size() || step.made > out.size()) __builtin_trap();
        in = in.subspan(step.taken);
        if (step.taken == 0 && step.made == 0) break;
    }
    return 0;
}
