// Proposals, selectors, groups and collisions.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"
#include "libike/sa/notify_data.hpp"
#include "libike/sa/suite.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

std::string offer_text(const SaPayload* offer) {
    if (offer == nullptr) return "(not readable)";
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(offer->proposals.size(), 4); ++i) {
        text += (i == 0 ? "" : ", ") + to_string(offer->proposals[i]);
    }
    return offer->proposals.size() > 4 ? text + ", ..." : text;
}

/// Transforms of `wanted` whose type the proposal has, and not with that value.
std::vector<std::string> difference(const Proposal& offered, const Proposal& wanted) {
    std::vector<std::string> missing;
    for (const auto& want : wanted.transforms) {
        if (want.type == TransformType::sn) continue;
        const bool met = std::ranges::any_of(offered.transforms, [&](const Transform& have) {
            return have.type == want.type && have.id == want.id && have.key_length() == want.key_length();
        });
        if (!met) missing.push_back(to_string(want));
    }
    // A type that only the offer has must be met too (RFC 7296 section 3.3.6).
    for (const auto& have : offered.transforms) {
        const bool known = std::ranges::any_of(wanted.transforms,
                                               [&](const Transform& want) { return want.type == have.type; });
        if (!known && have.id != 0 && have.type != TransformType::sn)
            missing.push_back("no " + to_string(have));
    }
    return missing;
}

/// What the refusing side took or offered elsewhere in the capture, compared with what it refused.
std::string smallest_difference(const Case& in, const IkeSaFacts& sa, const SaPayload* offer,
                                const Address& refuser, ProtocolId protocol) {
    if (offer == nullptr) return {};
    std::optional<std::vector<std::string>> best;
    std::string of;
    const auto compare = [&](const SaPayload* accepted) {
        if (accepted == nullptr) return;
        for (const auto& wanted : accepted->proposals) {
            if (wanted.protocol != protocol) continue;
            for (const auto& offered : offer->proposals) {
                auto missing = difference(offered, wanted);
                if (missing.empty() || (best && best->size() <= missing.size())) continue;
                best = std::move(missing);
                of = to_string(wanted);
            }
        }
    };
    for (const auto& other : in.facts.sas) {
        for (const auto& exchange : other.exchanges) {
            if (&other == &sa && exchange.response.error() != nullptr) continue;
            if (exchange.response.seen() && exchange.response.first().way.source.address == refuser)
                compare(exchange.response.get<SaPayload>());
            if (exchange.request.seen() && exchange.request.first().way.source.address == refuser)
                compare(exchange.request.get<SaPayload>());
        }
    }
    if (!best) return "; what it would take is not in this capture";
    std::string text = fmt::format("; elsewhere in this capture it takes {}: to match, the offer needs ", of);
    for (std::size_t i = 0; i < best->size(); ++i)
        text += (i == 0 ? "" : i + 1 == best->size() ? " and " : ", ") + (*best)[i];
    return text;
}

void look_at_refused_proposals(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    if (exchange.response.notify(NotifyType::no_proposal_chosen) == nullptr) return;
    const auto* offer = exchange.request.get<SaPayload>();
    const bool ike =
        exchange.type == ExchangeType::ike_sa_init || (offer != nullptr && !offer->proposals.empty() &&
                                                       offer->proposals.front().protocol == ProtocolId::ike);
    const bool rekey = exchange.type == ExchangeType::create_child_sa;
    auto text = fmt::format("{} refused {}: {}{}", to_string(exchange.response.first().way.source),
                            exchange.name(), offer_text(offer),
                            smallest_difference(in, sa, offer, exchange.response.first().way.source.address,
                                                ike ? ProtocolId::ike : ProtocolId::esp));
    const bool without_ke = rekey && !ike && exchange.request.get<KePayload>() == nullptr;
    if (without_ke)
        text += "; there is no group in the offer: the refuser may insist on perfect forward secrecy";
    in.add(ike ? "no-proposal-ike" : "no-proposal-child", Severity::error, Grade::observed, sa.name(), text,
           frames_of(exchange));
}

void look_at_selectors(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    if (exchange.response.notify(NotifyType::ts_unacceptable) == nullptr) return;
    // Without the address that it should have asked for, its selectors could not be right.
    if (exchange.response.notify(NotifyType::failed_cp_required) != nullptr) return;
    const auto* tsi = exchange.request.get<TsPayload>(PayloadType::tsi);
    const auto* tsr = exchange.request.get<TsPayload>(PayloadType::tsr);
    std::string offered = "(not readable)";
    if (tsi != nullptr && tsr != nullptr) {
        offered = fmt::format("TSi {}, TSr {}", to_string(std::span{tsi->selectors}),
                              to_string(std::span{tsr->selectors}));
    }
    std::string accepted;
    for (const auto& other : in.facts.sas) {
        for (const auto& child : other.children) {
            if (other.begun.destination.address == sa.begun.destination.address && !child.selectors.empty())
                accepted = child.selectors;
        }
    }
    in.add("ts-unacceptable", Severity::error, Grade::observed, sa.name(),
           fmt::format("{} refused the traffic selectors of {}: {}{}",
                       to_string(exchange.response.first().way.source), exchange.name(), offered,
                       accepted.empty() ? "" : "; elsewhere in this capture it took " + accepted),
           frames_of(exchange));
}

/// RFC 7296 section 1.2: one INVALID_KE_PAYLOAD costs a round trip; the same group asked for again and again
/// is a loop.
void look_at_groups(const Case& in, const IkeSaFacts& sa) {
    std::vector<const Exchange*> wrong;
    const Exchange *cookie = nullptr, *other = nullptr;
    for (const auto& exchange : sa.exchanges) {
        const auto* echo = exchange.request.check("cookie");
        if (echo != nullptr && echo->result == IcvState::bad) other = &exchange;
        if (exchange.response.notify(NotifyType::invalid_ke_payload) != nullptr) wrong.push_back(&exchange);
        if (exchange.type == ExchangeType::ike_sa_init &&
            exchange.response.notify(NotifyType::cookie) != nullptr)
            cookie = &exchange;
    }
    const bool flood = std::ranges::any_of(in.facts.half_open, [&](const HalfOpenBurst& each) {
        return each.responder == sa.begun.destination.address && sa.first.time >= each.first &&
               sa.first.time <= each.last;
    });
    if (cookie != nullptr && other == nullptr && (!flood || is_established(sa, in.facts))) {
        in.add("cookie-round-trip", Severity::note, Grade::observed, sa.name(),
               "the responder asked for a cookie first: one round trip more, nothing wrong",
               frames_of(*cookie));
    }
    if (other != nullptr) {
        in.add(
            "cookie-wrong", Severity::warning, Grade::observed, sa.name(),
            fmt::format("the COOKIE that came back from {} {}: the responder asks again and goes no further",
                        to_string(other->request.first().way.source),
                        other->request.check("cookie")->detail.view()),
            frames_of(*other));
    }
    if (wrong.empty()) return;
    const auto wanted = wanted_group(*wrong.back()->response.notify(NotifyType::invalid_ke_payload));
    const auto* ke = wrong.back()->request.get<KePayload>();
    const auto sent = ke == nullptr ? std::string{"another group"} : to_string(ke->group);
    const auto text = fmt::format("the responder wants {}, {} was sent",
                                  wanted ? to_string(*wanted) : "another group", sent);
    std::vector<std::uint64_t> frames;
    for (const auto* each : wrong) frames.push_back(each->response.first().frame);
    const bool never =
        wrong.back() == &sa.exchanges.back() && between(wrong.back()->response.last.time, in.facts.end) > 3s;
    if (wrong.size() >= 3 || never) {
        in.add("invalid-ke-loop", Severity::error, Grade::observed, sa.name(),
               text + (never ? ", and nothing followed" : fmt::format(", {} times over", wrong.size())),
               frames);
        return;
    }
    in.add("invalid-ke-round-trip", Severity::note, Grade::observed, sa.name(),
           text + ": one round trip more, nothing wrong", frames);
}

bool is_rekey(const Exchange& exchange) {
    return exchange.type == ExchangeType::create_child_sa && exchange.request.seen();
}

const Bytes* lowest_nonce(const Exchange& exchange) {
    const auto* a = exchange.request.get<NoncePayload>();
    const auto* b = exchange.response.get<NoncePayload>();
    if (a == nullptr || b == nullptr) return nullptr;
    return std::ranges::lexicographical_compare(a->data, b->data) ? &a->data : &b->data;
}

/// RFC 7296 section 2.8.1: of two SAs made at once, the one with the lowest of the four nonces is closed by
/// its creator.
std::string loser_text(const Exchange& a, const Exchange& b) {
    const auto *first = lowest_nonce(a), *second = lowest_nonce(b);
    if (first == nullptr || second == nullptr) return {};
    const bool a_loses = std::ranges::lexicographical_compare(*first, *second);
    return fmt::format("; that of the {} loses (lowest nonce)",
                       (a_loses ? a : b).from_initiator ? "initiator" : "responder");
}

bool overlap(const Exchange& a, const Exchange& b) {
    if (!a.response.seen() || !b.response.seen()) return false;
    return a.request.first().time < b.response.first().time &&
           b.request.first().time < a.response.first().time;
}

void look_at_collisions(const Case& in, const IkeSaFacts& sa) {
    for (const auto& a : sa.exchanges) {
        if (!is_rekey(a) || !a.from_initiator) continue;
        for (const auto& b : sa.exchanges) {
            if (!is_rekey(b) || b.from_initiator || !overlap(a, b)) continue;
            const auto *one = a.request.notify(NotifyType::rekey_sa),
                       *two = b.request.notify(NotifyType::rekey_sa);
            const bool known = a.request.readable && b.request.readable;
            if (known && (one == nullptr) != (two == nullptr)) continue;
            auto frames = frames_of(a);
            const auto more = frames_of(b);
            frames.insert(frames.end(), more.begin(), more.end());
            in.add("rekey-collision", Severity::note, known ? Grade::observed : Grade::inferred, sa.name(),
                   fmt::format("both ends rekeyed at once (message IDs {} and {}){}", a.message_id,
                               b.message_id, loser_text(a, b)),
                   frames);
        }
    }
    std::vector<std::uint64_t> busy;
    for (const auto& each : sa.exchanges) {
        if (each.response.notify(NotifyType::temporary_failure) != nullptr)
            busy.push_back(each.response.first().frame);
    }
    if (busy.empty()) return;
    in.add("rekey-collision", busy.size() >= 3 ? Severity::warning : Severity::note, Grade::observed,
           sa.name(),
           fmt::format("TEMPORARY_FAILURE {} times: one end was rekeying or deleting when the other asked",
                       busy.size()),
           busy);
}

}  // namespace

void judge_negotiation(const Case& in, const IkeSaFacts& sa) {
    for (const auto& exchange : sa.exchanges) {
        look_at_refused_proposals(in, sa, exchange);
        look_at_selectors(in, sa, exchange);
    }
    look_at_groups(in, sa);
    look_at_collisions(in, sa);
}

}  // namespace ike::diagnose
