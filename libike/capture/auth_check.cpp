#include "libike/capture/auth_check.hpp"

#include <fmt/format.h>

#include "libike/sa/auth.hpp"

namespace ike {
namespace {

constexpr std::string_view what = "auth";
constexpr std::size_t longest_certificate = 16384;

Check verdict(IcvState result, Words detail) { return {what, result, std::move(detail)}; }

void take_note(const AuthContext& context, const PayloadChain& payloads) {
    const bool forth = context.from_initiator;
    auto& id = forth ? context.exchange.id_i : context.exchange.id_r;
    auto& certificate = forth ? context.exchange.certificate_i : context.exchange.certificate_r;
    if (const auto* seen = payloads.find(forth ? PayloadType::idi : PayloadType::idr);
        seen != nullptr && seen->body.size() >= 4)
        id = to_bytes(seen->body);
    // RFC 7296 section 3.6: the first certificate holds the key that signs.
    const auto seen = payloads.body<CertPayload>(PayloadType::cert);
    if (seen && seen->encoding == CertEncoding::x509_signature && seen->data.size() <= longest_certificate) {
        certificate = seen->data;
    }
}

SignedOctets signed_octets(const AuthContext& context, ByteView intermediate) {
    const bool forth = context.from_initiator;
    const auto& exchange = context.exchange;
    static const Nonces unseen;
    const auto& nonces = context.init.nonces ? *context.init.nonces : unseen;
    SignedOctets octets;
    octets.real_message = forth ? exchange.request : exchange.response;
    octets.nonce_of_other = forth ? nonces.r : nonces.i;
    octets.id_body = forth ? exchange.id_i : exchange.id_r;
    octets.sk_p = context.record.sk_p(forth);
    octets.prf = context.record.suite.prf;
    octets.intermediate = intermediate;
    return octets;
}

/// IntAuth: both sides' prf outputs and the Message ID of the first IKE_AUTH request; empty without any
/// IKE_INTERMEDIATE (RFC 9242 section 3.3.2).
Bytes intermediate_octets(const InitExchange& exchange, std::uint32_t message_id) {
    if (exchange.intermediate_i.empty()) return {};
    return concat(exchange.intermediate_i, exchange.intermediate_r, Writer{}.number(message_id).take());
}

/// What is missing, or nothing.
const char* missing(const SignedOctets& octets) {
    if (octets.real_message.empty() || octets.nonce_of_other.empty())
        return "needs IKE_SA_INIT, which is not in the capture";
    if (!crypto::supported(octets.prf)) return "needs a PRF that is not supported";
    return octets.id_body.empty() ? "needs the ID payload, which was not seen" : nullptr;
}

Check check_shared_key(const AuthContext& context, const AuthPayload& auth, const SignedOctets& octets) {
    for (const auto& psk : context.keys.psks()) {
        if (equal(psk_auth(octets.prf, psk, octets), auth.data))
            return verdict(IcvState::good, "by a shared key at hand");
    }
    if (context.keys.psks().empty())
        return verdict(IcvState::unknown, "needs the pre-shared key, or the MSK of the EAP method");
    return verdict(IcvState::bad, "no pre-shared key at hand gives this AUTH");
}

/// RFC 7619 section 2.1: keyed with SK_pi or SK_pr, so it proves nothing but that the keys are right.
Check check_null(const AuthPayload& auth, const SignedOctets& octets) {
    const bool right = equal(psk_auth(octets.prf, octets.sk_p, octets), auth.data);
    return verdict(right ? IcvState::good : IcvState::bad, "NULL authentication");
}

std::optional<crypto::Certificate> certificate_of(const AuthContext& context) {
    const bool forth = context.from_initiator;
    const auto& der = forth ? context.exchange.certificate_i : context.exchange.certificate_r;
    if (!der.empty()) {
        auto found = crypto::Certificate::from_der(der);
        if (found) return std::move(*found);
    }
    const auto& id = forth ? context.exchange.id_i : context.exchange.id_r;
    if (id.size() < 4) return std::nullopt;
    const Identity identity{static_cast<IdType>(id[0]), to_bytes(ByteView{id}.subspan(4))};
    for (const auto& each : context.keys.certificates()) {
        if (certifies(each, identity)) return each;
    }
    return std::nullopt;
}

Check check_signature(const AuthContext& context, const AuthPayload& auth, const SignedOctets& octets) {
    const auto certificate = certificate_of(context);
    if (!certificate) return verdict(IcvState::unknown, "needs the signer's certificate");
    const auto joined = octets.join();
    const std::array<ByteView, 1> parts{joined};
    const auto scheme = crypto::verify(*certificate, auth.method, auth.data, parts);
    if (!scheme) return verdict(IcvState::bad, scheme.error().what);
    return verdict(IcvState::good,
                   fmt::format("{} by {}", crypto::to_string(*scheme), certificate->subject()));
}

std::uint64_t digest_of(ByteView cookie) {
    const std::array<ByteView, 1> parts{cookie};
    const auto hash = crypto::sha1(parts);
    // 0 stands for none.
    return Reader{hash}.number<std::uint64_t>("digest") | 1;
}

}  // namespace

Check unchecked_auth(const char* why) { return verdict(IcvState::unknown, why); }

std::optional<Check> check_auth(const AuthContext& context, const IkeObservation& seen) {
    take_note(context, seen.inner);
    const auto auth = seen.inner.body<AuthPayload>(PayloadType::auth);
    if (!auth) return std::nullopt;
    auto& first_id = context.exchange.first_auth_id;
    const auto intermediate = intermediate_octets(context.exchange, first_id);
    const auto octets = signed_octets(context, intermediate);
    if (const auto* why = missing(octets)) return unchecked_auth(why);
    auto& done = context.from_initiator ? context.exchange.verified_i : context.exchange.verified_r;
    done = true;
    switch (auth->method) {
        case AuthMethod::shared_key_mic:
            return check_shared_key(context, *auth, octets);
        case AuthMethod::null_authentication:
            return check_null(*auth, octets);
        case AuthMethod::dss_digital_signature:
        case AuthMethod::generic_secure_password:
            return verdict(IcvState::unknown, "a method that is not checked");
        default:
            return check_signature(context, *auth, octets);
    }
}

void note_intermediate(const AuthContext& context, const IkeObservation& seen) {
    auto& exchange = context.exchange;
    const auto& header = seen.header;
    const auto& sk_p = context.record.sk_p(context.from_initiator);
    auto& chained = context.from_initiator ? exchange.intermediate_i : exchange.intermediate_r;
    if (!crypto::supported(context.record.suite.prf)) return;
    // The header and the generic header of SK as if nothing were encrypted or in fragments.
    const auto content = seen.content.view();
    const auto length = static_cast<std::uint32_t>(ike_header_size + 4 + content.size());
    Writer plain;
    plain.number(header.initiator_spi).number(header.responder_spi).code(PayloadType::sk);
    plain.number(header.version).code(header.exchange).number(header.flags).number(header.message_id);
    plain.number(length).code(seen.inner_first).number(std::uint8_t{0});
    plain.number(static_cast<std::uint16_t>(4 + content.size()));
    const std::array<ByteView, 3> parts{ByteView{chained}, plain.view(), content};
    chained = to_bytes(crypto::prf(context.record.suite.prf, sk_p, parts).view());
    exchange.first_auth_id = header.message_id + 1;
}

std::optional<Check> check_cookie(const IkeObservation& seen, InitMemory& init) {
    const auto cookie = seen.outer.notification(NotifyType::cookie);
    if (!cookie) return std::nullopt;
    if (seen.header.is_response()) {
        init.cookie = digest_of(*cookie);
        return std::nullopt;
    }
    if (init.cookie == 0) return std::nullopt;
    const bool same = digest_of(*cookie) == init.cookie;
    return Check{"cookie", same ? IcvState::good : IcvState::bad,
                 same ? "is the one that was asked for" : "is not the one that was asked for"};
}

std::optional<Check> check_cookie2(const IkeObservation& seen, SaMemory& sa) {
    const auto& header = seen.header;
    const auto cookie = seen.inner.notification(NotifyType::cookie2);
    if (!header.is_response()) {
        if (!cookie) return std::nullopt;
        sa.cookie2 = digest_of(*cookie);
        sa.cookie2_id = header.message_id;
        sa.cookie2_from_initiator = header.from_initiator();
        return std::nullopt;
    }
    const bool awaited = sa.cookie2 != 0 && sa.cookie2_id == header.message_id &&
                         sa.cookie2_from_initiator != header.from_initiator();
    if (!awaited) return std::nullopt;
    if (!cookie) return Check{"cookie2", IcvState::bad, "is not echoed"};
    const bool same = digest_of(*cookie) == sa.cookie2;
    return Check{"cookie2", same ? IcvState::good : IcvState::bad,
                 same ? "is echoed as it was sent" : "is echoed with other octets"};
}

}  // namespace ike
