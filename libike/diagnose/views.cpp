#include "libike/diagnose/views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "libike/sa/notify_data.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

std::string duration_text(Span span) {
    const auto microseconds = span.count() / 1000;
    if (std::abs(microseconds) < 1000) return fmt::format("{} us", microseconds);
    if (std::abs(microseconds) < 100'000)
        return fmt::format("{:.1f} ms", static_cast<double>(microseconds) / 1e3);
    if (std::abs(microseconds) < 1'000'000) return fmt::format("{} ms", microseconds / 1000);
    return fmt::format("{:.1f} s", static_cast<double>(microseconds) / 1e6);
}

Span tried_for(const Exchange& exchange) {
    return between(exchange.request.first().time, exchange.request.last.time);
}

std::string times_text(std::uint64_t count) {
    return count == 1   ? std::string{"once"}
           : count == 2 ? std::string{"twice"}
                        : fmt::format("{} times", count);
}

std::string count_text(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

bool is_unanswered(const Exchange& exchange, const Facts& facts) {
    if (!exchange.request.seen() || exchange.answered()) return false;
    return (exchange.request.count >= 2 && tried_for(exchange) > 400ms) ||
           between(exchange.request.first().time, facts.end) > 3s;
}

bool was_answered_unseen(const IkeSaFacts& sa, const Exchange& exchange) {
    if (exchange.answered()) return false;
    return std::ranges::any_of(sa.exchanges, [&](const Exchange& later) {
        return later.request.seen() && later.from_initiator == exchange.from_initiator &&
               later.message_id > exchange.message_id &&
               later.request.first().time >= exchange.request.last.time;
    });
}

std::string tries_text(const Exchange& exchange) {
    const auto count = exchange.request.count;
    if (count < 2) return times_text(count);
    return fmt::format("{} in {}", times_text(count), duration_text(tried_for(exchange)));
}

std::string who_lacks_mobike(const IkeSaFacts& sa) {
    const bool initiator = sa.mobike_i == false, responder = sa.mobike_r == false;
    if (initiator && responder) return "neither side announced MOBIKE_SUPPORTED";
    if (initiator) return "the initiator did not announce MOBIKE_SUPPORTED";
    if (responder) return "the responder did not announce MOBIKE_SUPPORTED";
    return {};
}

std::string identities_text(const IkeSaFacts& sa) {
    auto text = fmt::format("initiator {}", sa.initiator_id.empty() ? "(not seen)" : sa.initiator_id);
    if (!sa.responder_id.empty()) text += ", responder " + sa.responder_id;
    if (sa.responder_id.empty() && !sa.wanted_responder_id.empty())
        text += ", asked for responder " + sa.wanted_responder_id;
    return text;
}

std::vector<std::uint64_t> frames_of(const MessageFacts& message) {
    std::vector<std::uint64_t> frames;
    for (const auto& each : message.sent) frames.push_back(each.frame);
    if (message.count > message.sent.size()) frames.push_back(message.last.frame);
    return frames;
}

std::vector<std::uint64_t> frames_of(const Exchange& exchange) {
    auto frames = frames_of(exchange.request);
    const auto answers = frames_of(exchange.response);
    frames.insert(frames.end(), answers.begin(), answers.end());
    return frames;
}

namespace {

/// A schedule of retransmissions: the first wait and what each further one is multiplied by.
struct Schedule {
    double first, factor;
    std::string_view who;
};
constexpr Schedule schedules[] = {
    {4.0, 1.8, "strongSwan's defaults"},
    {0.5, 2.0, "libreswan's defaults"},
    {0.5, 1.8, "ikectl's defaults"},
    {1.0, 2.0, "Windows or a client that doubles from 1 s"},
    {2.0, 2.0, "OpenIKED, or a client that doubles from 2 s"},
    {0.5, 1.0, "every half second"},
    {1.0, 1.0, "every second"},
    {5.0, 1.0, "every 5 seconds"},
    {10.0, 1.0, "every 10 seconds"},
};

bool fits(const std::vector<double>& waits, const Schedule& schedule) {
    auto expected = schedule.first;
    for (const auto wait : waits) {
        if (std::abs(wait - expected) > 0.05 * expected + 0.03) return false;
        expected *= schedule.factor;
    }
    return true;
}

}  // namespace

std::string schedule_text(const MessageFacts& message) {
    std::vector<double> waits;
    for (std::size_t i = 1; i < message.sent.size(); ++i) {
        const auto wait = between(message.sent[i - 1].time, message.sent[i].time);
        // Several paths tried at once are one sending.
        if (wait > 50ms) waits.push_back(static_cast<double>(wait.count()) / 1e9);
    }
    if (waits.empty()) return {};
    const auto [shortest, longest] = std::ranges::minmax(waits);
    if (waits.size() >= 3 && longest - shortest < 0.05 * longest)
        return fmt::format("retransmitted every {:.1f} s", waits.front());
    std::string text = "retransmitted after ";
    for (std::size_t i = 0; i < std::min<std::size_t>(waits.size(), 6); ++i) {
        text += fmt::format("{}{:.1f}", i == 0 ? "" : ", ", waits[i]);
    }
    text += waits.size() > 6 ? ", ... s" : " s";
    if (waits.size() >= 2) {
        const auto found =
            std::ranges::find_if(schedules, [&](const auto& each) { return fits(waits, each); });
        if (found != std::end(schedules)) text += fmt::format(" ({})", found->who);
    }
    return text;
}

namespace {

/// strongSwan tries the new path with an empty request before it announces the move: both are one move.
void join_probe(std::vector<Move>& moves, Move& move) {
    if (moves.empty() || moves.back().proven || !move.proven || moves.back().after != move.after) return;
    if (!moves.back().answered || between(moves.back().begun, move.begun) > 10s) return;
    move.before = moves.back().before;
    move.begun = moves.back().begun;
    moves.pop_back();
}

}  // namespace

std::vector<Move> moves_of(const IkeSaFacts& sa) {
    std::vector<Move> moves;
    auto path = sa.begun;
    for (const auto& exchange : sa.exchanges) {
        if (exchange.type == ExchangeType::ike_sa_init || !exchange.request.seen()) continue;
        const auto of = [&](const Way& way) { return exchange.from_initiator ? way : way.reversed(); };
        auto now = of(exchange.request.last.way);
        if (exchange.answered()) now = of(exchange.response.first().way.reversed());
        // Going to port 4500 after IKE_SA_INIT is no move (RFC 7296 section 2.23).
        const bool setup =
            exchange.type == ExchangeType::ike_auth || exchange.type == ExchangeType::ike_intermediate;
        const bool update = exchange.from_initiator && exchange.is_update();
        // A Delete from elsewhere is a goodbye.
        const bool goodbye = exchange.request.get<DeletePayload>() != nullptr && !update;
        if (!setup && (update || (exchange.from_initiator && now != path && !goodbye))) {
            Move move;
            move.exchange = &exchange;
            move.proven = update;
            move.before = path;
            move.after = now;
            move.begun = exchange.request.first().time;
            if (exchange.answered()) move.answered = exchange.response.first().time;
            join_probe(moves, move);
            moves.push_back(move);
        }
        if (exchange.answered() || setup) path = now;
    }
    return moves;
}

Place place_of(const IkeSaFacts& sa) {
    std::array<std::uint32_t, 2> fresh{}, seen{};
    const auto count = [&](const MessageFacts& message, bool from_initiator) {
        for (const auto& each : message.sent) {
            ++seen[from_initiator ? 0 : 1];
            if (is_fresh_ttl(each.ttl)) ++fresh[from_initiator ? 0 : 1];
        }
    };
    for (const auto& each : sa.exchanges) {
        count(each.request, each.from_initiator);
        count(each.response, !each.from_initiator);
    }
    const bool all_of_initiator = seen[0] > 0 && fresh[0] == seen[0];
    const bool all_of_responder = seen[1] > 0 && fresh[1] == seen[1];
    if (all_of_initiator && fresh[1] == 0) return Place::initiator;
    if (all_of_responder && fresh[0] == 0) return Place::responder;
    return Place::unknown;
}

bool is_established(const IkeSaFacts& sa, const Facts& facts) {
    if (sa.established) return true;
    for (const auto& each : sa.exchanges) {
        const bool later = each.type != ExchangeType::ike_sa_init && each.type != ExchangeType::ike_auth &&
                           each.type != ExchangeType::ike_intermediate;
        if (later && (each.answered() || !sa.init_seen)) return true;
    }
    const auto views = children_of(sa, facts);
    return std::ranges::any_of(
        views, [](const auto& each) { return each.forth != nullptr || each.back != nullptr; });
}

bool is_over(const IkeSaFacts& sa, Time time) {
    if (sa.deleted.frame != 0 && sa.deleted.time <= time) return true;
    return std::ranges::any_of(sa.exchanges, [&](const Exchange& each) {
        const auto failed = [&](const MessageFacts& message) {
            return message.seen() && message.first().time <= time &&
                   message.notify(NotifyType::authentication_failed) != nullptr;
        };
        return failed(each.request) || failed(each.response);
    });
}

bool is_private(const Address& address) {
    if (!address.is_v4()) return address.octets()[0] == 0xfd;
    const auto octets = address.octets();
    return octets[0] == 10 || (octets[0] == 172 && (octets[1] & 0xf0) == 16) ||
           (octets[0] == 192 && octets[1] == 168) || (octets[0] == 100 && (octets[1] & 0xc0) == 64);
}

bool initiator_behind_nat(const IkeSaFacts& sa) {
    for (const auto& exchange : sa.exchanges) {
        if (exchange.type != ExchangeType::ike_sa_init || !exchange.answered()) continue;
        // What the responder saw the initiator come from (RFC 7296 section 2.23).
        const auto* told = exchange.response.notify(NotifyType::nat_detection_destination_ip);
        if (told == nullptr) continue;
        const auto real = nat_detection_hash(sa.spis.initiator, sa.spis.responder,
                                             exchange.response.first().way.destination);
        if (!equal(told->data, real)) return true;
    }
    return is_private(sa.begun.source.address) && !is_private(sa.begun.destination.address);
}

bool is_rekeyed_child(const IkeSaFacts& sa, const Facts& facts) {
    return std::ranges::any_of(facts.sas, [&](const IkeSaFacts& other) {
        if (other.rekeyed_to == sa.spis) return true;
        // Without keys: the ends just made new SAs, and this one counts its messages from the beginning.
        if (&other == &sa || sa.exchanges.empty() || sa.exchanges.front().message_id > 1) return false;
        const bool same_ends = other.begun.destination.address == sa.begun.destination.address ||
                               other.begun.destination.address == sa.begun.source.address;
        return same_ends && std::ranges::any_of(other.exchanges, [&](const Exchange& each) {
                   const auto since = between(each.request.last.time, sa.first.time);
                   return each.type == ExchangeType::create_child_sa && each.answered() && since >= 0s &&
                          since < 5min;
               });
    });
}

}  // namespace ike::diagnose
