#include "tools/common/roamer.hpp"

#include <fmt/format.h>

#include "tools/common/report.hpp"

using namespace ike;
using namespace std::chrono_literals;

Result<Begun> establish_at(Tunnel& tunnel, const Via& via, std::string_view tool) {
    const auto first = via.resolve(tunnel.gateway().family());
    if (!first) return std::unexpected{first.error()};
    if (const auto added = tunnel.session().add_local(*first); !added) return std::unexpected{added.error()};
    if (const auto up = tunnel.establish(*first); !up) {
        report(tool, std::unexpected{up.error()});
        return Begun::no;
    }
    if (const auto status = tunnel.status(); status && !status->mobike) {
        tunnel.close();
        report(tool, failure("the gateway does not speak MOBIKE (RFC 4555): nothing can be moved",
                             "enable MOBIKE on the gateway"));
        return Begun::no;
    }
    return Begun::yes;
}

/// What the session's listeners saw since it was last cleared.
struct Roamer::Counts {
    unsigned attempts = 0, peer_requests = 0;
    unsigned child_rekeys = 0, ike_rekeys = 0;
    std::vector<PathUse> paths;

    void see(Instant now, const Event& event) {
        std::visit(Overloaded{[&](const ExchangeDone& done) {
                                  if (done.exchange == ExchangeType::informational) attempts = done.attempts;
                              },
                              [&](const Retransmitted& again) {
                                  if (again.exchange == ExchangeType::informational) attempts = again.attempt;
                              },
                              [&](const Moved& moved) {
                                  paths.push_back({now, moved.to});
                              },
                              [&](const ChildEstablished& child) { child_rekeys += child.rekeyed; },
                              [&](const IkeRekeyed&) { ++ike_rekeys; }, [](const auto&) {}},
                   event);
    }
    void see(const io::DatagramSeen& seen) {
        if (seen.sent || seen.carrier != Carrier::udp) return;
        constexpr std::uint8_t marker[4] = {};  // RFC 3948 section 2.2
        auto octets = seen.octets;
        if (octets.size() > 4 && equal(octets.first(4), marker)) octets = octets.subspan(4);
        const auto header = read_header(octets);
        const bool ike = header && header->major() == 2 && header->length == octets.size();
        peer_requests += ike && !header->is_response();
    }
};

namespace {

Prober::Plan probe_plan(Tunnel& tunnel, const RoamPlan& plan) {
    return {.from = tunnel.inner_local(),
            .to = plan.ping.value_or(tunnel.inner_remote()),
            .interval = plan.probe_interval,
            .size = plan.probe_size};
}

}  // namespace

Roamer::Roamer(Tunnel& tunnel, RoamPlan plan)
    : tunnel_{tunnel},
      plan_{std::move(plan)},
      prober_{tunnel.loop(), tunnel.session(), probe_plan(tunnel, plan_)},
      counts_{std::make_shared<Counts>()} {
    tunnel_.session().on_event(
        [counts = counts_](Instant now, const Event& event) { counts->see(now, event); });
    tunnel_.session().on_datagram([counts = counts_](const io::DatagramSeen& seen) { counts->see(seen); });
    report_.probed_from = tunnel_.inner_local();
    report_.probed = plan_.ping.value_or(tunnel_.inner_remote());
}
Roamer::~Roamer() = default;

const std::vector<Probe>& Roamer::probes() const { return prober_.probes(); }

/// Probes this young may still be answered; a move can cost them their answers.
Duration Roamer::grace() const { return std::max<Duration>(5 * report_.round_trip, 20ms); }

/// False when there is no use in going on.
bool Roamer::wait_until(Instant when) {
    const auto ended = tunnel_.loop().run_until([&] { return tunnel_.has_failed(); }, when);
    report_.interrupted |= ended == io::Ended::interrupted;
    return ended == io::Ended::deadline;
}

void Roamer::move(MoveRecord& record, const Via& via) {
    const auto gateway = tunnel_.gateway();
    const auto target = via.resolve(gateway.family());
    record.begun = io::now();
    if (!target) {
        record.problem = target.error().what;
        return;
    }
    record.to = *target;
    if (const auto added = tunnel_.session().add_local(*target); !added) {
        record.problem = added.error().what;
        return;
    }
    counts_->attempts = 0;
    counts_->peer_requests = 0;
    const auto moved = tunnel_.move(*target, plan_.patience);
    record.done = io::now();
    record.attempts = counts_->attempts;
    if (moved)
        record.moved = *moved;
    else
        record.problem = moved.error().what;
}

/// The data of a move whose probes have had their time.
void Roamer::finish(Pending& pending, const std::function<void(const MoveRecord&)>& on_move) {
    auto& record = pending.record;
    record.data = measure_gap(prober_.probes(), {.from = record.begun - grace(),
                                                 .until = pending.until - grace(),
                                                 .settled = record.moved ? record.done : std::nullopt,
                                                 .interval = plan_.probe_interval,
                                                 .late_after = report_.late_after});
    report_.failed += !record.moved;
    report_.lost_outside += record.data.lost_outside;
    report_.late += record.data.late;
    report_.delayed += record.data.delayed;
    report_.moves.push_back(std::move(record));
    on_move(report_.moves.back());
}

/// Probes alone, for comparison.
bool Roamer::begin() {
    report_.begun = io::now();
    if (const auto status = tunnel_.status()) report_.paths.push_back({report_.begun, status->path});
    prober_.start();
    const bool go_on = wait_until(report_.begun + plan_.settle);
    report_.round_trip = median_round_trip(prober_.probes(), report_.begun, io::now());
    report_.late_after = std::max<Duration>({5 * report_.round_trip, plan_.probe_interval, 1ms});
    return go_on;
}

/// What is still on its way may come.
void Roamer::drain() {
    prober_.stop();
    tunnel_.loop().run_until([&] { return prober_.answered() == prober_.sent(); },
                             io::now() + std::max<Duration>(grace(), 1s));
    report_.ended = io::now();
}

void Roamer::sum_up() {
    const auto first = report_.moves.empty() ? report_.ended : report_.moves.front().begun;
    const auto before = measure_gap(prober_.probes(), {.from = report_.begun,
                                                       .until = first - grace(),
                                                       .settled = report_.begun,
                                                       .interval = plan_.probe_interval,
                                                       .late_after = report_.late_after});
    report_.lost_outside += before.lost_outside;
    report_.late += before.late;
    report_.sent = prober_.sent();
    report_.answered = prober_.answered();
    report_.lost = report_.sent - report_.answered;
    report_.child_rekeys = counts_->child_rekeys;
    report_.ike_rekeys = counts_->ike_rekeys;
    report_.paths.insert(report_.paths.end(), counts_->paths.begin(), counts_->paths.end());
    if (tunnel_.has_failed()) {
        const auto why = tunnel_.failure();
        report_.sa_lost = why ? why->what : "the IKE SA is gone";
    }
}

RoamReport Roamer::run(const std::function<void(const MoveRecord&)>& on_move) {
    bool go_on = begin();
    auto next = io::now();
    // A move is reported while the next goes on: its last probes may be answered until then.
    std::optional<Pending> pending;
    for (unsigned number = 1; go_on && number <= plan_.count; ++number) {
        const auto& via = plan_.via[number % plan_.via.size()];
        Pending current;
        current.record.number = number;
        current.record.via = via.text();
        if (const auto status = tunnel_.status()) current.record.from = status->path.local.address;
        move(current.record, via);
        next = std::max(next + plan_.interval, io::now() + 2 * grace());
        go_on = !tunnel_.has_failed() && wait_until(next);
        current.until = io::now();
        current.record.peer_requests = counts_->peer_requests;
        if (pending) finish(*pending, on_move);
        pending = std::move(current);
        go_on = go_on && !tunnel_.loop().interrupted();
    }
    drain();
    if (pending) finish(*pending, on_move);
    sum_up();
    return report_;
}
