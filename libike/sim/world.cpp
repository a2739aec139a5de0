#include "libike/sim/world.hpp"

namespace ike::sim {

std::string_view to_string(Ended ended) {
    switch (ended) {
        case Ended::done:
            return "done";
        case Ended::timeout:
            return "timeout";
        case Ended::stuck:
            break;
    }
    return "stuck";
}

std::optional<Instant> World::next() const {
    auto next = network_.next();
    for (const auto& host : hosts_) next = earliest(next, host.next());
    return next;
}

bool World::is_quiet(Duration horizon) const {
    if (!network_.is_empty()) return false;
    return std::ranges::none_of(hosts_, [&](const Host& host) {
        const auto deadline = host.engine_deadline();
        return deadline && *deadline - now_ < horizon;
    });
}

void World::deliver(Packet packet) {
    for (auto& host : hosts_) {
        if (host.has(packet.to.address)) return host.receive(std::move(packet));
    }
}

bool World::step(Instant end) {
    const auto at = next();
    if (!at || *at > end) return false;
    now_ = std::max(now_, *at);
    ++steps_;
    if (auto packet = network_.receive(now_)) {
        deliver(std::move(*packet));
        return true;
    }
    for (auto& host : hosts_) {
        if (const auto due = host.next(); due && *due <= now_) host.on_time();
    }
    return true;
}

Ended World::run_until(const std::function<bool()>& condition, Duration limit) {
    const auto end = now_ + limit;
    for (std::uint64_t i = 0; !condition(); ++i) {
        if (i == step_limit_) return Ended::stuck;
        if (!step(end)) {
            now_ = end;
            return condition() ? Ended::done : Ended::timeout;
        }
    }
    return Ended::done;
}

Ended World::run_until_quiet(Duration limit, Duration horizon) {
    return run_until([&] { return is_quiet(horizon); }, limit);
}

Ended World::run_for(Duration time) {
    const auto ended = run_until([] { return false; }, time);
    return ended == Ended::timeout ? Ended::done : ended;
}

}  // namespace ike::sim
