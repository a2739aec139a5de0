#include <fmt/format.h>

#include "libike/engine/exchanges/ike_sa_init.hpp"
#include "libike/engine/exchanges/init_notifies.hpp"
#include "libike/engine/exchanges/methods.hpp"
#include "libike/engine/exchanges/offers.hpp"
#include "libike/engine/exchanges/redirect.hpp"
#include "libike/engine/nat.hpp"
#include "libike/engine/sa_table.hpp"

namespace ike::engine {
namespace {

void drop(Turn& turn, const Path& from, std::string reason) { turn.say(Dropped{from, std::move(reason)}); }

void send_unprotected(Turn& turn, const Path& to, const Message& message) {
    if (turn.config.trace) turn.say(MessageTrace{IkeSaId::none, true, false, to, message, true});
    send_message(turn, to, write_message(message));
}

/// An answer for which nothing is kept. RFC 7296 section 2.6: the responder's SPI stays zero.
void answer_stateless(Turn& turn, const Path& from, const Header& request, Payload payload) {
    Message message;
    message.header.initiator_spi = request.initiator_spi;
    message.header.exchange = request.exchange;
    message.header.flags = flag_response;
    message.header.message_id = request.message_id;
    message.payloads.push_back(std::move(payload));
    send_unprotected(turn, from, message);
}

/// The first peer whose proposals fit; who it really is only IKE_AUTH tells.
struct Choice {
    const PeerConfig* peer = nullptr;
    Proposal proposal;
    IkeSuite suite;
};
std::optional<Choice> choose_suite(const EngineConfig& config, const Message& request) {
    // RFC 9370 section 2.2.2: additional key exchanges need IKE_INTERMEDIATE.
    const auto ke = request.notify(NotifyType::intermediate_exchange_supported) != nullptr
                        ? KeyExchanges::keep
                        : KeyExchanges::keep_first;
    for (const auto& peer : config.peers) {
        auto proposal = choose(request.get<SaPayload>()->proposals, with_spi(peer.ike_proposals, {}, ke));
        if (!proposal) continue;
        if (auto suite = ike_suite(*proposal)) return Choice{&peer, std::move(*proposal), std::move(*suite)};
    }
    return std::nullopt;
}

/// The key exchange of the responder; what it refuses is told without any state.
std::expected<crypto::KeyResponse, Refusal> agree(Turn& turn, const Choice& choice, const KePayload& theirs) {
    // RFC 7296 section 1.2: the suite is chosen first; a KE payload of another group is asked for anew.
    if (theirs.group != choice.suite.ke) return refuse_ke(choice.suite.ke);
    auto made = crypto::KeyExchange::respond(theirs.group, theirs.data, turn.rng);
    if (!made) return refuse(NotifyType::invalid_syntax, made.error().what);
    return std::move(*made);
}

void take_on(Turn& turn, const Path& from, Choice choice, crypto::KeyResponse agreement,
             const Message& message, ByteView octets) {
    auto made = std::make_unique<IkeSa>(turn.table.next_handle(), Role::responder, *choice.peer);
    made->phase = Phase::init_answered;
    made->spi_i = message.header.initiator_spi;
    made->spi_r = turn.table.fresh_ike_spi(turn.rng);
    made->path = made->mobike.confirmed = from;
    made->suite = choice.suite;
    made->negotiation = std::make_unique<Negotiation>();
    made->half_open_from = from.remote;
    made->half_open_at = turn.now + choice.peer->timers.half_open;
    auto& sa = turn.table.add(std::move(made));
    turn.table.set_half_open({sa.spi_i, from.remote}, sa);
    auto& negotiation = *sa.negotiation;
    negotiation.nonce_i = message.get<NoncePayload>()->data;
    negotiation.nonce_r = turn.rng.bytes(nonce_size);
    negotiation.init_i = to_bytes(octets);
    take_init_notifies(sa, turn, from, message);
    sa.follows_redirects = supports_redirect(message);
    Message reply;
    reply.header = sa.header(ExchangeType::ike_sa_init, 0, Direction::response);
    reply.payloads.push_back(payload(SaPayload{{choice.proposal}}));
    reply.payloads.push_back(payload(KePayload{choice.suite.ke, 0, agreement.public_value}));
    reply.payloads.push_back(payload(NoncePayload{negotiation.nonce_r}));
    add_init_notifies(sa, from, reply.payloads);
    if (choice.peer->childless != Childless::refuse) {
        reply.payloads.push_back(notify(NotifyType::childless_ikev2_supported));
    }
    if (choice.peer->remote && !choice.peer->remote->trusted.empty()) {
        add_certificate_requests(*choice.peer, reply.payloads);
    }
    reply.payloads.push_back(supported_methods(sa));
    const auto keys =
        sa.take_keys(turn,
                     derive_ike_keys(*sa.suite, agreement.shared_secret,
                                     {negotiation.nonce_i, negotiation.nonce_r, sa.spi_i, sa.spi_r}),
                     agreement.shared_secret, negotiation.nonce_i, negotiation.nonce_r);
    if (!keys) return sa.fail(turn, Failure::no_proposal_chosen, keys.error().what);
    negotiation.init_r = write_message(reply);
    turn.say(IkeStateChanged{sa.id, IkeState::init_answered,
                             fmt::format("IKE_SA_INIT from {}", to_string(from.remote))});
    sa.trace(turn, from, reply.header, reply.payloads);
    send_message(turn, from, negotiation.init_r);
    sa.window.remember(0, {negotiation.init_r});
}

/// RFC 7296 section 2.1: the retransmission of a request that was answered.
bool is_repeated(Turn& turn, const Path& from, const Header& header, ByteView octets) {
    auto* sa = turn.table.half_open({header.initiator_spi, from.remote});
    if (sa == nullptr || !sa->negotiation || !equal(sa->negotiation->init_i, octets)) return false;
    send_message(turn, from, sa->negotiation->init_r);
    return true;
}

/// RFC 7296 section 2.6.
bool lacks_cookie(Turn& turn, CookieJar& jar, const Path& from, const Message& message) {
    if (turn.table.half_open_count() < turn.config.cookie_threshold) return false;
    const CookieJar::Asker asker{message.header.initiator_spi, from.remote.address,
                                 message.get<NoncePayload>()->data};
    const auto* cookie = message.notify(NotifyType::cookie);
    if (cookie != nullptr && jar.is_ours(turn, asker, cookie->data)) return false;
    answer_stateless(turn, from, message.header, notify(NotifyType::cookie, jar.bake(turn, asker)));
    return true;
}

}  // namespace

void respond(Turn& turn, CookieJar& jar, const Path& from, ByteView octets) {
    const auto read = parse_message(octets);
    if (!read) return drop(turn, from, fmt::format("IKE_SA_INIT request: {}", to_string(read.error())));
    const auto& message = *read;
    if (turn.config.trace) turn.say(MessageTrace{IkeSaId::none, false, false, from, message, true});
    if (!turn.config.respond) return drop(turn, from, "IKE_SA_INIT, but this engine does not respond");
    if (is_repeated(turn, from, message.header, octets)) return;
    const auto* offered = message.get<SaPayload>();
    const auto* ke = message.get<KePayload>();
    if (offered == nullptr || ke == nullptr || !is_nonce(message.get<NoncePayload>())) {
        return drop(turn, from, "IKE_SA_INIT request without SA, KE or Nonce");
    }
    if (lacks_cookie(turn, jar, from, message)) return;
    if (turn.table.half_open_count() >= turn.config.half_open_limit)
        return drop(turn, from, "too many half-open IKE SAs");
    auto choice = choose_suite(turn.config, message);
    if (!choice) {
        drop(turn, from, "IKE_SA_INIT: no proposal is acceptable; answered with NO_PROPOSAL_CHOSEN");
        return answer_stateless(turn, from, message.header, notify(NotifyType::no_proposal_chosen));
    }
    const auto& elsewhere = choice->peer->redirect;
    if (elsewhere && elsewhere->in == Redirection::In::ike_sa_init && supports_redirect(message)) {
        drop(turn, from, "IKE_SA_INIT: redirected to " + to_string(elsewhere->gateway));
        return answer_stateless(turn, from, message.header,
                                redirect(Redirect{elsewhere->gateway, message.get<NoncePayload>()->data}));
    }
    auto agreement = agree(turn, *choice, *ke);
    if (!agreement) {
        drop(turn, from, fmt::format("IKE_SA_INIT: {}", agreement.error().what));
        return answer_stateless(turn, from, message.header, agreement.error().payload());
    }
    take_on(turn, from, std::move(*choice), std::move(*agreement), message, octets);
}

}  // namespace ike::engine
