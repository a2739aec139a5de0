// Refused authentication, and the likely cause.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

/// Where AUTHENTICATION_FAILED was said, and by whom.
struct Refusal {
    const Exchange* exchange = nullptr;
    bool by_initiator = false;
    std::uint64_t frame = 0;
};

std::optional<Refusal> find_refusal(const IkeSaFacts& sa) {
    for (const auto& exchange : sa.exchanges) {
        for (const auto* message : {&exchange.request, &exchange.response}) {
            if (message->notify(NotifyType::authentication_failed) == nullptr) continue;
            const bool request = message == &exchange.request;
            return Refusal{&exchange, request == exchange.from_initiator, message->first().frame};
        }
    }
    return std::nullopt;
}

/// What the side that was refused had put forward.
struct Claim {
    const AuthPayload* auth = nullptr;
    const Check* check = nullptr;  ///< of AUTH, where it could be verified
    bool eap = false;
    bool hidden = false;  ///< an IKE_AUTH message of that side could not be read
    std::uint64_t frame = 0;
};
Claim claim_of(const IkeSaFacts& sa, bool of_initiator) {
    Claim claim;
    for (const auto& exchange : sa.exchanges) {
        if (exchange.type != ExchangeType::ike_auth) continue;
        const auto& message = of_initiator == exchange.from_initiator ? exchange.request : exchange.response;
        if (const auto* auth = message.get<AuthPayload>()) {
            claim.auth = auth;
            claim.check = message.check("auth");
            claim.frame = message.first().frame;
        }
        claim.eap = claim.eap || message.get<EapPayload>() != nullptr;
        if (message.seen() && !message.readable) {
            claim.hidden = true;
            claim.frame = message.first().frame;
        }
    }
    return claim;
}

std::string date_text(std::int64_t seconds) {
    const std::chrono::sys_seconds time{std::chrono::seconds{seconds}};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count());
}

/// How the clock of the other end's capture shows the beginning of this IKE SA, where there is one.
std::optional<std::int64_t> time_there(const Case& in, const IkeSaFacts& sa) {
    if (in.other == nullptr) return std::nullopt;
    const auto found = std::ranges::find(in.other->sas, sa.spis, &IkeSaFacts::spis);
    if (found == in.other->sas.end()) return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(found->first.time).time_since_epoch().count();
}

/// The clock that counts is that of the end that refused; is this its capture?
bool is_clock_of_refuser(const IkeSaFacts& sa, const std::optional<Refusal>& refusal) {
    return refusal && place_of(sa) == (refusal->by_initiator ? Place::initiator : Place::responder);
}

/// Certificates outside their time, by the capture's clock. True where that is why one was refused.
bool look_at_validity(const Case& in, const IkeSaFacts& sa, const std::optional<Refusal>& refusal) {
    constexpr std::int64_t day = 86400;  // clocks of captures are seldom further off
    const auto now = std::chrono::floor<std::chrono::seconds>(sa.first.time).time_since_epoch().count();
    const auto there = time_there(in, sa);
    bool explains = false;
    for (const auto& cert : sa.certificates) {
        const bool early = now<cert.not_before, late = now> cert.not_after;
        if (!early && !late) continue;
        const bool near = early ? cert.not_before - now < day : now - cert.not_after < day;
        const bool valid_there = there && *there >= cert.not_before && *there <= cert.not_after;
        const bool own = refusal && cert.from_initiator == refusal->by_initiator;  // not the one refused
        const bool refused = refusal && !own;
        const bool doubtful = near && (valid_there || !is_clock_of_refuser(sa, refusal));
        const auto* outcome = refused          ? "; authentication failed"
                              : sa.established ? "; it was accepted all the same"
                                               : "";
        in.add("auth-certificate-expired",
               refused && !doubtful ? Severity::error
               : near               ? Severity::note
                                    : Severity::warning,
               doubtful ? Grade::unknown : Grade::observed, sa.name(),
               fmt::format("the {}'s certificate {} {} {} (capture: {}){}{}",
                           cert.from_initiator ? "initiator" : "responder", cert.subject,
                           early ? "is valid only from" : "expired",
                           date_text(early ? cert.not_before : cert.not_after), date_text(now), outcome,
                           doubtful ? "; the clock of this capture may be wrong" : ""),
               {cert.frame});
        explains = explains || (refused && !doubtful);
    }
    return explains;
}

/// Did this identity authenticate elsewhere in the capture?
bool succeeded_elsewhere(const Facts& facts, const std::string& initiator_id) {
    return std::ranges::any_of(facts.sas, [&](const IkeSaFacts& other) {
        return other.established && !initiator_id.empty() && other.initiator_id == initiator_id;
    });
}
/// The identity under which this responder was accepted elsewhere in the capture.
std::string known_identity(const Facts& facts, const IkeSaFacts& sa) {
    for (const auto& other : facts.sas) {
        const bool same =
            other.established && other.begun.destination.address == sa.begun.destination.address;
        if (same && !other.responder_id.empty()) return other.responder_id;
    }
    return {};
}

struct Blame {
    const Case& in;
    const IkeSaFacts& sa;
    const Refusal& refusal;
    const Claim& claim;
    std::string who() const {
        return refusal.by_initiator ? "the initiator refused the responder"
                                    : "the responder refused the initiator";
    }
    void add(std::string_view id, Severity severity, Grade grade, const std::string& why) const {
        in.add(id, severity, grade, sa.name(), fmt::format("{}: {} ({})", who(), why, identities_text(sa)),
               {claim.frame, refusal.frame});
    }
};

/// RFC 7296 section 3.5: the answer has another identity than was asked for.
bool blame_identities(const Blame& blame) {
    const auto& sa = blame.sa;
    const bool other = !sa.wanted_responder_id.empty() && !sa.responder_id.empty() &&
                       sa.wanted_responder_id != sa.responder_id;
    if (blame.refusal.by_initiator && other) {
        blame.add(
            "auth-id-mismatch", Severity::error, Grade::observed,
            fmt::format("it asked for {} and was answered by {}", sa.wanted_responder_id, sa.responder_id));
        return true;
    }
    const auto known = known_identity(blame.in.facts, sa);
    if (!blame.refusal.by_initiator && !sa.wanted_responder_id.empty() && !known.empty() &&
        known != sa.wanted_responder_id) {
        blame.add("auth-id-mismatch", Severity::error, Grade::inferred,
                  fmt::format("the responder goes by {} elsewhere in this capture, and {} was asked for",
                              known, sa.wanted_responder_id));
        return true;
    }
    for (const auto& cert : sa.certificates) {
        if (!cert.leaf || cert.identity.empty() || cert.names_identity) continue;
        if (cert.from_initiator == blame.refusal.by_initiator) continue;  // not the one that was refused
        blame.add(
            "auth-id-mismatch", Severity::error, Grade::observed,
            fmt::format("its certificate {} does not name the identity {}", cert.subject, cert.identity));
        return true;
    }
    return false;
}

void blame_psk(const Blame& blame) {
    const auto& sa = blame.sa;
    const auto* check = blame.claim.check;
    // The secret that was given is the one that ought to be used.
    if (check != nullptr && check->result == IcvState::bad) {
        return blame.add("auth-psk", Severity::error, Grade::observed,
                         "its AUTH payload was made with another secret than any that was given here");
    }
    if (check != nullptr) {
        blame.add(
            "auth-psk", Severity::error, Grade::inferred,
            "its AUTH payload is right by the secret that was given here: the end that refused has another "
            "secret, or none, for these identities");
        return blame.add(
            "auth-id-mismatch", Severity::note, Grade::unknown,
            "an identity that the other end has no configuration for looks the same from outside");
    }
    const bool known = succeeded_elsewhere(blame.in.facts, sa.initiator_id);
    blame.add("auth-psk", Severity::error, Grade::inferred,
              known ? "the pre-shared secrets differ; the identities were accepted elsewhere in this capture"
                    : "the pre-shared secrets differ, or there is none for these identities");
    if (known) return;
    blame.add("auth-id-mismatch", Severity::note, Grade::unknown,
              "an identity that the other end has no configuration for looks the same from outside");
}

void blame_signature(const Blame& blame) {
    const auto& sa = blame.sa;
    const bool of_initiator = !blame.refusal.by_initiator;
    const CertificateFacts* leaf = nullptr;
    const CertificateFacts* others = nullptr;
    for (const auto& cert : sa.certificates) {
        if (cert.leaf) (cert.from_initiator == of_initiator ? leaf : others) = &cert;
    }
    const auto& wanted = sa.trusted[of_initiator ? 1 : 0];
    const auto& own = sa.trusted[of_initiator ? 0 : 1];
    const bool disjoint =
        !wanted.empty() && !own.empty() &&
        std::ranges::none_of(wanted, [&](const auto& each) { return std::ranges::count(own, each) > 0; });
    const bool other_issuer = leaf != nullptr && others != nullptr && leaf->issuer != others->issuer;
    if (blame.claim.check != nullptr && blame.claim.check->result == IcvState::bad) {
        return blame.add("auth-failed", Severity::error, Grade::observed,
                         fmt::format("its signature does not verify: {}", blame.claim.check->detail.view()));
    }
    auto why = leaf == nullptr
                   ? std::string{"it sent no certificate that could be read"}
                   : fmt::format("its certificate {} was issued by {}", leaf->subject, leaf->issuer);
    if (disjoint) why += "; the two ends trust different CAs";
    if (other_issuer) why += fmt::format("; the other end's was issued by {}", others->issuer);
    if (leaf != nullptr && leaf->self_signed) why += "; it is self-signed";
    if (blame.claim.check != nullptr) why += "; its signature is right";
    const bool evidence = disjoint || other_issuer || (leaf != nullptr && leaf->self_signed);
    const bool same_ca = leaf != nullptr && others != nullptr && !other_issuer && !disjoint;
    if (same_ca && !leaf->self_signed) {
        blame.add("auth-id-mismatch", Severity::error, Grade::inferred,
                  why +
                      ", as the other end's own was, and is good as far as this capture tells: another "
                      "identity was expected");
        return;
    }
    blame.add("auth-unknown-ca", Severity::error, evidence ? Grade::inferred : Grade::unknown, why);
}

/// The one request, short and at once after IKE_AUTH, with which the initiator ends what it does not like
/// (RFC 7296 section 2.21.2); nullptr where the IKE SA went on or was used.
const Exchange* ended_at_once(const Case& in, const IkeSaFacts& sa, const Exchange& auth) {
    constexpr auto at_once = 500ms;
    constexpr std::uint32_t one_payload = 96;  // Delete or AUTHENTICATION_FAILED, padded
    const auto& last = sa.exchanges.back();
    const auto since = between(auth.response.first().time, last.request.first().time);
    const bool leaves = last.type == ExchangeType::informational && last.from_initiator &&
                        last.request.seen() && !last.request.readable &&
                        last.message_id == auth.message_id + 1 && last.request.first().size <= one_payload &&
                        since >= 0s && since < at_once;
    if (!leaves) return nullptr;
    const bool used = std::ranges::any_of(children_of(sa, in.facts), [](const ChildView& each) {
        return each.forth != nullptr || each.back != nullptr;
    });
    return used ? nullptr : &last;
}

/// Without keys: a short answer to IKE_AUTH, and nothing after it.
void look_at_short_answer(const Case& in, const IkeSaFacts& sa) {
    constexpr std::uint32_t only_a_notify = 96;  // 65 octets with AES-GCM, 80 with AES-CBC and HMAC-SHA2-256
    const Exchange* last = nullptr;
    for (const auto& exchange : sa.exchanges) {
        if (exchange.type == ExchangeType::ike_auth) last = &exchange;
    }
    if (last == nullptr || !last->answered() || last->response.readable) return;
    if (const auto* end = ended_at_once(in, sa, *last)) {
        auto frames = frames_of(*last);
        frames.push_back(end->request.first().frame);
        in.add("auth-failed", Severity::error, Grade::inferred, sa.name(),
               fmt::format(
                   "the initiator had something to say {} after IKE_AUTH was answered and nothing followed, "
                   "no ESP either: it refused the responder (certificate, identity, EAP) and left, most "
                   "likely",
                   duration_text(between(last->response.first().time, end->request.first().time))),
               frames);
        return;
    }
    if (is_established(sa, in.facts)) return;
    if (last->response.first().size > only_a_notify || last->response.fragments > 0) return;
    in.add("auth-failed", Severity::error, Grade::inferred, sa.name(),
           fmt::format("IKE_AUTH was answered with only {} octets and the IKE SA never used: authentication "
                       "was refused, most likely",
                       last->response.first().size),
           frames_of(*last));
}

/// AUTH payloads that were accepted although they cannot be verified here: with another secret than theirs.
void look_at_accepted(const Case& in, const IkeSaFacts& sa) {
    for (const auto& exchange : sa.exchanges) {
        for (const auto* message : {&exchange.request, &exchange.response}) {
            const auto* check = message->check("auth");
            if (check == nullptr || check->result != IcvState::bad || !is_established(sa, in.facts)) continue;
            in.add("keys-do-not-match", Severity::note, Grade::observed, sa.name(),
                   fmt::format(
                       "the AUTH payload of {} was accepted by the other end and is wrong here ({}): the "
                       "secret or certificate at hand is not theirs",
                       to_string(message->first().way.source), check->detail.view()),
                   {message->first().frame});
        }
    }
}

}  // namespace

void judge_auth(const Case& in, const IkeSaFacts& sa) {
    const auto refusal = find_refusal(sa);
    const bool expired = look_at_validity(in, sa, refusal);
    if (judge_eap(in, sa)) return;
    if (!refusal) {
        look_at_accepted(in, sa);
        return look_at_short_answer(in, sa);
    }
    const auto claim = claim_of(sa, !refusal->by_initiator);
    const Blame blame{in, sa, *refusal, claim};
    if (expired) return;
    if (blame_identities(blame)) return;
    if (claim.auth == nullptr && claim.hidden) {
        return blame.add("auth-failed", Severity::error, Grade::observed,
                         "what it refused is in a message that could not be opened");
    }
    if (claim.eap || (claim.auth == nullptr && !refusal->by_initiator)) {
        return in.out.find("auth-eap", sa.name()) != nullptr
                   ? void()
                   : void(in.add(claim.eap ? "auth-eap" : "auth-failed", Severity::error, Grade::inferred,
                                 sa.name(),
                                 fmt::format("{} without an AUTH payload: {} ({})", blame.who(),
                                             claim.eap ? "during EAP"
                                                       : "EAP was asked for, or its identity is not known",
                                             identities_text(sa)),
                                 {refusal->frame}));
    }
    const bool psk = claim.auth != nullptr && claim.auth->method == AuthMethod::shared_key_mic;
    if (psk) return blame_psk(blame);
    blame_signature(blame);
}

}  // namespace ike::diagnose
