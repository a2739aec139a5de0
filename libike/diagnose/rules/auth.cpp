// Refused authentication, and the likely cause.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"
#include "libike/eap/packet.hpp"

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
    }
    return claim;
}

std::string identities(const IkeSaFacts& sa) {
    auto text = fmt::format("initiator {}", sa.initiator_id.empty() ? "(not seen)" : sa.initiator_id);
    if (!sa.responder_id.empty()) text += ", responder " + sa.responder_id;
    if (sa.responder_id.empty() && !sa.wanted_responder_id.empty())
        text += ", asked for responder " + sa.wanted_responder_id;
    return text;
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

/// Certificates outside their time, by the capture's clock.
void look_at_validity(const Case& in, const IkeSaFacts& sa, bool refused) {
    const auto now = std::chrono::floor<std::chrono::seconds>(sa.first.time).time_since_epoch().count();
    for (const auto& cert : sa.certificates) {
        const bool early = now<cert.not_before, late = now> cert.not_after;
        if (!early && !late) continue;
        in.add("auth-certificate-expired", refused ? Severity::error : Severity::warning, Grade::observed,
               sa.name(),
               fmt::format("the {}'s certificate {} {} {} (capture: {}){}",
                           cert.from_initiator ? "initiator" : "responder", cert.subject,
                           early ? "is valid only from" : "expired",
                           date_text(early ? cert.not_before : cert.not_after), date_text(now),
                           refused ? "; authentication failed" : "; it was accepted all the same"),
               {cert.frame});
    }
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
        in.add(id, severity, grade, sa.name(), fmt::format("{}: {} ({})", who(), why, identities(sa)),
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
                         "its signature does not verify: " + blame.claim.check->detail);
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

/// What a Failure packet of MS-CHAPv2 says, RFC 2759 section 6: "E=691 R=1 C=... V=3 M=..."; empty for other
/// packets.
std::string mschap_failure(const EapPayload& eap) {
    constexpr std::size_t header = 9;  // code, identifier, length, type; OpCode, MS-CHAPv2-ID, MS-Length
    constexpr std::uint8_t failure = 4;
    const auto& octets = eap.message;
    const bool whole = octets.size() >= header;
    const auto type = whole ? static_cast<EapType>(octets[4]) : EapType{};
    if (!whole || (type != EapType::ms_eap && type != EapType::mschapv2) || octets[5] != failure) return {};
    static constexpr std::pair<std::string_view, std::string_view> meanings[] = {
        {"646", "restricted logon hours"},
        {"647", "account disabled"},
        {"648", "password expired"},
        {"649", "no dial-in permission"},
        {"691", "wrong user name or password"},
        {"709", "password change failed"},
    };
    const std::string text{octets.begin() + header, octets.end()};
    const auto at = text.find("E=");
    const auto code = at == text.npos ? std::string{} : text.substr(at + 2, text.find(' ', at) - at - 2);
    const auto known =
        std::ranges::find(meanings, code, &std::pair<std::string_view, std::string_view>::first);
    return known == std::end(meanings)
               ? std::string{"the server said Failure"}
               : fmt::format("the server said Failure, error {}: {}", code, known->second);
}

/// A method's own word for failure, which the client may end the IKE SA upon before EAP does.
bool look_at_eap_method(const Case& in, const IkeSaFacts& sa) {
    for (const auto& exchange : sa.exchanges) {
        const auto* eap = exchange.response.get<EapPayload>();
        const auto failure = eap == nullptr ? std::string{} : mschap_failure(*eap);
        if (failure.empty() || sa.established) continue;
        in.add("auth-eap", Severity::error, Grade::observed, sa.name(),
               fmt::format("EAP-MSCHAPv2: {} ({})", failure, identities(sa)), frames_of(exchange));
        return true;
    }
    return false;
}

/// RFC 3748 section 4.2; inside IKE_AUTH (RFC 7296 section 2.16).
bool look_at_eap(const Case& in, const IkeSaFacts& sa) {
    const EapPayload* last_request = nullptr;
    for (const auto& exchange : sa.exchanges) {
        const auto* eap = exchange.response.get<EapPayload>();
        if (eap == nullptr || eap->message.empty()) continue;
        if (eap->message[0] != static_cast<std::uint8_t>(EapCode::failure)) {
            last_request = eap;
            continue;
        }
        std::string method = "before a method was agreed on";
        if (last_request != nullptr && last_request->message.size() > 4) {
            method = "with " + eap::method_name(static_cast<EapType>(last_request->message[4]));
        }
        in.add("auth-eap", Severity::error, Grade::observed, sa.name(),
               fmt::format("EAP ended in Failure {} ({})", method, identities(sa)), frames_of(exchange));
        return true;
    }
    return false;
}

/// Without keys: a short answer to IKE_AUTH, and nothing after it.
void look_at_short_answer(const Case& in, const IkeSaFacts& sa) {
    constexpr std::uint32_t only_a_notify = 96;  // 65 octets with AES-GCM, 80 with AES-CBC and HMAC-SHA2-256
    const Exchange* last = nullptr;
    for (const auto& exchange : sa.exchanges) {
        if (exchange.type == ExchangeType::ike_auth) last = &exchange;
    }
    if (last == nullptr || !last->answered() || last->response.readable || is_established(sa, in.facts))
        return;
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
                       to_string(message->first().way.source), check->detail),
                   {message->first().frame});
        }
    }
}

}  // namespace

void judge_auth(const Case& in, const IkeSaFacts& sa) {
    const auto refusal = find_refusal(sa);
    look_at_validity(in, sa, refusal.has_value());
    if (look_at_eap_method(in, sa) || look_at_eap(in, sa)) return;
    if (!refusal) {
        look_at_accepted(in, sa);
        return look_at_short_answer(in, sa);
    }
    const auto claim = claim_of(sa, !refusal->by_initiator);
    const Blame blame{in, sa, *refusal, claim};
    if (in.out.find("auth-certificate-expired", sa.name()) != nullptr) return;
    if (blame_identities(blame)) return;
    if (claim.eap || (claim.auth == nullptr && !refusal->by_initiator)) {
        return in.out.find("auth-eap", sa.name()) != nullptr
                   ? void()
                   : void(in.add(claim.eap ? "auth-eap" : "auth-failed", Severity::error, Grade::inferred,
                                 sa.name(),
                                 fmt::format("{} without an AUTH payload: {} ({})", blame.who(),
                                             claim.eap ? "during EAP"
                                                       : "EAP was asked for, or its identity is not known",
                                             identities(sa)),
                                 {refusal->frame}));
    }
    const bool psk = claim.auth != nullptr && claim.auth->method == AuthMethod::shared_key_mic;
    if (psk) return blame_psk(blame);
    blame_signature(blame);
}

}  // namespace ike::diagnose
