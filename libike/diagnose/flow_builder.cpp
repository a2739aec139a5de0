#include "libike/diagnose/flow_builder.hpp"

#include "libike/base/ip_protocols.hpp"
#include "libike/diagnose/gather.hpp"

namespace ike::diagnose {
namespace {

constexpr std::uint8_t echo_reply4 = 0, echo_request4 = 8, echo_request6 = 128, echo_reply6 = 129;
constexpr std::uint64_t half = 0x80000000u;
/// A copy that comes later than this was not made by the network.
constexpr auto network_copies_within = std::chrono::seconds{1};

Leg& leg_of(EspFlow& flow, const Sighting& at) {
    if (!flow.legs.empty() && flow.legs.back().way == at.way) return flow.legs.back();
    if (flow.legs.size() < EspFlow::most_legs)
        return flow.legs.emplace_back(Leg{at.way, at, at, 0, 0, 0, at});
    // Two ways used at once: what more there is goes to the last leg of that way.
    const auto same = std::find_if(flow.legs.rbegin(), flow.legs.rend(),
                                   [&](const Leg& each) { return each.way == at.way; });
    return same != flow.legs.rend() ? *same : flow.legs.back();
}

std::size_t hash_of(const Way& way) {
    return std::hash<Endpoint>{}(way.source) * 31 + std::hash<Endpoint>{}(way.destination);
}

/// The MSS option of a TCP SYN (RFC 9293 section 3.2).
std::optional<std::uint16_t> mss_of(ByteView tcp) {
    constexpr std::uint8_t syn = 0x02;
    if (tcp.size() < 20 || (tcp[13] & syn) == 0) return std::nullopt;
    const auto end = std::min<std::size_t>((tcp[12] >> 4) * 4u, tcp.size());
    for (std::size_t at = 20; at < end && tcp[at] != 0;) {
        if (tcp[at] == 1) {
            ++at;
            continue;
        }
        if (at + 1 >= end || tcp[at + 1] < 2) return std::nullopt;
        if (tcp[at] == 2 && at + 4 <= end) return static_cast<std::uint16_t>(tcp[at + 2] << 8 | tcp[at + 3]);
        at += tcp[at + 1];
    }
    return std::nullopt;
}

void take_tcp(EspFlow& flow, const Observation& seen) {
    ++flow.conversational;
    const auto headers = seen.esp.inner->tunnel ? read_ip(seen.esp.content) : std::nullopt;
    const auto mss = mss_of(headers ? headers->payload : seen.esp.content);
    if (!mss) return;
    ++flow.syn_count;
    if (*mss <= flow.largest_mss) return;
    flow.largest_mss = *mss;
    flow.mss_frame = seen.packet.frame;
}

void take_inner(EspFlow& flow, const Observation& seen) {
    const auto& inner = *seen.esp.inner;
    const bool icmp = inner.protocol == protocol_icmp || inner.protocol == protocol_icmp6;
    if (icmp && !inner.fragment) {
        const bool request = inner.icmp_type == echo_request4 || inner.icmp_type == echo_request6;
        const bool reply =
            inner.protocol == protocol_icmp ? inner.icmp_type == echo_reply4 : inner.icmp_type == echo_reply6;
        const auto length = static_cast<std::uint32_t>(inner.length);
        const bool room = flow.echoes.size() < EspFlow::most_sizes || flow.echoes.contains(length);
        if ((request || reply) && room)
            ++(request ? flow.echoes[length].requests : flow.echoes[length].replies);
        if (request) ++flow.conversational;
        if (request && flow.first_request.frame == 0) flow.first_request = sighting(seen);
    } else if (inner.protocol == protocol_tcp && !inner.fragment) {
        take_tcp(flow, seen);
    } else {
        ++flow.other_inner;
    }
}

}  // namespace

void FlowBuilder::add(EspFlow& flow, const Observation& seen, std::uint64_t digest) {
    const auto at = sighting(seen);
    const auto& esp = seen.esp;
    if (flow.packets == 0) flow.first = flow.last = at;
    if (esp.integrity == IcvState::bad) {
        flow.bad.add(at.frame);
        if (flow.opened > 0) return;  // forged or damaged: its number means nothing
    } else if (esp.decrypted) {
        ++flow.opened;
    } else {
        ++flow.locked;
        if (flow.obstacle.empty()) flow.obstacle = esp.obstacle.view();
    }
    // A copy, made on the way or by whoever recorded it, is no word of the sender.
    if (!take_sequence(flow, esp.decrypted ? esp.sequence : unwrap(esp.sequence_low), digest, at)) return;
    if (esp.inner && esp.decrypted) take_inner(flow, seen);
    ++flow.packets;
    flow.last = at;
    auto& leg = leg_of(flow, at);
    leg.last = at;
    ++leg.packets;
    leg.octets += at.size;
    leg.largest = std::max(leg.largest, at.size);
    if (at.size >= leg.largest - leg.largest / 8) leg.last_large = at;
    flow.rate.add(at.time);
    last_time_ = at.time;
}

/// With extended sequence numbers only the low half is sent: a small number after very large ones goes on.
std::uint64_t FlowBuilder::unwrap(std::uint32_t low) const {
    const auto highest = window_.highest();
    const auto high = highest & ~std::uint64_t{0xffffffff};
    const bool wrapped = (highest & 0xffffffff) > 0xffff0000 && low < 0x10000;
    const bool before = high > 0 && (highest & 0xffffffff) < 0x10000 && low > 0xffff0000;
    return wrapped ? high + 2 * half + low : before ? high - 2 * half + low : high + low;
}

bool FlowBuilder::take_sequence(EspFlow& flow, std::uint64_t sequence, std::uint64_t digest,
                                const Sighting& at) {
    if (ring_.empty()) ring_.resize(remembered);
    if (goes_on_as_before(sequence)) revoke_restart(flow);
    if (before_) since_restart_.add(at.frame);
    if (flow.unique == 0) {
        flow.lowest = flow.highest = sequence;
        flow.unique = 1;
        window_.update(sequence);
    } else {
        switch (window_.check(sequence)) {
            case esp::ReplayWindow::Verdict::fresh:
                if (begins_anew(sequence)) return take_old(flow, sequence, at);
                // Of before the capture, much too late for a network: once alone it proves nothing.
                if (sequence < flow.lowest && between(flow.first.time, at.time) > network_copies_within) {
                    last_old_ = sequence;
                    old_came_late_ = true;
                }
                take_fresh(flow, sequence, at);
                break;
            case esp::ReplayWindow::Verdict::replayed:
                return take_copy(flow, sequence, digest, at);
            case esp::ReplayWindow::Verdict::too_old:
                return take_old(flow, sequence, at);
        }
    }
    ring_[sequence % remembered] = {sequence, digest, at.time, hash_of(at.way)};
    return true;
}

void FlowBuilder::take_fresh(EspFlow& flow, std::uint64_t sequence, const Sighting& at) {
    window_.update(sequence);
    ++flow.unique;
    if (sequence > flow.highest) {
        const auto missing = sequence - flow.highest - 1;
        if (missing > 0 && flow.gaps.size() < EspFlow::most_gaps) {
            flow.gaps.push_back({flow.highest + 1, missing, at.frame, last_time_, at.time});
        }
        flow.highest = sequence;
        return;
    }
    flow.reordered.add(at.frame);
    flow.worst_delay = std::max(flow.worst_delay, flow.highest - sequence);
    flow.lowest = std::min(flow.lowest, sequence);
    for (auto gap = flow.gaps.rbegin(); gap != flow.gaps.rend(); ++gap) {
        if (sequence < gap->first) continue;
        if (gap->count > 0) --gap->count;
        break;
    }
    if (!flow.gaps.empty() && flow.gaps.back().count == 0) flow.gaps.pop_back();
}

/// The number was there already: the same octets are a copy, others mean that the sender began anew, if it
/// goes on so.
bool FlowBuilder::take_copy(EspFlow& flow, std::uint64_t sequence, std::uint64_t digest, const Sighting& at) {
    const auto& known = ring_[sequence % remembered];
    if (known.sequence == sequence && known.digest != digest) return take_old(flow, sequence, at);
    const bool fresh = known.sequence == sequence && known.path == hash_of(at.way) &&
                       between(known.time, at.time) < network_copies_within;
    (fresh ? flow.duplicates : flow.replays).add(at.frame);
    return false;
}

bool FlowBuilder::begins_anew(std::uint64_t sequence) const {
    return last_old_ != 0 && sequence == last_old_ + 1 && sequence < window_.highest();
}

bool FlowBuilder::take_old(EspFlow& flow, std::uint64_t sequence, const Sighting& at) {
    if (begins_anew(sequence)) {
        // The one before was neither late nor a replay then.
        auto& before = old_came_late_ ? flow.reordered : flow.replays;
        if (before.count > 0) --before.count;
        if (!before.frames.empty()) before.frames.pop_back();
        restart(flow, sequence, at);
        return true;
    }
    last_old_ = sequence;
    old_came_late_ = false;
    flow.replays.add(at.frame);
    return false;
}

void FlowBuilder::restart(EspFlow& flow, std::uint64_t sequence, const Sighting& at) {
    before_ = Before{window_, flow.lowest, flow.highest, flow.unique, std::move(flow.gaps)};
    since_restart_ = {};
    since_restart_.add(at.frame);
    flow.restarts.add(at.frame);
    window_ = esp::ReplayWindow{window_size};
    window_.update(sequence);
    ring_.assign(remembered, {});
    flow.lowest = flow.highest = sequence;
    flow.unique = 1;
    flow.gaps.clear();
    last_old_ = 0;
}

bool FlowBuilder::goes_on_as_before(std::uint64_t sequence) const {
    constexpr std::uint64_t near = 64;
    return before_ && sequence > before_->highest && sequence - before_->highest <= near &&
           sequence > window_.highest() + 1;
}

/// The sender never stopped counting: somebody sent its old packets again, one after the other.
void FlowBuilder::revoke_restart(EspFlow& flow) {
    --flow.restarts.count;
    if (!flow.restarts.frames.empty()) flow.restarts.frames.pop_back();
    for (const auto frame : since_restart_.frames) flow.replays.add(frame);
    flow.replays.count += since_restart_.count - since_restart_.frames.size();
    window_ = before_->window;
    flow.lowest = before_->lowest;
    flow.highest = before_->highest;
    flow.unique = before_->unique;
    flow.gaps = std::move(before_->gaps);
    before_.reset();
}

}  // namespace ike::diagnose
