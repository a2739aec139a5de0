// Payloads of every kind that means something to an established IKE SA, with values that are sometimes right.
#include "libike/sa/notify_data.hpp"
#include "libike/sa/traffic_selectors.hpp"
#include "libike/sim/duel.hpp"

namespace ike::sim {

namespace {

Bytes octets(Choices& choices, unsigned most) {
    Bytes made(choices.below(most + 1));
    for (auto& octet : made) octet = static_cast<std::uint8_t>(choices.below(256));
    return made;
}

/// An SPI of a Child SA of the end, from either direction, or any.
Bytes esp_spi(Choices& choices, const Duelist& about) {
    std::uint32_t spi = 0x1000 + choices.below(16);
    const auto traffic = about.plane.traffic();
    if (!traffic.empty() && !choices.one_in(4)) {
        const auto& child = traffic[choices.below(static_cast<unsigned>(traffic.size()))];
        spi = choices.one_in(3) ? child.spi_in : child.spi_out;
    }
    return Writer{}.number(spi).take();
}

Payload some_notify(Choices& choices, const Duelist& about) {
    constexpr NotifyType types[] = {NotifyType::rekey_sa,
                                    NotifyType::update_sa_addresses,
                                    NotifyType::cookie2,
                                    NotifyType::mobike_supported,
                                    NotifyType::additional_ip4_address,
                                    NotifyType::additional_ip6_address,
                                    NotifyType::no_additional_addresses,
                                    NotifyType::no_nats_allowed,
                                    NotifyType::nat_detection_source_ip,
                                    NotifyType::nat_detection_destination_ip,
                                    NotifyType::unacceptable_addresses,
                                    NotifyType::unexpected_nat_detected,
                                    NotifyType::temporary_failure,
                                    NotifyType::child_sa_not_found,
                                    NotifyType::no_proposal_chosen,
                                    NotifyType::invalid_ke_payload,
                                    NotifyType::ts_unacceptable,
                                    NotifyType::invalid_syntax,
                                    NotifyType::authentication_failed,
                                    NotifyType::initial_contact,
                                    NotifyType::set_window_size,
                                    NotifyType::cookie,
                                    NotifyType::use_transport_mode,
                                    NotifyType::additional_key_exchange,
                                    NotifyType::state_not_found,
                                    NotifyType{43210}};
    Notify made;
    made.type = types[choices.below(std::size(types))];
    if (made.type == NotifyType::rekey_sa || made.type == NotifyType::child_sa_not_found) {
        made.protocol = choices.one_in(8) ? ProtocolId::ike : ProtocolId::esp;
        made.spi = esp_spi(choices, about);
    } else if (choices.one_in(8)) {
        made.spi = octets(choices, 9);
    }
    constexpr unsigned sizes[] = {0, 0, 2, 4, 8, 12, 16, 20, 36, 64, 65};
    made.data.resize(sizes[choices.below(std::size(sizes))]);
    for (auto& octet : made.data) octet = static_cast<std::uint8_t>(choices.below(256));
    return payload(std::move(made));
}

Payload some_sa(Choices& choices, const Duelist& about) {
    const auto protocol = choices.one_in(3) ? ProtocolId::ike : ProtocolId::esp;
    constexpr std::string_view of_ike[] = {"aes128gcm16-prfsha256-x25519", "aes256-sha256-modp2048"};
    constexpr std::string_view of_esp[] = {"aes128gcm16", "aes256gcm16-esn", "aes128gcm16-x25519"};
    const auto text = protocol == ProtocolId::ike ? of_ike[choices.below(2)] : of_esp[choices.below(3)];
    auto proposals = parse_proposals(protocol, text).value();
    for (auto& proposal : proposals) {
        proposal.spi = protocol == ProtocolId::esp ? esp_spi(choices, about) : octets(choices, 8);
        if (choices.one_in(2)) proposal.spi.resize(protocol == ProtocolId::esp ? 4 : 8, 7);
    }
    return payload(SaPayload{std::move(proposals)});
}

Payload some_delete(Choices& choices, const Duelist& about) {
    DeletePayload made;
    if (choices.one_in(6)) {
        made.protocol = ProtocolId::ike;
    } else {
        made.protocol = ProtocolId::esp;
        made.spi_size = 4;
        const auto count = choices.below(4);
        for (unsigned i = 0; i < count; ++i) made.spis.push_back(esp_spi(choices, about));
        made.count = static_cast<std::uint16_t>(made.spis.size());
    }
    return payload(std::move(made));
}

Payload some_selectors(Choices& choices, PayloadType type) {
    TsPayload made;
    made.selectors.push_back(everything(choices.one_in(4) ? Address::Family::v6 : Address::Family::v4));
    if (choices.one_in(3)) made.selectors.push_back(host_selector(Address::v4({10, 1, 0, 1})));
    if (choices.one_in(8)) made.selectors.clear();
    return payload(type, std::move(made));
}

/// What a CREATE_CHILD_SA request consists of, so that some get far.
void add_child_request(std::vector<Payload>& to, Choices& choices, const Duelist& about) {
    to.push_back(some_sa(choices, about));
    to.push_back(payload(NoncePayload{Bytes(16 + choices.below(32), 9)}));
    if (choices.one_in(2)) {
        auto data = octets(choices, 4);
        data.resize(32, 9);
        to.push_back(payload(KePayload{KeId::x25519, 0, std::move(data)}));
    }
    to.push_back(some_selectors(choices, PayloadType::tsi));
    to.push_back(some_selectors(choices, PayloadType::tsr));
}

Payload some_payload(Choices& choices, const Duelist& about) {
    switch (choices.below(14)) {
        case 0:
        case 1:
        case 2:
        case 3:
            return some_notify(choices, about);
        case 4:
        case 5:
            return some_delete(choices, about);
        case 6:
            return some_sa(choices, about);
        case 7:
            return payload(NoncePayload{octets(choices, 300)});
        case 8:
            return payload(
                KePayload{choices.one_in(2) ? KeId::x25519 : KeId::modp_2048, 0, octets(choices, 64)});
        case 9:
            return some_selectors(choices, choices.one_in(2) ? PayloadType::tsi : PayloadType::tsr);
        case 10:
            return payload(AuthPayload{AuthMethod::shared_key_mic, {}, octets(choices, 32)});
        case 11:
            return payload(choices.one_in(2) ? PayloadType::idi : PayloadType::idr,
                           IdPayload{IdType::fqdn, {}, to_bytes(std::string_view{"roamer.example"})});
        case 12: {
            Payload unknown;
            unknown.type = PayloadType{200};
            unknown.body = Opaque{octets(choices, 20)};
            unknown.critical = choices.one_in(2);
            return unknown;
        }
        default:
            return payload(VendorIdPayload{octets(choices, 20)});
    }
}

}  // namespace

std::vector<Payload> harmless_payloads(Choices& choices) {
    std::vector<Payload> made;
    if (choices.one_in(2)) made.push_back(notify(NotifyType::cookie2, Bytes(8 + choices.below(57), 5)));
    if (choices.one_in(2)) made.push_back(notify(NotifyType{43210}, octets(choices, 300)));
    if (choices.one_in(2)) made.push_back(payload(VendorIdPayload{octets(choices, 20)}));
    return made;
}

Payload some_eap(Choices& choices) {
    constexpr std::uint8_t codes[] = {1, 2, 3, 4, 9};
    constexpr std::uint8_t types[] = {1, 2, 3, 4, 26};
    const auto code = codes[choices.below(std::size(codes))];
    Bytes message{code, static_cast<std::uint8_t>(choices.below(4)), 0, 4};
    if (code != 3 && code != 4) {
        message.push_back(types[choices.below(std::size(types))]);
        append(message, octets(choices, 40));
    }
    const auto said = choices.one_in(8) ? choices.below(64) : static_cast<unsigned>(message.size());
    message[3] = static_cast<std::uint8_t>(said);
    return payload(EapPayload{std::move(message)});
}

std::vector<Payload> any_payloads(Choices& choices, const Duelist& about) {
    std::vector<Payload> made;
    if (choices.one_in(4)) add_child_request(made, choices, about);
    const auto count = choices.below(4);
    for (unsigned i = 0; i < count; ++i) made.push_back(some_payload(choices, about));
    if (made.size() > 1 && choices.one_in(4)) std::swap(made.front(), made.back());
    return made;
}

}  // namespace ike::sim
