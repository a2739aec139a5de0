#include "libike/render/unread.hpp"

#include "libike/render/version1.hpp"

namespace ike {
namespace {

/// The payload at which a chain broke off; nothing where it came to its end.
std::optional<PayloadType> broken_at(PayloadType first, const PayloadChain& chain) {
    const auto views = chain.views();
    if (!views.empty() && (views.back().type == PayloadType::sk || views.back().type == PayloadType::skf))
        return std::nullopt;
    const auto type = views.empty() ? first : views.back().next;
    return type == PayloadType::none ? std::nullopt : std::optional{type};
}

std::optional<Unread> unread_body(const PayloadChain& chain) {
    for (const auto& payload : chain.views()) {
        if (payload.readable()) continue;
        if (const auto error = payload.parse().error) return Unread{*error, payload.type};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Unread> unread_chain(const IkeObservation& seen) {
    if (seen.error) return Unread{*seen.error, broken_at(seen.header.next, seen.outer)};
    if (seen.inner.error()) return Unread{*seen.inner.error(), broken_at(seen.inner_first, seen.inner)};
    return std::nullopt;
}

std::optional<Unread> unread(const IkeObservation& seen) {
    if (seen.header_error) return Unread{*seen.header_error, std::nullopt};
    if (seen.version1) {
        const auto error = for_each_version1_payload(seen, [](auto, auto, const Reader&) {});
        return error ? std::optional{Unread{*error, std::nullopt}} : std::nullopt;
    }
    if (seen.error) return unread_chain(seen);
    if (auto found = unread_body(seen.outer)) return found;
    if (auto found = unread_chain(seen)) return found;
    return unread_body(seen.inner);
}

}  // namespace ike
