// The keys that follow from opened exchanges: Child SAs and rekeyed IKE SAs (RFC 7296 sections 2.17
// and 2.18).
#include <fmt/format.h>

#include "libike/capture/tracker.hpp"

namespace ike {
namespace {

/// The method and the public value of a KE payload (RFC 7296 section 3.4).
struct KeView {
    KeId group{};
    ByteView data;
};
std::optional<KeView> find_ke(const PayloadChain& payloads) {
    const auto* found = payloads.find(PayloadType::ke);
    if (found == nullptr || found->body.size() < 4) return std::nullopt;
    Reader in{found->body};
    return KeView{in.code<KeId>("key exchange method"), found->body.subspan(4)};
}
std::optional<ByteView> find_nonce(const PayloadChain& payloads) {
    const auto* found = payloads.find(PayloadType::nonce);
    return found != nullptr ? std::optional{found->body} : std::nullopt;
}

std::uint64_t number(ByteView spi) {
    std::uint64_t value = 0;
    for (const auto octet : spi) value = value << 8 | octet;
    return value;
}

}  // namespace

std::string to_string(const MissingForChild& missing) {
    switch (missing.what) {
        case MissingForChild::What::shared_secret:
            return fmt::format(
                "Child SA created at frame {} with PFS; needs the shared secret of that exchange",
                missing.frame);
        case MissingForChild::What::sk_d:
            return fmt::format("Child SA created at frame {}; needs SK_d of its IKE SA, or its own keys",
                               missing.frame);
        case MissingForChild::What::nonces_of_init:
            break;
    }
    return "the nonces of IKE_SA_INIT are neither in the capture nor known";
}

void Tracker::follow(SaMemory& sa) {
    const auto exchange = seen_.ike.header.exchange;
    const bool makes_keys = exchange == ExchangeType::ike_auth || exchange == ExchangeType::create_child_sa ||
                            exchange == ExchangeType::ike_intermediate;
    if (!makes_keys) return;
    if (seen_.ike.header.is_response()) {
        follow_response(sa);
    } else {
        follow_request(sa);
    }
}

void Tracker::follow_request(SaMemory& sa) {
    const auto& seen = seen_.ike;
    const auto* offer = seen.inner.find(PayloadType::sa);
    const auto ke = find_ke(seen.inner);
    const auto& header = seen.header;
    if (offer == nullptr && (!ke || header.exchange != ExchangeType::ike_intermediate)) return;
    auto pending = std::make_unique<PendingSa>();
    pending->message_id = header.message_id;
    pending->from_initiator = header.from_initiator();
    pending->with_ke = ke.has_value();
    pending->frame = seen_.packet.frame;
    const bool secrets = !keys_.shared_secrets().empty() || !keys_.private_values().empty();
    if (ke && secrets) {
        pending->group = ke->group;
        pending->ke = to_bytes(ke->data);
    }
    if (const auto nonce = find_nonce(seen.inner)) pending->nonce = to_bytes(*nonce);
    if (offer != nullptr) {
        auto rest = offer->body;
        while (const auto proposal = next_proposal(rest)) {
            const auto& spi = proposal->spi;
            if (spi.size() > sizeof(std::uint64_t)) continue;
            pending->offers.push_back({proposal->number, proposal->protocol, spi.size(), number(spi)});
        }
    }
    sa.pending = std::move(pending);
}

void Tracker::follow_response(SaMemory& sa) {
    const auto& seen = seen_.ike;
    const auto& header = seen.header;
    // The request of IKE_AUTH with EAP comes messages before the answer that has the SA payload.
    const bool same =
        sa.pending &&
        (sa.pending->message_id == header.message_id || header.exchange == ExchangeType::ike_auth) &&
        sa.pending->from_initiator != header.from_initiator();
    if (!same) return;
    if (header.exchange == ExchangeType::ike_intermediate)
        return follow_intermediate(sa, *std::exchange(sa.pending, {}));
    const auto* answer = seen.inner.find(PayloadType::sa);
    auto rest = answer != nullptr ? answer->body : ByteView{};
    const auto chosen = next_proposal(rest);
    if (!chosen || !rest.empty()) return;
    const auto request = std::move(sa.pending);
    const auto offer = std::ranges::find(request->offers, chosen->number, &PendingSa::Offer::number);
    if (offer == request->offers.end() || offer->protocol != chosen->protocol ||
        offer->spi_size != chosen->spi.size())
        return;
    if (chosen->protocol == ProtocolId::esp && offer->spi_size == 4) {
        made_child(sa, *request, *answer, {offer->spi, number(chosen->spi)});
    } else if (chosen->protocol == ProtocolId::ike && offer->spi_size == 8) {
        made_ike(sa, *request, *answer, {offer->spi, number(chosen->spi)});
    }
}

/// The proposal of an answer, taken apart; nothing where it is broken.
std::optional<Proposal> Tracker::chosen(const PayloadView& answer) {
    auto payload = answer.parse();
    auto* sa = std::get_if<SaPayload>(&payload.body);
    if (sa == nullptr || sa->proposals.size() != 1) return std::nullopt;
    return std::move(sa->proposals.front());
}

/// Its suite. Gateways answer all alike, so the last answer is remembered.
Result<EspSuite> Tracker::chosen_esp(const PayloadView& answer) {
    auto rest = answer.body;
    const auto view = next_proposal(rest);
    if (view && last_esp_ && equal(view->transforms, last_esp_transforms_)) return *last_esp_;
    const auto proposal = chosen(answer);
    if (!proposal) return failure("an SA payload that is broken");
    auto suite = esp_suite(*proposal);
    if (suite) {
        last_esp_ = *suite;
        last_esp_transforms_ = to_bytes(view->transforms);
    }
    return suite;
}

/// The shared secrets that the exchange of `request` and the response at hand may have had.
std::vector<SecretBytes> Tracker::candidates(const PendingSa& request, KeId group) const {
    const auto ke = find_ke(seen_.ike.inner);
    if (!ke || request.ke.empty()) return {};
    return shared_secret_candidates(keys_, {group, request.ke, ke->data});
}

/// The keys after another key exchange (RFC 9370 section 2.2.2); the old ones serve no more.
void Tracker::follow_intermediate(SaMemory& sa, const PendingSa& request) {
    const auto& header = seen_.ike.header;
    if (!find_ke(seen_.ike.inner)) return;
    sa.intermediate = seen_.packet.frame;
    sa.keys.may_change = true;
    sa.keys.searches = 0;
    const auto& old = keys_.ike(*sa.keys.key);
    const auto* init = inits_.find(header.initiator_spi);
    if (init == nullptr || init->nonce_i.empty() || init->nonce_r.empty() || old.keys.d.empty()) return;
    std::vector<IkeKeyRecord> all;
    for (auto& secret : candidates(request, request.group)) {
        auto& made = all.emplace_back();
        made.spi_i = header.initiator_spi;
        made.spi_r = header.responder_spi;
        made.suite = old.suite;
        made.nonce_i = to_bytes(init->nonce_i.view());
        made.nonce_r = to_bytes(init->nonce_r.view());
        made.keys = derive_intermediate_keys(old.suite, old.keys.d, secret,
                                             {made.nonce_i, made.nonce_r, made.spi_i, made.spi_r});
        made.shared_secret = std::move(secret);
    }
    for (auto& made : all) keys_.add(std::move(made));
}

void Tracker::made_child(const SaMemory& sa, const PendingSa& request, const PayloadView& answer,
                         const SpiPair& spis) {
    const auto& seen = seen_.ike;
    const auto& record = keys_.ike(*sa.keys.key);
    const auto spi_i = static_cast<std::uint32_t>(spis.initiator);
    const auto spi_r = static_cast<std::uint32_t>(spis.responder);
    if (!keys_.esp(spi_i).empty() && !keys_.esp(spi_r).empty()) return;
    const auto lock = [&](const LockedChild& why) { locked_esp_[spi_i] = locked_esp_[spi_r] = why; };
    using enum MissingForChild::What;
    const bool pfs = request.with_ke && find_ke(seen.inner);
    auto secrets = pfs ? candidates(request, request.group) : std::vector<SecretBytes>{};
    if (pfs && secrets.empty()) return lock(MissingForChild{shared_secret, request.frame});
    if (record.keys.d.empty()) return lock(MissingForChild{sk_d, request.frame});
    const auto suite = chosen_esp(answer);
    if (!suite) return lock(suite.error().what);
    auto seed = std::make_shared<ChildSeed>();
    seed->ike_keys = *sa.keys.key;
    seed->suite = *suite;
    seed->shared = std::move(secrets);
    seed->spi_i = spi_i;
    seed->spi_r = spi_r;
    seed->init = seen.header.initiator_spi;
    if (!request.nonce.empty()) {
        seed->nonce_i = request.nonce;
        if (const auto nonce = find_nonce(seen.inner)) seed->nonce_r = to_bytes(*nonce);
    }
    const auto [nonce_i, nonce_r] = nonces(*seed);
    const bool known = !nonce_i.empty() && !nonce_r.empty();
    lock(known ? LockedChild{std::move(seed)}
               : MissingForChild{MissingForChild::What::nonces_of_init, request.frame});
}

/// Those of its exchange, else those of IKE_SA_INIT: the log's count first, the capture may lack them.
std::pair<ByteView, ByteView> Tracker::nonces(const ChildSeed& seed) {
    const auto& record = keys_.ike(seed.ike_keys);
    const auto* init = inits_.find(seed.init);
    const auto first = [&](const Bytes& own, const Bytes& logged, NonceMemory InitMemory::*seen) -> ByteView {
        if (!own.empty()) return own;
        if (!logged.empty()) return logged;
        return init != nullptr ? ByteView{init->*seen} : ByteView{};
    };
    return {first(seed.nonce_i, record.nonce_i, &InitMemory::nonce_i),
            first(seed.nonce_r, record.nonce_r, &InitMemory::nonce_r)};
}

/// Derives the keys of the Child SA with this SPI, once; false when nothing new is known.
bool Tracker::unlock(std::uint32_t spi) {
    auto* locked = locked_esp_.find(spi);
    auto* can = locked != nullptr ? std::get_if<std::shared_ptr<const ChildSeed>>(locked) : nullptr;
    if (can == nullptr) return false;
    const auto seed = *can;
    const auto& record = keys_.ike(seed->ike_keys);
    const auto [nonce_i, nonce_r] = nonces(*seed);
    if (nonce_i.empty() || nonce_r.empty()) {
        // They were known when the Child SA was created: its IKE_SA_INIT was forgotten since.
        *locked = MissingForChild{MissingForChild::What::nonces_of_init, 0};
        return false;
    }
    const auto add = [&](ByteView shared) {
        auto keys = derive_child_keys(record.suite.prf, record.keys.d, seed->suite, shared, nonce_i, nonce_r);
        EspKeyRecord to_responder, to_initiator;
        to_responder.spi = seed->spi_r;
        to_initiator.spi = seed->spi_i;
        to_responder.suite = to_initiator.suite = seed->suite;
        to_responder.encr_key = std::move(keys.ei);
        to_responder.integ_key = std::move(keys.ai);
        to_initiator.encr_key = std::move(keys.er);
        to_initiator.integ_key = std::move(keys.ar);
        keys_.add(std::move(to_responder));
        keys_.add(std::move(to_initiator));
    };
    if (seed->shared.empty()) add({});
    for (const auto& secret : seed->shared) add(secret);
    for (const auto each : {seed->spi_i, seed->spi_r}) {
        esp_opener_.forget(each);
        locked_esp_.erase(each);
    }
    return true;
}

void Tracker::made_ike(const SaMemory& sa, const PendingSa& request, const PayloadView& answer,
                       const SpiPair& spis) {
    const auto& old = keys_.ike(*sa.keys.key);
    const auto nonce = find_nonce(seen_.ike.inner);
    const auto proposal = chosen(answer);
    const auto suite = proposal ? ike_suite(*proposal) : failure("an SA payload that is broken");
    auto secrets = candidates(request, request.group);
    for (const auto at : keys_.ike(spis)) {
        const auto& known = keys_.ike(at);
        if (!known.keys.ei.empty()) return;
        if (!known.shared_secret.empty()) secrets.push_back(known.shared_secret.clone());
    }
    locked_ike_[spis] = fmt::format(
        "IKE SA rekeyed at frame {} with PFS; needs the new shared secret, or its own keys", request.frame);
    if (old.keys.d.empty() || !suite || !nonce || !crypto::supported(old.suite.prf)) return;
    std::vector<IkeKeyRecord> all;
    for (auto& secret : secrets) {
        auto& made = all.emplace_back();
        made.spi_i = spis.initiator;
        made.spi_r = spis.responder;
        made.suite = *suite;
        made.nonce_i = request.nonce;
        made.nonce_r = to_bytes(*nonce);
        const KeySeed seed{made.nonce_i, made.nonce_r, spis.initiator, spis.responder};
        made.keys = derive_rekeyed_ike_keys(old.suite.prf, old.keys.d, *suite, secret, seed);
        made.shared_secret = std::move(secret);
    }
    for (auto& made : all) keys_.add(std::move(made));
}

}  // namespace ike
