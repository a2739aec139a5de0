#include "libike/sim/forger.hpp"

#include <ranges>

namespace ike::sim {

namespace {

constexpr std::size_t marker_size = 4;  // RFC 3948 section 2.2
constexpr std::size_t most_sas = 32;
/// Beyond what the real sender will have used: a key and an IV go together once.
constexpr std::uint64_t first_forged_iv = std::uint64_t{1} << 40;

std::optional<SkProtection> protection(const IkeSuite& suite, ByteView encr, ByteView integ) {
    auto made = SkProtection::create(suite, encr, integ);
    if (!made) return std::nullopt;
    made->set_next_iv(first_forged_iv);
    return std::move(*made);
}

}  // namespace

ByteView without_marker(ByteView octets) {
    const bool marked = octets.size() >= marker_size &&
                        std::ranges::all_of(octets.first(marker_size), [](auto octet) { return octet == 0; });
    return marked ? octets.subspan(marker_size) : octets;
}

Bytes with_marker(const Path& path, Bytes octets, std::uint16_t ike_port) {
    if (path.local.port == ike_port) return octets;
    octets.insert(octets.begin(), marker_size, 0);
    return octets;
}

std::vector<Forger::Keys>* Forger::find(const Spis& sa) {
    const auto at = keys_.find(sa);
    return at == keys_.end() ? nullptr : &at->second;
}

void Forger::learn(const KeyRecord& record) {
    const auto* ike = std::get_if<IkeKeyRecord>(&record);
    if (!ike) return;
    const Spis sa{ike->spi_i, ike->spi_r};
    const bool is_new = !keys_.contains(sa);
    auto& sets = keys_[sa];
    // The other end's word for the same.
    if (std::ranges::any_of(sets, [&](const Keys& each) { return equal(each.ei, ike->keys.ei); })) return;
    sets.push_back({protection(ike->suite, ike->keys.ei, ike->keys.ai),
                    protection(ike->suite, ike->keys.er, ike->keys.ar), ike->keys.ei.clone()});
    if (!is_new) return;
    order_.push_back(sa);
    if (order_.size() > most_sas) {
        keys_.erase(order_.front());
        order_.erase(order_.begin());
    }
}

std::optional<Message> Forger::open(ByteView datagram) {
    const auto octets = without_marker(datagram);
    const auto header = read_header(octets);
    if (!header) return std::nullopt;
    auto* keys = find({header->initiator_spi, header->responder_spi});
    if (!keys) return std::nullopt;
    for (auto& set : std::views::reverse(*keys)) {
        auto& side = header->from_initiator() ? set.initiator : set.responder;
        if (!side) continue;
        if (auto message = side->open_message(octets)) return std::move(*message);
    }
    return std::nullopt;
}

std::optional<Bytes> Forger::seal(const Spis& sa, As as, Header header, std::span<const Payload> payloads,
                                  Rng& rng) {
    auto* keys = find(sa);
    if (!keys) return std::nullopt;
    auto& side = as == As::initiator ? keys->back().initiator : keys->back().responder;
    if (!side) return std::nullopt;
    header.initiator_spi = sa.initiator;
    header.responder_spi = sa.responder;
    header.flags = static_cast<std::uint8_t>(header.flags & ~flag_initiator);
    if (as == As::initiator) header.flags |= flag_initiator;
    return side->seal(header, payloads, rng);
}

}  // namespace ike::sim
