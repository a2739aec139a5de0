// Which payload type has which body, and payloads made from bodies.
#include "libike/wire/bodies.hpp"

namespace ike {
namespace {

template <class Body>
Parsed<PayloadBody> as_body(Parsed<Body> parsed) {
    if (!parsed) return std::unexpected{parsed.error()};
    return PayloadBody{std::move(*parsed)};
}

}  // namespace

Parsed<PayloadBody> parse_body(PayloadType type, PayloadType next, Reader in) {
    switch (type) {
        case PayloadType::sa:
            return as_body(wire::read_sa(in));
        case PayloadType::ke:
            return as_body(wire::read_ke(in));
        case PayloadType::idi:
        case PayloadType::idr:
            return as_body(wire::read_id(in));
        case PayloadType::cert:
            return as_body(wire::read_cert(in));
        case PayloadType::certreq:
            return as_body(wire::read_certreq(in));
        case PayloadType::auth:
            return as_body(wire::read_auth(in));
        case PayloadType::nonce:
            return as_body(wire::read_nonce(in));
        case PayloadType::notify:
            return as_body(wire::read_notify(in));
        case PayloadType::delete_payload:
            return as_body(wire::read_delete(in));
        case PayloadType::vendor_id:
            return as_body(wire::read_vendor_id(in));
        case PayloadType::tsi:
        case PayloadType::tsr:
            return as_body(wire::read_ts(in));
        case PayloadType::sk:
            return as_body(wire::read_sk(next, in));
        case PayloadType::cp:
            return as_body(wire::read_cp(in));
        case PayloadType::eap:
            return as_body(wire::read_eap(in));
        case PayloadType::skf:
            return as_body(wire::read_skf(next, in));
        default:
            return as_body(wire::read_opaque(in));
    }
}

void write_body(const PayloadBody& body, Writer& out) {
    std::visit([&](const auto& held) { wire::write(held, out); }, body);
}

Payload payload(PayloadType type, PayloadBody body) {
    Payload made;
    made.type = type;
    made.body = std::move(body);
    return made;
}
Payload payload(SaPayload body) { return payload(PayloadType::sa, std::move(body)); }
Payload payload(KePayload body) { return payload(PayloadType::ke, std::move(body)); }
Payload payload(NoncePayload body) { return payload(PayloadType::nonce, std::move(body)); }
Payload payload(AuthPayload body) { return payload(PayloadType::auth, std::move(body)); }
Payload payload(CertPayload body) { return payload(PayloadType::cert, std::move(body)); }
Payload payload(CertReqPayload body) { return payload(PayloadType::certreq, std::move(body)); }
Payload payload(Notify body) { return payload(PayloadType::notify, std::move(body)); }
Payload payload(DeletePayload body) { return payload(PayloadType::delete_payload, std::move(body)); }
Payload payload(VendorIdPayload body) { return payload(PayloadType::vendor_id, std::move(body)); }
Payload payload(CpPayload body) { return payload(PayloadType::cp, std::move(body)); }
Payload payload(EapPayload body) { return payload(PayloadType::eap, std::move(body)); }

Payload notify(NotifyType type, Bytes data) {
    return payload(Notify{.protocol = ProtocolId::none, .type = type, .spi = {}, .data = std::move(data)});
}

}  // namespace ike
