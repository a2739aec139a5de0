#include "libike/mtu/mtu_search.hpp"

#include <cmath>

namespace ike {

std::span<const std::size_t> mtu_plateaus() {
    static constexpr std::size_t sizes[] = {
        65535, 32000, 17914, 9216, 9000, 8166, 4352, 2002, 1500, 1492, 1480, 1476, 1460,
        1454,  1440,  1420,  1400, 1380, 1358, 1280, 1200, 1006, 576,  508,  296,
    };
    return sizes;
}

std::string_view to_string(MtuState state) {
    switch (state) {
        case MtuState::base:
            return "base";
        case MtuState::searching:
            return "searching";
        case MtuState::confirming:
            return "confirming";
        case MtuState::complete:
            return "complete";
        case MtuState::silent:
            return "silent";
    }
    return "?";
}

MtuSearch::MtuSearch(MtuPolicy policy) : policy_{policy} {
    policy_.step = std::max<std::size_t>(policy_.step, 1);
    policy_.ceiling = std::max<std::size_t>(policy_.ceiling, 1);
    policy_.floor = rounded(policy_.floor);
    policy_.base = std::max(rounded(policy_.base), policy_.floor);
    policy_.losses = std::max(policy_.losses, 1U);
    policy_.losses_limit = std::max(policy_.losses_limit, policy_.losses);
    policy_.error = std::clamp(policy_.error, 1e-12, 0.5);
    fails_ = limit();
}

/// The size on the grid that is not larger, or the grid's smallest.
std::size_t MtuSearch::rounded(std::size_t size) const {
    const auto ceiling = policy_.ceiling, step = policy_.step;
    if (size >= ceiling) return ceiling;
    const auto below = (ceiling - size + step - 1) / step * step;
    return below < ceiling ? ceiling - below : ceiling % step == 0 ? step : ceiling % step;
}

/// The first size that cannot be sent at all.
std::size_t MtuSearch::limit() const { return policy_.ceiling + policy_.step; }

/// Losses in a row of `size` that count as a verdict: by the loss rate of sizes that pass, of which a sample
/// of none lost is not taken for a rate of zero (half a loss is added).
unsigned MtuSearch::losses_demanded(std::size_t size) const {
    double answered = 0, lost = 0.5;
    for (const auto& [other, tally] : tallies_) {
        if (other > passes_) break;
        answered += tally.answered;
        // The row of losses that is being judged says nothing about the path's own rate.
        lost += other == size ? tally.lost - tally.lost_in_row : tally.lost;
    }
    const double rate = std::min(lost / (answered + lost + 0.5), 0.9);
    const auto wanted = static_cast<unsigned>(std::ceil(std::log(policy_.error) / std::log(rate)));
    return std::clamp(wanted, policy_.losses, policy_.losses_limit);
}

Duration MtuSearch::timeout() const {
    if (!smoothed_) return std::clamp(policy_.timeout, policy_.shortest_timeout, policy_.longest_timeout);
    return std::clamp(*smoothed_ + 4 * *variation_, policy_.shortest_timeout, policy_.longest_timeout);
}

std::optional<Instant> MtuSearch::deadline() const {
    if (over()) return std::nullopt;
    if (out_) return sent_.at(*out_).sent + timeout();
    return not_before_.value_or(Instant{});
}

/// The size in (passes_, fails_) that tells most: the ceiling first, since most paths have it; what ICMP
/// reported and the size above it; then plateaus, halving; then octets, with a plateau taken for exact until
/// the next size passes too.
std::size_t MtuSearch::choose() const {
    const auto step = policy_.step;
    if (fails_ == limit()) return policy_.ceiling;
    if (hint_) {
        const auto hint = rounded(*hint_);
        if (hint > passes_ && hint < fails_) return hint;
        if (hint == passes_) return hint + step;
    }
    std::vector<std::size_t> between;
    bool on_plateau = false;
    for (const auto plateau : policy_.plateaus) {
        const auto size = rounded(plateau);
        on_plateau |= size == passes_;
        if (size > passes_ && size < fails_ && (between.empty() || between.back() != size)) {
            between.push_back(size);
        }
    }
    if (!between.empty()) return between[between.size() / 2];
    const bool just_found = fails_ - passes_ > 2 * step;
    if (on_plateau && just_found) return passes_ + step;
    return passes_ + (fails_ - passes_) / (2 * step) * step;
}

std::size_t MtuSearch::candidate() const {
    switch (state_) {
        case MtuState::base:
            return passes_ == 0 && tallies_.contains(policy_.base) &&
                           tallies_.at(policy_.base).lost_in_row >= policy_.base_losses
                       ? policy_.floor
                       : policy_.base;
        case MtuState::searching:
            return control_next_ ? passes_ : choose();
        default:
            break;
    }
    const auto found = tallies_.find(fails_);
    const bool doubted = fails_ < limit() && found != tallies_.end() && !found->second.refused &&
                         found->second.lost_in_row < 2 * losses_demanded(fails_);
    return doubted && !control_next_ ? fails_ : passes_;
}

std::optional<MtuProbe> MtuSearch::step(Instant now) {
    if (out_ && now >= sent_.at(*out_).sent + timeout()) lost(*out_);
    if (over() || out_ || (not_before_ && now < *not_before_)) return std::nullopt;
    const MtuProbe probe{++last_number_, candidate()};
    sent_.insert({probe.number, Flight{probe, now}});
    // Answers later than this are of no use to anyone.
    constexpr std::size_t remembered = 64;
    if (sent_.size() > remembered) sent_.erase(sent_.begin());
    out_ = probe.number;
    not_before_ = now + policy_.spacing;
    return probe;
}

void MtuSearch::answered(std::uint32_t number, Instant now) {
    const auto found = sent_.find(number);
    if (found == sent_.end()) return;
    const auto flight = found->second;
    sent_.erase(found);
    auto& tally = tallies_[flight.probe.size];
    if (out_ == number) {
        out_.reset();
    } else if (tally.lost > 0) {
        --tally.lost;  // it was late, not lost
    }
    ++tally.answered;
    // RFC 6298 section 2; each probe has its number, so a late answer is a sample like any other.
    const Duration trip = now - flight.sent;
    if (!smoothed_) {
        smoothed_ = trip;
        variation_ = trip / 2;
    } else {
        const Duration off = trip > *smoothed_ ? trip - *smoothed_ : *smoothed_ - trip;
        variation_ = (3 * *variation_ + off) / 4;
        smoothed_ = (7 * *smoothed_ + trip) / 8;
    }
    pass(flight.probe.size);
}

void MtuSearch::pass(std::size_t size) {
    auto& tally = tallies_[size];
    tally.lost_in_row = 0;
    tally.too_large = false;
    control_next_ = false;
    passes_ = std::max(passes_, size);
    if (passes_ >= fails_) {  // an answer overturns every verdict on sizes up to it
        fails_ = limit();
        for (auto& [other, about] : tallies_) {
            if (other <= passes_) {
                about.too_large = false;
                about.lost_in_row = 0;
            } else if (about.too_large) {
                fails_ = other;
                break;
            }
        }
    }
    settle();
}

void MtuSearch::lost(std::uint32_t number) {
    if (out_ != number) return;
    const auto size = sent_.at(number).probe.size;
    out_.reset();
    conclude_loss(size);
}

void MtuSearch::conclude_loss(std::size_t size) {
    auto& tally = tallies_[size];
    ++tally.lost;
    ++tally.lost_in_row;
    if (state_ == MtuState::base) {
        const bool last = size == policy_.floor && tally.lost_in_row >= policy_.base_losses;
        if (last) state_ = MtuState::silent;
        return;
    }
    if (size <= passes_) {  // the control was lost too: the path may be down, or smaller than it was
        if (tally.lost_in_row >= std::max(losses_demanded(size), policy_.base_losses)) shrink();
        return;
    }
    if (tally.lost_in_row >= losses_demanded(size) && !tally.too_large) condemn(size);
    control_next_ = true;  // a loss counts against a size only while others get through
    settle();
}

void MtuSearch::condemn(std::size_t size) {
    tallies_[size].too_large = true;
    fails_ = std::min(fails_, size);
}

void MtuSearch::refused(std::uint32_t number) {
    if (out_ != number) return;
    const auto size = sent_.at(number).probe.size;
    out_.reset();
    if (state_ == MtuState::base && size == policy_.floor) {
        state_ = MtuState::silent;
        return;
    }
    if (size <= passes_) return shrink();
    auto& tally = tallies_[size];
    tally.refused = true;
    if (state_ == MtuState::base) {
        tally.lost_in_row = policy_.base_losses;  // on to the floor
        return;
    }
    condemn(size);
    settle();
}

/// The largest size that passed does not any more, while it did for long: begin anew below it.
void MtuSearch::shrink() {
    path_shrank_ = true;
    const auto was = passes_;
    tallies_.clear();
    sent_.clear();  // answers from before the change prove nothing now
    passes_ = 0;
    fails_ = limit();
    control_next_ = false;
    state_ = MtuState::base;
    if (was > policy_.floor) {
        policy_.base = std::min(policy_.base, rounded(was - policy_.step));
        policy_.base = std::max(policy_.base, policy_.floor);
    }
}

void MtuSearch::too_big(std::size_t next_hop) {
    reported_ = next_hop;
    // RFC 8899 section 4.6.2: what cannot be true, or tells nothing new, is not looked at.
    if (next_hop >= policy_.floor && next_hop < fails_) hint_ = next_hop;
}

/// The state that what is known amounts to.
void MtuSearch::settle() {
    if (passes_ == 0) return;
    if (state_ == MtuState::base) state_ = MtuState::searching;
    if (fails_ - passes_ > policy_.step) {
        state_ = MtuState::searching;
        return;
    }
    state_ = MtuState::confirming;
    const bool sure_below = tallies_[passes_].answered >= policy_.confirmations;
    const auto found = tallies_.find(fails_);
    const bool sure_above =
        fails_ == limit() ||
        (found != tallies_.end() &&
         (found->second.refused || found->second.lost_in_row >= 2 * losses_demanded(fails_)));
    if (sure_below && sure_above) state_ = MtuState::complete;
}

MtuResult MtuSearch::result() const {
    MtuResult result{.state = state_,
                     .passes = passes_,
                     .fails = {},
                     .sent = last_number_,
                     .lost_below = 0,
                     .sent_below = 0,
                     .losses_demanded = losses_demanded(fails_),
                     .reported = reported_,
                     .path_shrank = path_shrank_};
    if (fails_ != limit()) result.fails = fails_;
    for (const auto& [size, tally] : tallies_) {
        if (size > passes_) break;
        result.lost_below += tally.lost;
        result.sent_below += tally.lost + tally.answered;
    }
    return result;
}

}  // namespace ike
