#pragma once
// One line for a packet, message or payload.
#include "libike/capture/observation.hpp"
#include "libike/render/text.hpp"

namespace ike {

/// Whether escape sequences that colour text are written.
enum class Colour : std::uint8_t { none, ansi };

/// "12 0.034567 192.0.2.2:4500 > 203.0.113.2:4500 IKE 11223344..:33445566.. IKE_AUTH request 1 [SK: IDi AUTH
/// ...]" and a new line. Keeps the time of the first packet: times are seconds since then.
class LineWriter {
public:
    explicit LineWriter(Colour colour) : colour_{colour} {}
    void put_line(TextBuffer& out, const Observation& seen);

private:
    void put_kind(TextBuffer& out, const Observation& seen) const;
    void put_ike(TextBuffer& out, const Observation& seen) const;
    void put_verdict(TextBuffer& out, const IkeObservation& seen) const;
    void put_esp(TextBuffer& out, const Observation& seen) const;
    void paint(TextBuffer& out, std::string_view code) const;
    Colour colour_;
    std::optional<EpochTime> begin_;
};

/// "SA(aes256-sha256-x25519) KE(CURVE25519) Nonce N(MOBIKE_SUPPORTED)"
void put_payloads(TextBuffer& out, std::span<const Payload> payloads);
/// "IKE_AUTH request 1 [IDi AUTH ...]" of an opened message, as an engine's trace has it.
std::string summary(const Message& message);
/// "10.98.0.1 > 10.99.0.2 ICMP echo request len 84"
void put_inner(TextBuffer& out, const InnerPacket& inner);
/// The word for an IP protocol, "" where there is none here.
std::string_view ip_protocol_name(std::uint8_t protocol);

}  // namespace ike
