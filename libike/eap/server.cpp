#include "libike/eap/server.hpp"

#include <algorithm>

#include "libike/eap/peer.hpp"

namespace ike::eap {
namespace {

constexpr std::size_t largest_identity = 1020;  // RFC 3748 section 5.1 by way of the usual EAP MTU

}  // namespace

Server::Server(const ServerSettings& settings, Methods which, TlsEnd end, Rng& rng)
    : settings_{settings}, end_{std::move(end)}, rng_{rng}, left_{usable(settings.methods, which)} {
    rng.fill({&identifier_, 1});
}

Bytes Server::begin() { return request(EapType::identity, {}).packet; }

Server::Step Server::request(EapType type, Bytes data) {
    if (++requests_ > most_requests) return failure("the client needs ever new EAP requests");
    return {Step::Kind::request, write_packet({EapCode::request, ++identifier_, type, std::move(data)}), {}};
}

Server::Step Server::failure(std::string why) {
    return {Step::Kind::failure, write_packet({EapCode::failure, identifier_, {}, {}}), std::move(why)};
}

Server::Step Server::take(ByteView octets) {
    const auto packet = parse_packet(octets);
    if (!packet) return failure("an EAP packet that cannot be read: " + to_string(packet.error()));
    if (packet->code != EapCode::response || packet->identifier != identifier_)
        return failure("an EAP packet that is no response to our request");
    if (!method_) return on_identity(*packet);
    const bool nak = packet->type == EapType::legacy_nak;
    if (nak && !begun_) return on_nak(*packet);
    if (packet->type != *method_) return failure("an EAP response of another type than the request");
    begun_ = true;
    return on_method(*packet);
}

Server::Step Server::on_identity(const Packet& response) {
    if (response.type != EapType::identity)
        return failure("an EAP response without the identity we asked for");
    if (response.data.size() > largest_identity)
        return failure("an EAP identity of more octets than are taken");
    // Some end it with a zero octet, behind which RFC 3748 section 5.1 has options.
    const auto end = std::ranges::find(response.data, std::uint8_t{0});
    identity_.assign(response.data.begin(), end);
    return offer_next(left_);
}

Server::Step Server::on_nak(const Packet& response) {
    std::vector<EapType> wanted;
    for (const auto octet : response.data) wanted.push_back(static_cast<EapType>(octet));
    return offer_next(wanted);
}

Server::Step Server::offer_next(std::span<const EapType> wanted) {
    const auto next = std::ranges::find_if(
        left_, [&](EapType method) { return std::ranges::find(wanted, method) != wanted.end(); });
    if (next == left_.end()) return failure("the client takes none of our EAP methods");
    const auto method = *next;
    left_.erase(next);
    method_ = method;
    return request(method, begin_method(method));
}

/// Of a user who does not exist: octets that nobody can know, so that the outcome does not tell.
SecretBytes Server::password() {
    const auto found = settings_.users.find(identity_);
    constexpr std::size_t unknown = 32;
    return found == settings_.users.end() ? SecretBytes{rng_.bytes(unknown)} : found->second.clone();
}

Bytes Server::begin_method(EapType method) {
    switch (method) {
        case EapType::md5_challenge:
            return conversation_.emplace<Md5Server>(password(), rng_).first();
        case EapType::gtc:
            return conversation_.emplace<GtcServer>(password()).first();
        case EapType::ms_eap:
            return conversation_.emplace<Mschapv2Server>(password(), rng_).first();
        default:
            return conversation_.emplace<TlsServer>(settings_, end_, identity_).first();
    }
}

Server::Step Server::on_method(const Packet& response) {
    auto verdict =
        std::visit(Overloaded{[](std::monostate) { return Verdict::failure("no EAP method was begun"); },
                              [&](Md5Server& md5) { return md5.step(response.identifier, response.data); },
                              [&](auto& each) { return each.step(response.data); }},
                   conversation_);
    switch (verdict.kind) {
        case Verdict::Kind::go_on: {
            auto step = request(*method_, std::move(verdict.data));
            if (!verdict.why.empty()) step.why = method_name(*method_) + ": " + verdict.why;
            return step;
        }
        case Verdict::Kind::success:
            return {Step::Kind::success, write_packet({EapCode::success, identifier_, {}, {}}), {}};
        default:
            return failure(method_name(*method_) + ": " + verdict.why);
    }
}

std::string Server::identity() const {
    const auto* tls = std::get_if<TlsServer>(&conversation_);
    return tls == nullptr ? identity_ : tls->identity();
}

SecretBytes Server::msk() const {
    return std::visit(Overloaded{[](const Mschapv2Server& each) { return each.msk(); },
                                 [](const TlsServer& each) { return each.msk(); },
                                 [](const auto&) { return SecretBytes{}; }},
                      conversation_);
}

}  // namespace ike::eap
