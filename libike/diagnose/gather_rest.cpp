// Gathering what is not about one SA: ICMP, IP fragments, floods; and forgetting.
#include <algorithm>
#include <numeric>

#include "libike/base/ip_protocols.hpp"
#include "libike/diagnose/gather.hpp"

namespace ike::diagnose {
namespace {

constexpr auto half_open_window = std::chrono::seconds{60};
constexpr std::uint64_t flood_from = 40;  ///< half-open IKE SAs in a window
constexpr std::size_t most_sources = 4096, most_windows = 1024, most_icmp = 512, most_fragmented = 2048;

/// RFC 792 and RFC 4443: errors that a sender of IPsec ought to hear.
std::optional<IcmpFacts> read_icmp(ByteView icmp, bool v6) {
    using Kind = IcmpFacts::Kind;
    if (icmp.size() < 8) return std::nullopt;
    IcmpFacts made;
    const auto type = icmp[0], code = icmp[1];
    if (v6) {
        if (type < 1 || type > 3) return std::nullopt;
        made.kind = type == 2 ? Kind::too_big : type == 3 ? Kind::time_exceeded : Kind::unreachable;
        if (type == 1 && code == 4) made.kind = Kind::port_unreachable;
        if (type == 1 && code == 1) made.kind = Kind::prohibited;
        if (type == 2) made.mtu = std::uint32_t{number16(icmp, 4)} << 16 | number16(icmp, 6);
        return made;
    }
    if (type != 3 && type != 11) return std::nullopt;
    made.kind = type == 11 ? Kind::time_exceeded : Kind::unreachable;
    if (type == 3 && code == 3) made.kind = Kind::port_unreachable;
    if (type == 3 && (code == 9 || code == 10 || code == 13)) made.kind = Kind::prohibited;
    if (type == 3 && code == 4) {
        made.kind = Kind::too_big;
        made.mtu = number16(icmp, 6);
    }
    return made;
}

void read_quoted(ByteView quoted, IcmpFacts& made) {
    const auto headers = read_ip(quoted);
    if (!headers) return;
    made.about = {{headers->source, 0}, {headers->destination, 0}};
    made.protocol = headers->protocol;
    auto rest = headers->payload;
    if (headers->protocol == protocol_udp && rest.size() >= 8) {
        made.about.source.port = number16(rest, 0);
        made.about.destination.port = number16(rest, 2);
        rest = rest.subspan(8);
    }
    if (rest.size() >= 4) made.spi = std::uint32_t{number16(rest, 0)} << 16 | number16(rest, 2);
}

}  // namespace

void Gatherer::take_icmp(const Observation& seen) {
    auto made = read_icmp(seen.packet.octets, seen.packet.source.address.is_v6());
    if (!made || facts_.icmp.size() >= most_icmp) return;
    made->seen = sighting(seen);
    made->last = made->seen.time;
    made->all.add(made->seen.frame);
    read_quoted(seen.packet.octets.subspan(8), *made);
    const bool ports = made->about.source.port == 4500 || made->about.source.port == 500 ||
                       made->about.destination.port == 4500 || made->about.destination.port == 500;
    const bool ours = made->protocol == protocol_esp || made->protocol == protocol_ah || ports ||
                      endpoints_.contains(made->about.source) || endpoints_.contains(made->about.destination);
    if (!ours) return;
    for (auto& each : facts_.icmp) {
        if (each.kind == made->kind && each.about == made->about && each.mtu == made->mtu &&
            each.seen.way == made->seen.way) {
            ++each.count;
            each.last = made->last;
            each.all.add(made->seen.frame);
            return;
        }
    }
    facts_.icmp.push_back(*made);
}

void Gatherer::count_copy(const Packet& packet, bool again) {
    ++copies_[packet.source < packet.destination ? 1 : 0][again ? 1 : 0];
}

void Gatherer::settle_copies() {
    // The last packet's copy may be missing, and a buffer may lose one.
    const auto twice = [](const std::array<std::uint64_t, 2>& way) { return way[1] * 10 >= way[0] * 8; };
    const auto all = copies_[0][1] + copies_[1][1];
    if (all < 4 || !twice(copies_[0]) || !twice(copies_[1])) return;
    facts_.doubled += all;
    for (auto& flow : facts_.flows) flow.duplicates = {};
    for (auto& sa : facts_.sas) {
        for (auto& exchange : sa.exchanges) {
            exchange.request.drop_copies();
            exchange.response.drop_copies();
        }
    }
}

namespace {

/// All octets of the packet are in the fragments seen, whatever the capture kept of each.
bool covers_all(std::vector<std::pair<std::uint32_t, std::uint32_t>> parts) {
    std::ranges::sort(parts);
    std::uint32_t until = 0;
    for (const auto& [from, to] : parts) {
        if (from > until) return false;
        until = std::max(until, to);
    }
    return true;
}

}  // namespace

void Gatherer::take_fragment(const Observation& seen) {
    const auto headers = read_ip(seen.packet.ip);
    if (!headers || !headers->fragment) return;
    if (headers->protocol != protocol_udp && headers->protocol != protocol_esp) return;
    const auto known = recent_fragments_.look(headers->payload, seen.packet.time, headers->hop_limit);
    if (known != RecentPackets::Kind::fresh) return;
    auto& all = facts_.fragmented;
    auto found = std::find_if(all.rbegin(), all.rend(), [&](const FragmentedPacket& each) {
        return each.identification == headers->identification && each.source == headers->source &&
               each.destination == headers->destination && each.protocol == headers->protocol &&
               !each.complete;
    });
    if (found == all.rend()) {
        if (all.size() >= most_fragmented) {
            std::erase_if(all, [](const FragmentedPacket& each) { return each.complete; });
            if (all.size() >= most_fragmented) all.erase(all.begin(), all.begin() + most_fragmented / 2);
        }
        all.push_back({headers->source, headers->destination, headers->identification, headers->protocol,
                       sighting(seen), sighting(seen)});
        found = all.rbegin();
    }
    auto& packet = *found;
    packet.last = sighting(seen);
    ++packet.pieces;
    packet.largest = std::max(packet.largest, static_cast<std::uint32_t>(ip_size(headers->whole)));
    packet.has_last = packet.has_last || !headers->more_fragments;
    packet.complete = packet.complete || seen.packet.reassembled;
    if (packet.parts.size() < FragmentedPacket::most_parts) {
        const auto header = static_cast<std::size_t>(headers->payload.data() - headers->whole.data());
        const auto length = ip_size(headers->whole) - header;
        packet.parts.emplace_back(headers->fragment_offset,
                                  headers->fragment_offset + static_cast<std::uint32_t>(length));
        packet.complete = packet.complete || (packet.has_last && covers_all(packet.parts));
    }
    if (headers->fragment_offset != 0) return;
    packet.has_first = true;
    packet.first.way = {seen.packet.source, seen.packet.destination};
}

void Gatherer::count_half_open(const Observation& seen) {
    const auto& header = seen.ike.header;
    if (seen.ike.version1 || header.exchange != ExchangeType::ike_sa_init) return;
    if (header.is_response()) {
        if (seen.ike.outer.notification(NotifyType::cookie)) count_cookie(seen.packet.source.address);
        return;
    }
    if (seen.ike.repeats != 0 || by_initiator_.contains(header.initiator_spi)) return;
    if (windows_.size() >= most_windows && !windows_.contains(seen.packet.destination.address)) return;
    auto& window = windows_[seen.packet.destination.address];
    auto& burst = window.burst;
    if (burst.begun > 0 && between(burst.first, sensible(seen.packet.time)) > half_open_window)
        close_window(window);
    if (burst.begun++ == 0) {
        burst.responder = seen.packet.destination.address;
        burst.first = sensible(seen.packet.time);
    }
    burst.last = sensible(seen.packet.time);
    if (burst.frames.size() < Oddity::most) burst.frames.push_back(seen.packet.frame);
    if (window.sources.size() < most_sources) window.sources.insert(seen.packet.source.address);
}

void Gatherer::count_cookie(const Address& responder) {
    if (const auto at = windows_.find(responder); at != windows_.end()) ++at->second.burst.cookies;
}

void Gatherer::count_continued(const IkeSaFacts& sa) {
    const auto at = windows_.find(sa.begun.destination.address);
    if (at != windows_.end()) ++at->second.burst.continued;
}

void Gatherer::close_window(Window& window) {
    auto& burst = window.burst;
    burst.sources = window.sources.size();
    const bool flood = burst.begun >= flood_from + burst.continued && burst.begun >= 4 * burst.continued;
    if (flood && facts_.half_open.size() < 16) facts_.half_open.push_back(burst);
    window = {};
}

namespace {

/// Marks the half of `all` that was heard of last.
template <class Fact>
std::vector<bool> younger_half(const std::vector<Fact>& all) {
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair{all[i].last.time, i}; });
    std::vector<bool> young(all.size());
    for (std::size_t i = all.size() / 2; i < all.size(); ++i) young[order[i]] = true;
    return young;
}

/// Keeps those marked; says how many went.
template <class Fact>
std::size_t keep(std::vector<Fact>& all, const std::vector<bool>& marked) {
    std::vector<Fact> left;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (marked[i]) left.push_back(std::move(all[i]));
    }
    const auto gone = all.size() - left.size();
    all = std::move(left);
    return gone;
}

}  // namespace

bool Gatherer::full() const {
    return facts_.sas.size() >= most_sas || facts_.flows.size() >= most_flows || exchanges_ >= most_exchanges;
}

Facts Gatherer::oldest() const {
    Facts old;
    old.file = facts_.file;
    old.begin = facts_.begin;
    old.end = facts_.end;
    old.keys_given = facts_.keys_given;
    const auto sas = younger_half(facts_.sas);
    const auto flows = younger_half(facts_.flows);
    for (std::size_t i = 0; i < sas.size(); ++i) {
        if (!sas[i]) old.sas.push_back(facts_.sas[i]);
    }
    for (std::size_t i = 0; i < flows.size(); ++i) {
        if (!flows[i]) old.flows.push_back(facts_.flows[i]);
    }
    return old;
}

void Gatherer::forget() {
    facts_.forgotten_sas += keep(facts_.sas, younger_half(facts_.sas));
    const auto flows = younger_half(facts_.flows);
    keep(builders_, flows);
    facts_.forgotten_flows += keep(facts_.flows, flows);
    index();
}

void Gatherer::index() {
    by_spis_.clear();
    by_initiator_.clear();
    flow_by_spi_.clear();
    exchanges_ = 0;
    for (std::size_t i = 0; i < facts_.sas.size(); ++i) {
        exchanges_ += facts_.sas[i].exchanges.size();
        by_spis_[facts_.sas[i].spis] = i;
        by_initiator_[facts_.sas[i].spis.initiator] = i;
    }
    for (std::size_t i = 0; i < facts_.flows.size(); ++i) flow_by_spi_[facts_.flows[i].spi] = i;
}

}  // namespace ike::diagnose
