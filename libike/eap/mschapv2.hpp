#pragma once
// MS-CHAPv2 (RFC 2759) inside EAP (draft-kamath-pppext-eap-mschapv2), and the key that IKEv2 makes of it
// (RFC 3079).
#include "libike/base/error.hpp"
#include "libike/base/reader.hpp"
#include "libike/base/rng.hpp"
#include "libike/base/secret.hpp"
#include "libike/eap/verdict.hpp"

namespace ike::eap {

using MschapChallenge = std::array<std::uint8_t, 16>;
using NtResponse = std::array<std::uint8_t, 24>;

/// What enters the hashes of one authentication.
struct MschapExchange {
    MschapChallenge authenticator{};  ///< the server's challenge
    MschapChallenge peer{};           ///< the client's
    /// As sent. What is hashed is the part behind a Windows domain and its backslash (RFC 2759 section 8.2).
    std::string user;
};
/// NtPasswordHash: MD4 of the password in UTF-16LE. `password` is UTF-8; octets that are none count as
/// Latin-1.
SecretBytes nt_password_hash(ByteView password);
/// ChallengeHash, section 8.2.
std::array<std::uint8_t, 8> challenge_hash(const MschapExchange& exchange);
/// GenerateNTResponse, section 8.1.
NtResponse nt_response(const MschapExchange& exchange, ByteView password_hash);
/// GenerateAuthenticatorResponse, section 8.7: "S=" and 40 hexadecimal digits in capitals.
std::string authenticator_response(const MschapExchange& exchange, ByteView password_hash,
                                   const NtResponse& response);
/// GetMasterKey, RFC 3079 section 3.4.
SecretBytes mschap_master_key(ByteView password_hash, const NtResponse& response);
/// The MSK: the server's receive key, its send key (RFC 3079 section 3.4, 128 bits each), zeros up to 64
/// octets.
SecretBytes mschap_msk(ByteView password_hash, const NtResponse& response);

/// The client's side.
class Mschapv2Peer {
public:
    Mschapv2Peer(std::string identity, SecretBytes password, Rng& rng);
    /// Type data of the response to a request's type data.
    Result<Bytes> answer(ByteView data);
    bool is_complete() const { return state_ == State::proven; }
    const std::string& note() const { return note_; }  ///< what the server complained of
    SecretBytes msk() const { return msk_.clone(); }

private:
    enum class State : std::uint8_t { begun, answered, proven, refused };
    Result<Bytes> on_challenge(Reader in);
    Result<Bytes> on_success(ByteView text);
    MschapExchange exchange_;
    SecretBytes hash_;
    NtResponse response_{};
    SecretBytes msk_;
    State state_ = State::begun;
    std::uint8_t id_ = 0;
    std::string note_;
};

/// The server's side.
class Mschapv2Server {
public:
    /// `password` of the user, or random octets for one that does not exist.
    Mschapv2Server(SecretBytes password, Rng& rng);
    Bytes first() const;
    Verdict step(ByteView data);
    SecretBytes msk() const { return msk_.clone(); }

private:
    enum class State : std::uint8_t { challenged, accepted, refused };
    Verdict on_response(Reader in);
    MschapExchange exchange_;
    SecretBytes hash_;
    SecretBytes msk_;
    State state_ = State::challenged;
    std::uint8_t id_ = 0;
};

}  // namespace ike::eap
