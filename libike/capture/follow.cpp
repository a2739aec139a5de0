// The keys that follow from opened exchanges: Child SAs and rekeyed IKE SAs (RFC 7296 sections 2.17
// and 2.18).
#include <fmt/format.h>

#include "libike/capture/tracker.hpp"

namespace ike {
namespace {

template <class T>
const T* find(std::span<const Payload> payloads) {
    for (const auto& payload : payloads) {
        if (const auto* body = std::get_if<T>(&payload.body)) return body;
    }
    return nullptr;
}

template <std::unsigned_integral T>
T number(ByteView octets) {
    return Reader{octets}.number<T>("spi");
}

}  // namespace

void Tracker::follow(SaMemory& sa) {
    const auto exchange = seen_.ike.read.message.header.exchange;
    const bool makes_keys = exchange == ExchangeType::ike_auth || exchange == ExchangeType::create_child_sa ||
                            exchange == ExchangeType::ike_intermediate;
    if (!makes_keys) return;
    if (seen_.ike.read.message.header.is_response()) {
        follow_response(sa);
    } else {
        follow_request(sa);
    }
}

void Tracker::follow_request(SaMemory& sa) {
    const auto& seen = seen_.ike;
    const auto* offer = find<SaPayload>(seen.inner);
    const auto* ke = find<KePayload>(seen.inner);
    const auto& header = seen.read.message.header;
    if (offer == nullptr && (ke == nullptr || header.exchange != ExchangeType::ike_intermediate)) return;
    auto pending = std::make_unique<PendingSa>();
    pending->message_id = header.message_id;
    pending->from_initiator = header.from_initiator();
    pending->with_ke = ke != nullptr;
    pending->frame = seen_.packet.frame;
    const bool secrets = !keys_.shared_secrets().empty() || !keys_.private_values().empty();
    if (ke != nullptr && secrets) {
        pending->group = ke->group;
        pending->ke = ke->data;
    }
    if (const auto* nonce = find<NoncePayload>(seen.inner)) pending->nonce = nonce->data;
    if (offer != nullptr) {
        for (const auto& proposal : offer->proposals)
            pending->offers.push_back({proposal.number, proposal.protocol, proposal.spi});
    }
    sa.pending = std::move(pending);
}

void Tracker::follow_response(SaMemory& sa) {
    const auto& seen = seen_.ike;
    const auto& header = seen.read.message.header;
    // The request of IKE_AUTH with EAP comes messages before the answer that has the SA payload.
    const bool same =
        sa.pending &&
        (sa.pending->message_id == header.message_id || header.exchange == ExchangeType::ike_auth) &&
        sa.pending->from_initiator != header.from_initiator();
    if (!same) return;
    if (header.exchange == ExchangeType::ike_intermediate)
        return follow_intermediate(sa, *std::exchange(sa.pending, {}));
    const auto* answer = find<SaPayload>(seen.inner);
    if (answer == nullptr || answer->proposals.size() != 1) return;
    const auto request = std::move(sa.pending);
    const auto& chosen = answer->proposals.front();
    const auto offer = std::ranges::find(request->offers, chosen.number, &PendingSa::Offer::number);
    if (offer == request->offers.end() || offer->protocol != chosen.protocol) return;
    if (chosen.protocol == ProtocolId::esp && chosen.spi.size() == 4 && offer->spi.size() == 4) {
        made_child(sa, *request, chosen, offer->spi);
    } else if (chosen.protocol == ProtocolId::ike && chosen.spi.size() == 8 && offer->spi.size() == 8) {
        made_ike(sa, *request, chosen, offer->spi);
    }
}

/// The shared secrets that the exchange of `request` and the response at hand may have had.
std::vector<SecretBytes> Tracker::candidates(const PendingSa& request, KeId group) const {
    const auto* ke = find<KePayload>(seen_.ike.inner);
    if (ke == nullptr || request.ke.empty()) return {};
    return shared_secret_candidates(keys_, {group, request.ke, ke->data});
}

/// The keys after another key exchange (RFC 9370 section 2.2.2); the old ones serve no more.
void Tracker::follow_intermediate(SaMemory& sa, const PendingSa& request) {
    const auto& header = seen_.ike.read.message.header;
    if (find<KePayload>(seen_.ike.inner) == nullptr) return;
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
        made.nonce_i = init->nonce_i;
        made.nonce_r = init->nonce_r;
        made.keys = derive_intermediate_keys(old.suite, old.keys.d, secret,
                                             {made.nonce_i, made.nonce_r, made.spi_i, made.spi_r});
        made.shared_secret = std::move(secret);
    }
    for (auto& made : all) keys_.add(std::move(made));
}

void Tracker::made_child(const SaMemory& sa, const PendingSa& request, const Proposal& chosen,
                         ByteView offered_spi) {
    const auto& seen = seen_.ike;
    const auto& record = keys_.ike(*sa.keys.key);
    const auto spi_i = number<std::uint32_t>(offered_spi);
    const auto spi_r = number<std::uint32_t>(chosen.spi);
    if (!keys_.esp(spi_i).empty() && !keys_.esp(spi_r).empty()) return;
    const auto lock = [&](LockedChild why) { locked_esp_[spi_i] = locked_esp_[spi_r] = std::move(why); };
    const bool pfs = request.with_ke && find<KePayload>(seen.inner) != nullptr;
    auto secrets = pfs ? candidates(request, request.group) : std::vector<SecretBytes>{};
    if (pfs && secrets.empty()) {
        return lock(
            {{},
             fmt::format("Child SA created at frame {} with PFS; needs the shared secret of that exchange",
                         request.frame)});
    }
    if (record.keys.d.empty()) {
        return lock({{},
                     fmt::format("Child SA created at frame {}; needs SK_d of its IKE SA, or its own keys",
                                 request.frame)});
    }
    const auto suite = esp_suite(chosen);
    if (!suite) return lock({{}, suite.error().what});
    const auto* nonce = find<NoncePayload>(seen.inner);
    const bool first = request.nonce.empty();
    auto seed = std::make_shared<ChildSeed>();
    seed->ike_keys = *sa.keys.key;
    seed->suite = *suite;
    seed->shared = std::move(secrets);
    // The log's nonces count first: those of IKE_SA_INIT may be outside the capture.
    static const InitMemory unseen;
    const auto* found = inits_.find(seen.read.message.header.initiator_spi);
    const auto& init = found != nullptr ? *found : unseen;
    seed->nonce_i = !first ? request.nonce : record.nonce_i.empty() ? init.nonce_i : record.nonce_i;
    seed->nonce_r = !first && nonce ? nonce->data : record.nonce_r.empty() ? init.nonce_r : record.nonce_r;
    seed->spi_i = spi_i;
    seed->spi_r = spi_r;
    if (seed->nonce_i.empty() || seed->nonce_r.empty()) {
        return lock({{}, "the nonces of IKE_SA_INIT are neither in the capture nor known"});
    }
    lock({std::move(seed), {}});
}

/// Derives the keys of the Child SA with this SPI, once; false when nothing new is known.
bool Tracker::unlock(std::uint32_t spi) {
    auto* locked = locked_esp_.find(spi);
    if (locked == nullptr || !locked->seed) return false;
    const auto seed = locked->seed;
    const auto& record = keys_.ike(seed->ike_keys);
    const auto add = [&](ByteView shared) {
        auto keys = derive_child_keys(record.suite.prf, record.keys.d, seed->suite, shared, seed->nonce_i,
                                      seed->nonce_r);
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

void Tracker::made_ike(const SaMemory& sa, const PendingSa& request, const Proposal& chosen,
                       ByteView offered_spi) {
    const SpiPair spis{number<std::uint64_t>(offered_spi), number<std::uint64_t>(chosen.spi)};
    const auto& old = keys_.ike(*sa.keys.key);
    const auto* nonce = find<NoncePayload>(seen_.ike.inner);
    const auto suite = ike_suite(chosen);
    auto secrets = candidates(request, request.group);
    for (const auto at : keys_.ike(spis)) {
        const auto& known = keys_.ike(at);
        if (!known.keys.ei.empty()) return;
        if (!known.shared_secret.empty()) secrets.push_back(known.shared_secret.clone());
    }
    locked_ike_[spis] = fmt::format(
        "IKE SA rekeyed at frame {} with PFS; needs the new shared secret, or its own keys", request.frame);
    if (old.keys.d.empty() || !suite || nonce == nullptr || !crypto::supported(old.suite.prf)) return;
    std::vector<IkeKeyRecord> all;
    for (auto& secret : secrets) {
        auto& made = all.emplace_back();
        made.spi_i = spis.initiator;
        made.spi_r = spis.responder;
        made.suite = *suite;
        made.nonce_i = request.nonce;
        made.nonce_r = nonce->data;
        const KeySeed seed{made.nonce_i, made.nonce_r, spis.initiator, spis.responder};
        made.keys = derive_rekeyed_ike_keys(old.suite.prf, old.keys.d, *suite, secret, seed);
        made.shared_secret = std::move(secret);
    }
    for (auto& made : all) keys_.add(std::move(made));
}

}  // namespace ike
