#pragma once
// Opening SK and SKF payloads with whatever keys there are.
#include "libike/capture/key_store.hpp"
#include "libike/sa/sealed.hpp"

namespace ike {

/// What the keys of one IKE SA are known to be.
struct IkeKeyChoice {
    std::optional<KeyStore::Index> key;  ///< that opened the last message
    std::uint8_t searches = 0;           ///< how often all keys were tried in vain
    bool may_change = false;             ///< an IKE_INTERMEDIATE may have brought other keys since
};

/// Finds keys by SPI and lets the ICV decide; where the SPIs lead nowhere, tries others, within bounds:
/// strongSwan 5.9.8 files the keys of a rekeyed IKE SA under the old SPIs.
class IkeOpener {
public:
    explicit IkeOpener(const KeyStore& keys) : keys_{keys} {}
    enum class Outcome : std::uint8_t {
        opened,
        forged,   ///< the ICV is wrong, and yet sensible payloads came out: a faulty sender, or a changed ICV
        no_keys,  ///< none that could be tried
        unusable,   ///< keys for a cipher that crypto does not have
        mismatch,   ///< there are keys for these SPIs, and the ICV is wrong with each
        truncated,  ///< shorter than IV and ICV
        padding,    ///< the ICV is right, the padding is not
    };
    /// What one key makes of a datagram, found out before its turn.
    struct Ahead {
        enum class Step : std::uint8_t { none, expected, found, opened } step{};
        Header header;  ///< whoever wants it prepared fills it
        ByteView datagram;
        KeyStore::Index key = 0;
        std::size_t data = 0;  ///< where the IV was taken to begin
        Outcome outcome{};
        SecretBytes content;
    };
    /// Begins with a message of version 2, whose header is there.
    void expect(ByteView datagram, Ahead& ahead) const;
    /// Goes on: opens with the key that will most likely be asked for, if there is one. Several in a row, so
    /// that memory is waited for once.
    void open_ahead(std::span<Ahead* const> several);
    /// An SK or SKF payload that ends a datagram.
    struct Sealed {
        const Header& header;
        ByteView datagram;
        std::size_t data = 0;    ///< where its IV begins; 0: not known, the message is not in order
        Ahead* ahead = nullptr;  ///< if it was prepared; serves once
    };
    /// The plaintext replaces `content` where the outcome is `opened` or `forged`; else that is unspecified.
    Outcome open(const Sealed& sealed, IkeKeyChoice& choice, SecretBytes& content);

private:
    struct Direction {
        std::optional<KeyStore::Index> key;
        std::optional<SkProtection> keyed;  ///< where `key` is not of use any more, keyed anew for another
    };
    struct Protections {
        Direction initiator, responder;
    };
    using Indexes = std::span<const KeyStore::Index>;
    Outcome try_key(KeyStore::Index at, const Sealed& sealed, SecretBytes& content);
    Outcome try_keys(Indexes keys, const Sealed& sealed, IkeKeyChoice& choice, SecretBytes& content);
    Outcome search(const Sealed& sealed, IkeKeyChoice& choice, SecretBytes& content);
    Outcome open_unverified(Indexes keys, const Sealed& sealed, SecretBytes& content);
    SkProtection* protection(KeyStore::Index at, const Header& header);

    const KeyStore& keys_;
    std::vector<Protections> protections_;  ///< each at its key's number, modulo their count
    std::size_t search_budget_ = 200'000;   ///< tries left in vain searches, in all
};

}  // namespace ike
