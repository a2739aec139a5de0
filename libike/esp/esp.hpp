#pragma once
// ESP (RFC 4303): one outbound and one inbound SA, in place and without allocation per packet. Paths and
// encapsulation are the caller's; here a packet begins with its SPI.
#include "libike/base/error.hpp"
#include "libike/crypto/glimpse.hpp"
#include "libike/esp/replay_window.hpp"
#include "libike/sa/suite.hpp"

namespace ike::esp {

inline constexpr std::uint8_t next_header_ipv4 = 4;
inline constexpr std::uint8_t next_header_ipv6 = 41;
inline constexpr std::uint8_t next_header_none = 59;

/// Octets that ESP adds for a suite: header, IV, trailer, ICV; padding comes on top, to `alignment`.
struct Overhead {
    std::size_t header = 8;
    std::size_t iv = 0;
    std::size_t trailer = 2;
    std::size_t icv = 0;
    std::size_t alignment = 4;
    /// Octets of the ESP packet that carries `inner` octets.
    std::size_t sealed_size(std::size_t inner) const;
    /// The most inner octets that an ESP packet of at most `sealed` octets carries.
    std::size_t inner_capacity(std::size_t sealed) const;
};
/// Of a suite that crypto supports; the bare header and trailer otherwise.
Overhead overhead(const EspSuite& suite);

/// The sending side of a Child SA. AEADs and counter modes take the number of the packet as IV, so that keys
/// and first sequence number must never be used twice. The IVs of CBC are that number encrypted under a key
/// derived for it alone: nobody without the keys can foretell them (RFC 3602 section 2.1 with RFC 4303's
/// per-packet state only).
class Outbound {
public:
    static Result<Outbound> create(std::uint32_t spi, const EspSuite& suite, ByteView encr_key,
                                   ByteView integ_key, std::uint64_t first_sequence = 1);
    /// Writes the ESP packet that carries `payload` to `out` (overhead().sealed_size() octets are enough) and
    /// gives its size; 0 when the sequence numbers are used up (RFC 4303 section 3.3.3) or `out` is too
    /// small. `tfc` extra octets of padding after the payload (tunnel mode only, section 2.7). `payload` may
    /// lie in `out` at payload_offset().
    std::size_t seal(ByteView payload, std::uint8_t next_header, MutableBytes out, std::size_t tfc = 0);
    std::size_t payload_offset() const { return 8 + overhead_.iv; }
    std::uint32_t spi() const { return spi_; }
    std::uint64_t next_sequence() const { return next_sequence_; }
    /// For tests and misbehaviour. IVs do not go back, except those that are the sequence number itself (RFC
    /// 8750).
    void set_next_sequence(std::uint64_t sequence) { next_sequence_ = sequence; }
    /// The IV of the next packet, for published vectors. Where it is the sequence number (RFC 8750) this
    /// changes nothing.
    void set_next_iv(std::uint64_t iv) { next_iv_ = iv; }
    const Overhead& overhead() const { return overhead_; }
    const EspSuite& suite() const { return suite_; }

private:
    Outbound(std::uint32_t spi, EspSuite suite, crypto::Cipher cipher,
             std::optional<crypto::Integrity> integrity, std::optional<crypto::Cipher> iv_cipher,
             std::uint64_t first_sequence);
    void write_iv(MutableBytes iv);
    std::uint32_t spi_;
    EspSuite suite_;
    Overhead overhead_;
    crypto::Cipher cipher_;
    std::optional<crypto::Integrity> integrity_;
    std::optional<crypto::Cipher> iv_cipher_;  ///< for CBC
    std::uint64_t next_sequence_;
    std::uint64_t next_iv_;
};

enum class OpenFailure : std::uint8_t { truncated, replayed, too_old, integrity, padding };
std::string_view to_string(OpenFailure failure);

/// What came out of a packet; views into it. The pad length is checked, the padding octets are not (senders
/// differ in them).
struct Opened {
    ByteView payload;  ///< without padding; of a glimpse its beginning alone
    std::uint8_t next_header = 0;
    std::uint64_t sequence = 0;  ///< 64 bits with ESN
    std::size_t pad_length = 0;
    std::size_t payload_size = 0;  ///< of all of it
};

/// The receiving side of a Child SA.
class Inbound {
public:
    static Result<Inbound> create(std::uint32_t spi, const EspSuite& suite, ByteView encr_key,
                                  ByteView integ_key, std::size_t window = 64);
    /// Checks the replay window, then the ICV, decrypts in place, then moves the window.
    std::expected<Opened, OpenFailure> open(MutableBytes packet);
    /// The same without a replay window, for captures: `sequence_high` as known or guessed (0 without ESN).
    /// Does not change state; on an ICV failure `packet` is left unspecified.
    std::expected<Opened, OpenFailure> open_at(MutableBytes packet, std::uint32_t sequence_high);
    std::uint32_t spi() const { return spi_; }
    const ReplayWindow& window() const { return window_; }
    const EspSuite& suite() const { return suite_; }
    const Overhead& overhead() const { return overhead_; }

private:
    Inbound(std::uint32_t spi, EspSuite suite, crypto::Cipher cipher,
            std::optional<crypto::Integrity> integrity, std::size_t window);
    std::uint32_t spi_;
    EspSuite suite_;
    Overhead overhead_;
    crypto::Cipher cipher_;
    std::optional<crypto::Integrity> integrity_;
    ReplayWindow window_;
};

/// Opens packets of a capture no further than to see what they carry: the ICV is checked over the whole
/// packet, but only its beginning is decrypted.
class Glimpser {
public:
    static constexpr std::size_t head = crypto::Glimpse::head;
    /// Nothing where the suite's cipher does not allow it: AES-GCM does.
    static std::optional<Glimpser> create(const EspSuite& suite, ByteView encr_key);
    /// Inbound::open_at(), but that the payload is `head` octets at most, in `start`, and that the packet is
    /// left as it is. Nothing where the packet is so short that it is as well opened.
    std::optional<std::expected<Opened, OpenFailure>> open_at(ByteView packet, std::uint32_t sequence_high,
                                                              std::span<std::uint8_t, head> start);

private:
    Glimpser(EspSuite suite, crypto::Glimpse cipher)
        : suite_{std::move(suite)}, overhead_{esp::overhead(suite_)}, cipher_{std::move(cipher)} {}
    EspSuite suite_;
    Overhead overhead_;
    crypto::Glimpse cipher_;
};

/// What a datagram on a UDP port that carries IKE and ESP (RFC 3948) is.
enum class Sort : std::uint8_t { keepalive, ike, esp, too_short };
Sort sort_port_4500(ByteView octets);

}  // namespace ike::esp
