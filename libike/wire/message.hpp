#pragma once
// IKE messages: the header of RFC 7296 section 3.1 and a chain of payloads.
#include "libike/registry/exchange_type.hpp"
#include "libike/wire/payloads.hpp"

namespace ike {

/// An IKE SPI as a number in network order; 0 where the responder's is not known yet.
using IkeSpi = std::uint64_t;
/// 16 hexadecimal digits.
std::string spi_text(IkeSpi spi);

inline constexpr std::size_t ike_header_size = 28;
inline constexpr std::uint8_t flag_initiator = 0x08;  ///< sent by the original initiator of the IKE SA
inline constexpr std::uint8_t flag_version = 0x10;
inline constexpr std::uint8_t flag_response = 0x20;

struct Header {
    IkeSpi initiator_spi = 0;
    IkeSpi responder_spi = 0;
    PayloadType next{};  ///< written from the chain; as read
    std::uint8_t version = 0x20;
    ExchangeType exchange{};
    std::uint8_t flags = 0;
    std::uint32_t message_id = 0;
    std::uint32_t length = 0;  ///< as read; written from the chain
    bool from_initiator() const { return (flags & flag_initiator) != 0; }
    bool is_response() const { return (flags & flag_response) != 0; }
    unsigned major() const { return version >> 4; }
    friend bool operator==(const Header&, const Header&) = default;
};

struct Message {
    Header header;
    std::vector<Payload> payloads;

    /// The first payload of that type, or nullptr.
    const Payload* find(PayloadType type) const;
    /// The body of the first payload that holds a T (of type `type` where given), or nullptr.
    template <class T>
    const T* get(PayloadType type = PayloadType::none) const {
        for (const auto& payload : payloads) {
            if (type != PayloadType::none && payload.type != type) continue;
            if (const auto* body = std::get_if<T>(&payload.body)) return body;
        }
        return nullptr;
    }
    const Notify* notify(NotifyType type) const;
};

/// What could be read of a chain, and why not more.
struct Chain {
    std::vector<Payload> payloads;
    std::optional<WireError> error;  ///< of the chain itself; a body's own is in its Payload
};
/// Reads a chain that begins with a payload of type `first`. An SK or SKF payload ends it (RFC 7296
/// section 3.14). At most 1,000 payloads; a body that cannot be taken apart stays Opaque with its error.
Chain read_chain(PayloadType first, ByteView octets, std::size_t origin = 0);
/// Writes a chain. Next Payload is the type of the payload that follows, 0 at the end, the inner type for SK
/// and SKF, and Payload::next wherever it is set. Throws std::length_error where a payload does not fit its
/// length field.
void write_chain(std::span<const Payload> payloads, Writer& out);

Parsed<Header> read_header(ByteView datagram);
/// The same into `header`, field by field, for those who read many; false where there are too few octets.
inline bool read_header(ByteView datagram, Header& header) {
    if (datagram.size() < ike_header_size) return false;
    const auto* at = datagram.data();
    header.initiator_spi = network_number<std::uint64_t>(at);
    header.responder_spi = network_number<std::uint64_t>(at + 8);
    header.next = static_cast<PayloadType>(at[16]);
    header.version = at[17];
    header.exchange = static_cast<ExchangeType>(at[18]);
    header.flags = at[19];
    header.message_id = network_number<std::uint32_t>(at + 20);
    header.length = network_number<std::uint32_t>(at + 24);
    return true;
}
/// What could be read of a datagram (without non-ESP marker), and why not more. The error is that of the
/// header's length where it contradicts the datagram, else the chain's; a body's own is in its Payload.
struct ReadMessage {
    Message message;
    std::optional<WireError> error;
};
/// An error only when not even the header could be read.
Parsed<ReadMessage> read_message(ByteView datagram);
/// The strict form for the engine: any error in header, chain or a known payload's body is an error.
Parsed<Message> parse_message(ByteView datagram);
/// Header and chain; Next Payload and length are set from the chain. For every datagram that read_message()
/// takes apart without an error, write_message(read.message) gives the same octets. Throws like
/// write_chain().
Bytes write_message(const Message& message);

}  // namespace ike
