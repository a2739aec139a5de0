// IPComp packets from anywhere, and what goes into one comes out of it again.
#include <cstdlib>

#include "libike/esp/ipcomp.hpp"

using namespace ike;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static esp::Ipcomp ipcomp;
    static Bytes packed(70000), room(65535);
    const ByteView in{data, size};
    // Room of several sizes: nothing is written behind it, which the sanitizer would see.
    for (const std::size_t most : {std::size_t{0}, std::size_t{100}, room.size()}) {
        Bytes small(most);
        const auto opened = ipcomp.decompress(in, small);
        if (opened && opened->size > most) std::abort();
    }
    if (size > 65535) return 0;
    const auto length = ipcomp.compress(in, 6, 0x1234, packed);
    if (length == 0) return 0;
    const auto again = ipcomp.decompress(ByteView{packed}.first(length), room);
    if (length >= size || !again || !equal(ByteView{room}.first(again->size), in)) std::abort();
    return 0;
}
