// Which of the offered proposals is taken, and whether an answer was offered at all (RFC 7296 section 3.3.6).
#include "libike/registry/sequence_numbers.hpp"
#include "libike/sa/suite.hpp"

namespace ike {

namespace {

/// Where an absent type means the same as one transform id standing alone: NONE, or 32-bit sequence numbers.
bool has_neutral(TransformType type) {
    return type == TransformType::integ || type == TransformType::sn || is_key_exchange(type);
}
constexpr std::uint16_t neutral_id = 0;  // NONE of INTEG and KE, "32-bit Sequential Numbers" of SN
static_assert(static_cast<std::uint16_t>(IntegId::none) == neutral_id &&
              static_cast<std::uint16_t>(KeId::none) == neutral_id &&
              static_cast<std::uint16_t>(SequenceNumbers::no_esn) == neutral_id);

/// A transform with an attribute that is not understood, or with two key lengths, may not be accepted (RFC
/// 7296 section 3.3.6).
bool is_understood(const Transform& transform) {
    return transform.attributes.empty() || (transform.attributes.size() == 1 &&
                                            transform.attributes.front().type == AttributeType::key_length &&
                                            transform.attributes.front().fixed);
}
bool is_same(const Transform& a, const Transform& b) {
    return a.type == b.type && a.id == b.id && a.key_length() == b.key_length();
}

/// What one side says about one type. `implied` is the neutral transform that absence stands for.
struct Side {
    std::vector<const Transform*> transforms;
    bool implied = false;
    bool has(const Transform& wanted) const {
        if (implied) return wanted.id == neutral_id;
        return std::ranges::any_of(transforms, [&](const Transform* each) { return is_same(*each, wanted); });
    }
};

const Transform& neutral(TransformType type) {
    static const auto made = [] {
        std::array<Transform, 256> table;
        for (std::size_t i = 0; i < table.size(); ++i) table[i].type = static_cast<TransformType>(i);
        return table;
    }();
    return made[static_cast<std::size_t>(type)];
}

Side side(const Proposal& proposal, TransformType type) {
    Side found;
    for (const auto& transform : proposal.transforms) {
        if (transform.type == type) found.transforms.push_back(&transform);
    }
    found.implied = found.transforms.empty() && has_neutral(type);
    if (found.implied) found.transforms.push_back(&neutral(type));
    return found;
}

/// Chooses the transforms of one pair of proposals, type by type.
class Selection {
public:
    Selection(const Proposal& offered, const Proposal& acceptable, Preference preference)
        : offered_{offered}, acceptable_{acceptable}, preference_{preference} {}

    std::optional<Proposal> run() {
        if (offered_.protocol != acceptable_.protocol) return std::nullopt;
        for (const auto& proposal : {&offered_, &acceptable_}) {
            for (const auto& transform : proposal->transforms) add_type(transform.type);
        }
        add_type(TransformType::integ);
        std::ranges::sort(types_);
        answer_.number = offered_.number;
        answer_.protocol = offered_.protocol;
        answer_.spi = offered_.spi;
        for (const auto type : types_) {
            if (!choose(type)) return std::nullopt;
        }
        return std::move(answer_);
    }

private:
    void add_type(TransformType type) {
        if (preference_.ignore_ke && is_key_exchange(type)) return;
        if (std::ranges::find(types_, type) == types_.end()) types_.push_back(type);
    }
    bool choose(TransformType type) {
        const auto theirs = side(offered_, type);
        const auto ours = side(acceptable_, type);
        const auto& first = preference_.offered_first ? theirs : ours;
        const auto& second = preference_.offered_first ? ours : theirs;
        for (const auto* transform : first.transforms) {
            if (!second.has(*transform) || !is_understood(*transform) || !suits(*transform)) continue;
            if (type == TransformType::encr) encr_ = static_cast<EncrId>(transform->id);
            // What was only implied is not said in the answer either: it must be a transform of the offer.
            if (!theirs.implied) put(*transform);
            return true;
        }
        return false;
    }
    /// What the types chosen before leave open to this one.
    bool suits(const Transform& transform) const {
        if (transform.type == TransformType::encr)
            return has_integrity_for(static_cast<EncrId>(transform.id));
        if (transform.type == TransformType::integ) return integrity_suits(encr_, transform);
        if (!is_key_exchange(transform.type) || transform.id == neutral_id) return true;
        // RFC 9370: the same method is not used twice in one sequence of exchanges.
        return std::ranges::none_of(answer_.transforms, [&](const Transform& chosen) {
            return is_key_exchange(chosen.type) && chosen.id == transform.id;
        });
    }
    /// An AEAD goes with NONE; other ciphers want an algorithm, except in ESP where both sides may do
    /// without.
    bool integrity_suits(EncrId encr, const Transform& integ) const {
        if (is_aead(encr)) return integ.id == neutral_id;
        return integ.id != neutral_id || offered_.protocol != ProtocolId::ike;
    }
    bool has_integrity_for(EncrId encr) const {
        const auto theirs = side(offered_, TransformType::integ);
        const auto ours = side(acceptable_, TransformType::integ);
        return std::ranges::any_of(theirs.transforms, [&](const Transform* each) {
            return ours.has(*each) && is_understood(*each) && integrity_suits(encr, *each);
        });
    }
    void put(const Transform& transform) {
        Transform plain;
        plain.type = transform.type;
        plain.id = transform.id;
        plain.attributes = transform.attributes;
        answer_.transforms.push_back(std::move(plain));
    }

    const Proposal& offered_;
    const Proposal& acceptable_;
    Preference preference_;
    std::vector<TransformType> types_;
    EncrId encr_{};
    Proposal answer_;
};

}  // namespace

std::optional<Proposal> choose(std::span<const Proposal> offered, std::span<const Proposal> acceptable,
                               Preference preference) {
    const auto outer = preference.offered_first ? offered : acceptable;
    const auto inner = preference.offered_first ? acceptable : offered;
    for (const auto& a : outer) {
        for (const auto& b : inner) {
            const auto& theirs = preference.offered_first ? a : b;
            const auto& ours = preference.offered_first ? b : a;
            if (auto answer = Selection{theirs, ours, preference}.run()) return answer;
        }
    }
    return std::nullopt;
}

namespace {

bool answers(const Proposal& answer, const Proposal& offer, Preference preference) {
    if (answer.protocol != offer.protocol || answer.number != offer.number) return false;
    for (const auto& transform : answer.transforms) {
        if (preference.ignore_ke && is_key_exchange(transform.type)) {
            if (transform.id != neutral_id) return false;
            continue;
        }
        if (side(answer, transform.type).transforms.size() != 1) return false;
        if (!is_understood(transform) || !side(offer, transform.type).has(transform)) return false;
    }
    for (const auto& transform : offer.transforms) {
        if (preference.ignore_ke && is_key_exchange(transform.type)) continue;
        const auto said = side(answer, transform.type);
        if (said.transforms.empty()) return false;
        if (!said.implied) continue;
        // Left out of the answer: fine where the offer allows its neutral value, or an AEAD makes INTEG
        // pointless.
        const auto encr = side(answer, TransformType::encr);
        const bool aead =
            !encr.transforms.empty() && is_aead(static_cast<EncrId>(encr.transforms.front()->id));
        if (!side(offer, transform.type).has(neutral(transform.type)) &&
            !(aead && transform.type == TransformType::integ)) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool is_valid_choice(const Proposal& answer, std::span<const Proposal> offered, Preference preference) {
    return std::ranges::any_of(offered,
                               [&](const Proposal& offer) { return answers(answer, offer, preference); });
}

}  // namespace ike
