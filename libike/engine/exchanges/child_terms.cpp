#include "libike/engine/exchanges/child_terms.hpp"

#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/turn.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike::engine {

std::uint16_t fresh_cpi(Turn& turn) {
    constexpr std::uint16_t first = 256, last = 61439;
    return static_cast<std::uint16_t>(first + turn.rng.below(last - first + 1));
}

std::optional<std::uint16_t> deflate_cpi(const Message& message) {
    for (const auto* each : all_of(message, NotifyType::ipcomp_supported)) {
        const auto ipcomp = ipcomp_supported(*each);
        if (ipcomp && ipcomp->transform == IpcompTransform::deflate && ipcomp->cpi != 0) return ipcomp->cpi;
    }
    return std::nullopt;
}

void add_terms(const ChildOffer& offer, Payloads& to) {
    if (offer.cpi_in != 0) to.push_back(ipcomp_supported({offer.cpi_in, IpcompTransform::deflate}));
    if (offer.mode != ChildMode::tunnel) to.push_back(notify(NotifyType::use_transport_mode));
    if (offer.refuses_tfc) to.push_back(notify(NotifyType::esp_tfc_padding_not_supported));
    if (offer.later_fragments) to.push_back(notify(NotifyType::non_first_fragments_also));
}

void add_terms(const ChildTerms& terms, const ChildPolicy& policy, Payloads& to) {
    if (terms.ipcomp) to.push_back(ipcomp_supported({terms.ipcomp->cpi_in, IpcompTransform::deflate}));
    if (terms.mode == EspMode::transport) to.push_back(notify(NotifyType::use_transport_mode));
    if (!policy.accept_tfc) to.push_back(notify(NotifyType::esp_tfc_padding_not_supported));
    if (terms.later_fragments) to.push_back(notify(NotifyType::non_first_fragments_also));
}

void take_terms(ChildTerms& terms, const ChildPolicy& policy, const Message& from) {
    terms.peer_takes_tfc = from.notify(NotifyType::esp_tfc_padding_not_supported) == nullptr;
    terms.later_fragments =
        policy.later_fragments && from.notify(NotifyType::non_first_fragments_also) != nullptr;
}

}  // namespace ike::engine
