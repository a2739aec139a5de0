#pragma once
// Messages inside SK and SKF payloads (RFC 7296 section 3.14, RFC 5282, RFC 7383).
#include "libike/sa/key_material.hpp"

namespace ike {

/// Why an SK or SKF payload could not be opened.
struct OpenError {
    enum class Kind : std::uint8_t {
        no_sk,      ///< the message has no SK or SKF payload
        outer,      ///< what is around it cannot be read; anyone can have sent that
        truncated,  ///< shorter than IV and ICV
        integrity,  ///< the ICV is wrong
        padding,    ///< decrypted, but the pad length makes no sense
        malformed,  ///< authentic and decrypted, but the chain inside cannot be read
    } kind;
    std::optional<WireError> wire;
};
std::string to_string(const OpenError& error);

/// One direction's protection of an IKE SA: encryption and integrity keys of one side. Between messages only
/// keys are kept, not the cipher's contexts: most IKE SAs are idle most of the time.
class SkProtection {
public:
    /// `encr_key` is SK_ei or SK_er, `integ_key` SK_ai or SK_ar (empty with an AEAD).
    static Result<SkProtection> create(const IkeSuite& suite, ByteView encr_key, ByteView integ_key);

    /// The datagram (no non-ESP marker) of `header` and the payloads inside one SK payload. `plain` go before
    /// it unprotected (usually none). The IV comes from `rng` for CBC and from a counter for counter modes
    /// and AEADs; one SkProtection never repeats one.
    Bytes seal(const Header& header, std::span<const Payload> inner, Rng& rng,
               std::span<const Payload> plain = {});
    /// The same with content octets that need not be a readable chain: `first` is announced as the type of
    /// what they begin with.
    Bytes seal_content(const Header& header, PayloadType first, ByteView content, Rng& rng,
                       std::span<const Payload> plain = {});
    /// The content of seal() in SKF payloads, even if one is enough, each datagram at most `limit` octets
    /// (non-ESP marker not counted; a limit without room for any content is raised until one block fits).
    std::vector<Bytes> seal_fragments(const Header& header, std::span<const Payload> inner, std::size_t limit,
                                      Rng& rng);
    /// Decrypted content octets of the SK or SKF payload that ends the datagram, padding taken off.
    std::expected<SecretBytes, OpenError> open(ByteView datagram);
    /// open() of a datagram whose encrypted payload is known to be its last and to be well formed: IV, text
    /// and ICV begin at `data`. What was decrypted replaces `content`, whose room serves again; after an
    /// error it is unspecified.
    std::optional<OpenError> open_to(ByteView datagram, std::size_t data, SecretBytes& content);
    /// open() without a look at a separate ICV, for showing what a faulty sender meant: never for what is
    /// acted upon. An AEAD's is part of decryption and stays checked.
    std::expected<SecretBytes, OpenError> open_unverified(ByteView datagram);
    /// open(), and the chain inside read, strictly: header and inner payloads; payload offsets count from the
    /// start of the plaintext. What was not protected is left out. An SKF payload that is not the only one of
    /// its message is malformed here.
    std::expected<Message, OpenError> open_message(ByteView datagram);
    /// Other keys for the same algorithms, at less cost than create(); false, and of no use any more, where
    /// their sizes are wrong.
    bool rekey(ByteView encr_key, ByteView integ_key);
    const IkeSuite& suite() const { return suite_; }
    /// The IV that a counter mode or AEAD takes next. A second SkProtection with the same keys must begin
    /// beyond what the first used.
    std::uint64_t next_iv() const { return counter_; }
    void set_next_iv(std::uint64_t counter) { counter_ = counter; }

private:
    SkProtection(IkeSuite suite, crypto::Cipher cipher, std::optional<crypto::Integrity> integrity);
    enum class Icv : std::uint8_t { verify, ignore };
    std::size_t icv_size() const;
    std::expected<SecretBytes, OpenError> open(ByteView datagram, Icv icv);
    std::optional<OpenError> open_to(ByteView datagram, std::size_t data, SecretBytes& content, Icv icv);
    SecretBytes padded(ByteView content) const;
    void protect(MutableBytes message, std::size_t size, Rng& rng);
    IkeSuite suite_;
    crypto::Cipher cipher_;
    std::optional<crypto::Integrity> integrity_;
    std::uint64_t counter_ = 0;
};

/// Collects the SKF fragments of one message (RFC 7383 section 2.6), bounded: at most 64 fragments, 128 KiB.
class FragmentCollector {
public:
    /// An authenticated fragment's plaintext. Gives the whole content and its first payload type once all are
    /// there. Repeats and smaller totals are ignored; a larger total starts over.
    struct Whole {
        PayloadType first{};
        SecretBytes content;
    };
    std::optional<Whole> add(const SkfPayload& fragment, SecretBytes content);
    std::uint16_t missing() const;

private:
    std::uint16_t total_ = 0;
    PayloadType first_{};
    std::vector<std::optional<SecretBytes>> parts_;
    std::size_t octets_ = 0;
};

}  // namespace ike
