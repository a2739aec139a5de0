#include "libike/capture/plain.hpp"

namespace ike {
namespace {

constexpr std::size_t largest_udp = 65507;

bool is_encrypted(const Payload& payload) {
    return payload.type == PayloadType::sk || payload.type == PayloadType::skf;
}

void write_udp(PcapngWriter& to, const Observation& seen, ByteView message, std::string_view comment) {
    const bool marker = seen.what.marker || seen.what.tcp;
    auto octets = marker ? Bytes(4) : Bytes{};
    append(octets, message);
    if (octets.size() > largest_udp) return;
    const auto packet = ip_packet(seen.packet.source, seen.packet.destination, Carrier::udp, octets);
    if (packet) to.write_packet(seen.packet.time, *packet, comment);
}

}  // namespace

std::optional<Bytes> plain_message(const IkeObservation& seen) {
    if (seen.decrypted != true || (seen.fragments != 0 && !seen.whole) || seen.inner.error())
        return std::nullopt;
    Message message;
    message.header = seen.header;
    for (const auto& payload : seen.outer.payloads()) {
        if (!is_encrypted(payload)) message.payloads.push_back(payload);
    }
    const auto inner = seen.inner.payloads();
    message.payloads.insert(message.payloads.end(), inner.begin(), inner.end());
    // Of a chain that was read without an error no payload is too long to be written again, but all of the
    // fragments together may be.
    std::size_t size = 0;
    for (const auto& payload : message.payloads) size += payload.length;
    if (size > largest_udp) return std::nullopt;
    return write_message(message);
}

void write_plain(PcapngWriter& to, const Observation& seen) {
    if (seen.what.kind == Kind::ike && seen.ike.fragments != 0 && seen.ike.decrypted == true &&
        !seen.ike.whole)
        return;
    if (seen.what.kind == Kind::ike) {
        if (const auto message = plain_message(seen.ike)) return write_udp(to, seen, *message, "SK opened");
        if (seen.packet.reassembled || seen.what.tcp) return write_udp(to, seen, seen.what.octets, {});
    }
    const bool rest = seen.what.tcp || (seen.packet.transport == Transport::fragment);
    if (!rest && !seen.packet.ip.empty()) to.write_packet(seen.packet.time, seen.packet.ip);
}

}  // namespace ike
