#pragma once
// ICMP echo requests through a tunnel on a fixed schedule, and what became of each.
#include <memory>
#include <vector>

#include "libike/io/session.hpp"

/// One echo request. `answered` is the first answer; more count in `duplicates`.
struct Probe {
    std::uint64_t number = 0;  ///< from 0
    ike::Instant due;          ///< by the schedule
    ike::Instant sent;         ///< later than that where this machine was busy
    std::optional<ike::Instant> answered;
    bool unsent = false;  ///< no Child SA took it
    unsigned duplicates = 0;
};

/// Requests go out at start + n * interval whatever happens to the others. Loop and session must outlive it.
class Prober {
public:
    struct Plan {
        ike::Address from, to;  ///< inner; of one family
        ike::Duration interval = std::chrono::milliseconds{10};
        std::size_t size = 64;         ///< octets of the inner IP packet; at least 60
        std::uint16_t identifier = 0;  ///< 0: chosen
    };
    Prober(ike::io::Loop& loop, ike::io::Session& session, Plan plan);
    ~Prober();
    Prober(Prober&&) noexcept;
    Prober& operator=(Prober&&) noexcept;

    void start();
    void stop();
    /// One request at once, off the schedule; gives its number.
    std::uint64_t send_one();
    const std::vector<Probe>& probes() const;
    std::uint64_t sent() const;
    std::uint64_t answered() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};
