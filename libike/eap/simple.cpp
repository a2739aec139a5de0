#include "libike/eap/simple.hpp"

#include "libike/base/reader.hpp"
#include "libike/crypto/legacy.hpp"

namespace ike::eap {

SecretBytes md5_answer(std::uint8_t identifier, ByteView password, ByteView challenge) {
    const ByteView parts[] = {{&identifier, 1}, password, challenge};
    return SecretBytes{crypto::md5(parts)};
}

Result<Bytes> Md5Peer::answer(std::uint8_t identifier, ByteView data) {
    Reader in{data};
    const std::size_t size = in.number<std::uint8_t>("value size");
    const auto challenge = in.take(size, "value");
    if (in.failed() || size == 0) return failure("an EAP-MD5 challenge without a value");
    if (std::exchange(answered_, true)) return failure("a second EAP-MD5 challenge");
    const auto value = md5_answer(identifier, password_, challenge);
    return concat(Bytes{static_cast<std::uint8_t>(value.size())}, value.view());
}

Md5Server::Md5Server(SecretBytes password, Rng& rng) : password_{std::move(password)} {
    rng.fill(challenge_);
}

Bytes Md5Server::first() const {
    return concat(Bytes{static_cast<std::uint8_t>(challenge_.size())}, challenge_);
}

Verdict Md5Server::step(std::uint8_t identifier, ByteView data) const {
    Reader in{data};
    const auto value = in.take(in.number<std::uint8_t>("value size"), "value");
    if (in.failed()) return Verdict::failure("an EAP-MD5 response without a value");
    if (!equal_secret(value, md5_answer(identifier, password_, challenge_)))
        return Verdict::failure("wrong user name or password");
    return Verdict::success();
}

Result<Bytes> GtcPeer::answer(ByteView) {
    // RFC 3748 section 5.6: there may be further questions; a password answers one.
    if (std::exchange(answered_, true)) return failure("the server asks for more than a password (EAP-GTC)");
    return to_bytes(password_.view());
}

Bytes GtcServer::first() const { return to_bytes(std::string_view{"Password: "}); }

Verdict GtcServer::step(ByteView data) const {
    if (!equal_secret(data, password_)) return Verdict::failure("wrong user name or password");
    return Verdict::success();
}

}  // namespace ike::eap
