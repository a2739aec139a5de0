#include "tools/common/prober.hpp"

#include <unordered_map>

#include "libike/inner/echo.hpp"
#include "libike/io/system_rng.hpp"

struct Prober::State {
    State(ike::io::Loop& on, ike::io::Session& through, Plan with)
        : session{through}, plan{std::move(with)}, timer{on} {}

    void send(ike::Instant due, ike::Instant now) {
        Probe probe{probes.size(), due, now, {}, false, 0};
        const ike::inner::Probe request{plan.from, plan.to, plan.identifier, probe.number, now, plan.size};
        const auto size = ike::inner::write_request(request, packet);
        probe.unsent = size == 0 || !session.send_inner(ike::ByteView{packet}.first(size));
        probes.push_back(probe);
    }
    void tick() {
        send(begin + plan.interval * static_cast<std::int64_t>(ticks), ike::io::now());
        ++ticks;
        // On the schedule, however late this one was.
        timer.set(begin + plan.interval * static_cast<std::int64_t>(ticks), [this] { tick(); });
    }
    void take(const ike::io::InnerArrival& arrival) {
        const auto reply = ike::inner::read_reply(arrival.packet);
        if (!reply || reply->identifier != plan.identifier || reply->number >= probes.size()) return;
        auto& probe = probes[reply->number];
        if (probe.answered) {
            ++probe.duplicates;
            return;
        }
        probe.answered = arrival.time;
        ++answered;
    }

    ike::io::Session& session;
    Plan plan;
    ike::io::Timer timer;
    ike::Instant begin;
    std::uint64_t ticks = 0, answered = 0;
    std::vector<Probe> probes;
    ike::Bytes packet = ike::Bytes(65536);
};

Prober::Prober(ike::io::Loop& loop, ike::io::Session& session, Plan plan) {
    if (plan.identifier == 0) plan.identifier = static_cast<std::uint16_t>(ike::io::SystemRng{}.number() | 1);
    state_ = std::make_shared<State>(loop, session, std::move(plan));
    // The session keeps its listeners; this one may outlive us there.
    session.on_inner([weak = std::weak_ptr{state_}](const ike::io::InnerArrival& arrival) {
        if (const auto state = weak.lock()) state->take(arrival);
    });
}
Prober::~Prober() = default;
Prober::Prober(Prober&&) noexcept = default;
Prober& Prober::operator=(Prober&&) noexcept = default;

void Prober::start() {
    state_->begin = ike::io::now();
    state_->ticks = 0;
    state_->tick();
}
void Prober::stop() { state_->timer.cancel(); }

std::uint64_t Prober::send_one() {
    const auto now = ike::io::now();
    state_->send(now, now);
    return state_->probes.back().number;
}

const std::vector<Probe>& Prober::probes() const { return state_->probes; }
std::uint64_t Prober::sent() const { return state_->probes.size(); }
std::uint64_t Prober::answered() const { return state_->answered; }
