#pragma once
// EAP-TLS messages in fragments (RFC 5216 sections 2.1.5 and 3.1): flags, perhaps the length of all, data.
#include <optional>

#include "libike/base/error.hpp"
#include "libike/base/octets.hpp"

namespace ike::eap {

class TlsChannel {
public:
    /// `fragment`: octets of TLS data in one packet, at least 1.
    explicit TlsChannel(std::size_t fragment) : fragment_{fragment} {}

    static constexpr std::uint8_t start_flag = 0x20;
    /// Octets of one TLS message whole; more is refused (long chains of RSA-8192 certificates stay below).
    static constexpr std::size_t largest = 65536;

    struct Received {
        bool start = false;
        bool whole =
            false;  ///< `message` is all of it; otherwise the other side waits for an acknowledgement
        Bytes message;
    };
    /// Type data of a packet that came in.
    Result<Received> take(ByteView data);
    /// A message to be sent; nothing else may still be waiting.
    void put(Bytes message);
    bool has_more() const { return sent_ < outgoing_.size(); }
    /// Type data of the next packet: a fragment, or where nothing waits an acknowledgement.
    Bytes next();

private:
    std::size_t fragment_;
    Bytes incoming_, outgoing_;
    std::size_t announced_ = 0;  // octets the other side says there will be, 0: it does not
    std::size_t sent_ = 0;
};

}  // namespace ike::eap
