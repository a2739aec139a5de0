#pragma once
// The server of an EAP conversation (RFC 3748): asks for the identity, then offers its methods one after the
// other until the client takes one.
#include <variant>

#include "libike/eap/mschapv2.hpp"
#include "libike/eap/packet.hpp"
#include "libike/eap/simple.hpp"
#include "libike/eap/tls.hpp"

namespace ike::eap {

class Server {
public:
    /// `settings`, what `end` shows and `rng` must outlive it.
    Server(const ServerSettings& settings, Methods which, TlsEnd end, Rng& rng);

    /// The first request.
    Bytes begin();
    struct Step {
        enum class Kind : std::uint8_t { request, success, failure } kind{};
        Bytes packet;  ///< for the client, Success and Failure too
        std::string
            why;  ///< of a failure, for people; with a request: it is certain and the client is told so
    };
    /// What a response leads to. After success and failure there is nothing more to come.
    Step take(ByteView packet);
    /// As the client says; after EAP-TLS as its certificate says.
    std::string identity() const;
    std::optional<EapType> method() const { return method_; }
    /// After success: 64 octets, or empty where the method makes no key.
    SecretBytes msk() const;

private:
    using Method = std::variant<std::monostate, Md5Server, GtcServer, Mschapv2Server, TlsServer>;
    Step on_identity(const Packet& response);
    Step on_nak(const Packet& response);
    Step offer_next(std::span<const EapType> wanted);
    Step request(EapType type, Bytes data);
    Step failure(std::string why);
    Step on_method(const Packet& response);
    SecretBytes password();
    Bytes begin_method(EapType method);

    const ServerSettings& settings_;
    TlsEnd end_;
    Rng& rng_;
    std::vector<EapType> left_;  // not offered yet
    Method conversation_;
    std::optional<EapType> method_;  // offered, or begun
    bool begun_ = false;             // the client answered the method with something else than Nak
    std::string identity_;
    std::uint8_t identifier_ = 0;
    unsigned requests_ = 0;
};

}  // namespace ike::eap
