#include "libike/capture/secrets.hpp"

namespace ike {
namespace {

/// For one SA, where the order of the secrets does not help.
constexpr std::size_t most_choices = 4096;

/// Octets of g^ir: of elliptic curves the x coordinate alone (RFC 5903 section 7), of ML-KEM 32 whatever its
/// public value (FIPS 203 section 3.3). 0: not known.
std::size_t shared_size(KeId group) {
    if (group == KeId::ml_kem_512 || group == KeId::ml_kem_768 || group == KeId::ml_kem_1024) return 32;
    const auto size = crypto::public_value_size(group);
    const auto number = static_cast<unsigned>(group);
    const bool has_y = (number >= 19 && number <= 21) || (number >= 25 && number <= 30);
    return has_y ? size / 2 : size;
}

/// Nothing where the private value is that of neither side.
std::optional<SecretBytes> by_private_value(const SecretBytes& secret, const PublicValues& values) {
    const auto own = crypto::KeyExchange::from_private(values.group, secret);
    if (!own) return std::nullopt;
    const bool initiator = equal(own->public_value(), values.initiator);
    if (!initiator && !equal(own->public_value(), values.responder)) return std::nullopt;
    auto shared = own->agree(initiator ? values.responder : values.initiator);
    if (!shared) return std::nullopt;
    return std::move(*shared);
}

bool fits_size(const NeededSecret& needed, const SecretBytes& secret) {
    return needed.size == 0 || secret.size() == needed.size;
}

/// strongSwan's log has the secrets of all additional key exchanges as one.
std::optional<std::size_t> size_of_additional(std::span<const NeededSecret> needed) {
    if (needed.size() < 3) return std::nullopt;
    std::size_t sum = 0;
    for (const auto& each : needed.subspan(1)) {
        if (each.size == 0) return std::nullopt;
        sum += each.size;
    }
    return sum;
}

bool can_guess(const KeyStore& keys, const NeededSecret& needed) {
    return !needed.known.empty() ||
           std::ranges::any_of(keys.shared_secrets(),
                               [&](const SecretBytes& secret) { return fits_size(needed, secret); });
}

}  // namespace

NeededSecret needed_secret(const KeyStore& keys, const PublicValues& values) {
    NeededSecret needed;
    needed.size = shared_size(values.group);
    for (const auto& secret : keys.private_values()) {
        auto shared = by_private_value(secret, values);
        if (!shared) continue;
        needed.known = std::move(*shared);
        break;
    }
    return needed;
}

bool can_guess(const KeyStore& keys, std::span<const NeededSecret> needed) {
    if (std::ranges::all_of(needed, [&](const auto& each) { return can_guess(keys, each); })) return true;
    const auto sum = size_of_additional(needed);
    return sum && can_guess(keys, needed.front()) && can_guess(keys, NeededSecret{{}, *sum});
}

bool SecretGuesses::find(std::span<const NeededSecret> needed, const Fits& fits) {
    if (needed.empty()) return false;
    Candidates all;
    for (const auto& each : needed) all.push_back(candidates(each));
    if (find_in_order(all, fits)) return true;
    if (const auto sum = size_of_additional(needed)) {
        const NeededSecret rest{{}, *sum};
        Candidates joined;
        for (const auto* each : {&needed.front(), &rest}) joined.push_back(candidates(*each));
        if (find_in_order(joined, fits) || find_anywhere(joined, fits)) return true;
    }
    return find_anywhere(all, fits);
}

std::vector<SecretGuesses::Candidate> SecretGuesses::candidates(const NeededSecret& needed) const {
    if (!needed.known.empty()) return {{&needed.known, no_place}};
    std::vector<Candidate> found;
    const auto at_hand = keys_.shared_secrets();
    for (std::size_t place = 0; place < at_hand.size(); ++place) {
        if (fits_size(needed, at_hand[place])) found.push_back({&at_hand[place], place});
    }
    return found;
}

bool SecretGuesses::fits(const Choice& choice, const Fits& fits) {
    if (budget_ == 0) return false;
    --budget_;
    std::vector<SecretBytes> additional;
    for (const auto* each : std::span{choice}.subspan(1)) additional.push_back(each->secret->clone());
    if (!fits(choice.front()->secret->view(), additional)) return false;
    const auto last = choice.back()->place;
    if (last != no_place) fitted_ = last + 1;
    return true;
}

bool SecretGuesses::find_in_order(const Candidates& all, const Fits& fits) {
    const auto& first = all.front();
    const auto before = [&](const Candidate& each) { return each.place != no_place && each.place < fitted_; };
    const auto from = static_cast<std::size_t>(std::ranges::find_if_not(first, before) - first.begin());
    for (std::size_t i = 0; i < first.size(); ++i) {
        Choice choice{&first[(from + i) % first.size()]};
        auto place = choice.front()->place;
        for (const auto& candidates : std::span{all}.subspan(1)) {
            const auto behind = [&](const Candidate& each) {
                return each.place == no_place || place == no_place || each.place > place;
            };
            const auto found = std::ranges::find_if(candidates, behind);
            if (found == candidates.end()) break;
            choice.push_back(&*found);
            if (found->place != no_place) place = found->place;
        }
        if (choice.size() == all.size() && this->fits(choice, fits)) return true;
    }
    return false;
}

bool SecretGuesses::find_anywhere(const Candidates& all, const Fits& fits) {
    const bool nothing = std::ranges::any_of(all, [](const auto& candidates) { return candidates.empty(); });
    if (nothing || all.size() < 2) return false;
    std::vector<std::size_t> at(all.size(), 0);
    for (std::size_t tried = 0; tried < most_choices; ++tried) {
        Choice choice;
        for (std::size_t i = 0; i < all.size(); ++i) choice.push_back(&all[i][at[i]]);
        if (this->fits(choice, fits)) return true;
        std::size_t next = all.size();
        while (next > 0 && ++at[next - 1] == all[next - 1].size()) at[--next] = 0;
        if (next == 0) return false;
    }
    return false;
}

}  // namespace ike
