// Messages that are too large: IP fragments, IKE fragments.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "libike/base/ip_protocols.hpp"
#include "libike/diagnose/rules.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

std::string missing_numbers(const MessageFacts& message) {
    std::string text;
    for (std::uint16_t i = 1; i <= std::min<std::uint16_t>(message.fragments, 64); ++i) {
        if ((message.have >> (i - 1) & 1) == 0) text += fmt::format("{}{}", text.empty() ? "" : ", ", i);
    }
    return text;
}

/// Some fragments are in the capture and others never were.
bool look_at_incomplete(const Case& in, const IkeSaFacts& sa, const Exchange& exchange,
                        const MessageFacts& message) {
    if (!message.seen() || message.complete()) return false;
    if (message.count < 2 && between(message.last.time, in.facts.end) < 1s)
        return false;  // the rest may be on its way
    const auto have = std::popcount(message.have);
    const bool request = &message == &exchange.request;
    const auto* there = in.exchange_there(sa, exchange);
    const bool left = there != nullptr && (request ? there->request : there->response).complete();
    in.add(
        "ike-fragments-missing", Severity::error, Grade::observed, sa.name(),
        fmt::format("{}{}: only {} of {} IKE fragments are in the capture (missing: {}), in {} sendings{}",
                    request ? "" : "the answer to ", exchange.name(), have, message.fragments,
                    missing_numbers(message), message.count,
                    left ? "; the other end's capture has all of them: these were lost between the two" : ""),
        frames_of(message));
    return true;
}

/// All fragments left here, again and again, and no answer came.
void look_at_ignored(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    const auto& request = exchange.request;
    if (request.fragments < 2 || !request.complete() || request.count < 2 || exchange.answered()) return;
    if (place_of(sa) == (exchange.from_initiator ? Place::responder : Place::initiator))
        return;  // they arrived
    const bool ip = request.first().ip_fragments;
    in.add(ip ? "ip-fragments-dropped" : "ike-fragments-missing", Severity::error, Grade::inferred, sa.name(),
           fmt::format("{} was sent {} in {} IKE fragments each and never answered: likely a fragment "
                       "is lost each time (largest "
                       "{} octets)",
                       exchange.name(), times_text(request.count), request.fragments, request.first().size),
           frames_of(request));
}

void look_at_ip_fragments(const Case& in, const IkeSaFacts& sa, const Exchange& exchange) {
    const auto& request = exchange.request;
    if (request.seen() && request.first().ip_fragments && !exchange.answered() &&
        is_unanswered(exchange, in.facts)) {
        const bool arrived_here =
            place_of(sa) == (exchange.from_initiator ? Place::responder : Place::initiator);
        if (arrived_here) return;
        const auto fate = in.fate(request);
        in.add("ip-fragments-dropped", Severity::error,
               fate == Fate::lost ? Grade::observed : Grade::inferred, sa.name(),
               fmt::format("{} has {} octets and was sent {} as IP fragments, never answered{}",
                           exchange.name(), request.first().size, times_text(request.count),
                           fate == Fate::lost ? "; it never arrived whole at the other end" : ""),
               frames_of(request));
    }
    const auto& response = exchange.response;
    if (!response.seen() || !response.first().ip_fragments || exchange.request.count < 3) return;
    if (exchange.request.last.time < response.first().time) return;
    in.add("ip-fragments-dropped", Severity::error, Grade::inferred, sa.name(),
           fmt::format(
               "the answer to {} has {} octets, was sent {} as IP fragments and asked for again each time",
               exchange.name(), response.first().size, times_text(response.count)),
           frames_of(exchange));
}

/// Which IKE SA the fragments of a packet belong to, by addresses.
const IkeSaFacts* owner(const FragmentedPacket& packet, const Facts& facts) {
    for (const auto& sa : facts.sas) {
        for (const auto& path : sa.paths) {
            const auto a = path.initiator.address, b = path.responder.address;
            if ((packet.source == a && packet.destination == b) ||
                (packet.source == b && packet.destination == a))
                return &sa;
        }
    }
    return nullptr;
}

/// The same packet, with all its fragments, in the other end's capture. A NAT on the way changes addresses,
/// hence by identification and one end.
bool was_whole(const FragmentedPacket& packet, const Facts& other) {
    return std::ranges::any_of(other.fragmented, [&](const FragmentedPacket& each) {
        const bool same_end = each.source == packet.source || each.destination == packet.destination;
        return each.complete && same_end && each.identification == packet.identification &&
               each.protocol == packet.protocol;
    });
}

/// A path MTU that ESP fragments hint at: packets of this protocol that never became whole.
bool is_esp(const FragmentedPacket& packet, const IkeSaFacts& sa, const Facts& facts) {
    return packet.protocol == protocol_esp ||
           (is_established(sa, facts) && packet.first.time > sa.first.time + 5s);
}

}  // namespace

void judge_size(const Case& in, const IkeSaFacts& sa) {
    for (const auto& exchange : sa.exchanges) {
        const bool missing = look_at_incomplete(in, sa, exchange, exchange.request) ||
                             look_at_incomplete(in, sa, exchange, exchange.response);
        if (!missing) look_at_ignored(in, sa, exchange);
        look_at_ip_fragments(in, sa, exchange);
    }
}

void judge_fragments(const Case& in) {
    struct Count {
        std::uint32_t packets = 0, pieces = 0, left_whole = 0;
        bool first = true, esp = false;
        std::vector<std::uint64_t> frames;
    };
    std::map<const IkeSaFacts*, Count> counts;
    for (const auto& packet : in.facts.fragmented) {
        if (packet.complete || between(packet.last.time, in.facts.end) < 1s) continue;
        const auto* sa = owner(packet, in.facts);
        if (sa == nullptr) continue;
        auto& count = counts[sa];
        ++count.packets;
        count.pieces += packet.pieces;
        count.first = count.first && packet.has_first;
        if (in.other != nullptr && was_whole(packet, *in.other)) ++count.left_whole;
        count.esp = count.esp || is_esp(packet, *sa, in.facts);
        count.frames.push_back(packet.first.frame);
    }
    for (const auto& [sa, count] : counts) {
        in.add("ip-fragments-dropped", Severity::error, Grade::observed, sa->name(),
               fmt::format(
                   "{} packets came as IP fragments and never became whole ({} fragments seen, the "
                   "{} ones missing): {}something on the way drops fragments",
                   count.packets, count.pieces, count.first ? "later" : "first",
                   count.left_whole > 0
                       ? fmt::format("the other end's capture has {} of them whole, so ", count.left_whole)
                       : std::string{}),
               count.frames);
    }
}

}  // namespace ike::diagnose
