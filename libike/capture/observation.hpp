#pragma once
// What the tracker could make of one packet.
#include "libike/base/secret.hpp"
#include "libike/capture/icmp.hpp"
#include "libike/capture/recognise.hpp"
#include "libike/wire/payload_chain.hpp"

namespace ike {

/// What the ICV says; unknown where nothing could be checked.
enum class IcvState : std::uint8_t { unknown, good, bad };
std::string_view to_string(IcvState state);

/// A few words that most often are the same for all, and then take no room.
class Words {
public:
    Words() = default;
    Words(const char* literal) : literal_{literal} {}    // NOLINT: reads like a string
    Words(std::string made) : made_{std::move(made)} {}  // NOLINT
    Words& operator=(const char* literal) {
        literal_ = literal;
        return *this;
    }
    void clear() {
        literal_ = {};
        made_.clear();
    }
    bool empty() const { return view().empty(); }
    std::string_view view() const { return literal_.empty() ? std::string_view{made_} : literal_; }
    std::string text() const { return std::string{view()}; }

private:
    std::string_view literal_;
    std::string made_;
};

/// Something of a message that could be checked against what else is known.
struct Check {
    std::string_view what;  ///< "auth", "cookie", "cookie2"; always a literal
    IcvState result{};
    Words detail;  ///< with what it was checked, or what is missing for that
};

/// An IKE message, of either version.
struct IkeObservation {
    ByteView octets;  ///< from the header on
    Header header;
    PayloadChain outer;                     ///< payloads as on the wire; of version 1 none
    std::optional<WireError> error;         ///< of the header's length, else of the chain
    std::optional<WireError> header_error;  ///< not even a header
    bool version1 = false;                  ///< major version 1: payload types and exchanges are IKEv1's
    bool authip = false;                    ///< Microsoft's variant of version 1

    std::optional<bool> decrypted;  ///< nothing where nothing is encrypted
    IcvState integrity = IcvState::unknown;
    Words obstacle;  ///< why it was not decrypted, and what would help
    PayloadType inner_first{};
    PayloadChain inner;   ///< payloads of SK, or of all SKF together; offsets count from the plaintext
    SecretBytes content;  ///< plaintext that `inner` lies in
    std::uint16_t fragment = 0, fragments = 0;  ///< number and total of an SKF payload
    bool whole = false;  ///< this fragment was the last one missing: `inner` is that of all

    std::uint64_t repeats = 0;         ///< frame of the first sending of the same octets
    unsigned repetition = 0;           ///< 1 for the first retransmission
    std::uint64_t answers = 0;         ///< a response: frame of the first sending of its (last) request
    std::chrono::nanoseconds since{};  ///< time since that frame (`repeats` or `answers`)
    /// Frame of an earlier message with this Message ID and direction but other octets, which no
    /// retransmission may have (RFC 7296 section 2.1); 0: none.
    std::uint64_t differs_from = 0;
    std::vector<Check> checks;
    std::optional<std::uint32_t> key;  ///< the record of the key store that opened it
};

/// What an ESP or AH packet carries, as far as a line can tell.
struct InnerPacket {
    bool tunnel = false;  ///< an IP packet of its own
    std::uint8_t protocol = 0;
    Endpoint source, destination;  ///< in transport mode the outer addresses
    bool ports = false;
    std::uint8_t icmp_type = 0, icmp_code = 0;
    bool fragment = false;   ///< not the first fragment: no ports
    std::size_t length = 0;  ///< octets of the IP packet, or of the payload in transport mode
};
/// Reads what follows ESP or AH, `size` octets of which `payload` holds at least the beginning. Nothing for
/// dummy packets and what cannot be read.
std::optional<InnerPacket> inner_packet(std::uint8_t next_header, ByteView payload, std::size_t size,
                                        const Packet& outer);

/// IPComp inside ESP (RFC 3173).
struct IpcompObservation {
    std::uint8_t next_header = 0;
    std::uint16_t cpi = 0;
    bool decompressed = false;   ///< as DEFLATE, which alone is in use
    std::size_t compressed = 0;  ///< octets, header included
};

/// An ESP or AH packet.
struct EspObservation {
    bool readable = false;  ///< long enough for SPI and sequence number
    std::uint32_t spi = 0;
    std::uint32_t sequence_low = 0;
    std::uint64_t sequence = 0;  ///< with the high half where ESN is in use and known
    bool decrypted = false;
    bool esn = false;  ///< it took extended sequence numbers to open it
    IcvState integrity = IcvState::unknown;
    Words obstacle;
    std::uint8_t next_header = 0;
    std::size_t pad_length = 0;
    ByteView payload;  ///< decrypted, without padding; its beginning alone where Tracker::glimpse() said so
    std::optional<IpcompObservation> ipcomp;
    ByteView content;  ///< `payload`, decompressed where it was IPComp
    std::optional<InnerPacket> inner;
    std::optional<std::uint32_t> key;  ///< the record of the key store that opened it
};

/// One packet and all that was found out about it. Reused for the next packet, as its views are.
struct Observation {
    Packet packet;
    Recognised what;
    IkeObservation ike;    ///< of Kind::ike
    EspObservation esp;    ///< of Kind::esp and Kind::ah
    IcmpObservation icmp;  ///< of Kind::icmp
};

}  // namespace ike
