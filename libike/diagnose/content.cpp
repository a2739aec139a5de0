// What the messages of an IKE SA say: who the peers are, what they agreed on, which Child SAs they made.
#include <algorithm>

#include "libike/diagnose/gather.hpp"
#include "libike/sa/auth.hpp"
#include "libike/sa/suite.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::diagnose {
namespace {

template <std::unsigned_integral T>
T number(ByteView octets) {
    T value{};
    for (const auto octet : octets) value = static_cast<T>(value << 8 | octet);
    return value;
}

/// One more sending of a message; fragments of one sending count once.
void note_sending(MessageFacts& message, const Observation& seen) {
    const auto at = sighting(seen);
    bool begins = true;
    if (seen.ike.fragments > 0 && seen.ike.fragment > 0) {
        message.fragments = std::max(message.fragments, seen.ike.fragments);
        const auto bit = seen.ike.fragment <= 64 ? std::uint64_t{1} << (seen.ike.fragment - 1) : 0;
        begins = message.count == 0 || (message.sending & bit) != 0;
        message.sending = begins ? bit : message.sending | bit;
        message.have |= bit;
    }
    if (!begins) return;
    message.last = at;
    if (message.count++ == 0 || message.sent.size() < MessageFacts::most_sent) message.sent.push_back(at);
}

/// Keeps what rules may ask for and drops what only takes room.
Payload trimmed(Payload payload) {
    std::visit(
        Overloaded{
            [](KePayload& body) { body.data.clear(); }, [](CertPayload& body) { body.data.clear(); },
            [](SkPayload& body) { body.data.clear(); }, [](SkfPayload& body) { body.data.clear(); },
            [](EapPayload& body) { body.message.resize(std::min<std::size_t>(body.message.size(), 64)); },
            [](Opaque& body) { body.data.resize(std::min<std::size_t>(body.data.size(), 512)); },
            [](auto&) {}},
        payload.body);
    return payload;
}

void keep_payloads(IkeSaFacts& sa, MessageFacts& message, const Observation& seen) {
    const auto& ike = seen.ike;
    if (ike.decrypted == false || (ike.decrypted == true && ike.fragments > 0 && !ike.whole)) {
        if (ike.decrypted == true) return;
        const bool bad = ike.integrity == IcvState::bad;
        message.cut = seen.packet.cut;
        message.locked = message.locked || !bad;
        if (message.cut) return;  // no key would open it
        ++(bad ? sa.bad : sa.locked);
        message.forged = message.forged || bad;
        (bad ? sa.wrong : sa.closed).add(seen.packet.frame);
        if (sa.obstacle.empty()) sa.obstacle = ike.obstacle.view();
        return;
    }
    if (ike.decrypted == true) ++sa.opened;
    if (message.readable) return;
    // Of what the snap length cut off there may be more; what is there counts.
    message.readable = !seen.packet.cut;
    message.cut = seen.packet.cut;
    message.payloads.clear();
    constexpr std::size_t most_payloads = 64;
    for (const auto& each : ike.decrypted == true ? ike.inner.payloads() : ike.outer.payloads()) {
        if (message.payloads.size() < most_payloads) message.payloads.push_back(trimmed(each));
    }
}

std::span<const Payload> all_payloads(const Observation& seen) {
    if (seen.ike.decrypted == true) return seen.ike.inner.payloads();
    return seen.ike.outer.payloads();
}

void take_certificates(IkeSaFacts& sa, const Observation& seen, bool from_initiator) {
    const auto* id = static_cast<const IdPayload*>(nullptr);
    for (const auto& each : all_payloads(seen)) {
        const bool own = each.type == (from_initiator ? PayloadType::idi : PayloadType::idr);
        if (own) id = std::get_if<IdPayload>(&each.body);
        if (const auto* request = std::get_if<CertReqPayload>(&each.body)) {
            auto& trusted = sa.trusted[from_initiator ? 0 : 1];
            for (std::size_t at = 0; at + 20 <= request->authority.size() && trusted.size() < 64; at += 20) {
                std::copy_n(request->authority.begin() + static_cast<std::ptrdiff_t>(at), 20,
                            trusted.emplace_back().begin());
            }
        }
    }
    bool leaf = true;
    for (const auto& each : all_payloads(seen)) {
        const auto* cert = std::get_if<CertPayload>(&each.body);
        if (cert == nullptr || cert->encoding != CertEncoding::x509_signature || sa.certificates.size() >= 8)
            continue;
        const auto read = crypto::Certificate::from_der(cert->data);
        if (!read) continue;
        CertificateFacts made;
        made.from_initiator = from_initiator;
        made.frame = seen.packet.frame;
        made.subject = read->subject();
        made.issuer = read->issuer();
        made.not_before = read->not_before();
        made.not_after = read->not_after();
        made.self_signed = made.subject == made.issuer;
        made.leaf = leaf;
        if (id != nullptr && leaf) {
            made.identity = to_string(Identity::from(*id));
            made.names_identity = certifies(*read, Identity::from(*id));
        }
        leaf = false;
        sa.certificates.push_back(std::move(made));
    }
}

void take_identities(IkeSaFacts& sa, const MessageFacts& message, bool request) {
    const auto* idi = message.get<IdPayload>(PayloadType::idi);
    const auto* idr = message.get<IdPayload>(PayloadType::idr);
    if (request && idi != nullptr) sa.initiator_id = to_string(Identity::from(*idi));
    if (idr == nullptr) return;
    (request ? sa.wanted_responder_id : sa.responder_id) = to_string(Identity::from(*idr));
}

/// RFC 4555 section 3.1: announced in IKE_AUTH beside the SA payload.
void take_mobike(IkeSaFacts& sa, const MessageFacts& message, bool request) {
    auto& announced = request ? sa.mobike_i : sa.mobike_r;
    if (message.notify(NotifyType::mobike_supported) != nullptr) {
        announced = true;
    } else if (message.get<SaPayload>() != nullptr && !announced) {
        announced = false;
    }
}

void take_deletes(IkeSaFacts& sa, const MessageFacts& message, const Sighting& at) {
    for (const auto& each : message.payloads) {
        const auto* gone = std::get_if<DeletePayload>(&each.body);
        if (gone == nullptr) continue;
        if (gone->protocol == ProtocolId::ike && sa.deleted.frame == 0) sa.deleted = at;
        for (const auto& spi : gone->spis) {
            if (spi.size() != 4) continue;
            const auto value = number<std::uint32_t>(spi);
            for (auto& child : sa.children) {
                if ((child.spi_i == value || child.spi_r == value) && child.gone.frame == 0) child.gone = at;
            }
        }
    }
}

const Proposal* offered(const Exchange& exchange, const Proposal& chosen) {
    const auto* offer = exchange.request.get<SaPayload>();
    if (offer == nullptr) return nullptr;
    for (const auto& each : offer->proposals) {
        if (each.number == chosen.number && each.protocol == chosen.protocol) return &each;
    }
    return nullptr;
}

std::string selectors_of(const MessageFacts& message) {
    const auto* tsi = message.get<TsPayload>(PayloadType::tsi);
    const auto* tsr = message.get<TsPayload>(PayloadType::tsr);
    if (tsi == nullptr || tsr == nullptr) return {};
    return to_string(std::span{tsi->selectors}) + " - " + to_string(std::span{tsr->selectors});
}

/// In IKE_AUTH with EAP the request that offered came messages before the response that chose.
const Exchange* offering(const IkeSaFacts& sa, const Exchange& exchange) {
    if (exchange.request.get<SaPayload>() != nullptr || exchange.type != ExchangeType::ike_auth)
        return &exchange;
    for (const auto& each : sa.exchanges) {
        if (each.type == ExchangeType::ike_auth && each.request.get<SaPayload>() != nullptr) return &each;
    }
    return &exchange;
}

void take_chosen(IkeSaFacts& sa, const Exchange& exchange, const Sighting& at) {
    const auto* answer = exchange.response.get<SaPayload>();
    if (answer == nullptr || answer->proposals.size() != 1) return;
    const auto& chosen = answer->proposals.front();
    if (exchange.type == ExchangeType::ike_sa_init) {
        sa.suite = to_string(chosen);
        return;
    }
    const auto* request = offering(sa, exchange);
    const auto* offer = offered(*request, chosen);
    if (chosen.protocol == ProtocolId::ike) {
        if (offer == nullptr || offer->spi.size() != 8 || chosen.spi.size() != 8) return;
        sa.rekeyed_to = SpiPair{number<std::uint64_t>(offer->spi), number<std::uint64_t>(chosen.spi)};
        return;
    }
    if (chosen.spi.size() != 4 || sa.children.size() >= IkeSaFacts::most_children) return;
    ChildFacts made;
    made.made = at;
    made.suite = to_string(chosen);
    made.selectors = selectors_of(exchange.response);
    made.transport = exchange.response.notify(NotifyType::use_transport_mode) != nullptr;
    const auto answered = number<std::uint32_t>(chosen.spi);
    const auto asked = offer != nullptr && offer->spi.size() == 4 ? number<std::uint32_t>(offer->spi) : 0;
    made.spi_i = exchange.from_initiator ? asked : answered;
    made.spi_r = exchange.from_initiator ? answered : asked;
    const auto* rekeys = exchange.request.notify(NotifyType::rekey_sa);
    if (rekeys != nullptr && rekeys->spi.size() == 4) made.rekeys = number<std::uint32_t>(rekeys->spi);
    sa.children.push_back(std::move(made));
}

}  // namespace

void take_content(IkeSaFacts& sa, Exchange& exchange, const Observation& seen) {
    const auto& header = seen.ike.header;
    const bool request = !header.is_response();
    auto& message = request ? exchange.request : exchange.response;
    note_sending(message, seen);
    message.begins = header.next;
    if (exchange.type == ExchangeType::ike_sa_init) sa.init_seen = true;
    const bool first_reading = !message.readable;
    keep_payloads(sa, message, seen);
    if (message.checks.empty()) message.checks = seen.ike.checks;
    if (!message.readable || !first_reading) return;
    const auto at = sighting(seen);
    const bool auth = exchange.type == ExchangeType::ike_auth;
    if (auth || exchange.type == ExchangeType::ike_sa_init)
        take_certificates(sa, seen, header.from_initiator());
    if (auth) {
        take_identities(sa, message, request);
        take_mobike(sa, message, request);
    }
    // Where EAP begins the responder's AUTH payload is beside it; the one that counts comes after (RFC 7296
    // section 2.16).
    const bool is_proof = message.get<AuthPayload>() != nullptr && message.get<EapPayload>() == nullptr;
    if (auth && !request && is_proof) sa.established = true;
    if (!request) take_chosen(sa, exchange, at);
    if (exchange.type == ExchangeType::informational) take_deletes(sa, message, at);
}

}  // namespace ike::diagnose
