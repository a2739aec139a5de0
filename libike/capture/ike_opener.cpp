#include "libike/capture/ike_opener.hpp"

#include <array>
#include <ranges>

namespace ike {
namespace {

/// Keyed ciphers held at once; each takes a few KiB.
constexpr std::size_t most_protections = 128;
constexpr std::uint8_t most_searches = 4;
constexpr std::size_t widest_search = 512;

bool same_algorithms(const IkeSuite& a, const IkeSuite& b) {
    return a.encr == b.encr && a.key_bits == b.key_bits && a.integ == b.integ;
}

}  // namespace

void IkeOpener::expect(ByteView datagram, Ahead& ahead) const {
    const auto& header = ahead.header;
    ahead.data = ike_header_size + (header.next == PayloadType::sk ? 4 : 8);
    const bool sealed = header.next == PayloadType::sk || header.next == PayloadType::skf;
    if (!sealed || ahead.data > datagram.size()) return;
    ahead.step = Ahead::Step::expected;
    ahead.datagram = datagram;
    keys_.expect_ike({header.initiator_spi, header.responder_spi});
}

void IkeOpener::open_ahead(std::span<Ahead* const> several) {
    using Step = Ahead::Step;
    for (const auto* each : several)
        keys_.expect_ike_more({each->header.initiator_spi, each->header.responder_spi});
    for (auto* each : several) {
        const auto own = keys_.ike({each->header.initiator_spi, each->header.responder_spi});
        each->step = own.empty() ? Step::none : Step::found;
        if (own.empty()) continue;
        each->key = own.back();
        __builtin_prefetch(&keys_.ike(each->key).suite);
        __builtin_prefetch(&keys_.ike(each->key).keys);
    }
    for (auto* each : several) {
        if (each->step != Step::found) continue;
        const auto& keys = keys_.ike(each->key).keys;
        const bool from_initiator = each->header.from_initiator();
        __builtin_prefetch((from_initiator ? keys.ei : keys.er).view().data());
        __builtin_prefetch((from_initiator ? keys.ai : keys.ar).view().data());
    }
    for (auto* each : several) {
        if (each->step != Step::found) continue;
        each->outcome = try_key(each->key, {each->header, each->datagram, each->data}, each->content);
        each->step = Step::opened;
    }
}

IkeOpener::Outcome IkeOpener::open(const Sealed& sealed, IkeKeyChoice& choice, SecretBytes& content) {
    if (choice.key) {
        const auto outcome = try_key(*choice.key, sealed, content);
        if (outcome != Outcome::mismatch) return outcome;
    }
    const auto& header = sealed.header;
    const auto own = keys_.ike({header.initiator_spi, header.responder_spi});
    auto outcome = try_keys(own, sealed, choice, content);
    if (outcome != Outcome::no_keys && outcome != Outcome::mismatch) return outcome;
    if (search(sealed, choice, content) == Outcome::opened) return Outcome::opened;
    if (choice.key) outcome = Outcome::mismatch;
    if (outcome != Outcome::mismatch) return outcome;
    const std::array last{choice.key.value_or(0)};
    return open_unverified(choice.key ? Indexes{last} : own, sealed, content) == Outcome::forged
               ? Outcome::forged
               : outcome;
}

IkeOpener::Outcome IkeOpener::open_unverified(Indexes keys, const Sealed& sealed, SecretBytes& content) {
    const auto outer = read_message(sealed.datagram);
    if (!outer || outer->message.payloads.empty()) return Outcome::no_keys;
    const auto* sk = std::get_if<SkPayload>(&outer->message.payloads.back().body);
    for (const auto at : keys) {
        auto* keyed = sk != nullptr ? protection(at, sealed.header) : nullptr;
        if (keyed == nullptr) continue;
        auto opened = keyed->open_unverified(sealed.datagram);
        if (!opened) continue;
        const auto chain = read_chain(sk->first, opened->view());
        const bool sensible =
            !chain.error && !chain.payloads.empty() &&
            std::ranges::none_of(chain.payloads, [](const Payload& each) { return each.error.has_value(); });
        if (!sensible) continue;
        content = std::move(*opened);
        return Outcome::forged;
    }
    return Outcome::no_keys;
}

IkeOpener::Outcome IkeOpener::try_keys(Indexes keys, const Sealed& sealed, IkeKeyChoice& choice,
                                       SecretBytes& content) {
    auto best = Outcome::no_keys;
    // The newest first: after an IKE_INTERMEDIATE the older ones serve no more.
    for (const auto at : std::views::reverse(keys)) {
        if (choice.key == at) continue;
        const auto outcome = try_key(at, sealed, content);
        if (outcome == Outcome::opened || outcome == Outcome::padding) {
            choice.key = at;
            return outcome;
        }
        if (best == Outcome::no_keys || outcome == Outcome::mismatch) best = outcome;
    }
    return best;
}

/// Other SAs' keys: first those that share their SPIs with others, where misplaced keys are to be expected.
IkeOpener::Outcome IkeOpener::search(const Sealed& sealed, IkeKeyChoice& choice, SecretBytes& content) {
    if (choice.searches == most_searches || (choice.key && !choice.may_change)) return Outcome::no_keys;
    ++choice.searches;
    for (std::size_t pass = 0; pass < 2; ++pass) {
        std::size_t tried = 0;
        for (std::size_t at = 0; at < keys_.ike_count() && tried < widest_search; ++at) {
            if (search_budget_ == 0) return Outcome::no_keys;
            const auto index = static_cast<KeyStore::Index>(at);
            const auto& record = keys_.ike(index);
            const bool shares = keys_.ike({record.spi_i, record.spi_r}).size() > 1;
            if (shares != (pass == 0)) continue;
            --search_budget_;
            ++tried;
            if (try_key(index, sealed, content) != Outcome::opened) continue;
            choice.key = index;
            choice.may_change = false;
            return Outcome::opened;
        }
    }
    return Outcome::no_keys;
}

IkeOpener::Outcome IkeOpener::try_key(KeyStore::Index at, const Sealed& sealed, SecretBytes& content) {
    if (auto* ahead = sealed.ahead; ahead != nullptr && ahead->step == Ahead::Step::opened &&
                                    ahead->key == at && ahead->data == sealed.data) {
        ahead->step = Ahead::Step::none;
        std::swap(content, ahead->content);
        return ahead->outcome;
    }
    auto* keyed = protection(at, sealed.header);
    if (keyed == nullptr) return Outcome::unusable;
    // Where the payload could not be found there is nothing that a key could open.
    const auto error = sealed.data != 0 ? keyed->open_to(sealed.datagram, sealed.data, content)
                                        : OpenError{OpenError::Kind::outer, {}};
    if (!error) return Outcome::opened;
    switch (error->kind) {
        case OpenError::Kind::truncated:
            return Outcome::truncated;
        case OpenError::Kind::padding:
            return Outcome::padding;
        default:
            return Outcome::mismatch;
    }
}

SkProtection* IkeOpener::protection(KeyStore::Index at, const Header& header) {
    protections_.resize(most_protections);
    const bool from_initiator = header.from_initiator();
    auto& slot = protections_[at % most_protections];
    auto& direction = from_initiator ? slot.initiator : slot.responder;
    if (direction.key == at) return &*direction.keyed;
    direction.key.reset();
    const auto& record = keys_.ike(at);
    const auto& keys = record.keys;
    if (keys.ei.empty() && record.suite.encr != EncrId::null_encr) return nullptr;
    const auto& encr = from_initiator ? keys.ei : keys.er;
    const auto& integ = from_initiator ? keys.ai : keys.ar;
    auto& keyed = direction.keyed;
    if (!keyed || !same_algorithms(keyed->suite(), record.suite) || !keyed->rekey(encr, integ)) {
        auto made = SkProtection::create(record.suite, encr, integ);
        if (!made) return nullptr;
        keyed.emplace(std::move(*made));
    }
    direction.key = at;
    return &*keyed;
}

}  // namespace ike
