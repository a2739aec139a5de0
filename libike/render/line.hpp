#pragma once
// One line for a packet, message or payload.
#include <array>

#include "libike/capture/observation.hpp"
#include "libike/render/known_texts.hpp"

namespace ike {

/// Texts of what comes again and again. Small and forgetful.
class TextCache {
public:
    using EndpointText = ShortText<56>;  // "[" and 45 characters, "]:65535"
    using NotifyText = ShortText<40>;
    using NameText = ShortText<16>;
    const EndpointText& text(const Endpoint& endpoint);
    void put(TextBuffer& out, const Endpoint& endpoint) { ike::put(out, text(endpoint)); }
    /// "N(COOKIE)", or nothing where the name is too long or is not all that is said.
    const NotifyText& text(NotifyType type);
    /// Whether more is said of a notification than its name.
    static bool has_details(NotifyType type);
    /// "Nonce", or nothing where the name is too long.
    const NameText& text(PayloadType type);
    KnownTexts& octets() { return octets_; }

private:
    std::array<std::pair<Endpoint, EndpointText>, 16> endpoints_;
    std::array<std::pair<NotifyType, NotifyText>, 64> notifies_;
    std::array<NameText, 256> names_;
    KnownTexts octets_;
};

/// Whether escape sequences that colour text are written.
enum class Colour : std::uint8_t { none, ansi };

/// "12 0.034567 192.0.2.2:4500 > 203.0.113.2:4500 IKE 11223344..:33445566.. IKE_AUTH request 1 [SK: IDi AUTH
/// ...]" and a new line. Of several captures the second word is "1:7": frame 7 of the second. Keeps the time
/// of the first packet: times are seconds since then.
class LineWriter {
public:
    explicit LineWriter(Colour colour) : colour_{colour} {}
    /// Times count from here; without a call from the first packet shown.
    void begin(EpochTime time) { begin_ = time; }
    void put_line(TextBuffer& out, const Observation& seen);

private:
    void put_start(TextBuffer& out, const Packet& packet);
    void put_kind(TextBuffer& out, const Observation& seen);
    void put_ike(TextBuffer& out, const Observation& seen);
    void put_ike_header(TextBuffer& out, const IkeObservation& seen) const;
    void put_checks(TextBuffer& out, const IkeObservation& seen) const;
    void put_obstacle(TextBuffer& out, std::string_view obstacle) const;
    void put_verdict(TextBuffer& out, const IkeObservation& seen) const;
    void put_esp(TextBuffer& out, const Observation& seen);
    void paint(TextBuffer& out, std::string_view code) const;
    Colour colour_;
    TextCache cache_;
    std::optional<EpochTime> begin_;
};

/// "SA(aes256-sha256-x25519) KE(CURVE25519) Nonce N(MOBIKE_SUPPORTED)"
void put_payloads(TextBuffer& out, std::span<const Payload> payloads);
/// The same from where they lie.
void put_payloads(TextBuffer& out, const PayloadChain& payloads, TextCache& cache);
/// "IKE_AUTH request 1 [IDi AUTH ...]" of an opened message, as an engine's trace has it.
std::string summary(const Message& message);
/// "10.98.0.1 > 10.99.0.2 ICMP echo request len 84"
void put_inner(TextBuffer& out, const InnerPacket& inner, TextCache& cache);
/// "in GRE 192.0.2.1 > 192.0.2.2 " for each tunnel around a packet.
void put_tunnels(TextBuffer& out, const Packet& packet, TextCache& cache);
/// "ICMP fragmentation needed, MTU 1400, about 192.0.2.2:4500 > 203.0.113.2:4500 ESP spi=0x.. seq=7"
void put_icmp(TextBuffer& out, const Observation& seen, TextCache& cache);
/// What is neither IPsec nor ICMP.
void put_other(TextBuffer& out, const Packet& packet);
/// The word for an IP protocol, "" where there is none here.
std::string_view ip_protocol_name(std::uint8_t protocol);

}  // namespace ike
