#include "libike/base/checksum.hpp"
#include "libike/base/ip_protocols.hpp"
#include "libike/base/writer.hpp"
#include "libike/capture/pcapng_writer.hpp"

namespace ike {
namespace {

constexpr std::uint8_t hop_limit = 64;

void put_ipv4(Writer& out, const Address& source, const Address& destination, std::uint8_t protocol,
              std::size_t size) {
    const auto start = out.size();
    // Version and header length, no service class; identification 0 and Don't Fragment (RFC 6864).
    out.number<std::uint16_t>(0x4500).number(static_cast<std::uint16_t>(20 + size));
    out.number<std::uint16_t>(0).number<std::uint16_t>(0x4000).number(hop_limit).number(protocol);
    out.zeros(2).octets(source.octets()).octets(destination.octets());
    out.patch16(start + 10, checksum_finish(checksum_add(0, out.view().subspan(start, 20))));
}

void put_ipv6(Writer& out, const Address& source, const Address& destination, std::uint8_t protocol,
              std::size_t size) {
    out.number<std::uint32_t>(0x60000000).number(static_cast<std::uint16_t>(size)).number(protocol);
    out.number(hop_limit).octets(source.octets()).octets(destination.octets());
}

/// RFC 768, RFC 8200 section 8.1: over the pseudo header, UDP header and data; 0 is sent as all ones.
std::uint16_t udp_checksum(const Address& source, const Address& destination, ByteView segment) {
    auto sum = checksum_add(0, source.octets());
    sum = checksum_add(sum, destination.octets()) + protocol_udp + segment.size();
    const auto checksum = checksum_finish(checksum_add(sum, segment));
    return checksum == 0 ? 0xffff : checksum;
}

}  // namespace

std::optional<Bytes> ip_packet(const Endpoint& source, const Endpoint& destination, Carrier carrier,
                               ByteView octets) {
    const bool udp = carrier == Carrier::udp;
    const bool v4 = source.address.is_v4();
    const std::size_t size = octets.size() + (udp ? 8 : 0);
    if (source.address.family() != destination.address.family() || size > (v4 ? 65515u : 65535u)) {
        return std::nullopt;
    }
    Writer out;
    const auto protocol = udp ? protocol_udp : protocol_esp;
    (v4 ? put_ipv4 : put_ipv6)(out, source.address, destination.address, protocol, size);
    if (!udp) return out.octets(octets).take();
    const auto start = out.size();
    out.number(source.port).number(destination.port).number(static_cast<std::uint16_t>(size)).zeros(2);
    out.octets(octets);
    out.patch16(start + 6, udp_checksum(source.address, destination.address, out.view().subspan(start)));
    return out.take();
}

}  // namespace ike
