// TCP segments in any order: each has a sequence number of two octets, flags, a size, and data.
#include <cstdlib>

#include "libike/base/reader.hpp"
#include "libike/capture/tcp_stream.hpp"

using namespace ike;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Reader in{{data, size}};
    TcpStreams streams;
    Packet packet;
    packet.transport = Transport::tcp;
    packet.source.port = 40000;
    packet.destination.port = 4500;
    while (in.remaining() >= 5) {
        packet.tcp.sequence = in.number<std::uint16_t>("sequence");
        packet.tcp.flags = in.number<std::uint8_t>("flags");
        const std::size_t wanted = in.number<std::uint16_t>("size");
        packet.tcp.data = in.take(std::min(wanted, in.remaining()), "data");
        if (!streams.add(packet)) continue;
        std::size_t octets = 0;
        while (const auto unit = streams.next()) octets += unit->octets.size();
        // Nothing comes out that was not put in.
        if (octets > (std::size_t{1} << 20)) std::abort();
    }
    return 0;
}
