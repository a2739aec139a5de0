#include "libike/engine/exchanges/intermediate.hpp"

#include "libike/engine/exchanges/methods.hpp"
#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/exchanges/offers.hpp"

namespace ike::engine {
namespace {

/// The key exchange whose turn it is (RFC 9370 section 2.2.2), nothing after the last.
std::optional<KeId> next_method(const IkeSa& sa) {
    const auto done = sa.negotiation->intermediate_done;
    return done < sa.suite->additional.size() ? std::optional{sa.suite->additional[done]} : std::nullopt;
}

IkeKeys derive(const IkeSa& sa, ByteView secret) {
    const auto& negotiation = *sa.negotiation;
    return derive_intermediate_keys(*sa.suite, sa.sk_d, secret,
                                    {negotiation.nonce_i, negotiation.nonce_r, sa.spi_i, sa.spi_r});
}

}  // namespace

void add_to_transcript(IkeSa& sa, Role sender, const Header& header, const Payloads& payloads) {
    auto& negotiation = *sa.negotiation;
    auto& so_far = sender == Role::initiator ? negotiation.transcript_i : negotiation.transcript_r;
    const auto& key = sender == Role::initiator ? sa.sk_pi : sa.sk_pr;
    Writer content;
    write_chain(payloads, content);
    const auto first = payloads.empty() ? PayloadType::none : payloads.front().type;
    // With the plain content in the place of the encrypted one both lengths are what the RFC wants them to
    // be.
    const auto octets = write_message({header, {payload(PayloadType::sk, SkPayload{first, content.take()})}});
    const ByteView parts[] = {so_far, octets};
    so_far = to_bytes(crypto::prf(sa.suite->prf, key, parts).view());
}

void close_transcript(IkeSa& sa, std::uint32_t auth_message_id) {
    auto& negotiation = *sa.negotiation;
    if (negotiation.intermediate_done == 0 || !negotiation.transcript.empty()) return;
    negotiation.transcript =
        concat(negotiation.transcript_i, negotiation.transcript_r, Writer{}.number(auth_message_id).take());
}

void go_on_to_auth(IkeSa& sa, Turn& turn) {
    if (next_method(sa)) return sa.ask(turn, IntermediateExchange{});
    sa.ask(turn, AuthExchange{});
}

std::optional<Payloads> IntermediateExchange::request(IkeSa& sa, Turn& turn) {
    auto made = crypto::KeyExchange::generate(*next_method(sa), turn.rng);
    if (!made) {
        sa.fail(turn, Failure::invalid_ke, made.error().what);
        return std::nullopt;
    }
    ke.emplace(std::move(*made));
    Payloads payloads{payload(KePayload{ke->id(), 0, to_bytes(ke->public_value())})};
    // RFC 9593 section 3.1: a list too long for IKE_SA_INIT is asked for here.
    if (announces_methods(sa) && sa.negotiation->peer_methods.empty())
        payloads.push_back(notify(NotifyType::supported_auth_methods));
    add_to_transcript(sa, Role::initiator, sa.header(type, sa.window.next_request, Direction::request),
                      payloads);
    return payloads;
}

void IntermediateExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    if (const auto* error = first_error(reply)) {
        return sa.fail(turn, failure_of(error->type), "the responder refused IKE_INTERMEDIATE", error->type);
    }
    const auto* theirs = reply.get<KePayload>();
    if (theirs == nullptr || theirs->group != ke->id()) {
        return sa.fail(turn, Failure::invalid_syntax,
                       "the IKE_INTERMEDIATE response has no KE payload of that method");
    }
    const auto secret = ke->agree(theirs->data);
    if (!secret) return sa.fail(turn, Failure::invalid_ke, secret.error().what);
    add_to_transcript(sa, Role::responder, reply.header, reply.payloads);
    take_supported_methods(sa, reply);
    ++sa.negotiation->intermediate_done;
    const auto taken =
        sa.take_keys(turn, derive(sa, *secret), *secret, sa.negotiation->nonce_i, sa.negotiation->nonce_r);
    if (!taken) return sa.fail(turn, Failure::no_proposal_chosen, taken.error().what);
    go_on_to_auth(sa, turn);
}

Answer answer_intermediate(IkeSa& sa, Turn& turn, const Message& request) {
    const auto method = next_method(sa);
    const auto* theirs = request.get<KePayload>();
    if (!method || theirs == nullptr || theirs->group != *method) {
        return refuse_for_good(NotifyType::invalid_syntax, Failure::invalid_syntax,
                               "IKE_INTERMEDIATE without the key exchange whose turn it is");
    }
    auto made = crypto::KeyExchange::respond(*method, theirs->data, turn.rng);
    if (!made) return refuse_for_good(NotifyType::invalid_syntax, Failure::invalid_ke, made.error().what);
    add_to_transcript(sa, Role::initiator, request.header, request.payloads);
    Payloads payloads{payload(KePayload{*method, 0, made->public_value})};
    if (request.notify(NotifyType::supported_auth_methods) != nullptr)
        payloads.push_back(supported_methods(sa));
    add_to_transcript(
        sa, Role::responder,
        sa.header(ExchangeType::ike_intermediate, request.header.message_id, Direction::response), payloads);
    ++sa.negotiation->intermediate_done;
    sa.negotiation->next_keys = derive(sa, made->shared_secret);
    sa.negotiation->next_secret = std::move(made->shared_secret);
    return payloads;
}

void take_next_keys(IkeSa& sa, Turn& turn) {
    auto& negotiation = *sa.negotiation;
    // A repeated request comes under the keys it first came under.
    negotiation.former_inbound = std::move(sa.inbound);
    auto keys = std::move(*std::exchange(negotiation.next_keys, std::nullopt));
    const auto taken = sa.take_keys(turn, std::move(keys), negotiation.next_secret, negotiation.nonce_i,
                                    negotiation.nonce_r);
    if (!taken) sa.fail(turn, Failure::no_proposal_chosen, taken.error().what);
}

}  // namespace ike::engine
