#pragma once
// The virtual clock, and the hosts that live by it. Nothing here waits: time jumps to whatever comes next.
#include "libike/sim/host.hpp"

namespace ike::sim {

/// How a run ended.
enum class Ended : std::uint8_t {
    done,     ///< quiet, or the condition holds, or the time to run is over
    timeout,  ///< the limit of virtual time came first
    stuck,    ///< too many steps: something sends or wakes without end
};
std::string_view to_string(Ended ended);

class World {
public:
    explicit World(Link link = {}) : network_{link} {}
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Instant now() const { return now_; }
    Network& network() { return network_; }
    Host& add(HostSettings settings) { return hosts_.emplace_back(*this, std::move(settings)); }

    /// Runs until no packet is under way and no engine has a deadline before now + `horizon` (probes do not
    /// count). With liveness checks or keepalives on, a horizon of less than their interval is needed, or it
    /// never is quiet.
    Ended run_until_quiet(Duration limit = std::chrono::minutes{30}, Duration horizon = Duration::max());
    Ended run_for(Duration time);
    Ended run_until(const std::function<bool()>& condition, Duration limit = std::chrono::minutes{10});
    /// More steps than this in one run end it as stuck.
    void set_step_limit(std::uint64_t limit) { step_limit_ = limit; }
    std::uint64_t steps() const { return steps_; }

private:
    std::optional<Instant> next() const;
    bool is_quiet(Duration horizon) const;
    /// Whatever happens next, at `end` at the latest; false when nothing does by then.
    bool step(Instant end);
    void deliver(Packet packet);

    Instant now_{};
    Network network_;
    std::deque<Host> hosts_;
    std::uint64_t steps_ = 0, step_limit_ = 1'000'000;
};

}  // namespace ike::sim
