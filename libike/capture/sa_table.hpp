#pragma once
// What is remembered of each IKE SA of a capture, bounded in number and in size.
#include <array>
#include <memory>
#include <variant>

#include "libike/capture/aging_map.hpp"
#include "libike/capture/ike_opener.hpp"
#include "libike/capture/missing_keys.hpp"
#include "libike/capture/secrets.hpp"
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
/// Those of an IKE_SA_INIT exchange.
struct Nonces {
    NonceMemory i, r;
    bool complete() const { return !i.empty() && !r.empty(); }
};
/// The IKE_SA_INIT exchange of an initiator's SPI.
struct InitMemory {
    std::unique_ptr<Nonces> nonces;  ///< where keys may follow from them
    std::uint64_t cookie = 0;        ///< digest of the COOKIE last asked for
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
    KeId group{};  ///< none without a KE payload
    Bytes ke;      ///< where secrets are at hand that may go with it
    std::uint64_t frame = 0;
    Bytes nonce;  ///< empty in IKE_AUTH, where those of IKE_SA_INIT count
    Bytes link;   ///< in IKE_FOLLOWUP_KE: what ADDITIONAL_KEY_EXCHANGE gives back
    /// Number and SPI of each proposal whose SPI has at most 8 octets.
    struct Offer {
        std::uint8_t number;
        ProtocolId protocol;
        std::size_t spi_size;
        std::uint64_t spi;
    };
    std::vector<Offer> offers;
    std::unique_ptr<PendingSa> next;  ///< one that came before
};

/// What the keys of an SA follow from (RFC 7296 sections 2.14, 2.17 and 2.18, RFC 9370), kept until a packet
/// of it comes.
struct SaSeed {
    enum class From : std::uint8_t { ike_sa_init, ike_intermediate, rekey, child } from{};
    KeyStore::Index ike_keys = 0;  ///< of the IKE SA in which it was made; not of ike_sa_init
    std::variant<IkeSuite, EspSuite> suite;
    IkeSpi init = 0;  ///< without nonces of its own those of this IKE_SA_INIT count
    Bytes nonce_i, nonce_r;
    std::vector<NeededSecret> secrets;  ///< of each key exchange; none without PFS
    /// Chosen by, and so on packets to, the initiator and responder of the exchange.
    SpiPair spis;
};
/// An SA for which there are no keys yet.
struct LockedSa {
    MissingKeys missing;
    std::unique_ptr<SaSeed> seed;  ///< where keys can be derived, or guessed
    std::string unusable;          ///< why keys would not help
    std::uint8_t tries = 0;        ///< packets that none of the secrets at hand would open
};
/// An SA whose CREATE_CHILD_SA was answered and that waits for IKE_FOLLOWUP_KE (RFC 9370 section 2.2.4).
struct UnfinishedSa {
    Bytes link;  ///< what the next request gives back
    bool from_initiator = false;
    SaSeed seed;
    std::uint64_t frame = 0;               ///< of the request of CREATE_CHILD_SA
    std::vector<std::uint64_t> followups;  ///< of each IKE_FOLLOWUP_KE since
    std::string unusable;
};

/// One IKE SA after IKE_SA_INIT. With its InitMemory and what it points to under 1 KiB.
struct SaMemory {
    IkeKeyChoice keys;
    std::unique_ptr<PendingSa> pending;    ///< the newest of a few
    std::vector<UnfinishedSa> unfinished;  ///< a few, oldest first
    std::uint64_t intermediate = 0;  ///< frame of the last IKE_INTERMEDIATE response with a key exchange
    std::uint64_t cookie2 = 0;       ///< digest of the COOKIE2 that waits for its echo
    std::uint32_t cookie2_id = 0;    ///< Message ID of that request
    bool cookie2_from_initiator = false;
    Recent<10> recent;
};

}  // namespace ike
