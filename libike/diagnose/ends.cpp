#include "libike/diagnose/ends.hpp"

#include <algorithm>
#include <limits>

#include "libike/diagnose/gather.hpp"

namespace ike::diagnose {
namespace {

constexpr std::size_t most_lost = 12, most_delays = 4096;
/// Clocks that are aligned by the packets themselves are off by no more than this.
constexpr std::int64_t tolerance = 20'000'000;
/// No packet is longer on its way.
constexpr std::int64_t longest_delay = 20'000'000'000;

std::int64_t median(std::vector<std::int64_t>& values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::int64_t minus(std::int64_t a, std::int64_t b) {
    std::int64_t difference = 0;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return a > b ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

using Hosts = std::pair<Address, Address>;
Hosts hosts(const Way& way) { return {way.source.address, way.destination.address}; }

/// Indices by key, in order.
using Index = std::unordered_map<std::uint64_t, std::vector<std::uint32_t>>;
Index index_of(const Traces& traces) {
    Index index;
    for (std::uint32_t i = 0; i < traces.all().size(); ++i) index[traces.all()[i].key].push_back(i);
    return index;
}

bool holds(const std::vector<Address>& all, const Address& one) { return std::ranges::count(all, one) > 0; }
void put_once(std::vector<Address>& all, const Address& one) {
    constexpr std::size_t most_addresses = 256;
    if (!holds(all, one) && all.size() < most_addresses) all.push_back(one);
}

}  // namespace

void Traces::add(const Observation& seen) {
    const bool esp = seen.what.kind == Kind::esp || seen.what.kind == Kind::ah;
    if (seen.what.kind != Kind::ike && !(esp && seen.esp.readable)) return;
    if (traces_.size() >= most) {
        cut_ = true;
        return;
    }
    const Way way{seen.packet.source, seen.packet.destination};
    auto at = index_.find(way);
    if (at == index_.end()) {
        if (ways_.size() >= most_ways) {
            cut_ = true;
            return;
        }
        at = index_.emplace(way, static_cast<std::uint32_t>(ways_.size())).first;
        ways_.push_back(way);
    }
    const auto octets = seen.what.octets;
    const auto size = size_on_wire(seen);
    // Of an IKE message the SPIs, exchange and Message ID; of ESP SPI, sequence number and IV or ciphertext.
    constexpr std::size_t beginning = 24;
    // Fragments of one message begin alike.
    const auto size_and_fragment = esp ? 0u : std::uint64_t{seen.ike.fragment} << 32 | size;
    snapped_ = snapped_ || seen.packet.cut;
    const auto start = digest(octets.first(std::min(octets.size(), beginning)));
    traces_.push_back({digest(octets), start ^ size_and_fragment * 0x9e3779b97f4a7c15u,
                       sensible(seen.packet.time).time_since_epoch().count(), seen.packet.frame,
                       esp ? seen.esp.spi : 0, size, at->second, ttl_of(seen.packet.ip)});
}

void Traces::take_beginnings() {
    for (auto& each : traces_) each.key = each.beginning;
}

Ends::Ends(Traces first, Traces second) : cut_{first.cut() || second.cut()} {
    if (first.snapped() || second.snapped()) {
        first.take_beginnings();
        second.take_beginnings();
    }
    align(first, second);
    if (!related()) return;
    second.retime([&](std::int64_t time) { return minus(time, -shift(time)); });
    follow(first, second, 0);
    follow(second, first, 1);
}

/// Finds who is near which capture, and the difference of the clocks, from datagrams that each capture has
/// once.
void Ends::align(const Traces& first, const Traces& second) {
    const auto in_first = index_of(first), in_second = index_of(second);
    struct Samples {
        std::vector<std::int64_t> differences;
        std::vector<Difference> by_time;
        int ttl_votes = 0;  ///< for a sender near the first capture
        std::vector<Way> there;
    };
    std::map<Hosts, Samples> samples;
    for (const auto& [key, here] : in_first) {
        const auto there = in_second.find(key);
        if (there == in_second.end()) continue;
        ++pairs_;
        if (here.size() != 1 || there->second.size() != 1) continue;
        const auto& a = first.all()[here.front()];
        const auto& b = second.all()[there->second.front()];
        auto& sample = samples[hosts(first.way(a.way))];
        if (sample.differences.size() < most_delays) {
            sample.differences.push_back(minus(b.time, a.time));
            sample.by_time.push_back({b.time, minus(b.time, a.time)});
        }
        sample.ttl_votes += a.ttl > b.ttl ? 1 : a.ttl < b.ttl ? -1 : 0;
        if (const auto& way = second.way(b.way);
            std::ranges::count(sample.there, way) == 0 && sample.there.size() < 64) {
            sample.there.push_back(way);
        }
    }
    std::optional<std::int64_t> least_forth, most_back;
    std::vector<Difference> all_forth, all_back;
    for (auto& [pair, sample] : samples) {
        if (sample.differences.empty()) continue;
        auto opposite = samples.find({pair.second, pair.first});
        int vote = sample.ttl_votes;
        if (opposite != samples.end() && !opposite->second.differences.empty() && vote == 0) {
            const auto own = median(sample.differences), other = median(opposite->second.differences);
            vote = own > other ? 1 : own < other ? -1 : 0;
        }
        if (vote == 0) vote = median(sample.differences) >= 0 ? 1 : -1;  // clocks taken as equal
        const bool forth = vote > 0;
        put_once(near_[0], forth ? pair.first : pair.second);
        put_once(far_[0], forth ? pair.second : pair.first);
        for (const auto& way : sample.there) {
            put_once(near_[1], forth ? way.destination.address : way.source.address);
            put_once(far_[1], forth ? way.source.address : way.destination.address);
        }
        auto& all = forth ? all_forth : all_back;
        all.insert(all.end(), sample.by_time.begin(), sample.by_time.end());
        const auto [least, most] = std::ranges::minmax(sample.differences);
        if (forth) least_forth = std::min(least_forth.value_or(least), least);
        if (!forth) most_back = std::max(most_back.value_or(most), most);
    }
    aligned_ = least_forth && most_back;
    // Clock of the second less clock of the first; the shortest ways there and back are taken as equally
    // long.
    const auto ahead =
        aligned_ ? *most_back / 2 + *least_forth / 2 : least_forth.value_or(most_back.value_or(0));
    offset_ = ahead == std::numeric_limits<std::int64_t>::min() ? 0 : -ahead;
    if (aligned_) round_trip_ = std::max<std::int64_t>(0, minus(*least_forth, *most_back));
    if (aligned_) estimate_drift(all_forth, all_back);
}

namespace {

/// The best difference of a part of the capture: of packets to the second the least, of those back the most.
std::optional<Difference> best_of(const std::vector<Difference>& all, std::int64_t from, std::int64_t until,
                                  int sign) {
    constexpr std::size_t enough = 3;  // that one of them was quick
    std::optional<Difference> best;
    std::size_t count = 0;
    for (const auto& each : all) {
        if (each.time < from || each.time > until) continue;
        ++count;
        if (!best || sign * each.ahead < sign * best->ahead) best = each;
    }
    return count < enough ? std::nullopt : best;
}

}  // namespace

/// A path that becomes longer shows with opposite signs there and back, a clock that runs faster with the
/// same.
void Ends::estimate_drift(const std::vector<Difference>& forth, const std::vector<Difference>& back) {
    constexpr std::int64_t shortest = 2'000'000'000, least_change = 2'000'000;
    constexpr double most_drift = 0.01;  // no clock is that bad
    auto begin = std::numeric_limits<std::int64_t>::max(), end = std::numeric_limits<std::int64_t>::min();
    for (const auto* all : {&forth, &back}) {
        for (const auto& each : *all) {
            begin = std::min(begin, each.time);
            end = std::max(end, each.time);
        }
    }
    const auto third = minus(end, begin) / 3;
    if (third < shortest) return;
    const auto f0 = best_of(forth, begin, begin + third, 1), f1 = best_of(forth, end - third, end, 1);
    const auto b0 = best_of(back, begin, begin + third, -1), b1 = best_of(back, end - third, end, -1);
    if (!f0 || !f1 || !b0 || !b1) return;
    const auto there =
        static_cast<double>(minus(f1->ahead, f0->ahead)) / static_cast<double>(minus(f1->time, f0->time));
    const auto home =
        static_cast<double>(minus(b1->ahead, b0->ahead)) / static_cast<double>(minus(b1->time, b0->time));
    const auto slope = (there + home) / 2;
    // What is left when the two disagree is the path's doing.
    if (there * home <= 0 || std::abs(slope) > most_drift) return;
    if (std::abs(slope) * static_cast<double>(minus(end, begin)) < static_cast<double>(least_change)) return;
    drift_ = slope;
    drift_since_ = begin;
    const auto at_begin = [&](const Difference& each) {
        return each.ahead - static_cast<std::int64_t>(slope * static_cast<double>(minus(each.time, begin)));
    };
    const auto least = std::min(at_begin(*f0), at_begin(*f1)), most = std::max(at_begin(*b0), at_begin(*b1));
    offset_ = -(least / 2 + most / 2);
    round_trip_ = std::max<std::int64_t>(0, minus(least, most));
}

std::int64_t Ends::shift(std::int64_t time) const {
    return drift_ == 0
               ? offset_
               : offset_ - static_cast<std::int64_t>(drift_ * static_cast<double>(minus(time, drift_since_)));
}

namespace {

/// How much two sightings of a packet have in common: a NAT on the way changes one end of it.
int likeness(const Way& a, const Way& b) {
    return (a.source.address == b.source.address ? 1 : 0) +
           (a.destination.address == b.destination.address ? 1 : 0);
}

/// The latest sending before a reception, of the same octets, that nothing is paired with yet; of those to
/// several addresses at once the one to where it was received. Octets that were sent once need no exact
/// clocks.
std::optional<std::uint32_t> sending_of(const Traces& from, const std::vector<std::uint32_t>& sent,
                                        const Way& way, std::int64_t received,
                                        const std::vector<bool>& taken) {
    std::optional<std::uint32_t> best;
    int most = -1;
    if (sent.size() == 1 && !taken[sent.front()] &&
        std::abs(minus(received, from.all()[sent.front()].time)) < longest_delay)
        return sent.front();
    for (const auto i : sent) {
        const auto delay = minus(received, from.all()[i].time);
        const auto like = likeness(from.way(from.all()[i].way), way);
        if (taken[i] || delay < -tolerance || delay >= longest_delay || like < most) continue;
        most = like;
        best = i;
    }
    return best;
}

void note_arrival(Passage& passage, const Trace& sent, std::int64_t delay) {
    ++passage.arrived;
    passage.largest_arrived = std::max(passage.largest_arrived, sent.size);
    passage.last_arrived = sent.frame;
    passage.last_arrived_time = EpochTime{std::chrono::nanoseconds{sent.time}};
    passage.lost_after = 0;
    if (passage.delays.size() < most_delays) passage.delays.push_back(delay);
}

void note_loss(Passage& passage, const Trace& sent) {
    ++passage.lost_after;
    if (passage.smallest_lost == 0 || sent.size < passage.smallest_lost) passage.smallest_lost = sent.size;
    passage.largest_lost = std::max(passage.largest_lost, sent.size);
    if (passage.lost_frames.size() < most_lost) passage.lost_frames.push_back(sent.frame);
}

}  // namespace

/// Whether a packet was sent at this end; nothing where addresses and TTL leave it open.
std::optional<bool> Ends::leaves_here(FileIndex file, const Way& way, std::uint8_t ttl) const {
    if (holds(near_[file], way.source.address)) return true;
    if (holds(far_[file], way.source.address) || holds(near_[file], way.destination.address)) return false;
    if (holds(far_[file], way.destination.address) || is_fresh_ttl(ttl)) return true;
    return std::nullopt;
}

void Ends::follow(const Traces& from, const Traces& to, FileIndex file) {
    const auto sent_by_key = index_of(from);
    std::vector<bool> taken(from.all().size());
    std::vector<std::uint32_t> receipt(from.all().size(), std::numeric_limits<std::uint32_t>::max());
    std::int64_t begin = std::numeric_limits<std::int64_t>::max(),
                 end = std::numeric_limits<std::int64_t>::min();
    for (std::uint32_t j = 0; j < to.all().size(); ++j) {
        const auto& received = to.all()[j];
        const auto time = received.time;
        begin = std::min(begin, time);
        end = std::max(end, time);
        const auto& way = to.way(received.way);
        if (!holds(near_[1 - file], way.destination.address) && !holds(far_[1 - file], way.source.address))
            continue;
        const auto candidates = sent_by_key.find(received.key);
        if (candidates == sent_by_key.end()) continue;
        if (const auto i = sending_of(from, candidates->second, way, time, taken)) {
            taken[*i] = true;
            receipt[*i] = j;
        }
    }
    std::map<std::uint32_t, Passage> passages;
    for (std::uint32_t i = 0; i < from.all().size(); ++i) {
        const auto& sent = from.all()[i];
        const auto& way = from.way(sent.way);
        const auto leaves = leaves_here(file, way, sent.ttl);
        if (leaves != true) {
            if (leaves == false) fates_[file][sent.frame] = Fate::arrived;
            continue;
        }
        // What was sent when the other capture was not running is not lost.
        if (!taken[i] && (sent.time < begin - tolerance || sent.time > end + tolerance)) continue;
        auto& passage = passages[sent.spi];
        passage.spi = sent.spi;
        passage.from = file;
        ++passage.sent;
        fates_[file][sent.frame] = taken[i] ? Fate::arrived : Fate::lost;
        if (!taken[i]) {
            note_loss(passage, sent);
            continue;
        }
        const auto& received = to.all()[receipt[i]];
        passage.sent_way = way;
        passage.seen_way = to.way(received.way);
        note_arrival(passage, sent, minus(received.time, sent.time));
        fates_[1 - file][received.frame] = Fate::arrived;
    }
    for (auto& [spi, passage] : passages) passages_.push_back(std::move(passage));
}

Fate Ends::fate(FileIndex file, std::uint64_t frame) const {
    const auto at = fates_[file & 1].find(frame);
    return at == fates_[file & 1].end() ? Fate::unknown : at->second;
}

const Passage* Ends::passage(std::uint32_t spi, FileIndex from) const {
    for (const auto& each : passages_) {
        if (each.spi == spi && each.from == from) return &each;
    }
    return nullptr;
}

}  // namespace ike::diagnose
