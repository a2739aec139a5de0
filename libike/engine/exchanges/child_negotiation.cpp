#include "libike/engine/exchanges/child_negotiation.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/configuration.hpp"
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

Result<ChildOffer> make_child_offer(const IkeSa& sa, Turn& turn, Within within, const ChildExchange* wishes) {
    ChildOffer offer;
    const auto& peer = *sa.peer;
    offer.spi_in = turn.table.fresh_esp_spi(turn.rng);
    offer.proposals = with_spi(peer.esp_proposals, spi_octets(offer.spi_in),
                               within == Within::ike_auth ? KeyExchanges::leave_out : KeyExchanges::keep);
    offer.ts_local = wishes != nullptr && !wishes->ts_local.empty() ? wishes->ts_local : peer.ts_local;
    offer.ts_remote = wishes != nullptr && !wishes->ts_remote.empty() ? wishes->ts_remote : peer.ts_remote;
    if (offer.ts_local.empty()) {
        // RFC 7296 section 2.19: the responder narrows this to the address it assigns.
        for (const auto family : peer.request_addresses) offer.ts_local.push_back(everything(family));
    }
    if (offer.proposals.empty() || offer.ts_local.empty() || offer.ts_remote.empty()) {
        return failure("offer a Child SA: the configuration has no ESP proposal or no traffic selectors");
    }
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
    to.push_back(payload(SaPayload{offer.proposals}));
    if (!offer.nonce.empty()) to.push_back(payload(NoncePayload{offer.nonce}));
    if (offer.ke) to.push_back(payload(KePayload{offer.ke->id(), 0, to_bytes(offer.ke->public_value())}));
    to.push_back(payload(PayloadType::tsi, TsPayload{offer.ts_local, {}, {}}));
    to.push_back(payload(PayloadType::tsr, TsPayload{offer.ts_remote, {}, {}}));
}

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
    const auto* local = selectors(reply, PayloadType::tsi);
    const auto* remote = selectors(reply, PayloadType::tsr);
    if (local == nullptr || remote == nullptr || local->empty() || remote->empty() ||
        !contains(offer.ts_local, *local) || !contains(offer.ts_remote, *remote)) {
        return std::unexpected{
            complaint(NotifyType::ts_unacceptable, "the reply's traffic selectors go beyond the offer")};
    }
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
    agreed.child.ts_local = *local;
    agreed.child.ts_remote = *remote;
    if (suite->additional.empty()) give_keys(sa, turn, agreed, nonces, Role::initiator);
    return agreed;
}

namespace {

/// What the responder chose of the peer's offer.
struct Chosen {
    Proposal proposal;
    EspSuite suite;
    std::vector<TrafficSelector> ts_initiator, ts_responder;
};
std::expected<Chosen, Refusal> choose_child(const IkeSa& sa, const Message& request, Preference preference) {
    const auto* offered = request.get<SaPayload>();
    const auto* tsi = selectors(request, PayloadType::tsi);
    const auto* tsr = selectors(request, PayloadType::tsr);
    if (offered == nullptr || tsi == nullptr || tsr == nullptr) {
        return refuse(NotifyType::invalid_syntax, "a Child SA is asked for without SA, TSi or TSr");
    }
    Chosen chosen;
    auto proposal =
        choose(offered->proposals, with_spi(sa.peer->esp_proposals, {}, KeyExchanges::keep), preference);
    if (!proposal || esp_spi(proposal->spi).value_or(0) < 256) {
        return refuse(NotifyType::no_proposal_chosen, "no proposal for the Child SA is acceptable");
    }
    auto suite = esp_suite(*proposal);
    if (!suite) return refuse(NotifyType::no_proposal_chosen, suite.error().what);
    chosen.proposal = std::move(*proposal);
    chosen.suite = std::move(*suite);
    chosen.ts_initiator = narrow(*tsi, allowed_remote(sa));
    chosen.ts_responder = narrow(*tsr, sa.peer->ts_local);
    if (chosen.ts_initiator.empty() || chosen.ts_responder.empty()) {
        return refuse(NotifyType::ts_unacceptable,
                      fmt::format("traffic selectors {} and {} are not for this peer", to_string(*tsi),
                                  to_string(*tsr)));
    }
    return chosen;
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
                                                 Nonces nonces) {
    const bool in_auth = within == Within::ike_auth;
    auto chosen = choose_child(sa, request, {true, in_auth});
    if (!chosen) return std::unexpected{std::move(chosen.error())};
    auto ke = in_auth ? std::optional<crypto::KeyResponse>{} : answer_ke(turn, chosen->suite, request);
    if (!ke) return std::unexpected{std::move(ke.error())};
    ChildAnswer answer;
    auto& child = answer.agreed.child;
    child.spi_in = turn.table.fresh_esp_spi(turn.rng);
    child.spi_out = *esp_spi(chosen->proposal.spi);
    child.suite = chosen->suite;
    child.ts_local = chosen->ts_responder;
    child.ts_remote = chosen->ts_initiator;
    if (*ke) answer.agreed.secret = std::move((*ke)->shared_secret);
    if (child.suite.additional.empty()) give_keys(sa, turn, answer.agreed, nonces, Role::responder);
    chosen->proposal.spi = spi_octets(child.spi_in);
    answer.payloads.push_back(payload(SaPayload{{std::move(chosen->proposal)}}));
    if (!in_auth) answer.payloads.push_back(payload(NoncePayload{to_bytes(nonces.responder)}));
    if (*ke) answer.payloads.push_back(payload(KePayload{child.suite.ke, 0, std::move((*ke)->public_value)}));
    answer.payloads.push_back(payload(PayloadType::tsi, TsPayload{child.ts_remote, {}, {}}));
    answer.payloads.push_back(payload(PayloadType::tsr, TsPayload{child.ts_local, {}, {}}));
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
