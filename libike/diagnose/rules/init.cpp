// From IKE_SA_INIT to IKE_AUTH: who does not answer, and where port 4500 ends.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t port_ike = 500, port_encapsulation = 4500;
/// IKE messages longer than this hardly fit the path: their size may be the reason.
constexpr std::uint32_t large = 1240;

bool refused(const IkeSaFacts& sa) {
    return std::ranges::any_of(sa.exchanges, [](const Exchange& each) {
        return each.type == ExchangeType::ike_sa_init && each.response.error() != nullptr &&
               each.response.error()->type != NotifyType::invalid_ke_payload;
    });
}

const Exchange* last_of(const IkeSaFacts& sa, ExchangeType type) {
    const auto found = std::find_if(sa.exchanges.rbegin(), sa.exchanges.rend(),
                                    [&](const Exchange& each) { return each.type == type; });
    return found == sa.exchanges.rend() ? nullptr : &*found;
}

bool is_half_open_flood(const Case& in, const IkeSaFacts& sa) {
    return std::ranges::any_of(in.facts.half_open, [&](const HalfOpenBurst& each) {
        return each.responder == sa.begun.destination.address && sa.first.time >= each.first &&
               sa.first.time <= each.last;
    });
}

void look_at_unanswered_init(const Case& in, const IkeSaFacts& sa, const Exchange& init) {
    const auto fate = in.fate(init.request);
    auto text = fmt::format("IKE_SA_INIT from {} was sent {} and never answered",
                            to_string(init.request.first().way), tries_text(init));
    const auto schedule = schedule_text(init.request);
    if (!schedule.empty()) text += "; " + schedule;
    const auto* icmp = in.complaint(init.request);
    const bool nobody = icmp != nullptr && icmp->kind == IcmpFacts::Kind::port_unreachable &&
                        icmp->seen.way.source.address == icmp->about.destination.address;
    if (fate == Fate::arrived) text += "; it reached the other end, which kept silent";
    if (fate == Fate::lost) text += "; it never reached the other end";
    if (nobody) {
        text += "; the host answers with ICMP port unreachable: nobody listens there";
    } else if (icmp != nullptr) {
        text += fmt::format("; {} says by ICMP that it cannot be reached",
                            to_string(icmp->seen.way.source.address));
    } else if (fate == Fate::unknown) {
        text += "; whether it was lost or ignored this capture cannot tell";
    }
    auto frames = frames_of(init.request);
    if (icmp != nullptr) frames.push_back(icmp->seen.frame);
    auto& made = in.add(fate == Fate::lost ? "path-black-hole" : "peer-dead", Severity::error,
                        fate != Fate::unknown || nobody ? Grade::observed
                        : icmp != nullptr               ? Grade::inferred
                                                        : Grade::unknown,
                        sa.name(), text, frames);
    if (nobody) {
        made.advice =
            "Start the IKE daemon there, or ask another address or port: nobody listens on the one that was "
            "asked.";
    }
}

/// IKE_AUTH leaves for port 4500 and is not heard of again.
void look_at_silent_auth(const Case& in, const IkeSaFacts& sa, const Exchange& auth) {
    const auto& request = auth.request;
    if (request.fragments > 0 || request.first().ip_fragments) return;  // size is the better explanation
    const auto& way = request.first().way;
    if (way.destination.port != port_encapsulation && way.source.port != port_encapsulation) return;
    const auto fate = in.fate(request);
    if (const auto answers = in.answers_there(sa, auth); answers > 0) {
        in.add("udp4500-blocked", Severity::error, Grade::observed, sa.name(),
               fmt::format("{} was sent {} on {} and answered {} at the other end: UDP 4500 is blocked on "
                           "the way back",
                           auth.name(), times_text(request.count), to_string(way), times_text(answers)),
               frames_of(request));
        return;
    }
    if (fate == Fate::arrived) {
        in.add("peer-dead", Severity::error, Grade::observed, sa.name(),
               fmt::format("{} reached the responder {} and was never answered", auth.name(),
                           times_text(request.count)),
               frames_of(request));
        return;
    }
    const bool big = request.first().size > large;
    auto text = fmt::format("IKE_SA_INIT was answered, but {} on {} was sent {} and never answered",
                            auth.name(), to_string(way), tries_text(auth));
    if (fate == Fate::lost) text += "; it never reached the other end: UDP 4500 is blocked on the way there";
    if (fate == Fate::unknown) text += "; UDP 4500 is blocked there or back";
    if (big)
        text += fmt::format(" (with {} octets it may also be too large for the path)", request.first().size);
    in.add("udp4500-blocked", Severity::error, fate == Fate::lost ? Grade::observed : Grade::inferred,
           sa.name(), text, frames_of(request));
}

/// The responder answers IKE_AUTH again and again: its answers do not get back.
void look_at_repeated_auth(const Case& in, const IkeSaFacts& sa, const Exchange& auth) {
    const auto& response = auth.response;
    if (auth.request.count < 3 || response.count < 3 || response.fragments > 0 ||
        response.first().ip_fragments)
        return;
    const auto& last = auth.request.last;
    if (last.time < response.first().time) return;
    const auto fate = in.fate(response);
    if (fate == Fate::arrived) return;
    in.add("udp4500-blocked", Severity::error, fate == Fate::lost ? Grade::observed : Grade::inferred,
           sa.name(),
           fmt::format("{} was answered {} and asked again each time: the answers on {} do not get back",
                       auth.name(), times_text(response.count), to_string(response.first().way)),
           frames_of(auth));
}

/// Seen from the responder: IKE_SA_INIT is answered, and nothing follows.
void look_at_missing_auth(const Case& in, const IkeSaFacts& sa, const Exchange& init) {
    if (refused(sa) || is_half_open_flood(in, sa)) return;
    const bool chose = init.response.get<SaPayload>() != nullptr ||
                       (init.response.cut && init.response.begins == PayloadType::sa);
    if (init.response.notify(NotifyType::cookie) != nullptr || !chose) return;
    if (between(init.response.last.time, in.facts.end) < 3s || place_of(sa) == Place::initiator) return;
    const bool port_500 = init.request.first().way.destination.port == port_ike;
    if (!port_500) return;
    // Whoever could not go on, asks anew. Once alone may be a scanner.
    const auto attempts = std::ranges::count_if(in.facts.sas, [&](const IkeSaFacts& other) {
        return other.init_seen && other.begun.source.address == sa.begun.source.address &&
               other.begun.destination.address == sa.begun.destination.address;
    });
    if (init.request.count >= 3 && init.request.last.time > init.response.first().time) {
        in.add("path-black-hole", Severity::error, Grade::inferred, sa.name(),
               "IKE_SA_INIT was answered each time and asked again: the answers do not get back to the "
               "initiator",
               frames_of(init));
        return;
    }
    // The other end's capture says what became of IKE_AUTH, where it has this IKE SA; an answer that cannot
    // be delivered went to a forged address.
    const bool known_there = in.exchange_there(sa, init) != nullptr;
    if (known_there || in.complaint(init.response) != nullptr) return;
    const bool clear = attempts > 1 || between(init.response.last.time, in.facts.end) > 20s;
    in.add("udp4500-blocked", clear ? Severity::error : Severity::note,
           clear ? Grade::inferred : Grade::unknown, sa.name(),
           fmt::format("IKE_SA_INIT from {} was answered and nothing came after it{}: IKE_AUTH does not get "
                       "here (UDP 4500 is blocked, or its IP fragments are lost), or the initiator gave up",
                       to_string(sa.begun.source),
                       attempts > 1 ? fmt::format(", in {} attempts", attempts) : std::string{}),
           frames_of(init));
}

}  // namespace

void judge_init(const Case& in, const IkeSaFacts& sa) {
    if (!sa.init_seen || sa.version1) return;
    const auto* init = last_of(sa, ExchangeType::ike_sa_init);
    if (init == nullptr || !init->request.seen()) return;
    if (was_answered_unseen(sa, *init)) return;
    if (!init->answered()) {
        if (is_unanswered(*init, in.facts) && !is_half_open_flood(in, sa))
            look_at_unanswered_init(in, sa, *init);
        return;
    }
    const auto* auth = last_of(sa, ExchangeType::ike_auth);
    if (auth == nullptr) {
        if (last_of(sa, ExchangeType::ike_intermediate) == nullptr) look_at_missing_auth(in, sa, *init);
        return;
    }
    if (!auth->request.seen()) return;
    if (was_answered_unseen(sa, *auth)) return;
    if (!auth->answered()) {
        if (is_unanswered(*auth, in.facts)) look_at_silent_auth(in, sa, *auth);
    } else {
        look_at_repeated_auth(in, sa, *auth);
    }
}

}  // namespace ike::diagnose
