// ICMP errors about IPsec traffic: hints, to be believed with care (RFC 7296 section 2.4).
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike::diagnose {

using namespace std::chrono_literals;

namespace {

std::string_view kind_text(IcmpFacts::Kind kind) {
    switch (kind) {
        case IcmpFacts::Kind::too_big:
            return "packet too big";
        case IcmpFacts::Kind::port_unreachable:
            return "port unreachable";
        case IcmpFacts::Kind::prohibited:
            return "administratively prohibited";
        case IcmpFacts::Kind::time_exceeded:
            return "time exceeded";
        case IcmpFacts::Kind::unreachable:
            break;
    }
    return "unreachable";
}

/// IP packet size of the largest ESP packet on a way after a time, as far as legs tell.
struct Large {
    std::uint32_t size = 0;
    const EspFlow* flow = nullptr;
};
Large largest_after(const Facts& facts, const Way& way, Time time) {
    Large large;
    for (const auto& flow : facts.flows) {
        for (const auto& leg : flow.legs) {
            const bool same = leg.way.source.address == way.source.address &&
                              leg.way.destination.address == way.destination.address;
            if (!same || between(time, leg.last_large.time) < 1s) continue;
            const auto headers =
                (leg.way.source.address.is_v4() ? 20u : 40u) + (leg.way.source.port != 0 ? 8u : 0u);
            if (leg.largest + headers > large.size) large = {leg.largest + headers, &flow};
        }
    }
    return large;
}

const IkeSaFacts* owner(const Facts& facts, const EspFlow& flow) {
    for (const auto& sa : facts.sas) {
        for (const auto& view : children_of(sa, facts)) {
            if (view.forth == &flow || view.back == &flow) return &sa;
        }
    }
    return nullptr;
}

void look_at_too_big(const Case& in, const IcmpFacts& icmp) {
    if (icmp.mtu == 0) return;
    const auto large = largest_after(in.facts, icmp.about, icmp.seen.time);
    const bool fragmented = std::ranges::any_of(in.facts.fragmented, [&](const FragmentedPacket& each) {
        return each.source == icmp.about.source.address && each.first.time > icmp.seen.time;
    });
    if (large.flow == nullptr || large.size <= icmp.mtu || fragmented) {
        in.add("icmp-unreachable", Severity::note, Grade::observed, to_string(icmp.about),
               fmt::format("{} told {} that its packets to {} must not exceed {} octets",
                           to_string(icmp.seen.way.source.address), to_string(icmp.about.source.address),
                           to_string(icmp.about.destination.address), icmp.mtu),
               {icmp.seen.frame});
        return;
    }
    const auto* sa = owner(in.facts, *large.flow);
    in.add("pmtu-black-hole", Severity::error, Grade::observed,
           sa == nullptr ? fmt::format("ESP {:08x}", large.flow->spi) : sa->name(),
           fmt::format("ICMP is ignored: {} says that packets to {} must not exceed {} octets ({}), "
                       "and still {} octets (SPI {:08x}) are sent",
                       to_string(icmp.seen.way.source.address), to_string(icmp.about.destination.address),
                       icmp.mtu, times_text(icmp.count), large.size, large.flow->spi),
           {icmp.seen.frame, large.flow->last.frame});
}

/// True when IKE with that host worked after the error: it was a passing one.
bool worked_later(const Facts& facts, const IcmpFacts& icmp) {
    return std::ranges::any_of(facts.sas, [&](const IkeSaFacts& sa) {
        return std::ranges::any_of(sa.exchanges, [&](const Exchange& each) {
            return each.answered() && each.request.first().way.destination == icmp.about.destination &&
                   each.response.first().time > icmp.seen.time;
        });
    });
}

/// The initiator's own idea of its address (RFC 7296 section 2.23) is not what the packet has; nothing where
/// the capture does not have it.
std::optional<bool> source_was_rewritten(const IkeSaFacts& sa) {
    for (const auto& exchange : sa.exchanges) {
        if (exchange.type != ExchangeType::ike_sa_init) continue;
        const auto* told = exchange.request.notify(NotifyType::nat_detection_source_ip);
        if (told == nullptr) continue;
        return !equal(told->data,
                      nat_detection_hash(sa.spis.initiator, 0, exchange.request.first().way.source));
    }
    return std::nullopt;
}

/// A port that was a NAT's mapping of the client, and of which the NAT knows nothing any more.
void look_at_mapping(const Case& in, const IcmpFacts& icmp) {
    const auto& gone = icmp.about.destination;
    if (icmp.seen.way.source.address != gone.address || gone.port == 500 || gone.port == 4500) return;
    for (const auto& sa : in.facts.sas) {
        const auto rewritten = source_was_rewritten(sa);
        if (rewritten == false) continue;  // a client on a port of its own, which has ended
        const bool was_used = std::ranges::any_of(
            sa.paths, [&](const PathUse& each) { return each.initiator == gone && each.from_initiator > 0; });
        if (!was_used) continue;
        const bool repaired = sa.last_time[0] > icmp.seen.time;
        // Without IKE_SA_INIT nothing says that there is a NAT.
        const auto severity = !rewritten ? Severity::note : repaired ? Severity::warning : Severity::error;
        in.add("nat-mapping-stale", severity, rewritten ? Grade::inferred : Grade::unknown, sa.name(),
               fmt::format("packets still go to {}, and that host answers that nobody is there ({}): {}{}",
                           to_string(gone), times_text(icmp.count),
                           rewritten ? "it is a NAT and has forgotten its mapping of the client"
                                     : "a NAT that has forgotten its mapping of the client, or a client that "
                                       "has ended: this capture cannot tell which",
                           repaired ? "; the client was heard from again later" : ""),
               {icmp.seen.frame});
    }
}

/// Errors of one kind from one host, about packets to several places: one finding for all.
struct Complaints {
    const IcmpFacts* first = nullptr;
    std::uint32_t count = 0, places = 0;
    std::vector<std::uint64_t> frames;
    bool passing = true;
};

void tell(const Case& in, const Complaints& all) {
    const auto& icmp = *all.first;
    const auto from = to_string(icmp.seen.way.source.address);
    const bool nobody = icmp.kind == IcmpFacts::Kind::port_unreachable && !all.passing;
    const auto about = all.places == 1 ? to_string(icmp.about)
                                       : fmt::format("packets of {} to {} places, {} the first",
                                                     to_string(icmp.about.source.address), all.places,
                                                     to_string(icmp.about.destination));
    in.add("icmp-unreachable", Severity::note, Grade::observed,
           all.places == 1 ? to_string(icmp.about) : from,
           fmt::format("{} answered {} with ICMP {}, {}{}", from, about, kind_text(icmp.kind),
                       times_text(all.count), nobody ? ": nobody listens there" : ""),
           all.frames);
}

}  // namespace

void judge_icmp(const Case& in) {
    std::map<std::tuple<IcmpFacts::Kind, Address, Address>, Complaints> complaints;
    for (const auto& icmp : in.facts.icmp) {
        if (icmp.kind == IcmpFacts::Kind::too_big) {
            look_at_too_big(in, icmp);
            continue;
        }
        if (icmp.kind == IcmpFacts::Kind::port_unreachable) look_at_mapping(in, icmp);
        auto& all = complaints[{icmp.kind, icmp.seen.way.source.address, icmp.about.source.address}];
        if (all.first == nullptr) all.first = &icmp;
        all.count += icmp.count;
        ++all.places;
        all.passing = all.passing && worked_later(in.facts, icmp);
        all.frames.insert(all.frames.end(), icmp.all.frames.begin(), icmp.all.frames.end());
    }
    for (const auto& [key, all] : complaints) tell(in, all);
}

}  // namespace ike::diagnose
