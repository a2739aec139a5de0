#include "tools/ikemtu/search.hpp"

#include <cerrno>

#include "tools/ikemtu/probes.hpp"

using namespace ike;

namespace {

MtuPolicy policy_of(const ProbeShape& shape, const SearchPlan& plan) {
    MtuPolicy policy;
    policy.step = shape.step;
    policy.ceiling = shape.smallest;
    if (plan.most > shape.smallest) policy.ceiling += (plan.most - shape.smallest) / shape.step * shape.step;
    policy.floor = std::max(shape.smallest, std::min(plan.least, policy.ceiling));
    policy.base = std::clamp<std::size_t>(1200, policy.floor, policy.ceiling);
    policy.losses = plan.losses;
    return policy;
}

/// One search with one kind of probes.
template <class Probes>
class Seeker {
public:
    Seeker(Rig& rig, Quest quest, const SearchPlan& plan, const SearchTalk& talk)
        : rig_{rig}, quest_{quest}, plan_{plan}, talk_{talk} {}
    ~Seeker() { rig_.forget(); }
    Seeker(const Seeker&) = delete;
    Seeker& operator=(const Seeker&) = delete;

    Result<Measured> run() {
        if (const auto opened = open(); !opened) return std::unexpected{opened.error()};
        search_.emplace(policy_of(probes_->shape(), plan_));
        if (plan_.hint) search_->too_big(*plan_.hint);
        while (!search_->over()) {
            take();
            if (probes_->dead()) {
                if (const auto opened = revive(); !opened) return std::unexpected{opened.error()};
            }
            if (!probes_->busy()) ask();
            if (search_->over()) break;
            const auto patience = io::now() + std::chrono::seconds{1};
            if (wait(probes_->busy() ? patience : *search_->deadline()) == io::Ended::interrupted) break;
        }
        const auto& shape = probes_->shape();
        return Measured{quest_, shape.family, shape.outer, search_->result(), fragmented_};
    }

private:
    Result<bool> open() {
        const auto tunnel = rig_.tunnel();
        if (!tunnel) return std::unexpected{tunnel.error()};
        auto probes = Probes::open(rig_, **tunnel, quest_, plan_.ping);
        if (!probes) return std::unexpected{probes.error()};
        probes_ = std::move(*probes);
        rig_.listen({.event = [this](Instant now, const Event& event) { probes_->see(now, event); },
                     .inner = [this](const io::InnerArrival& arrival) { probes_->see(arrival); },
                     .error = [this](const io::NetworkError& error) { hear(error); },
                     .datagram = [this](const io::DatagramSeen& seen) { probes_->see(seen); }});
        return true;
    }
    /// A probe cost the IKE SA, or something else did: a new one, and the probe counts as lost.
    Result<bool> revive() {
        if (out_) give_up("lost");
        rig_.forget();
        probes_.reset();
        return open();
    }
    void give_up(std::string_view became) {
        search_->lost(out_->number);
        talk_.probe(quest_, out_->size, became);
        out_.reset();
    }
    /// What became known of probes since last asked.
    void take() {
        for (const auto& verdict : probes_->take()) {
            const bool current = out_ && out_->number == verdict.number;
            if (verdict.answered) {
                search_->answered(verdict.number, *verdict.answered);
                talk_.probe(quest_, verdict.size, "answered");
                if (current) out_.reset();
            } else if (current) {
                fragmented_ += verdict.fragmented;
                give_up(verdict.fragmented ? "fragmented" : "lost");
            }
        }
    }
    void ask() {
        const auto probe = search_->step(io::now());
        if (!probe) return;
        if (out_) talk_.probe(quest_, out_->size, "lost");  // its time was over
        out_ = probe;
        probes_->send(*probe);
    }
    io::Ended wait(Instant deadline) {
        stirred_ = false;
        return rig_.loop().run_until([&] { return stirred_ || probes_->has_news() || probes_->dead(); },
                                     deadline);
    }
    void hear(const io::NetworkError& error) {
        if (error.error != EMSGSIZE && error.mtu == 0) return;
        stirred_ = true;
        if (!error.reporter && out_) {
            search_->refused(out_->number);
            talk_.probe(quest_, out_->size, "refused");
            out_.reset();
        } else {
            search_->too_big(error.mtu);
        }
        // The same report comes for each probe; once is enough.
        IcmpHeard heard{error.reporter ? to_string(*error.reporter) : "this host", error.mtu, quest_};
        if (heard.reporter == last_.reporter && heard.mtu == last_.mtu) return;
        last_ = heard;
        talk_.icmp(heard);
    }

    Rig& rig_;
    Quest quest_;
    const SearchPlan& plan_;
    const SearchTalk& talk_;
    std::optional<MtuSearch> search_;
    std::unique_ptr<Probes> probes_;
    std::optional<MtuProbe> out_;
    IcmpHeard last_;
    bool stirred_ = false;
    unsigned fragmented_ = 0;
};

}  // namespace

Result<Measured> search(Rig& rig, Quest quest, const SearchPlan& plan, const SearchTalk& talk) {
    if (quest == Quest::ike_out) return Seeker<IkeProbes>{rig, quest, plan, talk}.run();
    return Seeker<EspProbes>{rig, quest, plan, talk}.run();
}
