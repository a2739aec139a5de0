#include "libike/render/stats.hpp"

namespace ike {
namespace {

constexpr std::size_t most_sas = 100'000;

}  // namespace

void Stats::Times::add(EpochTime time, std::size_t size) {
    if (packets++ == 0) first = last = time;
    first = std::min(first, time);
    last = std::max(last, time);
    octets += size;
}
double Stats::Times::seconds() const { return static_cast<double>(between(first, last).count()) / 1e9; }

void Stats::add(const Observation& seen) {
    all_.add(seen.packet.time, seen.packet.original_size);
    ++kinds_[seen.what.kind];
    if (seen.what.kind == Kind::ike && !seen.ike.header_error) add_ike(seen);
    if ((seen.what.kind == Kind::esp || seen.what.kind == Kind::ah) && seen.esp.readable) add_esp(seen);
    if (const auto change = follower_.add(seen); change) {
        const auto at = latest_.find(change->initiator_spi);
        if (at != latest_.end()) ++ike_[at->second].moves;
    }
}

void Stats::add_ike(const Observation& observation) {
    const auto& seen = observation.ike;
    const auto& header = seen.header;
    // Requests of IKE_SA_INIT have no responder's SPI; they are counted with the SA that came of them.
    const SpiPair half{header.initiator_spi, 0};
    const SpiPair whole{header.initiator_spi, header.responder_spi};
    auto at = ike_at_.find(whole);
    if (at == ike_at_.end() && header.responder_spi != 0) {
        if (const auto begun = ike_at_.find(half); begun != ike_at_.end()) {
            const auto index = begun->second;
            ike_at_.erase(begun);
            ike_[index].spis = whole;
            at = ike_at_.emplace(whole, index).first;
        }
    }
    if (at == ike_at_.end()) {
        if (ike_.size() == most_sas) return void(++unlisted_);
        at = ike_at_.emplace(whole, ike_.size()).first;
        ike_.push_back({});
        ike_.back().spis = whole;
        ike_.back().version1 = seen.version1;
    }
    auto& sa = ike_[at->second];
    sa.times.add(observation.packet.time, seen.octets.size());
    ++sa.exchanges[static_cast<std::uint8_t>(header.exchange)];
    if (seen.repeats != 0) ++sa.retransmissions;
    if (seen.decrypted) ++(*seen.decrypted ? sa.opened : sa.shut);
    latest_[header.initiator_spi] = at->second;
}

void Stats::add_esp(const Observation& observation) {
    const auto& seen = observation.esp;
    auto at = esp_at_.find(seen.spi);
    if (at == esp_at_.end()) {
        if (esp_.size() == most_sas) return void(++unlisted_);
        at = esp_at_.emplace(seen.spi, esp_.size()).first;
        esp_.push_back({});
        esp_.back().spi = seen.spi;
        esp_.back().kind = observation.what.kind;
        esp_.back().first_sequence = seen.sequence;
    }
    auto& sa = esp_[at->second];
    const auto& packet = observation.packet;
    if (sa.times.packets > 0 && (packet.source != sa.source || packet.destination != sa.destination))
        ++sa.moves;
    sa.source = packet.source;
    sa.destination = packet.destination;
    const auto before = sa.window.highest();
    const bool begun = before != 0;
    sa.times.add(packet.time, observation.what.octets.size());
    if (seen.decrypted) ++sa.opened;
    if (seen.integrity == IcvState::bad) {
        ++sa.bad;
        return;  // its number proves nothing
    }
    if (begun && sa.window.check(seen.sequence) != esp::ReplayWindow::Verdict::fresh) {
        ++sa.repeated;
        return;
    }
    if (begun && seen.sequence < before) {
        ++sa.late;
        if (sa.missing > 0) --sa.missing;
    } else if (begun) {
        sa.missing += seen.sequence - before - 1;
    }
    sa.window.update(seen.sequence);
}

}  // namespace ike
