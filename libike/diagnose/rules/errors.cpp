// Error notifications that no other rule is about (RFC 7296 section 3.10.1), and what to do about each.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {
namespace {

bool has_own_rule(NotifyType type) {
    switch (type) {
        case NotifyType::no_proposal_chosen:
        case NotifyType::ts_unacceptable:
        case NotifyType::invalid_ke_payload:
        case NotifyType::authentication_failed:
        case NotifyType::unacceptable_addresses:
        case NotifyType::unexpected_nat_detected:
        case NotifyType::temporary_failure:
            return true;
        default:
            return false;
    }
}

struct Remedy {
    NotifyType type;
    std::string_view reference, advice;
};
constexpr Remedy remedies[] = {
    {NotifyType::unsupported_critical_payload, "RFC 7296 section 2.5",
     "The sender marks a payload critical that the other end does not know: turn the extension that needs it "
     "off, or update the other end."},
    {NotifyType::invalid_major_version, "RFC 7296 section 2.5",
     "The two ends speak different versions of IKE: configure the same at both."},
    {NotifyType::invalid_syntax, "RFC 7296 section 2.21.2",
     "The end that answered could not read the request: see --tree for the payload, and its log for the "
     "field."},
    {NotifyType::invalid_message_id, "RFC 7296 section 2.3",
     "One end lost count of its requests: look for a failover or a restored snapshot, and make a new IKE "
     "SA."},
    {NotifyType::single_pair_required, "RFC 7296 section 2.9",
     "Let the initiator ask for one pair of addresses: the responder makes a Child SA for each."},
    {NotifyType::no_additional_sas, "RFC 7296 section 1.3",
     "The responder takes no more Child SAs in this IKE SA: put the selectors into one Child SA, or make an "
     "IKE "
     "SA for each."},
    {NotifyType::internal_address_failure, "RFC 7296 section 3.15.4",
     "The responder has no address to give: see whether its pool is used up, or lacks the family asked for."},
    {NotifyType::failed_cp_required, "RFC 7296 section 2.19",
     "The responder hands out addresses and the initiator asked for none: let it ask (strongSwan: vips, "
     "libreswan: leftmodecfgclient), or take the pool from the responder's connection."},
    {NotifyType::invalid_selectors, "RFC 7296 section 3.10.1",
     "A packet came out of the tunnel that its selectors do not allow: compare the policies of both ends."},
    {NotifyType::state_not_found, "RFC 9370 section 2.2.4",
     "IKE_FOLLOWUP_KE named a key exchange that the responder has dropped: it took too long, or the "
     "responder "
     "restarted."},
};

/// What the notification says beyond its name.
std::string detail(const Notify& error) {
    if (error.type == NotifyType::unsupported_critical_payload && error.data.size() == 1)
        return fmt::format(" for payload type {}", error.data[0]);
    return {};
}

void tell(const Case& in, const IkeSaFacts& sa, const Exchange& exchange, const MessageFacts& message) {
    const auto& error = *message.error();
    // CHILD_SA_NOT_FOUND follows from both ends acting at once (RFC 7296 section 2.25.1).
    const bool harmless = error.type == NotifyType::child_sa_not_found;
    const bool child =
        exchange.type == ExchangeType::create_child_sa || exchange.type == ExchangeType::ike_auth;
    auto& made =
        in.add(child && !harmless ? "child-refused" : "ike-error",
               harmless ? Severity::note : Severity::error, Grade::observed, sa.name(),
               fmt::format("{} {} {}{}", to_string(message.first().way.source),
                           &message == &exchange.response ? fmt::format("answered {} with", exchange.name())
                                                          : fmt::format("says in {}", exchange.name()),
                           to_string(error.type), detail(error)),
               {message.first().frame});
    const auto remedy = std::ranges::find(remedies, error.type, &Remedy::type);
    if (remedy == std::end(remedies)) return;
    made.reference = remedy->reference;
    made.advice = remedy->advice;
}

}  // namespace

void judge_errors(const Case& in, const IkeSaFacts& sa) {
    for (const auto& exchange : sa.exchanges) {
        for (const auto* message : {&exchange.request, &exchange.response}) {
            const auto* error = message->error();
            if (error == nullptr || has_own_rule(error->type)) continue;
            if (error->type == NotifyType::invalid_ike_spi || error->type == NotifyType::invalid_spi) {
                in.add("peer-lost-state", Severity::error, Grade::observed, sa.name(),
                       fmt::format("{} says {}: it does not know the SA any more",
                                   to_string(message->first().way.source), to_string(error->type)),
                       {message->first().frame});
            } else {
                tell(in, sa, exchange, *message);
            }
        }
    }
}

}  // namespace ike::diagnose
