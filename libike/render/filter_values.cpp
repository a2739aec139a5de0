// What packets have of the filter's fields.
#include "libike/crypto/pki.hpp"
#include "libike/registry/vendor_id.hpp"
#include "libike/render/filter_fields.hpp"
#include "libike/render/findings.hpp"
#include "libike/render/text.hpp"
#include "libike/sa/auth.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::filter {
namespace {

bool number(Taker& taker, std::uint64_t value) { return taker.take({value, {}, 0, {}}); }
bool flag(Taker& taker, bool value) { return number(taker, value ? 1 : 0); }
bool text(Taker& taker, std::string_view value) { return taker.take({0, value, 0, {}}); }
bool endpoint(Taker& taker, const Endpoint& value) { return taker.take({0, {}, 0, value}); }

/// Of an outer chain and what was inside its SK payload.
template <class Look>
bool each_payload(const IkeObservation& seen, Look look) {
    return std::ranges::any_of(seen.outer.payloads(), look) ||
           std::ranges::any_of(seen.inner.payloads(), look);
}

bool transforms(const Payload& payload, TransformType type, Taker& taker) {
    const auto* sa = std::get_if<SaPayload>(&payload.body);
    if (sa == nullptr) return false;
    for (const auto& proposal : sa->proposals) {
        for (const auto& transform : proposal.transforms) {
            const bool additional = type == TransformType::ke && is_key_exchange(transform.type);
            if ((transform.type == type || additional) && number(taker, transform.id)) return true;
        }
    }
    return false;
}

std::uint64_t spi_number(ByteView octets) {
    std::uint64_t value = 0;
    for (const auto octet : octets.last(std::min<std::size_t>(octets.size(), 8))) value = value << 8 | octet;
    return value;
}
bool spis(const Payload& payload, Taker& taker) {
    const auto take = [&](ByteView octets) { return !octets.empty() && number(taker, spi_number(octets)); };
    if (const auto* sa = std::get_if<SaPayload>(&payload.body))
        return std::ranges::any_of(sa->proposals, [&](const Proposal& each) { return take(each.spi); });
    if (const auto* notify = std::get_if<Notify>(&payload.body)) return take(notify->spi);
    if (const auto* body = std::get_if<DeletePayload>(&payload.body))
        return std::ranges::any_of(body->spis, take);
    return false;
}

bool payload_text(const Payload& payload, Field field, Taker& taker) {
    if (const auto* id = std::get_if<IdPayload>(&payload.body); id && field == Field::id)
        return text(taker, to_string(Identity::from(*id)));
    if (const auto* vendor = std::get_if<VendorIdPayload>(&payload.body); vendor && field == Field::vendor)
        return text(taker, vendor_id_text(vendor->data));
    if (const auto* ts = std::get_if<TsPayload>(&payload.body); ts && field == Field::ts)
        return std::ranges::any_of(ts->selectors,
                                   [&](const auto& each) { return text(taker, to_string(each)); });
    const auto* cert = std::get_if<CertPayload>(&payload.body);
    if (cert == nullptr || field != Field::cert || cert->encoding != CertEncoding::x509_signature)
        return false;
    const auto certificate = crypto::Certificate::from_der(cert->data);
    return certificate && text(taker, certificate->subject());
}

bool payload_number(const Payload& payload, Field field, Taker& taker) {
    const auto code = [&](auto value) { return number(taker, static_cast<std::uint64_t>(value)); };
    switch (field) {
        case Field::payload:
            return code(payload.type);
        case Field::critical:
            return payload.critical && flag(taker, true);
        case Field::spi:
            return spis(payload, taker);
        case Field::encr:
            return transforms(payload, TransformType::encr, taker);
        case Field::prf:
            return transforms(payload, TransformType::prf, taker);
        case Field::integ:
            return transforms(payload, TransformType::integ, taker);
        default:
            break;
    }
    if (const auto* notify = std::get_if<Notify>(&payload.body); notify && field == Field::notify)
        return code(notify->type);
    if (const auto* auth = std::get_if<AuthPayload>(&payload.body); auth && field == Field::auth)
        return code(auth->method);
    if (const auto* ke = std::get_if<KePayload>(&payload.body); ke && field == Field::ke)
        return code(ke->group);
    if (field == Field::ke) return transforms(payload, TransformType::ke, taker);
    if (const auto* cp = std::get_if<CpPayload>(&payload.body); cp && field == Field::config)
        return std::ranges::any_of(cp->attributes, [&](const auto& each) { return code(each.type); });
    if (const auto* eap = std::get_if<EapPayload>(&payload.body);
        eap && field == Field::eap && eap->message.size() > 4) {
        return code(eap->message[4]);
    }
    return false;
}

bool has_error(const IkeObservation& seen) {
    return seen.header_error || seen.error || seen.inner.error() ||
           each_payload(seen, [](const Payload& each) { return each.error.has_value(); });
}

bool header_value(const IkeObservation& seen, Field field, Taker& taker) {
    const auto& header = seen.header;
    switch (field) {
        case Field::exchange:
            return number(taker, static_cast<std::uint64_t>(header.exchange));
        case Field::message_id:
            return number(taker, header.message_id);
        case Field::ispi:
            return number(taker, header.initiator_spi);
        case Field::rspi:
            return number(taker, header.responder_spi);
        case Field::version:
            return number(taker, header.version >> 4);
        case Field::initiator:
            return flag(taker, header.from_initiator());
        case Field::request:
            return flag(taker, !header.is_response());
        case Field::response:
            return flag(taker, header.is_response());
        default:
            return false;
    }
}

bool findings_of(const Observation& seen, Field field, Taker& taker) {
    for (const auto& each : findings(seen)) {
        const bool done = field == Field::finding ? text(taker, each.id)
                                                  : number(taker, static_cast<std::uint64_t>(each.severity));
        if (done) return true;
    }
    return false;
}

bool ike_value(const Observation& observation, Field field, Taker& taker) {
    const auto& seen = observation.ike;
    if (field == Field::error) return has_error(seen) && flag(taker, true);
    if (seen.header_error) return false;
    if (header_value(seen, field, taker)) return true;
    const auto& header = seen.header;
    switch (field) {
        case Field::spi:
            if (number(taker, header.initiator_spi) || number(taker, header.responder_spi)) return true;
            break;
        case Field::decrypted:
            return seen.decrypted && flag(taker, *seen.decrypted);
        case Field::integrity:
            return seen.decrypted && number(taker, static_cast<std::uint64_t>(seen.integrity));
        case Field::fragment:
            return seen.fragments != 0 && number(taker, seen.fragment);
        case Field::retransmission:
            return seen.repeats != 0 && number(taker, seen.repetition);
        case Field::verified:
            return std::ranges::any_of(seen.checks, [&](const Check& each) {
                return number(taker, static_cast<std::uint64_t>(each.result));
            });
        case Field::finding:
        case Field::severity:
            return findings_of(observation, field, taker);
        default:
            break;
    }
    return each_payload(seen, [&](const Payload& each) {
        return payload_number(each, field, taker) || payload_text(each, field, taker);
    });
}

bool esp_value(const Observation& observation, Field field, Taker& taker) {
    const auto& seen = observation.esp;
    if (!seen.readable) return field == Field::error && flag(taker, true);
    switch (field) {
        case Field::spi:
            return number(taker, seen.spi);
        case Field::seq:
            return number(taker, seen.sequence);
        case Field::decrypted:
            return flag(taker, seen.decrypted);
        case Field::integrity:
            return number(taker, static_cast<std::uint64_t>(seen.integrity));
        case Field::udp:
            return flag(taker, observation.what.udp);
        default:
            break;
    }
    if (!seen.inner) return false;
    const auto& inner = *seen.inner;
    switch (field) {
        case Field::inner_src:
            return endpoint(taker, inner.source);
        case Field::inner_dst:
            return endpoint(taker, inner.destination);
        case Field::inner_addr:
            return endpoint(taker, inner.source) || endpoint(taker, inner.destination);
        case Field::inner_protocol:
            return number(taker, inner.protocol);
        case Field::inner_port:
            return inner.ports && (number(taker, inner.source.port) || number(taker, inner.destination.port));
        default:
            return false;
    }
}

bool icmp_value(const IcmpObservation& seen, Field field, Taker& taker) {
    switch (field) {
        case Field::icmp_type:
            return seen.readable && number(taker, seen.type);
        case Field::icmp_code:
            return seen.readable && number(taker, seen.code);
        case Field::mtu:
            return seen.mtu && number(taker, *seen.mtu);
        case Field::spi:
            return seen.quoted && ((seen.quoted->spi && number(taker, *seen.quoted->spi)) ||
                                   (seen.quoted->ike && (number(taker, seen.quoted->ike->initiator_spi) ||
                                                         number(taker, seen.quoted->ike->responder_spi))));
        default:
            return false;
    }
}

/// Addresses and ports.
bool path_value(const Packet& packet, Field field, Taker& taker) {
    if (packet.transport == Transport::none) return false;
    switch (field) {
        case Field::src:
            return endpoint(taker, packet.source);
        case Field::dst:
            return endpoint(taker, packet.destination);
        case Field::addr:
        case Field::path:
            return endpoint(taker, packet.source) || endpoint(taker, packet.destination);
        case Field::src_port:
            return number(taker, packet.source.port);
        case Field::dst_port:
            return number(taker, packet.destination.port);
        case Field::port:
            return number(taker, packet.source.port) || number(taker, packet.destination.port);
        case Field::protocol:
            return number(taker, packet.protocol);
        case Field::tunnel:
            return std::ranges::any_of(packet.wrappings, [&](const Wrapping& wrapping) {
                return text(taker, to_string(wrapping.kind));
            });
        default:
            return false;
    }
}

}  // namespace

bool each_value(const Observation& seen, Field field, double seconds, Taker& taker) {
    switch (field) {
        case Field::frame:
            return number(taker, seen.packet.frame);
        case Field::file:
            return number(taker, seen.packet.file);
        case Field::time:
            return taker.take({0, {}, seconds, {}});
        case Field::kind:
            return number(taker, static_cast<std::uint64_t>(seen.what.kind));
        case Field::length:
            return number(taker, seen.what.octets.size());
        case Field::keepalive:
            return flag(taker, seen.what.kind == Kind::keepalive);
        default:
            break;
    }
    if (path_value(seen.packet, field, taker)) return true;
    switch (seen.what.kind) {
        case Kind::ike:
            return ike_value(seen, field, taker);
        case Kind::esp:
        case Kind::ah:
            return esp_value(seen, field, taker);
        case Kind::icmp:
            return icmp_value(seen.icmp, field, taker);
        default:
            return false;
    }
}

}  // namespace ike::filter
