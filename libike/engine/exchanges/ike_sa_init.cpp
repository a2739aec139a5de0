#include "libike/engine/exchanges/ike_sa_init.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/init_notifies.hpp"
#include "libike/engine/exchanges/intermediate.hpp"
#include "libike/engine/exchanges/methods.hpp"
#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/exchanges/offers.hpp"
#include "libike/engine/exchanges/redirect.hpp"
#include "libike/engine/nat.hpp"
#include "libike/engine/sa_table.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike::engine {

// COOKIE and INVALID_KE_PAYLOAD may alternate a few times; an attacker may make them do so for ever.
constexpr unsigned most_retries = 8;

void add_init_notifies(const IkeSa& sa, const Path& path, Payloads& to) {
    // RFC 4555 section 3.9: without NAT traversal there are no hashes.
    if (!sa.peer->mobike.no_nats_allowed) add_nat_detection(sa, path, to);
    if (sa.peer->fragment_limit > 0) to.push_back(notify(NotifyType::ikev2_fragmentation_supported));
    if (has_additional(sa.peer->ike_proposals) &&
        (sa.role == Role::initiator || sa.negotiation->intermediate)) {
        to.push_back(notify(NotifyType::intermediate_exchange_supported));
    }
    if (sa.peer->ppk && (sa.role == Role::initiator || sa.negotiation->peer_uses_ppk)) {
        to.push_back(notify(NotifyType::use_ppk));
    }
    // RFC 7427 section 4: what we can verify.
    to.push_back(notify(NotifyType::signature_hash_algorithms, Writer{}
                                                                   .code(SignatureHash::sha2_256)
                                                                   .code(SignatureHash::sha2_384)
                                                                   .code(SignatureHash::sha2_512)
                                                                   .code(SignatureHash::identity)
                                                                   .take()));
}

void take_init_notifies(IkeSa& sa, Turn& turn, const Path& path, const Message& message) {
    sa.peer_fragments =
        sa.peer->fragment_limit > 0 && message.notify(NotifyType::ikev2_fragmentation_supported) != nullptr;
    if (const auto* hashes = message.notify(NotifyType::signature_hash_algorithms)) {
        for (const auto value : signature_hash_values(*hashes)) {
            sa.negotiation->peer_hashes.push_back(static_cast<SignatureHash>(value));
        }
    }
    sa.negotiation->intermediate = message.notify(NotifyType::intermediate_exchange_supported) != nullptr;
    sa.negotiation->peer_uses_ppk = message.notify(NotifyType::use_ppk) != nullptr;
    sa.negotiation->childless_allowed = message.notify(NotifyType::childless_ikev2_supported) != nullptr;
    take_supported_methods(sa, message);
    const auto found = detect_nat(path, message);
    sa.nat_traversal = found.has_value() && !sa.peer->mobike.no_nats_allowed;
    take_nat_state(sa, turn, sa.nat_traversal ? *found : NatState{});
}

namespace {

/// An initiator that has sent nothing yet.
Result<std::unique_ptr<IkeSa>> make_initiator(Turn& turn, IkeSaId handle, const PeerConfig& peer,
                                              const Path& path) {
    const auto group = first_group(peer.ike_proposals);
    if (!group) return failure("begin an IKE SA: the first proposal names no key exchange method");
    auto ke = crypto::KeyExchange::generate(*group, turn.rng);
    if (!ke) return std::unexpected{std::move(ke.error())};
    auto sa = std::make_unique<IkeSa>(handle, Role::initiator, peer);
    sa->spi_i = turn.table.fresh_ike_spi(turn.rng);
    sa->path = sa->mobike.confirmed = path;
    sa->local_id = peer.local_id;
    sa->negotiation = std::make_unique<Negotiation>();
    sa->negotiation->ke.emplace(std::move(*ke));
    sa->negotiation->proposals = peer.ike_proposals;
    sa->negotiation->nonce_i = turn.rng.bytes(nonce_size);
    return sa;
}

IkeSa& send_first(Turn& turn, std::unique_ptr<IkeSa> sa, std::string why) {
    auto& added = turn.table.add(std::move(sa));
    turn.table.make_current(added);
    added.enter(turn, Phase::init_sent, std::move(why));
    added.ask(turn, InitExchange{});
    return added;
}

/// How often all pairs of addresses are gone through.
constexpr unsigned rounds = 2;

}  // namespace

Result<IkeSaId> begin(Turn& turn, const PeerConfig& peer, std::vector<Path> paths) {
    auto made = make_initiator(turn, turn.table.next_handle(), peer, paths.front());
    if (!made) return std::unexpected{std::move(made.error())};
    (*made)->approach = std::make_unique<Approach>();
    (*made)->approach->paths = std::move(paths);
    return send_first(turn, std::move(*made), {}).id;
}

void start_over(IkeSa& before, Turn& turn, const Path& path, std::string why, Farewell farewell) {
    auto made = make_initiator(turn, before.id, *before.peer, path);
    if (!made) return before.fail(turn, Failure::not_possible, made.error().what);
    (*made)->approach = std::move(before.approach);
    (*made)->reauthenticates = before.reauthenticates;
    send_first(turn, std::move(*made), std::move(why));
    farewell == Farewell::deleted ? before.close(turn) : before.end(turn, {});
}

bool has_more_paths(const IkeSa& sa) {
    if (!sa.approach || sa.approach->paths.size() < 2) return false;
    return sa.approach->round + 1 < rounds || sa.approach->at + 1 < sa.approach->paths.size();
}

bool try_next_path(IkeSa& sa, Turn& turn) {
    if (!has_more_paths(sa)) return false;
    auto& approach = *sa.approach;
    if (++approach.at == approach.paths.size()) {
        approach.at = 0;
        ++approach.round;
    }
    const auto& next = approach.paths[approach.at];
    start_over(sa, turn, next,
               fmt::format("no answer from {}; trying {} from {}", to_string(sa.path.remote),
                           to_string(next.remote), to_string(next.local.address)));
    return true;
}

bool try_again_after_nat(IkeSa& sa, Turn& turn) {
    if (!sa.approach || ++sa.approach->nat_refusals >= sa.peer->timers.retransmit.attempts) return false;
    start_over(sa, turn, sa.approach->paths[sa.approach->at],
               "the responder sees a NAT in IKE_AUTH; trying again");
    return true;
}

void reauthenticate(IkeSa& old, Turn& turn) {
    if (old.phase != Phase::established) return;
    Approach approach;
    if (old.approach) approach = *old.approach;
    approach.paths = {old.path};
    succeed(old, turn, std::move(approach));
}

void succeed(IkeSa& old, Turn& turn, Approach approach) {
    auto paths = approach.paths;
    const auto begun = begin(turn, *old.peer, std::move(paths));
    if (!begun) return;
    auto* made = turn.table.find(*begun);
    made->reauthenticates = old.id;
    *made->approach = std::move(approach);
}

std::optional<Payloads> InitExchange::request(IkeSa& sa, Turn&) {
    const auto& negotiation = *sa.negotiation;
    Payloads payloads;
    // RFC 7296 section 2.6: the cookie first, everything else as it was.
    if (!negotiation.cookie.empty()) payloads.push_back(notify(NotifyType::cookie, negotiation.cookie));
    payloads.push_back(payload(SaPayload{negotiation.proposals}));
    payloads.push_back(payload(KePayload{negotiation.ke->id(), 0, to_bytes(negotiation.ke->public_value())}));
    payloads.push_back(payload(NoncePayload{negotiation.nonce_i}));
    add_init_notifies(sa, sa.path, payloads);
    add_redirect_support(sa, payloads);
    return payloads;
}

namespace {

void ask_again(IkeSa& sa, Turn& turn) {
    if (++sa.negotiation->retries > most_retries) {
        return sa.fail(turn, Failure::invalid_ke, "the responder asks for ever new IKE_SA_INIT requests");
    }
    sa.window.next_request = 0;  // RFC 7296 section 2.6: the retry has Message ID 0 too
    sa.ask(turn, InitExchange{});
}

void take_group(IkeSa& sa, Turn& turn, const Notify& notify) {
    const auto group = wanted_group(notify);
    auto& negotiation = *sa.negotiation;
    // The answer to a retransmission of an earlier request may come late, when the group it wants has been
    // sent already: the same request again, a few times at most.
    if (group == negotiation.ke->id()) return ask_again(sa, turn);
    // RFC 7296 section 1.2: only a group that was offered, so that nobody talks us into a weak one.
    if (!group || !offers_group(negotiation.proposals, *group)) {
        return sa.fail(turn, Failure::invalid_ke,
                       fmt::format("the responder wants {}", group ? to_string(*group) : "no readable group"),
                       notify.type);
    }
    auto ke = crypto::KeyExchange::generate(*group, turn.rng);
    if (!ke) return sa.fail(turn, Failure::invalid_ke, ke.error().what, notify.type);
    negotiation.ke.emplace(std::move(*ke));
    ask_again(sa, turn);
}

/// The responder's choice, or what is wrong with it.
Result<IkeSuite> read_choice(const Negotiation& negotiation, const Message& reply) {
    const auto* chosen = reply.get<SaPayload>();
    const auto* ke = reply.get<KePayload>();
    if (chosen == nullptr || ke == nullptr || !is_nonce(reply.get<NoncePayload>())) {
        return failure("the response lacks SA, KE or Nonce");
    }
    if (chosen->proposals.size() != 1 || !is_valid_choice(chosen->proposals.front(), negotiation.proposals)) {
        return failure("the response chooses what was not offered");
    }
    auto suite = ike_suite(chosen->proposals.front());
    if (suite && (ke->group != suite->ke || ke->group != negotiation.ke->id())) {
        return failure("the response's KE payload is of another group than its choice");
    }
    return suite;
}

/// RFC 7296 section 2.23 and RFC 4555 section 3.3: to the ports for NAT traversal where there is a NAT, or
/// where MOBIKE may meet one later.
void change_ports(IkeSa& sa, const Turn& turn) {
    const bool wanted = sa.nat.local || sa.nat.remote || sa.peer->mobike.enabled || sa.encapsulation;
    if (!sa.nat_traversal || !wanted || sa.path.remote.port == turn.config.remote_nat_port) return;
    sa.path.local.port = turn.config.nat_port;
    sa.path.remote.port = turn.config.remote_nat_port;
    sa.mobike.confirmed = sa.path;
}

}  // namespace

void InitExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    auto& negotiation = *sa.negotiation;
    if (reply.get<SaPayload>() == nullptr && take_redirect(sa, turn, reply, Stage::init)) return;
    const auto* cookie = reply.notify(NotifyType::cookie);
    if (cookie != nullptr && reply.get<SaPayload>() == nullptr) {
        if (cookie->data.empty() || cookie->data.size() > 64) {
            return sa.fail(turn, Failure::invalid_syntax, "a COOKIE of an impossible length", cookie->type);
        }
        negotiation.cookie = cookie->data;
        return ask_again(sa, turn);
    }
    if (const auto* error = first_error(reply)) {
        if (error->type == NotifyType::invalid_ke_payload) return take_group(sa, turn, *error);
        return sa.fail(turn, failure_of(error->type),
                       fmt::format("the responder answered IKE_SA_INIT with {}", to_string(error->type)),
                       error->type);
    }
    auto suite = read_choice(negotiation, reply);
    if (!suite || reply.header.responder_spi == 0) {
        return sa.fail(turn, Failure::no_proposal_chosen,
                       suite ? "the responder's SPI is zero" : suite.error().what);
    }
    const auto secret = negotiation.ke->agree(reply.get<KePayload>()->data);
    if (!secret) return sa.fail(turn, Failure::invalid_ke, secret.error().what);
    if (!suite->additional.empty() && reply.notify(NotifyType::intermediate_exchange_supported) == nullptr) {
        return sa.fail(turn, Failure::no_proposal_chosen,
                       "additional key exchanges were chosen without IKE_INTERMEDIATE");
    }
    sa.suite = std::move(*suite);
    sa.spi_r = reply.header.responder_spi;
    negotiation.nonce_r = reply.get<NoncePayload>()->data;
    take_init_notifies(sa, turn, sa.concluding->path, reply);
    const auto keys = sa.take_keys(
        turn,
        derive_ike_keys(*sa.suite, *secret, {negotiation.nonce_i, negotiation.nonce_r, sa.spi_i, sa.spi_r}),
        *secret, negotiation.nonce_i, negotiation.nonce_r);
    if (!keys) return sa.fail(turn, Failure::no_proposal_chosen, keys.error().what);
    negotiation.ke.reset();
    change_ports(sa, turn);
    sa.enter(turn, Phase::auth_sent);
    go_on_to_auth(sa, turn);
}

}  // namespace ike::engine
