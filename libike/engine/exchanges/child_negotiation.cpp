#include "libike/engine/exchanges/child_negotiation.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/child_kinds.hpp"
#include "libike/engine/exchanges/configuration.hpp"
#include "libike/engine/exchanges/child_terms.hpp"
#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/exchanges/offers.hpp"
#include "libike/engine/sa_table.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::engine {
namespace {

void export_keys(const IkeSa& sa, Turn& turn, const AgreedChild& agreed) {
    if (!turn.config.export_keys) return;
    for (const auto direction : {Direction::request, Direction::response}) {
        const bool out = direction == Direction::request;
        EspKeyRecord record;
        record.spi = out ? agreed.child.spi_out : agreed.child.spi_in;
        record.source = out ? sa.path.local.address : sa.path.remote.address;
        record.destination = out ? sa.path.remote.address : sa.path.local.address;
        record.suite = agreed.child.suite;
        record.encr_key = (out ? agreed.keys.encr_out : agreed.keys.encr_in).clone();
        record.integ_key = (out ? agreed.keys.integ_out : agreed.keys.integ_in).clone();
        record.ike_spi_i = sa.spi_i;
        record.ike_spi_r = sa.spi_r;
        record.shared_secret = agreed.secret.clone();
        turn.say(KeysDerived{std::move(record)});
    }
}

const std::vector<TrafficSelector>* selectors(const Message& message, PayloadType type) {
    const auto* body = message.get<TsPayload>(type);
    return body == nullptr ? nullptr : &body->selectors;
}

Refusal complaint(NotifyType notify, std::string what) { return refuse(notify, std::move(what)).error(); }

/// The one proposal of a reply, checked against what was offered.
std::expected<EspSuite, Refusal> read_choice(const ChildOffer& offer, const Message& reply,
                                             Preference preference) {
    const auto* sa = reply.get<SaPayload>();
    if (sa == nullptr || sa->proposals.size() != 1) {
        return std::unexpected{complaint(NotifyType::invalid_syntax, "the reply chooses no single proposal")};
    }
    const auto& chosen = sa->proposals.front();
    if (!is_valid_choice(chosen, offer.proposals, preference) || !esp_spi(chosen.spi).value_or(0)) {
        return std::unexpected{
            complaint(NotifyType::no_proposal_chosen, "the reply chooses what was not offered")};
    }
    auto suite = esp_suite(chosen);
    if (!suite) return std::unexpected{complaint(NotifyType::no_proposal_chosen, suite.error().what)};
    return *suite;
}

}  // namespace

void give_keys(const IkeSa& sa, Turn& turn, AgreedChild& agreed, Nonces nonces, Role in_exchange,
               std::span<const SecretBytes> additional) {
    auto keys = derive_child_keys(sa.suite->prf, sa.sk_d, agreed.child.suite, agreed.secret, nonces.initiator,
                                  nonces.responder, additional);
    auto& install = agreed.keys;
    const bool first = in_exchange == Role::initiator;
    install.encr_out = std::move(first ? keys.ei : keys.er);
    install.integ_out = std::move(first ? keys.ai : keys.ar);
    install.encr_in = std::move(first ? keys.er : keys.ei);
    install.integ_in = std::move(first ? keys.ar : keys.ai);
    export_keys(sa, turn, agreed);
}

namespace {

/// The selectors of an offer: as wished for, else those of the kind; before them those of the packet that
/// waits (RFC 7296 section 2.9).
Selectors offered_selectors(const PeerConfig& peer, const ChildKind& kind, const ChildExchange* wishes) {
    Selectors offered{{kind.ts_local.begin(), kind.ts_local.end()},
                      {kind.ts_remote.begin(), kind.ts_remote.end()}};
    if (wishes != nullptr && !wishes->ts_local.empty()) offered.local = wishes->ts_local;
    if (wishes != nullptr && !wishes->ts_remote.empty()) offered.remote = wishes->ts_remote;
    if (offered.local.empty()) {
        // RFC 7296 section 2.19: the responder narrows this to the address it assigns.
        for (const auto family : peer.request_addresses) offered.local.push_back(everything(family));
    }
    if (wishes == nullptr || !wishes->packet || offered.local.empty()) return offered;
    const auto& packet = *wishes->packet;
    offered.local.insert(offered.local.begin(), packet_selector(packet, packet.source, packet.source_port));
    offered.remote.insert(offered.remote.begin(),
                          packet_selector(packet, packet.destination, packet.destination_port));
    return offered;
}

}  // namespace

Result<ChildOffer> make_child_offer(const IkeSa& sa, Turn& turn, Within within, const ChildExchange* wishes) {
    ChildOffer offer;
    const auto& peer = *sa.peer;
    const auto kind = child_kind(peer, wishes == nullptr ? std::string_view{} : wishes->name);
    offer.name = kind.name;
    offer.mode = wishes != nullptr && wishes->mode ? *wishes->mode : kind.mode;
    offer.later_fragments = peer.child_policy.later_fragments;
    offer.refuses_tfc = !peer.child_policy.accept_tfc;
    if (peer.child_policy.ipcomp) offer.cpi_in = fresh_cpi(turn);
    offer.spi_in = turn.table.fresh_esp_spi(turn.rng);
    offer.proposals =
        with_spi({kind.esp_proposals.begin(), kind.esp_proposals.end()}, spi_octets(offer.spi_in),
                 within == Within::ike_auth ? KeyExchanges::leave_out : KeyExchanges::keep);
    auto selectors = offered_selectors(peer, kind, wishes);
    if (offer.mode != ChildMode::tunnel) selectors = between_hosts(selectors, sa.path);
    if (offer.proposals.empty() || selectors.local.empty() || selectors.remote.empty()) {
        return failure(offer.mode == ChildMode::tunnel
                           ? "offer a Child SA: the configuration has no ESP proposal or no traffic selectors"
                           : "offer a Child SA in transport mode: the traffic selectors are not for the "
                             "outer addresses");
    }
    offer.ts_local = std::move(selectors.local);
    offer.ts_remote = std::move(selectors.remote);
    if (within == Within::ike_auth) return offer;
    offer.nonce = turn.rng.bytes(nonce_size);
    const auto group = wishes != nullptr && wishes->group ? wishes->group : first_group(offer.proposals);
    if (!group) return offer;
    auto ke = crypto::KeyExchange::generate(*group, turn.rng);
    if (!ke) return std::unexpected{std::move(ke.error())};
    offer.ke.emplace(std::move(*ke));
    return offer;
}

void add_child_offer(const ChildOffer& offer, Payloads& to) {
    add_terms(offer, to);
    to.push_back(payload(SaPayload{offer.proposals}));
    if (!offer.nonce.empty()) to.push_back(payload(NoncePayload{offer.nonce}));
    if (offer.ke) to.push_back(payload(KePayload{offer.ke->id(), 0, to_bytes(offer.ke->public_value())}));
    to.push_back(payload(PayloadType::tsi, TsPayload{offer.ts_local, {}, {}}));
    to.push_back(payload(PayloadType::tsr, TsPayload{offer.ts_remote, {}, {}}));
}

namespace {

/// The reply's selectors as our addresses stand, and its mode; or what is wrong with them.
std::expected<Acceptable, Refusal> read_terms(const IkeSa& sa, const ChildOffer& offer,
                                              const Message& reply) {
    const auto* local = selectors(reply, PayloadType::tsi);
    const auto* remote = selectors(reply, PayloadType::tsr);
    const bool transport = reply.notify(NotifyType::use_transport_mode) != nullptr;
    if (transport && offer.mode == ChildMode::tunnel) {
        return std::unexpected{
            complaint(NotifyType::invalid_syntax, "the reply is in transport mode, which was not asked for")};
    }
    if (!transport && offer.mode == ChildMode::transport_only) {
        return std::unexpected{complaint(NotifyType::no_proposal_chosen, "the peer declined transport mode")};
    }
    Acceptable read;
    if (local != nullptr && remote != nullptr) read.selectors = {*local, *remote};
    if (transport) {
        const auto received = read.selectors;
        read.mode = EspMode::transport;
        read.selectors = substituted(sa, received);
        read.original = original_addresses(received, read.selectors);
    }
    if (read.selectors.local.empty() || read.selectors.remote.empty() ||
        !contains(offer.ts_local, read.selectors.local) ||
        !contains(offer.ts_remote, read.selectors.remote)) {
        return std::unexpected{
            complaint(NotifyType::ts_unacceptable, "the reply's traffic selectors go beyond the offer")};
    }
    return read;
}

}  // namespace

std::expected<AgreedChild, Refusal> conclude_child(IkeSa& sa, Turn& turn, const ChildOffer& offer,
                                                   const Message& reply, Nonces nonces) {
    const bool in_auth = offer.nonce.empty();
    if (const auto* error = first_error(reply); error != nullptr && reply.get<SaPayload>() == nullptr) {
        auto refusal = complaint(error->type, fmt::format("the peer answered {}", to_string(error->type)));
        refusal.data = error->data;
        return std::unexpected{std::move(refusal)};
    }
    const auto suite = read_choice(offer, reply, {true, in_auth});
    if (!suite) return std::unexpected{suite.error()};
    auto terms = read_terms(sa, offer, reply);
    if (!terms) return std::unexpected{std::move(terms.error())};
    AgreedChild agreed;
    if (suite->ke != KeId::none && !in_auth) {
        const auto* ke = reply.get<KePayload>();
        if (ke == nullptr || !offer.ke || ke->group != suite->ke || offer.ke->id() != suite->ke) {
            return std::unexpected{
                complaint(NotifyType::invalid_syntax, "the reply's KE payload does not fit its choice")};
        }
        auto secret = offer.ke->agree(ke->data);
        if (!secret) return std::unexpected{complaint(NotifyType::invalid_syntax, secret.error().what)};
        agreed.secret = std::move(*secret);
    }
    agreed.child.spi_in = offer.spi_in;
    agreed.child.spi_out = *esp_spi(reply.get<SaPayload>()->proposals.front().spi);
    agreed.child.suite = *suite;
    agreed.child.ts_local = std::move(terms->selectors.local);
    agreed.child.ts_remote = std::move(terms->selectors.remote);
    auto& agreed_terms = agreed.child.terms;
    agreed_terms.name = offer.name;
    agreed_terms.mode = terms->mode;
    agreed_terms.additional_ts = reply.notify(NotifyType::additional_ts_possible) != nullptr;
    agreed.child.is_all_there_is =
        !agreed_terms.additional_ts && (!contains(agreed.child.ts_local, offer.ts_local) ||
                                        !contains(agreed.child.ts_remote, offer.ts_remote));
    take_terms(agreed_terms, sa.peer->child_policy, reply);
    if (const auto cpi = deflate_cpi(reply); cpi && offer.cpi_in != 0)
        agreed_terms.ipcomp = {offer.cpi_in, *cpi};
    agreed.keys.original = terms->original;
    if (suite->additional.empty()) give_keys(sa, turn, agreed, nonces, Role::initiator);
    return agreed;
}

namespace {

/// What the responder chose of the peer's offer.
struct Chosen {
    std::string_view name;
    Proposal proposal;
    EspSuite suite;
    Acceptable terms;
    bool additional_ts = false;  ///< another kind would have fit, too
};

std::expected<Chosen, Refusal> choose_of_kind(const IkeSa& sa, const ChildKind& kind, const Message& request,
                                              const Selectors& offered, Preference preference) {
    Chosen chosen;
    chosen.name = kind.name;
    auto proposal = choose(
        request.get<SaPayload>()->proposals,
        with_spi({kind.esp_proposals.begin(), kind.esp_proposals.end()}, {}, KeyExchanges::keep), preference);
    if (!proposal || esp_spi(proposal->spi).value_or(0) < 256) {
        return refuse(NotifyType::no_proposal_chosen, "no proposal for the Child SA is acceptable");
    }
    auto suite = esp_suite(*proposal);
    if (!suite) return refuse(NotifyType::no_proposal_chosen, suite.error().what);
    chosen.proposal = std::move(*proposal);
    chosen.suite = std::move(*suite);
    const bool transport = request.notify(NotifyType::use_transport_mode) != nullptr;
    auto terms = acceptable(sa, kind, offered, transport ? Asked::transport : Asked::tunnel);
    if (!terms) return std::unexpected{std::move(terms.error())};
    chosen.terms = std::move(*terms);
    return chosen;
}

/// RFC 7296 section 2.9: the initiator's first selectors are those of the packet that waits for the SA.
bool carries_first(const Chosen& chosen, const Selectors& offered) {
    return contains(chosen.terms.selectors.local, {offered.local.data(), 1}) &&
           contains(chosen.terms.selectors.remote, {offered.remote.data(), 1});
}

/// The best of all kinds: that of the SA which is rekeyed, else the first that takes the initiator's first
/// selectors, else the first that takes any.
std::expected<Chosen, Refusal> choose_child(const IkeSa& sa, const Message& request, Preference preference,
                                            const ChildSa* rekeyed) {
    const auto* tsi = selectors(request, PayloadType::tsi);
    const auto* tsr = selectors(request, PayloadType::tsr);
    if (request.get<SaPayload>() == nullptr || tsi == nullptr || tsr == nullptr || tsi->empty() ||
        tsr->empty()) {
        return refuse(NotifyType::invalid_syntax, "a Child SA is asked for without SA, TSi or TSr");
    }
    const Selectors offered{*tsr, as_meant(sa, *tsi)};
    if (rekeyed != nullptr) {
        auto again =
            choose_of_kind(sa, child_kind(*sa.peer, rekeyed->terms.name), request, offered, preference);
        if (again) return again;
    }
    std::optional<Chosen> best;
    std::optional<Refusal> refused;
    std::vector<Selectors> all;
    for (const auto& kind : child_kinds(*sa.peer)) {
        auto chosen = choose_of_kind(sa, kind, request, offered, preference);
        if (!chosen) {
            // What the peer is told: what came nearest to an SA.
            if (!refused || refused->notify == NotifyType::no_proposal_chosen)
                refused = std::move(chosen.error());
            continue;
        }
        all.push_back(chosen->terms.selectors);
        const bool better = !best || (!carries_first(*best, offered) && carries_first(*chosen, offered));
        if (better) best = std::move(*chosen);
    }
    if (!best) return std::unexpected{std::move(*refused)};
    const auto goes_beyond = [&](const Selectors& other) {
        return !contains(best->terms.selectors.local, other.local) ||
               !contains(best->terms.selectors.remote, other.remote);
    };
    best->additional_ts =
        rekeyed == nullptr && (best->terms.one_pair_of_several || std::ranges::any_of(all, goes_beyond));
    return std::move(*best);
}

/// Our side of PFS. Nothing where the suite has none.
std::expected<std::optional<crypto::KeyResponse>, Refusal> answer_ke(Turn& turn, const EspSuite& suite,
                                                                     const Message& request) {
    if (suite.ke == KeId::none) return std::nullopt;
    const auto* theirs = request.get<KePayload>();
    if (theirs == nullptr || theirs->group != suite.ke) return refuse_ke(suite.ke);
    auto made = crypto::KeyExchange::respond(suite.ke, theirs->data, turn.rng);
    if (!made) return refuse(NotifyType::invalid_syntax, made.error().what);
    return std::optional{std::move(*made)};
}

}  // namespace

std::expected<ChildAnswer, Refusal> answer_child(IkeSa& sa, Turn& turn, const Message& request, Within within,
                                                 Nonces nonces, const ChildSa* rekeyed) {
    const bool in_auth = within == Within::ike_auth;
    auto chosen = choose_child(sa, request, {true, in_auth}, rekeyed);
    if (!chosen) return std::unexpected{std::move(chosen.error())};
    auto ke = in_auth ? std::optional<crypto::KeyResponse>{} : answer_ke(turn, chosen->suite, request);
    if (!ke) return std::unexpected{std::move(ke.error())};
    ChildAnswer answer;
    auto& child = answer.agreed.child;
    child.spi_in = turn.table.fresh_esp_spi(turn.rng);
    child.spi_out = *esp_spi(chosen->proposal.spi);
    child.suite = chosen->suite;
    child.ts_local = std::move(chosen->terms.selectors.local);
    child.ts_remote = std::move(chosen->terms.selectors.remote);
    child.terms.name = chosen->name;
    child.terms.mode = chosen->terms.mode;
    const auto& policy = sa.peer->child_policy;
    take_terms(child.terms, policy, request);
    if (const auto cpi = deflate_cpi(request); cpi && policy.ipcomp)
        child.terms.ipcomp = {fresh_cpi(turn), *cpi};
    if (*ke) answer.agreed.secret = std::move((*ke)->shared_secret);
    answer.agreed.keys.original = chosen->terms.original;
    if (child.suite.additional.empty()) give_keys(sa, turn, answer.agreed, nonces, Role::responder);
    chosen->proposal.spi = spi_octets(child.spi_in);
    add_terms(child.terms, policy, answer.payloads);
    answer.payloads.push_back(payload(SaPayload{{std::move(chosen->proposal)}}));
    if (!in_auth) answer.payloads.push_back(payload(NoncePayload{to_bytes(nonces.responder)}));
    if (*ke) answer.payloads.push_back(payload(KePayload{child.suite.ke, 0, std::move((*ke)->public_value)}));
    answer.payloads.push_back(payload(PayloadType::tsi, TsPayload{child.ts_remote, {}, {}}));
    answer.payloads.push_back(payload(PayloadType::tsr, TsPayload{child.ts_local, {}, {}}));
    if (chosen->additional_ts) answer.payloads.push_back(notify(NotifyType::additional_ts_possible));
    return answer;
}

Payload delete_children(std::span<const std::uint32_t> spis_in) {
    DeletePayload body{ProtocolId::esp, 4, static_cast<std::uint16_t>(spis_in.size()), {}};
    for (const auto spi : spis_in) body.spis.push_back(spi_octets(spi));
    return payload(std::move(body));
}

PlainInformational disown(const ChildOffer& offer) {
    const std::uint32_t spis[] = {offer.spi_in};
    PlainInformational message;
    message.payloads.push_back(delete_children(spis));
    return message;
}

}  // namespace ike::engine
