#include "libike/capture/esp_opener.hpp"

namespace ike {
namespace {

/// Keyed ciphers held at once; each takes about a KiB.
constexpr std::size_t most_keyed = 4096;
/// How many high halves are tried before one is known.
constexpr std::uint32_t most_high_halves = 4;
/// From so many packets on another thread opens those to come.
constexpr std::uint32_t many_packets = 64;

/// The high half that `low` most likely has when `highest` was the highest number so far (RFC 4303 appendix
/// A2.2).
std::uint32_t likely_high(std::uint64_t highest, std::uint32_t low) {
    constexpr std::uint32_t half = 1u << 31;
    const auto high = static_cast<std::uint32_t>(highest >> 32);
    const auto top = static_cast<std::uint32_t>(highest);
    if (low < top && top - low > half) return high + 1;
    if (low > top && low - top > half && high > 0) return high - 1;
    return high;
}

/// Without an ICV only sense tells whether a key was right: an IP packet of the version that the next header
/// says, a dummy, or padding of 1, 2, 3 (RFC 4303 section 2.4).
bool makes_sense(const esp::Opened& opened) {
    const auto payload = opened.payload;
    if (opened.next_header == esp::next_header_none) return true;
    if (payload.empty()) return false;
    if (opened.next_header == esp::next_header_ipv4) return payload[0] >> 4 == 4;
    if (opened.next_header == esp::next_header_ipv6) return payload[0] >> 4 == 6;
    const auto* padding = payload.data() + payload.size();
    for (std::size_t i = 0; i < opened.pad_length; ++i) {
        if (padding[i] != i + 1) return false;
    }
    return opened.pad_length > 0;
}

}  // namespace

void EspOpener::open(ByteView esp, const Packet& outer, EspObservation& seen, const EspJob* ahead) {
    ahead_ = ahead;
    seen.readable = esp.size() >= 8;
    seen.decrypted = false;
    seen.integrity = IcvState::unknown;
    seen.obstacle.clear();
    seen.inner.reset();
    seen.key.reset();
    seen.payload = seen.content = {};
    seen.ipcomp.reset();
    seen.pad_length = 0;
    seen.next_header = 0;
    seen.spi = seen.readable ? number32(esp, 0) : 0;
    seen.sequence_low = seen.readable ? number32(esp, 4) : 0;
    seen.sequence = seen.sequence_low;
    if (!seen.readable) return;
    auto* found = flow(seen.spi);
    if (found == nullptr) return explain(found, seen);
    for (std::size_t at = 0; at < found->candidates.size(); ++at) {
        if (!try_candidate(*found, at, esp, outer, seen)) continue;
        if (at != 0) std::swap(found->candidates[0], found->candidates[at]);
        found->opened = true;
        if (expects_many_ && found->count < many_packets && ++found->count == many_packets) add_twins(*found);
        return;
    }
    explain(found, seen);
}

void EspOpener::prepare(std::uint64_t number, ByteView esp, EspAhead& ahead) {
    if (esp.size() >= 8) {
        const auto* found = known(number32(esp, 0));
        if (found != nullptr && !found->candidates.empty()) {
            const auto& first = found->candidates.front();
            const bool esn = first.keys.inbound.suite().esn;
            const auto high = esn ? likely_high(found->highest, number32(esp, 4)) : 0;
            return ahead.put(number, esp, first.twins, high);
        }
    }
    ahead.put(number, {}, nullptr, 0);
}

/// The keys that open this flow twice more, for opening ahead.
void EspOpener::add_twins(Flow& flow) {
    auto& first = flow.candidates.front();
    if (!first.proves) return;
    const auto& record = keys_.esp_record(first.record);
    const auto& suite = first.keys.inbound.suite();
    auto of_helper = keyed(record, suite);
    auto of_owner = keyed(record, suite);
    if (!of_helper || !of_owner) return;
    first.twins = std::make_shared<EspTwins>(std::move(*of_helper), std::move(*of_owner));
    keyed_ += 2;
    has_many_ = true;
}

void EspOpener::explain(const Flow* flow, EspObservation& seen) {
    if (flow == nullptr) {
        seen.obstacle = "no keys for this SPI";
    } else if (flow->candidates.empty()) {
        seen.obstacle = flow->unusable;
    } else if (flow->opened) {
        seen.integrity = IcvState::bad;
        seen.obstacle = "the ICV is wrong, though the keys opened other packets: damaged or forged";
    } else {
        seen.integrity = IcvState::bad;
        seen.obstacle = "the ICV is wrong with every key for this SPI";
    }
}

EspOpener::Flow* EspOpener::known(std::uint32_t spi) {
    // Packets of one SA come in a row.
    if (last_ != nullptr && last_spi_ == spi) return last_;
    const auto found = flows_.find(spi);
    if (found == flows_.end()) return nullptr;
    last_spi_ = spi;
    return last_ = &found->second;
}

EspOpener::Flow* EspOpener::flow(std::uint32_t spi) {
    if (keys_.esp_count() == 0) return nullptr;
    if (auto* found = known(spi)) return found;
    const auto own = keys_.esp(spi);
    const auto any = keys_.esp_any();
    if (own.empty() && any.empty()) return nullptr;
    if (keyed_ > most_keyed || flows_.size() > most_keyed) {
        flows_.clear();
        last_ = nullptr;
        keyed_ = 0;
    }
    auto& made = flows_[spi];
    if (spi != 0) add_candidates(made, own);
    add_candidates(made, any);
    return &made;
}

void EspOpener::add_candidates(Flow& flow, std::span<const KeyStore::Index> records) {
    for (const auto at : records) {
        const auto& record = keys_.esp_record(at);
        add_candidate(flow, at, record.suite);
        // Wireshark's rows of eight columns say nothing of ESN.
        auto other = record.suite;
        other.esn = true;
        if (!record.suite.esn) add_candidate(flow, at, other);
    }
}

void EspOpener::add_candidate(Flow& flow, KeyStore::Index at, const EspSuite& suite) {
    const auto& record = keys_.esp_record(at);
    auto keys = keyed(record, suite);
    if (!keys) {
        flow.unusable = keys.error().what;
        return;
    }
    const bool proves = is_aead(suite.encr) || suite.integ != IntegId::none;
    // Without an ICV, ESN changes nothing.
    if (suite.esn && !record.suite.esn && !proves) return;
    flow.candidates.push_back({std::move(*keys), proves, at, nullptr});
    ++keyed_;
}

Result<EspKeys> EspOpener::keyed(const EspKeyRecord& record, const EspSuite& suite) const {
    auto inbound = esp::Inbound::create(record.spi, suite, record.encr_key, record.integ_key, 0);
    if (!inbound) return std::unexpected{std::move(inbound.error())};
    auto glimpser = glimpses_ ? esp::Glimpser::create(suite, record.encr_key) : std::nullopt;
    return EspKeys{std::move(*inbound), std::move(glimpser)};
}

bool EspOpener::try_candidate(Flow& flow, std::size_t at, ByteView esp, const Packet& outer,
                              EspObservation& seen) {
    auto& candidate = flow.candidates[at];
    const bool esn = candidate.keys.inbound.suite().esn;
    const auto likely = esn ? likely_high(flow.highest, seen.sequence_low) : 0;
    bool opened = try_at(candidate, likely, esp, outer, seen);
    // A capture may begin anywhere in an SA's life, and gaps may be long.
    for (std::uint32_t high = 0; esn && !opened && high < most_high_halves; ++high) {
        opened = try_at(candidate, flow.opened ? likely + 1 + high : high, esp, outer, seen);
    }
    if (opened) flow.highest = std::max(flow.highest, seen.sequence);
    return opened;
}

bool EspOpener::try_at(Candidate& candidate, std::uint32_t high, ByteView esp, const Packet& outer,
                       EspObservation& seen) {
    if (ahead_ != nullptr && ahead_->keys == candidate.twins && ahead_->high == high && ahead_->outcome) {
        take(candidate, *ahead_->outcome, outer, seen);
        return true;
    }
    if (buffer_.size() < esp.size()) buffer_.resize(esp.size());
    const auto opened = candidate.keys.open(esp, high, buffer_);
    if (!opened) return false;
    if (!candidate.proves && !makes_sense(*opened)) return false;
    take(candidate, *opened, outer, seen);
    return true;
}

void EspOpener::take(const Candidate& candidate, const esp::Opened& opened, const Packet& outer,
                     EspObservation& seen) {
    seen.decrypted = true;
    seen.key = candidate.record;
    seen.esn = candidate.keys.inbound.suite().esn;
    seen.integrity = candidate.proves ? IcvState::good : IcvState::unknown;
    seen.sequence = opened.sequence;
    seen.next_header = opened.next_header;
    seen.pad_length = opened.pad_length;
    seen.payload = opened.payload;
    seen.content = opened.payload;
    if (opened.next_header == esp::next_header_ipcomp) decompress(seen);
    const bool whole = seen.ipcomp && seen.ipcomp->decompressed;
    if (whole) {
        seen.inner = inner_packet(seen.ipcomp->next_header, seen.content, seen.content.size(), outer);
    } else {
        seen.inner = inner_packet(seen.next_header, seen.content, opened.payload_size, outer);
    }
}

void EspOpener::decompress(EspObservation& seen) {
    if (seen.payload.size() < esp::ipcomp_header) return;
    Reader in{seen.payload};
    auto& ipcomp = seen.ipcomp.emplace();
    ipcomp.next_header = in.number<std::uint8_t>("next header");
    in.take(1, "flags");
    ipcomp.cpi = in.number<std::uint16_t>("cpi");
    ipcomp.compressed = seen.payload.size();
    constexpr std::size_t largest_packet = 65535;
    if (decompressed_.empty()) decompressed_.resize(largest_packet);
    const auto done = ipcomp_.decompress(seen.payload, decompressed_);
    if (!done) return;
    ipcomp.decompressed = true;
    seen.content = ByteView{decompressed_}.first(done->size);
}

}  // namespace ike
