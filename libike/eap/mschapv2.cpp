// EAP-MSCHAPv2: OpCode, MS-CHAPv2-ID, MS-Length, then what RFC 2759 sections 3 to 6 have.
#include "libike/eap/mschapv2.hpp"

#include <fmt/format.h>

#include "libike/base/writer.hpp"

namespace ike::eap {
namespace {

enum class OpCode : std::uint8_t { challenge = 1, response = 2, success = 3, failure = 4 };
constexpr std::size_t value_size =
    49;  // of a response: peer challenge, 8 reserved octets, NT response, flags
constexpr auto wrong_password = "wrong user name or password";
constexpr std::size_t largest_name = 256;  // RFC 2759 section 4

struct Head {
    OpCode op{};
    std::uint8_t id = 0;
};
/// The head of a message whose MS-Length is that of the octets.
Result<Head> read_head(Reader& in, std::size_t size) {
    Head head;
    head.op = in.code<OpCode>("opcode");
    head.id = in.number<std::uint8_t>("ms-chapv2-id");
    const auto length = in.number<std::uint16_t>("ms-length");
    if (in.failed() || length != size)
        return failure("an EAP-MSCHAPv2 message of another length than it says");
    return head;
}
Bytes message(Head head, ByteView rest) {
    Writer out;
    out.code(head.op).number(head.id).number(static_cast<std::uint16_t>(4 + rest.size())).octets(rest);
    return out.take();
}
std::string text_of(ByteView octets) { return {octets.begin(), octets.end()}; }
template <std::size_t size>
std::array<std::uint8_t, size> fixed(ByteView octets) {
    std::array<std::uint8_t, size> made{};
    std::ranges::copy(octets.first(size), made.begin());
    return made;
}

/// RFC 2759 section 6: "E=691 R=0 C=... V=3 M=...", as people want to read it.
std::string explain(std::string_view text) {
    struct Code {
        std::string_view number, meaning;
    };
    constexpr Code codes[] = {
        {"E=646", "logon at this hour is not allowed"}, {"E=647", "the account is disabled"},
        {"E=648", "the password has expired"},          {"E=649", "no permission to dial in"},
        {"E=691", "wrong user name or password"},       {"E=709", "the password could not be changed"}};
    for (const auto& code : codes) {
        if (text.starts_with(code.number)) return fmt::format("{} ({})", code.meaning, code.number);
    }
    return fmt::format("\"{}\"", text.substr(0, 200));
}

}  // namespace

Mschapv2Peer::Mschapv2Peer(std::string identity, SecretBytes password, Rng& rng)
    : hash_{nt_password_hash(password)} {
    exchange_.user = std::move(identity);
    rng.fill(exchange_.peer);
}

Result<Bytes> Mschapv2Peer::answer(ByteView data) {
    Reader in{data};
    const auto head = read_head(in, data.size());
    if (!head) return std::unexpected{head.error()};
    if (head->op == OpCode::challenge && state_ == State::begun) {
        id_ = head->id;
        return on_challenge(in);
    }
    if (head->op == OpCode::success && state_ == State::answered) return on_success(in.rest());
    if (head->op == OpCode::failure && state_ == State::answered) {
        note_ = explain(text_of(in.rest()));
        state_ = State::refused;
        return Bytes{static_cast<std::uint8_t>(OpCode::failure)};
    }
    return failure("an EAP-MSCHAPv2 message that does not fit its order");
}

Result<Bytes> Mschapv2Peer::on_challenge(Reader in) {
    const std::size_t size = in.number<std::uint8_t>("value size");
    const auto challenge = in.take(size, "challenge");
    if (in.failed() || size != exchange_.authenticator.size())
        return failure("an EAP-MSCHAPv2 challenge that is not of 16 octets");
    exchange_.authenticator = fixed<16>(challenge);
    response_ = nt_response(exchange_, hash_);
    state_ = State::answered;
    Writer out;
    out.number(static_cast<std::uint8_t>(value_size)).octets(exchange_.peer).zeros(8).octets(response_);
    out.number(std::uint8_t{0}).octets(to_bytes(exchange_.user));
    return message({OpCode::response, id_}, out.view());
}

Result<Bytes> Mschapv2Peer::on_success(ByteView text) {
    // RFC 2759 section 5: what follows the 42 octets is a message for people.
    const auto expected = to_bytes(authenticator_response(exchange_, hash_, response_));
    if (text.size() < expected.size() || !equal_secret(text.first(expected.size()), expected))
        return failure("the server does not know our password (its EAP-MSCHAPv2 response is wrong)");
    msk_ = mschap_msk(hash_, response_);
    state_ = State::proven;
    return Bytes{static_cast<std::uint8_t>(OpCode::success)};
}

Mschapv2Server::Mschapv2Server(SecretBytes password, Rng& rng) : hash_{nt_password_hash(password)} {
    rng.fill(exchange_.authenticator);
    rng.fill({&id_, 1});
}

Bytes Mschapv2Server::first() const {
    Writer out;
    out.number(static_cast<std::uint8_t>(exchange_.authenticator.size())).octets(exchange_.authenticator);
    return message({OpCode::challenge, id_}, out.octets(to_bytes(std::string_view{"ike"})).view());
}

Verdict Mschapv2Server::step(ByteView data) {
    // The answers to Success and Failure are the OpCode alone; some send a whole head.
    if (state_ == State::accepted) {
        if (!data.empty() && data[0] == static_cast<std::uint8_t>(OpCode::success)) return Verdict::success();
        return Verdict::failure("the client does not accept our proof of knowing its password");
    }
    if (state_ == State::refused) return Verdict::failure(wrong_password);
    Reader in{data};
    const auto head = read_head(in, data.size());
    if (!head) return Verdict::failure(head.error().what);
    if (head->op != OpCode::response || head->id != id_)
        return Verdict::failure("an EAP-MSCHAPv2 message that does not fit its order");
    return on_response(in);
}

Verdict Mschapv2Server::on_response(Reader in) {
    const std::size_t size = in.number<std::uint8_t>("value size");
    const auto peer = in.take(exchange_.peer.size(), "peer challenge");
    in.take(8, "reserved");
    const auto response = in.take(NtResponse{}.size(), "nt response");
    in.number<std::uint8_t>("flags");
    const auto name = in.rest();
    if (in.failed() || size != value_size || name.size() > largest_name)
        return Verdict::failure("an EAP-MSCHAPv2 response of another form");
    exchange_.peer = fixed<16>(peer);
    exchange_.user = text_of(name);
    const auto expected = nt_response(exchange_, hash_);
    if (!equal_secret(expected, response)) {
        state_ = State::refused;
        // RFC 2759 section 6: no retry, so the challenge in it is never used.
        const auto text =
            fmt::format("E=691 R=0 C={} V=3 M=wrong user name or password", hex(exchange_.authenticator));
        return Verdict::refuse(message({OpCode::failure, id_}, to_bytes(text)), wrong_password);
    }
    state_ = State::accepted;
    msk_ = mschap_msk(hash_, expected);
    return Verdict::go_on(message(
        {OpCode::success, id_}, to_bytes(authenticator_response(exchange_, hash_, expected) + " M=welcome")));
}

}  // namespace ike::eap
