#include "libike/registry/private_use.hpp"
#include "libike/render/line.hpp"

namespace ike {

const TextCache::EndpointText& TextCache::text(const Endpoint& endpoint) {
    const auto octets = endpoint.address.octets();
    std::uint32_t tail = 0;
    std::memcpy(&tail, octets.last(sizeof tail).data(), sizeof tail);
    auto& [known, text] = endpoints_[((tail ^ endpoint.port) * 0x9e3779b1u) >> 28];
    static_assert(std::tuple_size_v<decltype(endpoints_)> == 1 << (32 - 28));
    if (text.empty() || !(known == endpoint)) {
        if (endpoint.address.is_v4()) {
            std::array<char, EndpointText::most> room;
            Pen pen{room.data()};
            for (std::size_t i = 0; i < octets.size(); ++i) {
                if (i > 0) pen.character('.');
                pen.number(octets[i]);
            }
            if (endpoint.port != 0) {
                pen.character(':');
                pen.number(endpoint.port);
            }
            text.assign({room.data(), static_cast<std::size_t>(pen.at() - room.data())});
        } else {
            TextBuffer made;
            put_endpoint(made, endpoint);
            text.assign({made.data(), made.size()});
        }
        known = endpoint;
    }
    return text;
}

bool TextCache::has_details(NotifyType type) {
    switch (type) {
        case NotifyType::rekey_sa:
        case NotifyType::additional_ip4_address:
        case NotifyType::additional_ip6_address:
        case NotifyType::invalid_ke_payload:
            return true;
        default:
            return false;
    }
}

const TextCache::NotifyText& TextCache::text(NotifyType type) {
    auto& [known, text] = notifies_[static_cast<std::size_t>(type) % notifies_.size()];
    if (text.empty() || known != type) {
        const auto registered = name(type);
        const auto made = "N(" + (registered.empty() ? describe(type) : std::string{registered}) + ")";
        text.assign(made.size() > NotifyText::most || has_details(type) ? std::string{} : made);
        known = type;
    }
    return text;
}

const TextCache::NameText& TextCache::text(PayloadType type) {
    auto& text = names_[static_cast<std::uint8_t>(type)];
    if (text.empty()) {
        const auto made = to_string(type);
        text.assign(made.size() <= NameText::most ? made : std::string{});
    }
    return text;
}

}  // namespace ike
