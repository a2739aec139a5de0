#include "libike/render/line.hpp"
#include "libike/sa/suite.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike {
namespace {

/// The text kept for `key`, made with `make(buffer)` where there is none; the oldest gives way.
template <class Slots, class Key, class Make>
void put_cached(TextBuffer& out, Slots& slots, std::size_t& next, const Key& key, Make make) {
    for (const auto& [known, text] : slots) {
        if (std::ranges::equal(known, key) && !text.empty()) return put(out, text);
    }
    TextBuffer made;
    make(made);
    put(out, std::string_view{made.data(), made.size()});
    auto& slot = slots[next++ % slots.size()];
    slot.first.assign(key.begin(), key.end());
    slot.second.assign(made.data(), made.size());
}

}  // namespace

void TextCache::put(TextBuffer& out, const Endpoint& endpoint) {
    for (const auto& [known, text] : endpoints_) {
        if (known.port == endpoint.port && known.address == endpoint.address && !text.empty())
            return ike::put(out, text);
    }
    const auto from = out.size();
    put_endpoint(out, endpoint);
    auto& slot = endpoints_[next_endpoint_++ % size];
    slot.first = endpoint;
    slot.second.assign(out.data() + from, out.size() - from);
}

void TextCache::put(TextBuffer& out, const Proposal& proposal) {
    // The notation depends on the protocol; those of IKE and of all others are kept apart.
    auto& slots = proposals_[proposal.protocol == ProtocolId::esp ? 1 : 0];
    if (proposal.protocol != ProtocolId::esp && proposal.protocol != ProtocolId::ike) {
        return put_printable(out, to_string(proposal));
    }
    put_cached(out, slots, next_proposal_, proposal.transforms,
               [&](TextBuffer& made) { put_printable(made, to_string(proposal)); });
}

void TextCache::put(TextBuffer& out, std::span<const TrafficSelector> selectors) {
    put_cached(out, selectors_, next_selectors_, selectors,
               [&](TextBuffer& made) { put_printable(made, to_string(selectors), 120); });
}

}  // namespace ike
