#include "libike/eap/peer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "libike/base/writer.hpp"

namespace ike::eap {
namespace {

constexpr std::uint8_t expanded_nak =
    3;  // vendor type of IETF's (vendor 0) expanded Nak, RFC 3748 section 5.3.2

Bytes response(const Packet& request, EapType type, Bytes data) {
    return write_packet({EapCode::response, request.identifier, type, std::move(data)});
}

/// RFC 3748 section 5.3: the methods we would rather have, none: 0.
Bytes nak(const Packet& request, std::span<const EapType> methods) {
    Writer wanted;
    if (request.type != EapType::expanded) {
        for (const auto method : methods) wanted.code(method);
        if (methods.empty()) wanted.number(std::uint8_t{0});
        return response(request, EapType::legacy_nak, wanted.take());
    }
    const auto put = [&](std::uint8_t type) { wanted.zeros(3).number(std::uint32_t{type}); };
    put(expanded_nak);
    for (const auto method : methods) wanted.code(EapType::expanded), put(static_cast<std::uint8_t>(method));
    if (methods.empty()) wanted.code(EapType::expanded), put(0);
    return response(request, EapType::expanded, wanted.take());
}

}  // namespace

std::vector<EapType> usable(std::span<const EapType> methods, Methods which) {
    std::vector<EapType> left{methods.begin(), methods.end()};
    if (which == Methods::safe_alone) std::erase_if(left, [](EapType each) { return !is_safe_alone(each); });
    return left;
}

Peer::Peer(const PeerSettings& settings, Methods which, TlsEnd end, Rng& rng)
    : settings_{settings}, methods_{usable(settings.methods, which)}, end_{std::move(end)}, rng_{rng} {}

Result<std::optional<Bytes>> Peer::take(ByteView octets) {
    const auto packet = parse_packet(octets);
    if (!packet) return failure("an EAP packet that cannot be read: " + to_string(packet.error()));
    switch (packet->code) {
        case EapCode::request:
            return on_request(*packet);
        case EapCode::success:
            // RFC 3748 section 4.2: a Success that comes early proves nothing.
            if (!is_complete())
                return failure(method_ ? "EAP Success before " + method_name(*method_) + " was finished"
                                       : "EAP Success before any method was begun");
            return std::nullopt;
        case EapCode::failure: {
            const auto with =
                method_ ? " after " + method_name(*method_) : std::string{" before any method was begun"};
            const auto why = note();
            return failure(fmt::format("EAP Failure{}{}{}", with, why.empty() ? "" : ": ", why));
        }
        default:
            return failure(fmt::format("an EAP {} where a request is due", to_string(packet->code)));
    }
}

Result<std::optional<Bytes>> Peer::on_request(const Packet& request) {
    if (++requests_ > most_requests) return failure("the server goes on with ever new EAP requests");
    switch (request.type) {
        case EapType::identity:
            // RFC 3748 section 5.1: at the beginning alone.
            if (method_) return failure("an EAP Identity request inside " + method_name(*method_));
            return response(request, EapType::identity, to_bytes(settings_.identity));
        case EapType::notification:
            return response(request, EapType::notification, {});
        case EapType::legacy_nak:
            return failure("an EAP request of type Nak");
        default:
            break;
    }
    // RFC 3748 section 2.1: a method that was begun is not changed for another.
    if (method_ && *method_ != request.type)
        return failure(
            fmt::format("{} where {} had begun", method_name(request.type), method_name(*method_)));
    if (std::ranges::find(methods_, request.type) == methods_.end()) return nak(request, methods_);
    if (!method_) begin(request.type);
    auto data = on_method(request);
    if (!data) return std::unexpected{std::move(data.error())};
    return response(request, request.type, std::move(*data));
}

void Peer::begin(EapType method) {
    method_ = method;
    auto password = settings_.password.clone();
    switch (method) {
        case EapType::md5_challenge:
            conversation_.emplace<Md5Peer>(std::move(password));
            break;
        case EapType::gtc:
            conversation_.emplace<GtcPeer>(std::move(password));
            break;
        case EapType::ms_eap:
            conversation_.emplace<Mschapv2Peer>(settings_.identity, std::move(password), rng_);
            break;
        case EapType::tls:
            conversation_.emplace<TlsPeer>(settings_, end_);
            break;
        default:
            break;
    }
}

Result<Bytes> Peer::on_method(const Packet& request) {
    return std::visit(Overloaded{[&](Md5Peer& md5) { return md5.answer(request.identifier, request.data); },
                                 [&](std::monostate) -> Result<Bytes> {
                                     return failure(method_name(request.type) + " is not spoken here");
                                 },
                                 [&](auto& each) { return each.answer(request.data); }},
                      conversation_);
}

bool Peer::is_complete() const {
    return std::visit(
        Overloaded{[](std::monostate) { return false; }, [](const auto& each) { return each.is_complete(); }},
        conversation_);
}

std::string_view Peer::note() const {
    return std::visit(Overloaded{[](const Mschapv2Peer& each) { return std::string_view{each.note()}; },
                                 [](const TlsPeer& each) { return std::string_view{each.note()}; },
                                 [](const auto&) { return std::string_view{}; }},
                      conversation_);
}

SecretBytes Peer::msk() const {
    return std::visit(
        Overloaded{[](const Mschapv2Peer& each) { return each.msk(); },
                   [](const TlsPeer& each) { return each.msk(); }, [](const auto&) { return SecretBytes{}; }},
        conversation_);
}

}  // namespace ike::eap
