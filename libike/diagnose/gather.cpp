#include "libike/diagnose/gather.hpp"

#include <algorithm>
#include <cstring>

namespace ike::diagnose {
namespace {

/// Copies of one packet on two interfaces of a host are never further apart.
constexpr auto copies_within = std::chrono::milliseconds{2};
constexpr std::size_t most_values = 200'000;
constexpr std::size_t ipv4_header = 20, ipv6_header = 40;

}  // namespace

std::uint64_t digest(ByteView octets) {
    std::uint64_t value = 0xcbf29ce484222325u ^ octets.size();
    std::size_t i = 0;
    for (; i + 8 <= octets.size(); i += 8) {
        std::uint64_t word{};
        std::memcpy(&word, &octets[i], sizeof word);
        value = (value ^ word) * 0x100000001b3u;
        value ^= value >> 29;
    }
    for (; i < octets.size(); ++i) value = (value ^ octets[i]) * 0x100000001b3u;
    return value ^ value >> 32;
}

std::uint8_t ttl_of(ByteView ip) {
    if (ip.size() >= 20 && ip[0] >> 4 == 4) return ip[8];
    return ip.size() >= 40 && ip[0] >> 4 == 6 ? ip[7] : 0;
}

EpochTime sensible(EpochTime time) {
    constexpr EpochTime latest{std::chrono::nanoseconds{(std::int64_t{1} << 62) - 1}};
    return std::clamp(time, EpochTime{}, latest);
}

std::uint32_t size_on_wire(const Observation& seen) {
    auto size = seen.what.octets.size();
    const auto ip = seen.packet.ip;
    if (seen.packet.cut && seen.what.kind == Kind::ike && !seen.ike.header_error)
        return seen.ike.header.length;
    if (seen.packet.cut) size += ip_size(ip) - ip.size();
    return static_cast<std::uint32_t>(size);
}

bool is_beginning(const Packet& packet) {
    if (!packet.cut || packet.reassembled || packet.transport == Transport::fragment) return false;
    const auto headers = read_ip(packet.ip);
    return headers && headers->fragment;
}

std::size_t ip_size(ByteView ip) {
    if (ip.size() < ipv4_header) return ip.size();
    const auto whole =
        ip[0] >> 4 == 4 ? std::size_t{ip[2]} << 8 | ip[3] : ipv6_header + (std::size_t{ip[4]} << 8 | ip[5]);
    return std::max(whole, ip.size());
}

Sighting sighting(const Observation& seen) {
    return {seen.packet.frame,  sensible(seen.packet.time), {seen.packet.source, seen.packet.destination},
            size_on_wire(seen), ttl_of(seen.packet.ip),     seen.packet.reassembled || is_beginning(seen.packet)};
}

RecentPackets::Kind RecentPackets::look(ByteView octets, EpochTime time, std::uint8_t ttl) {
    const auto value = digest(octets);
    for (const auto& each : entries_) {
        if (each.digest != value || between(each.time, time) >= copies_within) continue;
        if (each.ttl > ttl) return Kind::routed;
        if (each.ttl == ttl) return Kind::again;
    }
    entries_[next_] = {value, time, ttl};
    next_ = (next_ + 1) % entries_.size();
    return Kind::fresh;
}

Gatherer::Gatherer(FileIndex file) { facts_.file = file; }

bool Gatherer::add(const Observation& seen) {
    const auto& packet = seen.packet;
    if (facts_.frames++ == 0) facts_.begin = sensible(packet.time);
    facts_.end = std::max(facts_.end, sensible(packet.time));
    const bool piece = packet.transport == Transport::fragment || packet.reassembled || is_beginning(packet);
    if (piece) take_fragment(seen);
    const auto kind = seen.what.kind;
    if (packet.cut && kind != Kind::other) facts_.cut.add(packet.frame);
    if (kind == Kind::other || kind == Kind::keepalive) return false;
    const auto known = recent_.look(packet.octets, packet.time, ttl_of(packet.ip));
    if (known == RecentPackets::Kind::routed) {
        ++facts_.doubled;
        return false;
    }
    const bool again = known == RecentPackets::Kind::again;
    // Fragments that come twice are joined once.
    if (kind != Kind::icmp && !packet.reassembled) count_copy(packet, again);
    switch (kind) {
        case Kind::ike:
            take_ike(seen, known);
            return true;
        case Kind::esp:
        case Kind::ah:
            take_esp(seen, known);
            return !again;
        default:
            take_icmp(seen);
            return true;
    }
}

void Gatherer::take_ike(const Observation& seen, RecentPackets::Kind known) {
    if (seen.ike.header_error) return;
    // RFC 7296 section 2.23: without its marker the receiver takes it for ESP.
    if (seen.packet.destination.port == 4500 && !seen.what.marker && !seen.what.tcp) {
        facts_.markerless.add(seen.packet.frame);
        return;
    }
    ++facts_.ike;
    for (const auto& end : {seen.packet.source, seen.packet.destination}) {
        if (endpoints_.size() < 65536) endpoints_.insert(end);
    }
    count_half_open(seen);
    auto& sa = find_sa(seen);
    const auto at = sighting(seen);
    const auto& header = seen.ike.header;
    const bool from_initiator = header.from_initiator();
    sa.last = at;
    sa.last_from[from_initiator ? 0 : 1] = at.frame;
    sa.last_time[from_initiator ? 0 : 1] = at.time;
    if (seen.ike.version1) return;
    note_path(sa, seen);
    note_values(sa, seen);
    if (header.exchange != ExchangeType::ike_sa_init && !sa.established && sa.exchanges.size() > 0 &&
        std::ranges::none_of(sa.exchanges,
                             [](const Exchange& each) { return each.type != ExchangeType::ike_sa_init; })) {
        count_continued(sa);
    }
    auto& exchange = find_exchange(sa, seen);
    take_content(sa, exchange, seen);
    auto& message = header.is_response() ? exchange.response : exchange.request;
    if (known == RecentPackets::Kind::again && message.last.frame == at.frame) message.note_copy();
}

IkeSaFacts& Gatherer::new_sa(const SpiPair& spis, const Observation& seen) {
    const auto at = sighting(seen);
    const auto& header = seen.ike.header;
    IkeSaFacts made;
    made.spis = spis;
    made.first = made.last = at;
    made.begun = header.from_initiator() ? at.way : at.way.reversed();
    made.version1 = seen.ike.version1;
    by_spis_[spis] = facts_.sas.size();
    by_initiator_[spis.initiator] = facts_.sas.size();
    facts_.sas.push_back(std::move(made));
    return facts_.sas.back();
}

IkeSaFacts& Gatherer::find_sa(const Observation& seen) {
    const auto& header = seen.ike.header;
    const SpiPair spis{header.initiator_spi, header.responder_spi};
    if (const auto at = by_spis_.find(spis); at != by_spis_.end()) {
        auto& sa = facts_.sas[at->second];
        return sa;
    }
    // IKE_SA_INIT begins without the responder's SPI, and retransmits without it.
    const auto at = by_initiator_.find(spis.initiator);
    if (header.exchange == ExchangeType::ike_sa_init && at != by_initiator_.end()) {
        auto& sa = facts_.sas[at->second];
        const bool anew = spis.responder == 0 && seen.ike.repeats == 0 && sa.established;
        const bool chosen = seen.ike.outer.find(PayloadType::sa) != nullptr ||
                            (seen.packet.cut && header.next == PayloadType::sa);
        if (!anew && spis.responder != 0 && sa.spis.responder == 0 && header.is_response() && chosen) {
            by_spis_.erase(sa.spis);
            sa.spis = spis;
            by_spis_[spis] = at->second;
        }
        if (!anew) return sa;
    }
    return new_sa(spis, seen);
}

namespace {

bool is_boring(const Exchange& exchange) {
    return exchange.answered() && exchange.request.count == 1 &&
           exchange.type == ExchangeType::informational && exchange.request.payloads.empty() &&
           exchange.response.payloads.empty();
}

void make_room(IkeSaFacts& sa) {
    constexpr std::size_t kept_from_start = 8;
    if (sa.exchanges.size() < IkeSaFacts::most_exchanges) return;
    auto at = std::find_if(sa.exchanges.begin() + kept_from_start, sa.exchanges.end() - 1, is_boring);
    if (at == sa.exchanges.end() - 1) at = sa.exchanges.begin() + kept_from_start;
    sa.exchanges.erase(at);
    ++sa.dropped_exchanges;
}

}  // namespace

Exchange& Gatherer::find_exchange(IkeSaFacts& sa, const Observation& seen) {
    const auto& header = seen.ike.header;
    const bool response = header.is_response();
    const bool init = header.exchange == ExchangeType::ike_sa_init;
    const bool request_from_initiator = header.from_initiator() != response;
    for (auto each = sa.exchanges.rbegin(); each != sa.exchanges.rend(); ++each) {
        if (each->type != header.exchange || each->message_id != header.message_id) continue;
        if (each->from_initiator != request_from_initiator) continue;
        if (!init) return *each;
        const auto wanted = response ? seen.ike.answers : seen.ike.repeats;
        if (each->request.seen() && each->request.first().frame == wanted) return *each;
        // The answer to a request that the tracker does not know, or one sent again.
        if (response && (wanted == 0 || seen.ike.repeats != 0)) return *each;
    }
    make_room(sa);
    ++exchanges_;
    Exchange made;
    made.type = header.exchange;
    made.message_id = header.message_id;
    made.from_initiator = request_from_initiator;
    sa.exchanges.push_back(std::move(made));
    return sa.exchanges.back();
}

void Gatherer::note_path(IkeSaFacts& sa, const Observation& seen) {
    const auto at = sighting(seen);
    const auto& header = seen.ike.header;
    const bool forth = header.from_initiator();
    const auto way = forth ? at.way : at.way.reversed();
    auto found = std::ranges::find_if(sa.paths, [&](const PathUse& each) {
        return each.initiator == way.source && each.responder == way.destination;
    });
    if (found == sa.paths.end()) {
        if (sa.paths.size() == IkeSaFacts::most_paths) return;
        sa.paths.push_back({way.source, way.destination, at, at, 0, 0, 0});
        found = sa.paths.end() - 1;
    }
    found->last = at;
    ++(forth ? found->from_initiator : found->from_responder);
    if (!forth && found->answered_frame == 0) found->answered_frame = at.frame;
}

void Gatherer::note_values(const IkeSaFacts& sa, const Observation& seen) {
    if (seen.ike.repeats != 0) return;
    const bool init = seen.ike.header.exchange == ExchangeType::ike_sa_init;
    const auto& payloads = init ? seen.ike.outer : seen.ike.inner;
    constexpr std::size_t ke_header_size = 4;  // method and reserved, RFC 7296 section 3.4
    for (const auto& each : payloads.views()) {
        if (each.type == PayloadType::nonce) {
            note_value(Repeated::What::nonce, each.body, sa, seen.packet.frame);
        } else if (each.type == PayloadType::ke && each.body.size() >= ke_header_size) {
            note_value(Repeated::What::ke, each.body.subspan(ke_header_size), sa, seen.packet.frame);
        }
    }
}

void Gatherer::note_value(Repeated::What what, ByteView value, const IkeSaFacts& sa, std::uint64_t frame) {
    if (value.size() < 8) return;
    const auto key = digest(value) ^ static_cast<std::uint64_t>(what);
    // COOKIE and INVALID_KE_PAYLOAD make an initiator send the same again (RFC 7296 section 2.6): that SA has
    // one name here.
    const auto name = spi_text(sa.spis.initiator);
    const auto [at, fresh] = values_.try_emplace(key, Value{frame, name});
    if (!fresh && at->second.sa != name && facts_.repeated.size() < 64) {
        facts_.repeated.push_back({what, at->second.frame, frame, sa.name(), at->second.sa});
    }
    if (values_.size() > most_values) values_.clear();
}

void Gatherer::take_esp(const Observation& seen, RecentPackets::Kind known) {
    if (!seen.esp.readable) return;
    ++facts_.esp;
    const auto [at, fresh] = flow_by_spi_.try_emplace(seen.esp.spi, facts_.flows.size());
    if (fresh) {
        EspFlow made;
        made.spi = seen.esp.spi;
        made.ah = seen.what.kind == Kind::ah;
        facts_.flows.push_back(std::move(made));
        builders_.emplace_back();
    }
    auto& flow = facts_.flows[at->second];
    if (known == RecentPackets::Kind::again) return flow.duplicates.add(seen.packet.frame);
    builders_[at->second].add(flow, seen, digest(seen.what.octets));
}

void Gatherer::finish() {
    for (auto& [address, window] : windows_) close_window(window);
    windows_.clear();
    settle_copies();
}

}  // namespace ike::diagnose
