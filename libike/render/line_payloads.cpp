#include "libike/eap/packet.hpp"
#include "libike/registry/eap_type.hpp"
#include "libike/registry/keywords.hpp"
#include "libike/registry/private_use.hpp"
#include "libike/registry/vendor_id.hpp"
#include "libike/render/line.hpp"
#include "libike/sa/auth.hpp"
#include "libike/sa/suite.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike {
namespace {

constexpr std::size_t most_notified = 40;

template <CodePoint Code>
void put_name(TextBuffer& out, Code code) {
    const auto known = name(code);
    put(out, known.empty() ? std::string_view{to_string(code)} : known);
}

/// The short word of a key exchange method, as proposals have it.
void put_group(TextBuffer& out, KeId group) {
    const auto word = find_word(TransformType::ke, static_cast<std::uint16_t>(group));
    put(out, word.empty() ? to_string(group) : word);
}

void put_sa(TextBuffer& out, const SaPayload& sa) {
    out.push_back('(');
    if (!sa.proposals.empty()) {
        const auto& first = sa.proposals.front();
        if (first.protocol == ProtocolId::esp || first.protocol == ProtocolId::ah) {
            put_name(out, first.protocol);
            out.push_back(' ');
            if (!first.spi.empty()) {
                put_hex(out, first.spi);
                out.push_back(' ');
            }
        } else if (!first.spi.empty()) {
            put(out, "IKE ");
            put_hex(out, first.spi);
            out.push_back(' ');
        }
        put_printable(out, to_string(first));
        if (sa.proposals.size() > 1) fmt::format_to(fmt::appender(out), " +{}", sa.proposals.size() - 1);
    }
    out.push_back(')');
}

void put_notify(TextBuffer& out, const NotifyView& notify) {
    put(out, "N(");
    const auto known = name(notify.type);
    put(out, known.empty() ? std::string_view{describe(notify.type)} : known);
    if (notify.type == NotifyType::rekey_sa && !notify.spi.empty()) {
        out.push_back(' ');
        put_hex(out, notify.spi);
    }
    const bool address = notify.type == NotifyType::additional_ip4_address ||
                         notify.type == NotifyType::additional_ip6_address;
    if (const auto found = Address::from_octets(notify.data); address && found) {
        out.push_back(' ');
        put_address(out, *found);
    }
    if (notify.type == NotifyType::invalid_ke_payload && notify.data.size() == 2) {
        out.push_back(' ');
        put_group(out, static_cast<KeId>(notify.data[0] << 8 | notify.data[1]));
    }
    out.push_back(')');
}

void put_delete(TextBuffer& out, const DeletePayload& body) {
    put(out, "Delete(");
    put_name(out, body.protocol);
    std::size_t count = 0;
    for (const auto& spi : body.spis) {
        if (++count > most_notified) return put(out, " ...)");
        out.push_back(' ');
        put_hex(out, spi);
    }
    out.push_back(')');
}

/// Who the client says it is; which step of MSCHAPv2 it is.
void put_eap_data(TextBuffer& out, EapCode code, EapType type, ByteView data) {
    constexpr std::string_view steps[] = {"", " Challenge", " Response", " Success", " Failure"};
    if (type == EapType::ms_eap && !data.empty() && data[0] < std::size(steps)) put(out, steps[data[0]]);
    if (type != EapType::identity || code != EapCode::response) return;
    out.push_back(' ');
    put_printable(out, {reinterpret_cast<const char*>(data.data()), data.size()}, 120);
}

void put_eap(TextBuffer& out, const EapPayload& eap) {
    if (eap.message.size() < 4) return;
    const auto code = static_cast<EapCode>(eap.message[0]);
    out.push_back('(');
    put_name(out, code);
    if (eap.message.size() > 4) {
        const auto type = static_cast<EapType>(eap.message[4]);
        out.push_back(' ');
        put(out, eap::method_name(type));
        put_eap_data(out, code, type, ByteView{eap.message}.subspan(5));
    }
    out.push_back(')');
}

void put_in_brackets(TextBuffer& out, std::string_view text) {
    out.push_back('(');
    put_printable(out, text, 120);
    out.push_back(')');
}

void put_payload(TextBuffer& out, const Payload& payload) {
    if (const auto* body = std::get_if<Notify>(&payload.body))
        return put_notify(out, {body->protocol, body->type, body->spi, body->data});
    if (const auto* body = std::get_if<DeletePayload>(&payload.body)) return put_delete(out, *body);
    put_name(out, payload.type);
    if (payload.error) return put(out, "(unreadable)");
    if (const auto* sa = std::get_if<SaPayload>(&payload.body)) put_sa(out, *sa);
    if (const auto* eap = std::get_if<EapPayload>(&payload.body)) put_eap(out, *eap);
    if (const auto* id = std::get_if<IdPayload>(&payload.body))
        put_in_brackets(out, to_string(Identity::from(*id)));
    if (const auto* ts = std::get_if<TsPayload>(&payload.body)) {
        out.push_back('(');
        put_printable(out, to_string(ts->selectors), 120);
        out.push_back(')');
    }
    if (const auto* ke = std::get_if<KePayload>(&payload.body)) {
        out.push_back('(');
        put_group(out, ke->group);
        out.push_back(')');
    }
    if (const auto* cp = std::get_if<CpPayload>(&payload.body)) {
        out.push_back('(');
        put_name(out, cp->type);
        out.push_back(')');
    }
    if (const auto* skf = std::get_if<SkfPayload>(&payload.body)) {
        fmt::format_to(fmt::appender(out), "({}/{})", skf->number, skf->total);
    }
    if (const auto* vendor = std::get_if<VendorIdPayload>(&payload.body)) {
        if (const auto text = vendor_id_text(vendor->data); !text.empty()) put_in_brackets(out, text);
    }
}

/// An SA payload where it lies; false where it is broken.
bool put_sa(TextBuffer& out, const PayloadView& payload, TextCache& cache) {
    auto rest = payload.body;
    const auto first = next_proposal(rest);
    if (!first || !well_formed(*first)) return false;
    std::size_t more = 0;
    for (; !rest.empty(); ++more) {
        const auto other = next_proposal(rest);
        if (!other || !well_formed(*other)) return false;
    }
    put(out, "SA(");
    if (first->protocol == ProtocolId::esp || first->protocol == ProtocolId::ah) {
        put_name(out, first->protocol);
        out.push_back(' ');
    } else if (!first->spi.empty()) {
        put(out, "IKE ");
    }
    if (!first->spi.empty()) {
        put_hex(out, first->spi);
        out.push_back(' ');
    }
    cache.octets().put(out, static_cast<std::uint8_t>(first->protocol), first->transforms, [&] {
        const auto parsed = payload.parse();
        put_printable(out, to_string(std::get<SaPayload>(parsed.body).proposals.front()));
    });
    if (more > 0) {
        put(out, " +");
        put_number(out, more);
    }
    out.push_back(')');
    return true;
}

/// A payload of which no more is said than its name, behind a space if it is not the first; false for others.
bool put_name_alone(TextBuffer& out, const PayloadView& payload, TextCache& cache, bool first) {
    constexpr std::size_t fixed = 4;  // of AUTH, and of a notification before SPI and data
    const auto& body = payload.body;
    const auto write = [&](const auto& text) {
        if (text.empty()) return false;
        Pen pen{extend(out, 1 + text.most)};
        if (!first) pen.character(' ');
        pen.text(text);
        out.resize(static_cast<std::size_t>(pen.at() - out.data()));
        return true;
    };
    switch (payload.type) {
        case PayloadType::notify:
            return body.size() >= fixed && body.size() - fixed >= body[1] &&
                   write(cache.text(static_cast<NotifyType>(body[2] << 8 | body[3])));
        case PayloadType::auth:
            return body.size() >= fixed && write(cache.text(payload.type));
        case PayloadType::nonce:
        case PayloadType::sk:
            return write(cache.text(payload.type));
        default:
            return false;
    }
}

/// What most messages consist of, straight from the octets; false for all else and what is broken.
bool put_common(TextBuffer& out, const PayloadView& payload, TextCache& cache) {
    constexpr std::size_t fixed = 4;  // before the data of KE
    switch (payload.type) {
        case PayloadType::notify: {
            const auto notify = notify_view(payload.body);
            if (notify) put_notify(out, *notify);
            return notify.has_value();
        }
        case PayloadType::ke:
            if (payload.body.size() < fixed) return false;
            put(out, "KE(");
            cache.octets().put(out, static_cast<std::uint8_t>(payload.type), payload.body.first(2), [&] {
                put_group(out, Reader{payload.body}.code<KeId>("key exchange method"));
            });
            out.push_back(')');
            return true;
        case PayloadType::sa:
            return put_sa(out, payload, cache);
        case PayloadType::skf: {
            if (payload.body.size() < fixed) return false;
            Reader in{payload.body};
            put(out, "SKF(");
            put_number(out, in.number<std::uint16_t>("fragment number"));
            out.push_back('/');
            put_number(out, in.number<std::uint16_t>("total fragments"));
            out.push_back(')');
            return true;
        }
        default:
            return false;
    }
}

}  // namespace

void put_payloads(TextBuffer& out, const PayloadChain& payloads, TextCache& cache) {
    if (payloads.views().empty()) return put_payloads(out, payloads.payloads());
    bool first = true;
    for (const auto& payload : payloads.views()) {
        if (put_name_alone(out, payload, cache, first)) {
            first = false;
            continue;
        }
        if (!first) out.push_back(' ');
        first = false;
        if (put_common(out, payload, cache)) continue;
        cache.octets().put(out, static_cast<std::uint8_t>(payload.type), payload.body,
                           [&] { put_payload(out, payload.parse()); });
    }
}

void put_payloads(TextBuffer& out, std::span<const Payload> payloads) {
    bool first = true;
    for (const auto& payload : payloads) {
        if (!first) out.push_back(' ');
        first = false;
        put_payload(out, payload);
    }
}

std::string summary(const Message& message) {
    TextBuffer out;
    put_name(out, message.header.exchange);
    put(out, message.header.is_response() ? std::string_view{" response "} : std::string_view{" request "});
    put_number(out, message.header.message_id);
    put(out, " [");
    put_payloads(out, message.payloads);
    out.push_back(']');
    return {out.data(), out.size()};
}

}  // namespace ike
