#include "libike/capture/packet.hpp"

namespace ike {
namespace {

constexpr std::size_t most_partials = 1024;
constexpr std::size_t longest_packet = 65535;
constexpr std::size_t unit = 8;
/// RFC 8200 section 4.5; RFC 1122 section 3.3.2 allows up to 120 for IPv4.
constexpr std::chrono::seconds patience{60};

}  // namespace

std::optional<UpperLayer> Reassembler::add(EpochTime time, const IpHeaders& fragment, std::uint32_t file) {
    drop_old(time);
    const auto end = fragment.fragment_offset + fragment.payload.size();
    const bool last = !fragment.more_fragments;
    if (end > longest_packet || fragment.payload.empty()) return std::nullopt;
    if (!last && fragment.payload.size() % unit != 0) return std::nullopt;
    const auto protocol = fragment.source.is_v4() ? fragment.protocol : std::uint8_t{0};
    const Key key{fragment.source, fragment.destination, fragment.identification, file, protocol};
    // Nearly all others differ in what is cheapest to look at.
    auto at = std::ranges::find_if(partials_, [&](const Partial& each) {
        return each.key.identification == key.identification && each.key == key;
    });
    if (at == partials_.end()) {
        if (partials_.size() == most_partials) partials_.pop_front();
        at = partials_.insert(partials_.end(), Partial{key, fragment.protocol, time, {}, {}, std::nullopt});
    }
    if (fragment.fragment_offset == 0) at->protocol = fragment.protocol;
    place(*at, fragment);
    if (!complete(*at)) return std::nullopt;
    whole_ = std::move(at->octets);
    whole_.resize(*at->size);
    const UpperLayer upper{at->protocol, whole_};
    partials_.erase(at);
    return fragment.source.is_v4() ? upper : behind_extensions(upper);
}

void Reassembler::drop_old(EpochTime time) {
    while (!partials_.empty() && between(partials_.front().begun, time) > patience) partials_.pop_front();
}

/// Octets that are there already stay: a later overlap has no say.
void Reassembler::place(Partial& partial, const IpHeaders& fragment) {
    const std::size_t offset = fragment.fragment_offset;
    const auto end = offset + fragment.payload.size();
    const auto units = (end + unit - 1) / unit;
    if (partial.have.size() < units) {
        partial.have.resize(units);
        partial.octets.resize(units * unit);
    }
    for (std::size_t i = offset / unit; i < units; ++i) {
        if (partial.have[i]) continue;
        partial.have[i] = true;
        const auto from = fragment.payload.subspan(i * unit - offset);
        std::ranges::copy(from.first(std::min(unit, from.size())),
                          partial.octets.begin() + static_cast<std::ptrdiff_t>(i * unit));
    }
    if (!fragment.more_fragments && !partial.size) partial.size = end;
}

bool Reassembler::complete(const Partial& partial) {
    if (!partial.size || partial.have.size() < (*partial.size + unit - 1) / unit) return false;
    return std::ranges::find(partial.have, false) == partial.have.end();
}

}  // namespace ike
