#include "libike/sim/nat.hpp"

namespace ike::sim {

bool Nat::is_alive(Instant now, const Mapping& mapping) const {
    return settings_.timeout == Duration{} || now - mapping.used <= settings_.timeout;
}

Endpoint Nat::outbound(Instant now, const Endpoint& inside, const Endpoint& remote) {
    auto& mapping = mappings_[inside];
    if (mapping.port == 0 || !is_alive(now, mapping)) mapping = {next_port_++, now, {}};
    mapping.used = now;
    if (std::ranges::find(mapping.remotes, remote) == mapping.remotes.end())
        mapping.remotes.push_back(remote);
    return {settings_.outside, mapping.port};
}

bool Nat::lets_in(const Mapping& mapping, const Endpoint& remote) const {
    switch (settings_.filtering) {
        case Filtering::anyone:
            return true;
        case Filtering::same_address:
            return std::ranges::find(mapping.remotes, remote.address, &Endpoint::address) !=
                   mapping.remotes.end();
        case Filtering::same_endpoint:
            break;
    }
    return std::ranges::find(mapping.remotes, remote) != mapping.remotes.end();
}

std::optional<Endpoint> Nat::inbound(Instant now, const Endpoint& outside, const Endpoint& remote) {
    if (outside.address != settings_.outside) return std::nullopt;
    for (const auto& [inside, mapping] : mappings_) {
        if (mapping.port != outside.port || !is_alive(now, mapping)) continue;
        return lets_in(mapping, remote) ? std::optional{inside} : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace ike::sim
