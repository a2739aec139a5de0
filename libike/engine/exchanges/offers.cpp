#include "libike/engine/exchanges/offers.hpp"

#include <fmt/format.h>

namespace ike::engine {
std::optional<KeId> first_group(std::span<const Proposal> proposals) {
    if (proposals.empty()) return std::nullopt;
    for (const auto& transform : proposals.front().transforms) {
        const auto group = static_cast<KeId>(transform.id);
        if (transform.type != TransformType::ke) continue;
        return group == KeId::none ? std::nullopt : std::optional{group};
    }
    return std::nullopt;
}

bool offers_group(std::span<const Proposal> proposals, KeId group) {
    return std::ranges::any_of(proposals, [&](const Proposal& proposal) {
        return std::ranges::any_of(proposal.transforms, [&](const Transform& each) {
            return each.type == TransformType::ke && static_cast<KeId>(each.id) == group;
        });
    });
}

std::vector<Proposal> with_spi(std::vector<Proposal> proposals, const Bytes& spi, KeyExchanges ke) {
    const auto leaves = [&](const Transform& each) {
        if (ke == KeyExchanges::keep || !is_key_exchange(each.type)) return false;
        return ke == KeyExchanges::leave_out || each.type != TransformType::ke;
    };
    for (auto& proposal : proposals) {
        proposal.spi = spi;
        std::erase_if(proposal.transforms, leaves);
    }
    return proposals;
}

bool has_additional(std::span<const Proposal> proposals) {
    return std::ranges::any_of(proposals, [](const Proposal& proposal) {
        return std::ranges::any_of(proposal.transforms, [](const Transform& each) {
            return is_key_exchange(each.type) && each.type != TransformType::ke;
        });
    });
}

bool is_nonce(const NoncePayload* nonce) {
    return nonce != nullptr && nonce->data.size() >= 16 && nonce->data.size() <= 256;
}

std::unexpected<Refusal> refuse_ke(KeId wanted) {
    return refuse(NotifyType::invalid_ke_payload,
                  fmt::format("the key exchange is to be {}", to_string(wanted)),
                  Writer{}.code(wanted).take());
}

}  // namespace ike::engine
