#pragma once
// EAP-TLS with TLS 1.2 (RFC 5216) and TLS 1.3 (RFC 9190).
#include "libike/eap/settings.hpp"
#include "libike/eap/tls_channel.hpp"
#include "libike/eap/verdict.hpp"

namespace ike::eap {

class TlsPeer {
public:
    TlsPeer(const PeerSettings& settings, TlsEnd end);
    Result<Bytes> answer(ByteView data);
    /// Handshake over and, with TLS 1.3, the server's protected word of success (RFC 9190 section 2.5).
    bool is_complete() const;
    const std::string& note() const { return note_; }
    SecretBytes msk() const;

private:
    /// Goes on with what came in; failures become a note, and an alert for the server where TLS has one.
    void feed(ByteView octets);
    TlsVersions versions_;
    TlsEnd end_;
    TlsChannel channel_;
    std::optional<crypto::Tls> tls_;
    std::string note_;
};

class TlsServer {
public:
    /// The certificate of the client must certify `identity`, unless that is anonymous ("" or "@realm", RFC
    /// 9190 section 2.1.4).
    TlsServer(const ServerSettings& settings, TlsEnd end, std::string identity);
    Bytes first() const { return {TlsChannel::start_flag}; }
    Verdict step(ByteView data);
    SecretBytes msk() const;
    /// Who the client is: the identity, or where that is anonymous its certificate's first name.
    std::string identity() const;

private:
    Verdict feed(ByteView octets);
    TlsVersions versions_;
    TlsEnd end_;
    std::string identity_;
    TlsChannel channel_;
    std::optional<crypto::Tls> tls_;
    std::string refused_;    // why; the alert is on its way
    bool finished_ = false;  // all is sent: an acknowledgement ends it
};

}  // namespace ike::eap
