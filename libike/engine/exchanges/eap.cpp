#include "libike/engine/exchanges/eap.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/establishment.hpp"
#include "libike/engine/exchanges/ike_auth.hpp"
#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/exchanges/proof.hpp"

namespace ike::engine {
namespace {

eap::TlsEnd tls_end(const IkeSa& sa, const Turn& turn) {
    eap::TlsEnd end;
    end.now = wall_clock(turn);
    if (const auto& local = sa.peer->local) {
        end.chain = local->chain;
        if (local->private_key) end.key = &*local->private_key;
    }
    if (sa.peer->remote) end.trusted = sa.peer->remote->trusted;
    return end;
}

constexpr auto patience_with_refused = 3s;

EapType method_of(const EapRun& run) {
    return std::visit([](const auto& each) { return each.method().value_or(EapType{}); }, run.conversation);
}

// ---- initiator

/// The responder's proof in its first response, or what is wrong with it.
Result<std::string> check_first_proof(IkeSa& sa, Turn& turn, const Message& reply,
                                      const Identity& responder) {
    const auto* auth = reply.get<AuthPayload>();
    if (auth == nullptr) {
        if (sa.peer->eap_only) return std::string{};
        return failure("the responder wants EAP without a proof of its own, which is not allowed here");
    }
    // RFC 7296 section 2.16: a signature, so that nobody is asked for a password by just anyone.
    if (auth->method == AuthMethod::shared_key_mic || auth->method == AuthMethod::null_authentication)
        return failure("the responder wants EAP and does not sign: it proves itself by " +
                       to_string(auth->method));
    return check_proof(sa, turn, reply, responder);
}

void take_eap(IkeSa& sa, Turn& turn, const Message& reply) {
    auto& run = *sa.negotiation->eap;
    const auto* eap = reply.get<EapPayload>();
    if (eap == nullptr) {
        const auto* error = first_error(reply);
        if (error == nullptr)
            return sa.fail(turn, Failure::invalid_syntax, "the IKE_AUTH response has no EAP payload");
        return sa.fail(turn, failure_of(error->type),
                       fmt::format("the responder ended EAP with {}", to_string(error->type)), error->type);
    }
    auto answer = std::get<eap::Peer>(run.conversation).take(eap->message);
    if (!answer) {
        const auto* error = first_error(reply);
        return sa.fail(turn, Failure::eap_failed, answer.error().what,
                       error == nullptr ? std::nullopt : std::optional{error->type});
    }
    run.finished = !answer->has_value();
    sa.ask(turn, EapExchange{answer->value_or(Bytes{})});
}

}  // namespace

SecretBytes key_of(const EapRun& run) {
    return std::visit([](const auto& each) { return each.msk(); }, run.conversation);
}

std::string how_proven(const IkeSa& sa, Role side) {
    const auto& run = *sa.negotiation->eap;
    const bool by_eap = side == Role::initiator || run.responder_proof.empty();
    return by_eap ? eap::method_name(method_of(run)) : run.responder_proof;
}

IkeSa::Ending refused_or(const IkeSa& sa, IkeSa::Ending otherwise) {
    const auto& run = sa.negotiation ? sa.negotiation->eap : nullptr;
    if (run && !run->refused.empty()) return {Failure::eap_failed, run->refused};
    return otherwise;
}

std::shared_ptr<const EapUse> outcome_of(const EapRun& run) {
    auto use = std::make_shared<EapUse>();
    use->method = method_of(run);
    use->identity = std::visit([](const auto& each) { return each.identity(); }, run.conversation);
    use->alone = run.responder_proof.empty();
    return use;
}

void begin_eap(IkeSa& sa, Turn& turn, const Message& reply) {
    if (reply.get<EapPayload>() == nullptr) {
        const auto* error = first_error(reply);
        if (error == nullptr)
            return refuse_responder(sa, turn, "the responder answers our wish for EAP with something else");
        return sa.fail(turn, failure_of(error->type),
                       fmt::format("the responder answered IKE_AUTH with {}", to_string(error->type)),
                       error->type);
    }
    auto responder = read_responder(sa, reply);
    Result<std::string> proof = std::unexpected{Error{}};
    if (responder) {
        sa.negotiation->id_r = id_body(*reply.get<IdPayload>(PayloadType::idr));
        proof = check_first_proof(sa, turn, reply, *responder);
    }
    if (!responder || !proof)
        return refuse_responder(sa, turn, responder ? proof.error().what : responder.error().what);
    auto end = tls_end(sa, turn);
    end.server = sa.peer->eap->server ? *sa.peer->eap->server : *responder;
    const auto which = proof->empty() ? eap::Methods::safe_alone : eap::Methods::all;
    sa.negotiation->eap = std::make_shared<EapRun>(
        EapRun{eap::Peer{*sa.peer->eap, which, std::move(end), turn.rng}, std::move(*proof), *responder, {}});
    take_eap(sa, turn, reply);
}

std::optional<Payloads> EapExchange::request(IkeSa& sa, Turn& turn) {
    if (!response.empty()) return Payloads{payload(EapPayload{response})};
    auto proof = make_proof(sa, turn);
    if (proof) return std::move(proof->auth);
    sa.fail(turn, Failure::not_possible, proof.error().what);
    return std::nullopt;
}

void EapExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    response.empty() ? conclude_auth(sa, turn, reply) : take_eap(sa, turn, reply);
}

// ---- responder

Answer answer_eap_begin(IkeSa& sa, Turn& turn, const Message& request) {
    const auto& settings = *sa.peer->eap_server;
    // RFC 5998 section 3: our own proof is left out where both sides want that and a method allows it.
    const bool alone = sa.peer->eap_only && request.notify(NotifyType::eap_only_authentication) != nullptr &&
                       !eap::usable(settings.methods, eap::Methods::safe_alone).empty();
    Payloads payloads{payload(PayloadType::idr, sa.local_id.payload())};
    std::string how;
    if (!alone) {
        if (!sa.peer->local || !sa.peer->local->private_key)
            return not_authenticated("EAP needs a certificate of ours, and none is configured");
        auto proof = prove(sa, turn);
        if (!proof) return not_authenticated(proof.error().what);
        for (auto& each : proof->certificates) payloads.push_back(payload(std::move(each)));
        payloads.push_back(payload(std::move(proof->auth)));
        how = std::move(proof->method);
    }
    const auto which = alone ? eap::Methods::safe_alone : eap::Methods::all;
    auto& run = sa.negotiation->eap = std::make_shared<EapRun>(
        EapRun{eap::Server{settings, which, tls_end(sa, turn), turn.rng}, std::move(how), {}, request});
    payloads.push_back(payload(EapPayload{std::get<eap::Server>(run->conversation).begin()}));
    return payloads;
}

Answer answer_eap(IkeSa& sa, Turn& turn, const Message& request) {
    const auto run = sa.negotiation->eap;  // outlives the Negotiation
    auto& server = std::get<eap::Server>(run->conversation);
    if (run->finished)
        return accept_initiator(sa, turn, request, run->first, eap::identity_of(server.identity()));
    const auto* eap = request.get<EapPayload>();
    if (eap == nullptr)
        return refuse_for_good(NotifyType::invalid_syntax, Failure::invalid_syntax, "IKE_AUTH without EAP");
    auto step = server.take(eap->message);
    run->finished = step.kind == eap::Server::Step::Kind::success;
    if (step.why.empty()) return Payloads{payload(EapPayload{std::move(step.packet)})};
    run->refused = fmt::format("{} (user {})", step.why, to_string(eap::identity_of(server.identity())));
    if (step.kind == eap::Server::Step::Kind::failure) sa.ending = {Failure::eap_failed, run->refused};
    // Some leave without a word once they are told that they will fail.
    sa.half_open_at = std::min(sa.half_open_at.value_or(Instant::max()), turn.now + patience_with_refused);
    return Payloads{payload(EapPayload{std::move(step.packet)})};
}

}  // namespace ike::engine
