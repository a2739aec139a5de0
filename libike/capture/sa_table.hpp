#pragma once
// What is remembered of each IKE SA of a capture, bounded in number and in size.
#include <array>
#include <memory>
#include <unordered_map>

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
/// The IKE_SA_INIT exchange of an initiator's SPI.
struct InitMemory {
    Bytes nonce_i, nonce_r;
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
    IkeSpi init = 0;                  ///< without nonces of its own those of this IKE_SA_INIT count
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
/// Why there are no keys for an ESP SPI yet: they can be derived, something is missing, or the suite cannot be
/// (why not).
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

/// A map whose size is bounded: when the young half is full it becomes the old half, and what was in the old
/// half and not asked for since is forgotten.
template <class Key, class Value, class Hash = std::hash<Key>>
class AgingMap {
public:
    explicit AgingMap(std::size_t half) : half_{half} {}
    /// The value of `key`, made if need be; valid until the next call.
    Value& operator[](const Key& key) {
        if (auto* found = find(key)) return *found;
        make_room();
        return *remember(key, &young_[key]);
    }
    Value* find(const Key& key) {
        // Messages of one SA come in a row, and a table of many is not in the processor's cache.
        if (last_ != nullptr && last_key_ == key) return last_;
        if (const auto at = young_.find(key); at != young_.end()) return remember(key, &at->second);
        const auto at = old_.find(key);
        if (at == old_.end()) return nullptr;
        auto node = old_.extract(at);
        make_room();
        return remember(key, &young_.insert(std::move(node)).position->second);
    }
    void erase(const Key& key) {
        last_ = nullptr;
        young_.erase(key);
        old_.erase(key);
    }
    bool forgot() const { return forgot_; }

private:
    Value* remember(const Key& key, Value* value) {
        last_key_ = key;
        last_ = value;
        return value;
    }
    void make_room() {
        if (young_.size() < half_) return;
        last_ = nullptr;
        forgot_ = forgot_ || !old_.empty();
        old_ = std::move(young_);
        young_.clear();
    }
    std::size_t half_;
    std::unordered_map<Key, Value, Hash> young_, old_;
    Key last_key_{};
    Value* last_ = nullptr;  ///< asked for last, where it is young
    bool forgot_ = false;
};

}  // namespace ike
