// The keys of SAs that opened exchanges made: derived, or found among the secrets at hand by the ICV of a
// packet, or what is missing for them.
#include "libike/capture/tracker.hpp"
#include "libike/sa/sealed.hpp"

namespace ike {
namespace {

/// Packets that none of the secrets at hand opened, until no more are tried: some may be damaged.
constexpr std::uint8_t most_tries = 4;
/// High halves of extended sequence numbers that are tried (RFC 4303 section 2.2.1).
constexpr std::uint32_t most_high_halves = 4;
/// Keys that are kept where nothing tells which are right.
constexpr std::size_t most_unproven = 64;

bool opens(const IkeSuite& suite, const IkeKeys& keys, const Header& header, ByteView datagram) {
    auto keyed = header.from_initiator() ? SkProtection::create(suite, keys.ei, keys.ai)
                                         : SkProtection::create(suite, keys.er, keys.ar);
    if (!keyed) return false;
    const auto content = keyed->open(datagram);
    return content || content.error().kind == OpenError::Kind::padding;
}

bool opens(const EspSuite& suite, const SecretBytes& encr, const SecretBytes& integ, ByteView packet) {
    auto inbound = esp::Inbound::create(0, suite, encr, integ, 0);
    if (!inbound) return false;
    for (std::uint32_t high = 0; high < (suite.esn ? most_high_halves : 1); ++high) {
        auto copy = to_bytes(packet);
        if (inbound->open_at(copy, high)) return true;
    }
    return false;
}

bool has_icv(const EspSuite& suite) { return is_aead(suite.encr) || suite.integ != IntegId::none; }

}  // namespace

/// Notes an SA for which there are no keys: what they follow from, else what is missing.
void Tracker::lock(const SaMemory& sa, UnfinishedSa& made) {
    auto& seed = made.seed;
    const bool child = seed.from == SaSeed::From::child;
    const auto spi_i = static_cast<std::uint32_t>(seed.spis.initiator);
    const auto spi_r = static_cast<std::uint32_t>(seed.spis.responder);
    if (child && !keys_.esp(spi_i).empty() && !keys_.esp(spi_r).empty()) return;
    if (!child && has_own_keys(seed)) return;
    LockedSa locked;
    auto& missing = locked.missing;
    missing.of = child ? MissingKeys::Of::child : MissingKeys::Of::rekeyed_ike;
    const auto more = std::visit([](const auto& suite) { return suite.additional.size(); }, seed.suite);
    const bool finished = made.link.empty();
    missing.frame = made.frame;
    missing.followups = finished ? std::move(made.followups) : made.followups;
    missing.exchanges = finished ? seed.secrets.size() : std::max(1 + more, seed.secrets.size() + 1);
    missing.secrets = !finished || !can_guess(keys_, seed.secrets);
    const auto& record = keys_.ike(*sa.keys.key);
    missing.sk_d = record.keys.d.empty() || !crypto::supported(record.suite.prf);
    const auto [nonce_i, nonce_r] = nonces(seed);
    const bool has_nonces = !nonce_i.empty() && !nonce_r.empty();
    missing.nonces = child && !missing.secrets && !missing.sk_d && !has_nonces;
    locked.unusable = made.unusable;
    const bool derivable = has_nonces && (child || !seed.secrets.empty()) && made.unusable.empty();
    const auto spis = seed.spis;
    if (derivable && !missing.secrets && !missing.sk_d)
        locked.seed = std::make_unique<SaSeed>(std::move(seed));
    if (!child) {
        locked_ike_[spis] = std::move(locked);
    } else {
        locked_esp_[spi_i] = locked_esp_[spi_r] = std::make_shared<LockedSa>(std::move(locked));
    }
}

/// Whether a successor's keys are known already; a shared secret that is known for it serves as a key would.
bool Tracker::has_own_keys(SaSeed& seed) const {
    for (const auto at : keys_.ike(seed.spis)) {
        const auto& known = keys_.ike(at);
        if (!known.keys.ei.empty()) return true;
        if (!known.shared_secret.empty() && seed.secrets.size() == 1)
            seed.secrets.front().known = known.shared_secret.clone();
    }
    return false;
}

/// Those of its exchange, else those of IKE_SA_INIT: the log's count first, the capture may lack them.
std::pair<ByteView, ByteView> Tracker::nonces(const SaSeed& seed) {
    if (seed.from != SaSeed::From::child) return {seed.nonce_i, seed.nonce_r};
    const auto& record = keys_.ike(seed.ike_keys);
    const auto* init = inits_.find(seed.init);
    const auto* seen = init != nullptr ? init->nonces.get() : nullptr;
    const auto first = [&](const Bytes& own, const Bytes& logged, NonceMemory Nonces::*which) -> ByteView {
        if (!own.empty()) return own;
        if (!logged.empty()) return logged;
        return seen != nullptr ? ByteView{seen->*which} : ByteView{};
    };
    return {first(seed.nonce_i, record.nonce_i, &Nonces::i), first(seed.nonce_r, record.nonce_r, &Nonces::r)};
}

/// Derives the keys of the Child SA of the ESP packet at hand, once; false when nothing new is known.
bool Tracker::unlock_child() {
    const auto* found = locked_esp_.find(seen_.esp.spi);
    if (found == nullptr || !(*found)->seed || (*found)->tries == most_tries) return false;
    const auto locked = *found;
    const auto& seed = *locked->seed;
    const auto& suite = std::get<EspSuite>(seed.suite);
    const auto& record = keys_.ike(seed.ike_keys);
    const auto [nonce_i, nonce_r] = nonces(seed);
    if (nonce_i.empty() || nonce_r.empty()) {
        // They were known when the Child SA was created: its IKE_SA_INIT was forgotten since.
        locked->missing.nonces = true;
        locked->seed.reset();
        return false;
    }
    const auto spi_i = static_cast<std::uint32_t>(seed.spis.initiator);
    const auto spi_r = static_cast<std::uint32_t>(seed.spis.responder);
    const auto fits = [&](const ChildKeys& keys) {
        const auto packet = seen_.what.octets;
        return (seen_.esp.spi == spi_r && opens(suite, keys.ei, keys.ai, packet)) ||
               (seen_.esp.spi == spi_i && opens(suite, keys.er, keys.ar, packet));
    };
    // Without PFS nothing is guessed, and without an ICV nothing proves a guess.
    const bool proves = !seed.secrets.empty() && has_icv(suite);
    std::size_t added = 0;
    const auto take = [&](ByteView shared, std::span<const SecretBytes> additional) {
        auto keys =
            derive_child_keys(record.suite.prf, record.keys.d, suite, shared, nonce_i, nonce_r, additional);
        if (proves && !fits(keys)) return false;
        add_child(seed, std::move(keys));
        return ++added == most_unproven || proves;
    };
    seed.secrets.empty() ? void(take({}, {})) : void(guesses_.find(seed.secrets, take));
    if (added == 0) {
        ++locked->tries;
        locked->missing.secrets = locked->missing.tried = true;
        return false;
    }
    for (const auto each : {spi_i, spi_r}) {
        esp_opener_.forget(each);
        locked_esp_.erase(each);
    }
    return true;
}

void Tracker::add_child(const SaSeed& seed, ChildKeys keys) {
    EspKeyRecord to_responder, to_initiator;
    to_responder.spi = static_cast<std::uint32_t>(seed.spis.responder);
    to_initiator.spi = static_cast<std::uint32_t>(seed.spis.initiator);
    to_responder.suite = to_initiator.suite = std::get<EspSuite>(seed.suite);
    to_responder.encr_key = std::move(keys.ei);
    to_responder.integ_key = std::move(keys.ai);
    to_initiator.encr_key = std::move(keys.er);
    to_initiator.integ_key = std::move(keys.ar);
    keys_.add(std::move(to_responder));
    keys_.add(std::move(to_initiator));
}

IkeKeys Tracker::derive(const SaSeed& seed, ByteView shared, std::span<const SecretBytes> additional) const {
    const auto& suite = std::get<IkeSuite>(seed.suite);
    const KeySeed from{seed.nonce_i, seed.nonce_r, seed.spis.initiator, seed.spis.responder};
    if (seed.from == SaSeed::From::ike_sa_init) return derive_ike_keys(suite, shared, from);
    const auto& old = keys_.ike(seed.ike_keys);
    if (seed.from == SaSeed::From::ike_intermediate)
        return derive_intermediate_keys(suite, old.keys.d, shared, from);
    return derive_rekeyed_ike_keys(old.suite.prf, old.keys.d, suite, shared, from, additional);
}

/// The same for the IKE SA of the message at hand.
bool Tracker::unlock_ike() {
    const auto& header = seen_.ike.header;
    auto* locked = locked_ike_.find({header.initiator_spi, header.responder_spi});
    if (locked == nullptr || !locked->seed || locked->tries == most_tries || seen_.packet.cut) return false;
    const auto& seed = *locked->seed;
    std::optional<IkeKeyRecord> found;
    guesses_.find(seed.secrets, [&](ByteView shared, std::span<const SecretBytes> additional) {
        auto keys = derive(seed, shared, additional);
        if (!opens(std::get<IkeSuite>(seed.suite), keys, header, seen_.ike.octets)) return false;
        auto& made = found.emplace();
        made.keys = std::move(keys);
        made.shared_secret = SecretBytes{shared};
        return true;
    });
    if (!found) {
        ++locked->tries;
        locked->missing.secrets = locked->missing.tried = true;
        return false;
    }
    found->spi_i = seed.spis.initiator;
    found->spi_r = seed.spis.responder;
    found->suite = std::get<IkeSuite>(seed.suite);
    found->nonce_i = seed.nonce_i;
    found->nonce_r = seed.nonce_r;
    keys_.add(std::move(*found));
    locked_ike_.erase({header.initiator_spi, header.responder_spi});
    return true;
}

/// Why there are no keys for an SA that an exchange in the capture made.
std::string Tracker::why_locked(const LockedSa& locked) {
    return locked.unusable.empty() ? to_string(locked.missing) : locked.unusable;
}

}  // namespace ike
