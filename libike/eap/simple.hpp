#pragma once
// MD5-Challenge and Generic Token Card (RFC 3748 sections 5.4 and 5.6): methods of one question and one
// answer. They make no key and prove nothing of the server.
#include "libike/base/error.hpp"
#include "libike/base/rng.hpp"
#include "libike/base/secret.hpp"
#include "libike/eap/verdict.hpp"

namespace ike::eap {

/// MD5 of identifier, password and challenge: `identifier` is the EAP packet's, request and response alike.
SecretBytes md5_answer(std::uint8_t identifier, ByteView password, ByteView challenge);

class Md5Peer {
public:
    explicit Md5Peer(SecretBytes password) : password_{std::move(password)} {}
    Result<Bytes> answer(std::uint8_t identifier, ByteView data);
    bool is_complete() const { return answered_; }

private:
    SecretBytes password_;
    bool answered_ = false;
};
class Md5Server {
public:
    Md5Server(SecretBytes password, Rng& rng);
    Bytes first() const;
    Verdict step(std::uint8_t identifier, ByteView data) const;

private:
    SecretBytes password_;
    std::array<std::uint8_t, 16> challenge_{};
};

class GtcPeer {
public:
    explicit GtcPeer(SecretBytes password) : password_{std::move(password)} {}
    Result<Bytes> answer(ByteView prompt);
    bool is_complete() const { return answered_; }

private:
    SecretBytes password_;
    bool answered_ = false;
};
class GtcServer {
public:
    explicit GtcServer(SecretBytes password) : password_{std::move(password)} {}
    Bytes first() const;
    Verdict step(ByteView data) const;

private:
    SecretBytes password_;
};

}  // namespace ike::eap
