#pragma once
// A TLS connection without a socket, as EAP-TLS needs it: certificates on both sides, no resumption, keys
// exported. libssl takes its random octets from OpenSSL, not from an Rng: a run with a seed does not repeat a
// TLS handshake octet for octet.
#include <functional>

#include "libike/crypto/pki.hpp"

namespace ike::crypto {

enum class TlsVersion : std::uint8_t { v1_2, v1_3 };

class Tls {
public:
    enum class Side : std::uint8_t { client, server };
    struct Settings {
        Side side = Side::client;
        TlsVersion least = TlsVersion::v1_2, most = TlsVersion::v1_3;
        /// Our certificate, leaf first, and its key. A client may have none.
        std::span<const Certificate> chain;
        const PrivateKey* key = nullptr;
        /// Who may have signed the other side's certificate.
        std::span<const Certificate> trusted;
        std::int64_t now = 0;  ///< seconds since the epoch, for validity
        /// Whether a certificate that leads to `trusted` is also the one we want.
        std::function<Result<bool>(const Certificate&)> accept;
    };
    static Result<Tls> create(Settings settings);
    Tls(Tls&&) noexcept;
    Tls& operator=(Tls&&) noexcept;
    ~Tls();

    /// Goes on with the handshake, or reads, with what the other side sent (nothing: a client's beginning).
    /// After an error an alert may wait in take_output().
    Result<bool> feed(ByteView octets);
    /// What is to be sent to the other side; empty: nothing.
    Bytes take_output();
    /// The handshake is over on this side: the other is authenticated and keys can be exported.
    bool is_established() const;
    TlsVersion version() const;  ///< of an established connection
    /// Application data that came in, at most 64 octets; EAP-TLS has one (RFC 9190 section 2.5).
    ByteView received() const;
    /// Puts application data into take_output().
    Result<bool> send(ByteView octets);
    /// RFC 5705, RFC 8446 section 7.5. Nothing in `context`: none is given, which differs from an empty one
    /// in TLS 1.2.
    SecretBytes export_key(std::string_view label, std::optional<ByteView> context, std::size_t size) const;
    /// The other side's certificate, once it was accepted.
    const std::optional<Certificate>& peer() const;

private:
    struct State;
    explicit Tls(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace ike::crypto
