#include "libike/capture/ike_opener.hpp"

#include <array>
#include <ranges>

namespace ike {
namespace {

/// Keyed ciphers held at once; each takes a few KiB.
constexpr std::size_t most_protections = 128;
constexpr std::uint8_t most_searches = 4;
constexpr std::size_t widest_search = 512;

}  // namespace

IkeOpener::Opened IkeOpener::open(const Header& header, ByteView datagram, IkeKeyChoice& choice) {
    if (choice.key) {
        auto opened = try_key(*choice.key, header, datagram);
        if (opened.outcome != Outcome::mismatch) return opened;
    }
    auto opened = try_keys(keys_.ike({header.initiator_spi, header.responder_spi}), header, datagram, choice);
    if (opened.outcome != Outcome::no_keys && opened.outcome != Outcome::mismatch) return opened;
    if (auto found = search(header, datagram, choice); found.outcome == Outcome::opened) return found;
    if (choice.key) opened.outcome = Outcome::mismatch;
    if (opened.outcome != Outcome::mismatch) return opened;
    const std::array last{choice.key.value_or(0)};
    auto shown = choice.key ? open_unverified(last, header, datagram)
                            : open_unverified(keys_.ike({header.initiator_spi, header.responder_spi}), header,
                                              datagram);
    return shown.outcome == Outcome::forged ? std::move(shown) : std::move(opened);
}

IkeOpener::Opened IkeOpener::open_unverified(std::span<const KeyStore::Index> keys, const Header& header,
                                             ByteView datagram) {
    const auto outer = read_message(datagram);
    if (!outer || outer->message.payloads.empty()) return {};
    const auto* sk = std::get_if<SkPayload>(&outer->message.payloads.back().body);
    for (const auto at : keys) {
        auto* keyed = sk != nullptr ? protection(at, header) : nullptr;
        if (keyed == nullptr) continue;
        auto content = keyed->open_unverified(datagram);
        if (!content) continue;
        const auto chain = read_chain(sk->first, content->view());
        const bool sensible =
            !chain.error && !chain.payloads.empty() &&
            std::ranges::none_of(chain.payloads, [](const Payload& each) { return each.error.has_value(); });
        if (sensible) return {Outcome::forged, std::move(*content)};
    }
    return {};
}

IkeOpener::Opened IkeOpener::try_keys(std::span<const KeyStore::Index> keys, const Header& header,
                                      ByteView datagram, IkeKeyChoice& choice) {
    Opened best{Outcome::no_keys, {}};
    // The newest first: after an IKE_INTERMEDIATE the older ones serve no more.
    for (const auto at : std::views::reverse(keys)) {
        if (choice.key == at) continue;
        auto opened = try_key(at, header, datagram);
        if (opened.outcome == Outcome::opened || opened.outcome == Outcome::padding) {
            choice.key = at;
            return opened;
        }
        if (best.outcome == Outcome::no_keys || opened.outcome == Outcome::mismatch) best = std::move(opened);
    }
    return best;
}

/// Other SAs' keys: first those that share their SPIs with others, where misplaced keys are to be expected.
IkeOpener::Opened IkeOpener::search(const Header& header, ByteView datagram, IkeKeyChoice& choice) {
    if (choice.searches == most_searches || (choice.key && !choice.may_change)) return {Outcome::no_keys, {}};
    ++choice.searches;
    for (std::size_t pass = 0; pass < 2; ++pass) {
        std::size_t tried = 0;
        for (std::size_t at = 0; at < keys_.ike_count() && tried < widest_search; ++at) {
            if (search_budget_ == 0) return {Outcome::no_keys, {}};
            const auto index = static_cast<KeyStore::Index>(at);
            const auto& record = keys_.ike(index);
            const bool shares = keys_.ike({record.spi_i, record.spi_r}).size() > 1;
            if (shares != (pass == 0)) continue;
            --search_budget_;
            ++tried;
            auto opened = try_key(index, header, datagram);
            if (opened.outcome != Outcome::opened) continue;
            choice.key = index;
            choice.may_change = false;
            return opened;
        }
    }
    return {Outcome::no_keys, {}};
}

IkeOpener::Opened IkeOpener::try_key(KeyStore::Index at, const Header& header, ByteView datagram) {
    auto* keyed = protection(at, header);
    if (keyed == nullptr) return {Outcome::unusable, {}};
    auto content = keyed->open(datagram);
    if (content) return {Outcome::opened, std::move(*content)};
    switch (content.error().kind) {
        case OpenError::Kind::truncated:
            return {Outcome::truncated, {}};
        case OpenError::Kind::padding:
            return {Outcome::padding, {}};
        default:
            return {Outcome::mismatch, {}};
    }
}

SkProtection* IkeOpener::protection(KeyStore::Index at, const Header& header) {
    protections_.resize(most_protections);
    auto& slot = protections_[at % most_protections];
    if (slot.key != at) {
        slot.initiator.reset();
        slot.responder.reset();
        slot.key = at;
    }
    const bool from_initiator = header.from_initiator();
    auto& keyed = from_initiator ? slot.initiator : slot.responder;
    if (!keyed) {
        const auto& record = keys_.ike(at);
        const auto& keys = record.keys;
        if (keys.ei.empty() && record.suite.encr != EncrId::null_encr) return nullptr;
        auto made = from_initiator ? SkProtection::create(record.suite, keys.ei, keys.ai)
                                   : SkProtection::create(record.suite, keys.er, keys.ar);
        if (!made) return nullptr;
        keyed.emplace(std::move(*made));
    }
    return &*keyed;
}

}  // namespace ike
