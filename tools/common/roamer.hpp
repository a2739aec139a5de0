#pragma once
// An IKE SA moved again and again among local addresses while probes flow through its tunnel.
#include <functional>
#include <memory>

#include "tools/common/roam_record.hpp"
#include "tools/common/tunnel.hpp"
#include "tools/common/via.hpp"

struct RoamPlan {
    std::vector<Via> via;  ///< in turn, again and again; the tunnel was established at the first
    unsigned count = 0;    ///< moves
    ike::Duration interval = std::chrono::seconds{1};  ///< from the beginning of one move to that of the next
    ike::Duration settle = std::chrono::milliseconds{500};  ///< probes alone before the first
    ike::Duration probe_interval = std::chrono::milliseconds{10};
    std::size_t probe_size = 84;                        ///< octets of the inner packet
    std::optional<ike::Address> ping;                   ///< whom to probe; nothing: as the selectors say
    ike::Duration patience = std::chrono::seconds{60};  ///< with one move
};

/// Which path the SA had, and since when.
struct PathUse {
    ike::Instant since;
    ike::Path path;
};

struct RoamReport {
    std::vector<MoveRecord> moves;
    std::vector<PathUse> paths;
    ike::Instant begun, ended;
    ike::Duration round_trip{};  ///< median of the probes before the first move
    ike::Duration late_after{};  ///< what counted as late
    ike::Address probed_from, probed;
    std::uint64_t sent = 0, answered = 0, lost = 0, lost_outside = 0, late = 0, delayed = 0;
    unsigned failed = 0;  ///< moves that did not come about
    unsigned child_rekeys = 0, ike_rekeys = 0;
    std::string sa_lost;  ///< why the SA was lost; empty: it lives
    bool interrupted = false;
    bool good() const { return failed == 0 && sa_lost.empty(); }
};

/// Whether a tunnel stands that can be moved.
enum class Begun : std::uint8_t { no, yes };
/// Establishes the tunnel at `via`. No: the gateway refused or has no MOBIKE, and standard error says so in
/// the name of `tool`. Errors: the address or the socket for it cannot be had.
ike::Result<Begun> establish_at(Tunnel& tunnel, const Via& via, std::string_view tool);

class Roamer {
public:
    /// The tunnel is up and outlives the roamer.
    Roamer(Tunnel& tunnel, RoamPlan plan);
    ~Roamer();

    /// Moves until the count is reached, the SA is lost or the user interrupts. `on_move` gets each record
    /// once it is complete.
    RoamReport run(const std::function<void(const MoveRecord&)>& on_move);
    const std::vector<Probe>& probes() const;

private:
    struct Counts;
    void move(MoveRecord& record, const Via& via);
    bool wait_until(ike::Instant when);
    /// A move whose last probes may still be answered.
    struct Pending {
        MoveRecord record;
        ike::Instant until;  ///< when the next began
    };
    void finish(Pending& pending, const std::function<void(const MoveRecord&)>& on_move);
    bool begin();
    void drain();
    void sum_up();
    ike::Duration grace() const;

    Tunnel& tunnel_;
    RoamPlan plan_;
    Prober prober_;
    std::shared_ptr<Counts> counts_;  ///< shared with the session's listeners, which stay
    RoamReport report_;
};
