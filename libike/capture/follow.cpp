// What opened exchanges begin and make: Child SAs and rekeyed IKE SAs (RFC 7296 sections 2.17 and 2.18), with
// IKE_INTERMEDIATE and IKE_FOLLOWUP_KE (RFC 9370 section 2.2). Their keys: unlock.cpp.
#include "libike/capture/tracker.hpp"
#include "libike/sa/watched_suite.hpp"

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

/// Requests whose answers are awaited; both sides may have some, and the window may be larger than 1.
constexpr std::size_t most_pending = 4;
constexpr std::size_t most_unfinished = 4;
constexpr std::size_t most_key_exchanges = 8;  // KE and ADDKE1 to ADDKE7

Bytes link_of(const PayloadChain& payloads) {
    const auto link = payloads.notification(NotifyType::additional_key_exchange);
    return link ? to_bytes(*link) : Bytes{};
}

}  // namespace

void Tracker::follow(SaMemory& sa) {
    const auto exchange = seen_.ike.header.exchange;
    const bool makes_keys = exchange == ExchangeType::ike_auth || exchange == ExchangeType::create_child_sa ||
                            exchange == ExchangeType::ike_intermediate ||
                            exchange == ExchangeType::ike_followup_ke;
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
    const bool key_exchange =
        header.exchange == ExchangeType::ike_intermediate || header.exchange == ExchangeType::ike_followup_ke;
    if (offer == nullptr && (!ke || !key_exchange)) return;
    auto pending = new_pending();
    pending->message_id = header.message_id;
    pending->from_initiator = header.from_initiator();
    pending->frame = seen_.packet.frame;
    if (header.exchange == ExchangeType::ike_followup_ke) pending->link = link_of(seen.inner);
    const bool secrets = !keys_.shared_secrets().empty() || !keys_.private_values().empty();
    if (ke) pending->group = ke->group;
    if (ke && secrets) pending->ke = to_bytes(ke->data);
    if (const auto nonce = find_nonce(seen.inner)) pending->nonce = to_bytes(*nonce);
    if (offer != nullptr) {
        auto rest = offer->body;
        while (const auto proposal = next_proposal(rest)) {
            const auto& spi = proposal->spi;
            if (spi.size() > sizeof(std::uint64_t)) continue;
            pending->offers.push_back({proposal->number, proposal->protocol, spi.size(), number(spi)});
        }
    }
    pending->next = std::move(sa.pending);
    sa.pending = std::move(pending);
    auto* last = sa.pending.get();
    for (std::size_t i = 1; last != nullptr && i < most_pending; ++i) last = last->next.get();
    if (last != nullptr) last->next.reset();
}

/// An empty one: the last that was answered, with its room.
std::unique_ptr<PendingSa> Tracker::new_pending() {
    if (!answered_) return std::make_unique<PendingSa>();
    auto offers = std::move(answered_->offers);
    offers.clear();
    *answered_ = {};
    answered_->offers = std::move(offers);
    return std::move(answered_);
}

/// The request that the response at hand answers, taken out of those that wait.
std::unique_ptr<PendingSa> Tracker::take_pending(SaMemory& sa) {
    const auto& header = seen_.ike.header;
    const bool auth = header.exchange == ExchangeType::ike_auth;
    // The request of IKE_AUTH with EAP comes messages before the answer that has the SA payload.
    if (auth && seen_.ike.inner.find(PayloadType::sa) == nullptr) return nullptr;
    for (auto* place = &sa.pending; *place; place = &(*place)->next) {
        const auto& each = **place;
        if (each.from_initiator == header.from_initiator()) continue;
        if (each.message_id != header.message_id && !auth) continue;
        auto found = std::move(*place);
        *place = std::move(found->next);
        return found;
    }
    return nullptr;
}

void Tracker::follow_response(SaMemory& sa) {
    const auto& seen = seen_.ike;
    auto found = take_pending(sa);
    if (!found) return;
    answered_ = std::move(found);
    const auto* request = answered_.get();
    if (seen.header.exchange == ExchangeType::ike_intermediate) return follow_intermediate(sa, *request);
    if (seen.header.exchange == ExchangeType::ike_followup_ke) return follow_up(sa, *request);
    const auto* answer = seen.inner.find(PayloadType::sa);
    auto rest = answer != nullptr ? answer->body : ByteView{};
    const auto chosen = next_proposal(rest);
    if (!chosen || !rest.empty()) return;
    const auto offer = std::ranges::find(request->offers, chosen->number, &PendingSa::Offer::number);
    if (offer == request->offers.end() || offer->protocol != chosen->protocol ||
        offer->spi_size != chosen->spi.size())
        return;
    const SpiPair spis{offer->spi, number(chosen->spi)};
    if (chosen->protocol == ProtocolId::esp && offer->spi_size == 4) {
        for (const auto spi : {spis.initiator, spis.responder})
            locked_esp_.expect(static_cast<std::uint32_t>(spi));
        made_sa(sa, *request, *answer, spis, SaSeed::From::child);
    } else if (chosen->protocol == ProtocolId::ike && offer->spi_size == 8) {
        made_sa(sa, *request, *answer, spis, SaSeed::From::rekey);
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
    auto suite = watched_esp_suite(*proposal);
    if (suite) {
        last_esp_ = *suite;
        last_esp_transforms_ = to_bytes(view->transforms);
    }
    return suite;
}

/// What the exchange of `request` and the response at hand agreed on.
NeededSecret Tracker::needed(const PendingSa& request) const {
    const auto ke = find_ke(seen_.ike.inner);
    if (!ke) return {};
    return needed_secret(keys_, {request.group, request.ke, ke->data});
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
    if (init == nullptr || !init->nonces || !init->nonces->complete() || old.keys.d.empty()) return;
    LockedSa locked;
    locked.seed = std::make_unique<SaSeed>();
    auto& seed = *locked.seed;
    seed.from = SaSeed::From::ike_intermediate;
    seed.ike_keys = *sa.keys.key;
    seed.suite = old.suite;
    seed.nonce_i = to_bytes(init->nonces->i.view());
    seed.nonce_r = to_bytes(init->nonces->r.view());
    seed.spis = {header.initiator_spi, header.responder_spi};
    seed.secrets.push_back(needed(request));
    if (can_guess(keys_, seed.secrets)) locked_ike_[seed.spis] = std::move(locked);
}

/// An answer that made an SA, or will once IKE_FOLLOWUP_KE has brought further secrets.
void Tracker::made_sa(SaMemory& sa, const PendingSa& request, const PayloadView& answer, const SpiPair& spis,
                      SaSeed::From from) {
    const auto& seen = seen_.ike;
    UnfinishedSa made;
    auto& seed = made.seed;
    seed.from = from;
    seed.ike_keys = *sa.keys.key;
    seed.spis = spis;
    seed.init = seen.header.initiator_spi;
    if (from == SaSeed::From::child) {
        auto suite = chosen_esp(answer);
        if (suite) seed.suite = std::move(*suite);
        if (!suite) made.unusable = suite.error().what;
    } else {
        const auto proposal = chosen(answer);
        auto suite = proposal ? watched_ike_suite(*proposal) : failure("an SA payload that is broken");
        if (suite) seed.suite = std::move(*suite);
        if (!suite) made.unusable = suite.error().what;
    }
    if (!request.nonce.empty()) {
        seed.nonce_i = request.nonce;
        if (const auto nonce = find_nonce(seen.inner)) seed.nonce_r = to_bytes(*nonce);
    }
    made.frame = request.frame;
    if (request.group != KeId::none && find_ke(seen.inner)) seed.secrets.push_back(needed(request));
    made.link = seen.header.exchange == ExchangeType::create_child_sa ? link_of(seen.inner) : Bytes{};
    lock(sa, made);
    if (made.link.empty()) return;
    made.from_initiator = request.from_initiator;
    // The same link data again: what they stood for will not be continued.
    std::erase_if(sa.unfinished, [&](const UnfinishedSa& each) {
        return each.link == made.link && each.from_initiator == made.from_initiator;
    });
    if (sa.unfinished.size() == most_unfinished) sa.unfinished.erase(sa.unfinished.begin());
    sa.unfinished.push_back(std::move(made));
}

/// One more secret for an SA (RFC 9370 section 2.2.4); with the last one there are keys.
void Tracker::follow_up(SaMemory& sa, const PendingSa& request) {
    // Link data mean something to the responder alone; strongSwan's are the same for exchanges either way.
    const auto continues = [&](const UnfinishedSa& each) {
        return each.link == request.link && each.from_initiator == request.from_initiator;
    };
    const auto found = std::ranges::find_if(sa.unfinished, continues);
    if (found == sa.unfinished.end() || request.link.empty()) return;
    if (!find_ke(seen_.ike.inner) || 1 + found->followups.size() == most_key_exchanges) {
        sa.unfinished.erase(found);
        return;
    }
    found->seed.secrets.push_back(needed(request));
    found->followups.push_back(request.frame);
    found->link = link_of(seen_.ike.inner);
    lock(sa, *found);
    if (found->link.empty()) sa.unfinished.erase(found);
}

}  // namespace ike
