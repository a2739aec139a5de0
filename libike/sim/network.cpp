#include "libike/sim/network.hpp"

namespace ike::sim {

Nat& Network::add_nat(Nat::Settings settings) {
    return *nats_.emplace_back(std::make_unique<Nat>(std::move(settings)));
}

bool Network::is_cut(const Address& from, const Address& to) const {
    const auto sender = cuts_.find(from), receiver = cuts_.find(to);
    return (sender != cuts_.end() && sender->second.from) || (receiver != cuts_.end() && receiver->second.to);
}

const Link& Network::link_between(const Address& from, const Address& to) const {
    if (const auto at = uplinks_.find(from); at != uplinks_.end()) return at->second;
    if (const auto at = uplinks_.find(to); at != uplinks_.end()) return at->second;
    return link_;
}

bool Network::chance(double probability) {
    if (probability <= 0) return false;
    constexpr std::uint64_t scale = 1u << 30;
    return static_cast<double>(rng_.below(scale)) < probability * static_cast<double>(scale);
}

Duration Network::latency(const Link& link) {
    auto latency = link.delay;
    if (link.jitter > Duration{}) {
        latency += Duration{
            static_cast<Duration::rep>(rng_.below(static_cast<std::uint64_t>(link.jitter.count()) + 1))};
    }
    if (chance(link.reorder)) {
        ++account_.held_back;
        latency += link.held_back;
    }
    return latency;
}

void Network::inject(Instant arrival, Packet packet) {
    flights_.push({arrival, launched_++, std::move(packet)});
}

void Network::launch(Instant now, const Link& link, Packet packet) {
    if (link.mtu != 0 && packet.ip_size() > link.mtu) {
        ++account_.too_big;
        return;
    }
    // Losses of the copies are drawn one by one, so that a doubled packet is seldom lost.
    const bool doubled = chance(link.duplicate);
    if (doubled) ++account_.duplicated;
    for (int copy = doubled ? 0 : 1; copy < 2; ++copy) {
        if (chance(link.loss)) {
            ++account_.lost;
        } else {
            inject(now + latency(link), packet);
        }
    }
}

void Network::send(Instant now, Packet packet) {
    ++account_.sent;
    const auto inside = packet.from.address;
    if (const auto at = behind_.find(inside); at != behind_.end()) {
        if (packet.carrier != Carrier::udp) {  // no ports to tell the hosts behind it apart
            ++account_.refused_by_nat;
            return;
        }
        packet.from = at->second->outbound(now, packet.from, packet.to);
    }
    const auto target = inside_of(now, packet).value_or(packet.to).address;
    if (is_cut(inside, target)) {
        ++account_.cut;
        return;
    }
    const auto link = link_between(inside, target);
    if (filter_ && filter_(now, packet) == Fate::drop) {
        ++account_.filtered;
        return;
    }
    launch(now, link, std::move(packet));
}

std::optional<Instant> Network::next() const {
    return flights_.empty() ? std::nullopt : std::optional{flights_.top().arrival};
}

std::optional<Endpoint> Network::inside_of(Instant now, const Packet& packet) {
    for (const auto& nat : nats_) {
        if (nat->outside() != packet.to.address) continue;
        return packet.carrier == Carrier::udp ? nat->inbound(now, packet.to, packet.from) : std::nullopt;
    }
    // Nobody outside reaches an inside address directly.
    return behind_.contains(packet.to.address) ? std::nullopt : std::optional{packet.to};
}

std::optional<Packet> Network::receive(Instant now) {
    while (!flights_.empty() && flights_.top().arrival <= now) {
        auto packet = flights_.top().packet;
        flights_.pop();
        const auto inside = inside_of(now, packet);
        if (!inside) {
            ++account_.refused_by_nat;
        } else if (is_cut(packet.from.address, inside->address)) {
            ++account_.cut;
        } else {
            ++account_.delivered;
            packet.to = *inside;
            return packet;
        }
    }
    return std::nullopt;
}

}  // namespace ike::sim
