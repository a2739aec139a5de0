#pragma once
// What a side of an EAP conversation is told.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libike/base/secret.hpp"
#include "libike/crypto/tls.hpp"
#include "libike/registry/eap_type.hpp"
#include "libike/sa/auth.hpp"

namespace ike::eap {

struct TlsVersions {
    crypto::TlsVersion least = crypto::TlsVersion::v1_2, most = crypto::TlsVersion::v1_3;
};

/// The client: who it is and which methods it speaks, best first.
struct PeerSettings {
    std::vector<EapType> methods;
    std::string identity;  ///< answer to EAP-Identity, and the user name of the methods
    SecretBytes password;  ///< UTF-8; not for EAP-TLS
    TlsVersions versions;
    std::size_t fragment = 1024;  ///< octets of TLS data in one EAP packet
    /// Whom the certificate of an EAP-TLS server must certify; nothing: the IKE responder.
    std::optional<Identity> server;
};
/// The server: which methods it offers, first to last, and its users.
struct ServerSettings {
    std::vector<EapType> methods;
    std::map<std::string, SecretBytes, std::less<>>
        users;  ///< password (UTF-8) by identity; EAP-TLS needs none
    TlsVersions versions;
    std::size_t fragment = 1024;
};
/// Which of its methods a side uses: where EAP alone proves both, those that RFC 5998 section 4 allows.
enum class Methods : std::uint8_t { all, safe_alone };
/// What EAP-TLS proves itself by and believes. Views: their owner must outlive the conversation.
struct TlsEnd {
    std::span<const crypto::Certificate> chain;  ///< leaf first; empty: EAP-TLS is not possible
    const crypto::PrivateKey* key = nullptr;
    std::span<const crypto::Certificate> trusted;
    std::int64_t now = 0;  ///< seconds since the epoch
    /// As client: whom the server's certificate must certify.
    std::optional<Identity> server;
};

/// The methods that may be used, in their order.
std::vector<EapType> usable(std::span<const EapType> methods, Methods which);
/// The identity that a text stands for, as Identity::parse; what is none is a key id of its octets.
Identity identity_of(std::string_view text);

}  // namespace ike::eap
