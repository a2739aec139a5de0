// IP fragments in any order and overlap: each has an offset, flags, an identification, a size, and data.
#include <cstdlib>

#include "libike/base/reader.hpp"
#include "libike/capture/packet.hpp"

using namespace ike;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Reader in{{data, size}};
    Reassembler reassembler;
    std::int64_t seconds = 0;
    while (in.remaining() >= 6) {
        IpHeaders fragment;
        fragment.fragment_offset = in.number<std::uint16_t>("offset") & 0x1fffu;
        fragment.fragment_offset *= 8;
        const auto flags = in.number<std::uint8_t>("flags");
        fragment.more_fragments = (flags & 1) != 0;
        if ((flags & 2) != 0) seconds += 10;
        fragment.identification = in.number<std::uint8_t>("identification");
        const std::size_t wanted = in.number<std::uint16_t>("size");
        fragment.payload = in.take(std::min(wanted, in.remaining()), "data");
        const auto whole = reassembler.add(EpochTime{std::chrono::seconds{seconds}}, fragment);
        if (whole && whole->octets.size() > 65535) std::abort();
    }
    return 0;
}
