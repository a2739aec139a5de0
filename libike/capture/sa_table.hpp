#pragma once
// What is remembered of each IKE SA of a capture, bounded in number and in size.
#include <array>
#include <memory>

#include "libike/capture/aging_map.hpp"
#include "libike/capture/ike_opener.hpp"
#include "libike/capture/time.hpp"
#include "libike/wire/message.hpp"

namespace ike {

/// A message that went by, to tell retransmissions and answers.
struct SentMessage {
    EpochTime time{};
    std::uint64_t frame = 0;  ///< 0: nothing here
    std::uint32_t digest = 0;
    std::uint32_t message_id = 0;
    std::uint8_t flags = 0;
    std::uint8_t repetitions = 0;
    bool fragment = false;  ///< of a message in SKF payloads
};
/// The last few messages of an SA.
template <std::size_t size>
struct Recent {
    std::array<SentMessage, size> messages{};
    std::uint8_t next = 0;
    void push(const SentMessage& message) {
        messages[next] = message;
        next = static_cast<std::uint8_t>((next + 1u) % size);
    }
};
/// A nonce; few have more than 32 octets.
class NonceMemory {
public:
    void assign(ByteView nonce) {
        size_ = nonce.size();
        if (size_ > few_.size()) {
            many_ = to_bytes(nonce);
        } else {
            std::ranges::copy(nonce, few_.begin());
        }
    }
    ByteView view() const { return size_ > few_.size() ? ByteView{many_} : ByteView{few_}.first(size_); }
    operator ByteView() const { return view(); }  // NOLINT: reads like octets
    bool empty() const { return size_ == 0; }

private:
    std::array<std::uint8_t, 32> few_{};
    std::size_t size_ = 0;
    Bytes many_;
};
/// The IKE_SA_INIT exchange of an initiator's SPI.
struct InitMemory {
    NonceMemory nonce_i, nonce_r;
    std::uint64_t cookie = 0;  ///< digest of the COOKIE last asked for
    Recent<4> recent;
};
/// What more of an IKE_SA_INIT exchange is kept where keys or AUTH payloads can follow from it, until they
/// do.
struct InitExchange {
    Bytes request, response;  ///< the messages that count, from their headers on
    IkeSpi responder_spi = 0;
    KeId group{};
    Bytes ke_i, ke_r;
    std::optional<IkeSuite> suite;
    Bytes id_i, id_r;                      ///< bodies of the ID payloads of IKE_AUTH
    Bytes certificate_i, certificate_r;    ///< DER of the first CERT payload
    Bytes intermediate_i, intermediate_r;  ///< IntAuth so far (RFC 9242 section 3.3.2)
    std::uint32_t first_auth_id = 0;       ///< Message ID of the first IKE_AUTH request after those
    bool verified_i = false, verified_r = false;
};

/// A request that may make an SA, until its answer comes.
struct PendingSa {
    std::uint32_t message_id = 0;
    bool from_initiator = false;
    bool with_ke = false;
    KeId group{};
    Bytes ke;  ///< where secrets are at hand that may go with it
    std::uint64_t frame = 0;
    Bytes nonce;  ///< empty in IKE_AUTH, where those of IKE_SA_INIT count
    /// Number and SPI of each proposal whose SPI has at most 8 octets.
    struct Offer {
        std::uint8_t number;
        ProtocolId protocol;
        std::size_t spi_size;
        std::uint64_t spi;
    };
    std::vector<Offer> offers;
};

/// What the keys of a Child SA follow from (RFC 7296 section 2.17), kept until ESP with one of its SPIs
/// comes.
struct ChildSeed {
    KeyStore::Index ike_keys = 0;
    EspSuite suite;
    IkeSpi init = 0;  ///< without nonces of its own those of this IKE_SA_INIT count
    Bytes nonce_i, nonce_r;
    std::vector<SecretBytes> shared;  ///< candidates with PFS, else none
    std::uint32_t spi_i = 0,
                  spi_r =
                      0;  ///< chosen by, and so on packets to, the initiator and responder of the exchange
};
/// What lacks for the keys of a Child SA that was created at `frame`.
struct MissingForChild {
    enum class What : std::uint8_t { shared_secret, sk_d, nonces_of_init } what{};
    std::uint64_t frame = 0;
};
std::string to_string(const MissingForChild& missing);
/// Why there are no keys for an ESP SPI yet: they can be derived, something is missing, or the suite cannot
/// be (why not).
using LockedChild = std::variant<MissingForChild, std::shared_ptr<const ChildSeed>, std::string>;

/// One IKE SA after IKE_SA_INIT. With its InitMemory and what it points to under 1 KiB.
struct SaMemory {
    IkeKeyChoice keys;
    std::unique_ptr<PendingSa> pending;
    std::uint64_t intermediate = 0;  ///< frame of the last IKE_INTERMEDIATE response with a key exchange
    std::uint64_t cookie2 = 0;       ///< digest of the COOKIE2 that waits for its echo
    std::uint32_t cookie2_id = 0;    ///< Message ID of that request
    bool cookie2_from_initiator = false;
    Recent<10> recent;
};

}  // namespace ike
