#pragma once
// The client of an EAP conversation (RFC 3748): answers requests until Success or Failure. No socket, no
// clock: the caller carries the packets.
#include <variant>

#include "libike/eap/mschapv2.hpp"
#include "libike/eap/packet.hpp"
#include "libike/eap/simple.hpp"
#include "libike/eap/tls.hpp"

namespace ike::eap {

class Peer {
public:
    /// `settings`, what `end` shows and `rng` must outlive it.
    Peer(const PeerSettings& settings, Methods which, TlsEnd end, Rng& rng);

    /// What a packet of the server leads to: a response for it, or (nothing) Success. An error ends the
    /// conversation: Failure, a proof that is wrong, a Success before the method was through, what does not
    /// fit.
    Result<std::optional<Bytes>> take(ByteView packet);
    const std::string& identity() const { return settings_.identity; }
    /// The method that was agreed on; nothing before.
    std::optional<EapType> method() const { return method_; }
    /// After Success: 64 octets, or empty where the method makes no key.
    SecretBytes msk() const;

private:
    using Method = std::variant<std::monostate, Md5Peer, GtcPeer, Mschapv2Peer, TlsPeer>;
    Result<std::optional<Bytes>> on_request(const Packet& request);
    Result<Bytes> on_method(const Packet& request);
    void begin(EapType method);
    bool is_complete() const;
    std::string_view note() const;

    const PeerSettings& settings_;
    std::vector<EapType> methods_;
    TlsEnd end_;
    Rng& rng_;
    Method conversation_;
    std::optional<EapType> method_;
    unsigned requests_ = 0;
};

/// More requests than these end a conversation: EAP-TLS with a message of 64 KiB in fragments takes as many.
inline constexpr unsigned most_requests = 96;

}  // namespace ike::eap
