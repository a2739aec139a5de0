#include "tools/ikereplay/reenact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "libike/sa/notify_data.hpp"
#include "tools/ikereplay/compare.hpp"
#include "tools/ikereplay/show.hpp"

using namespace ike;

namespace {

/// An exchange of ours as it was traced.
struct LiveExchange {
    Instant asked;
    Message request;
    std::optional<Instant> answered;
    std::optional<Message> answer;
};

/// What a captured request amounts to: an input for the engine, or why there is none.
struct Step {
    std::optional<Input> input;
    std::string skipped;
};

/// What the session's listener, which stays, is allowed to reach while a re-enactment goes on.
struct Ear {
    std::function<void(Instant, const Event&)> hear;
};

class Reenactor {
public:
    Reenactor(io::Loop& loop, io::Session& session, const Recording& recording, const ReenactPlan& plan,
              Output& output)
        : loop_{loop},
          session_{session},
          recording_{recording},
          plan_{plan},
          output_{output},
          ear_{std::make_shared<Ear>()} {
        ear_->hear = [this](Instant now, const Event& event) { hear(now, event); };
        session_.on_event([ear = ear_](Instant now, const Event& event) {
            if (ear->hear) ear->hear(now, event);
        });
    }
    ~Reenactor() { ear_->hear = nullptr; }
    Reenactor(const Reenactor&) = delete;
    Reenactor& operator=(const Reenactor&) = delete;

    ReenactReport run(const Address& gateway) {
        const auto requests = exchanges_of(recording_);
        const auto begin = io::now();
        establish(gateway);
        for (const auto* request : requests) {
            auto& exchange = add(*request);
            if (is_setup(*request))
                take_setup(exchange);
            else if (gone_)
                exchange.skipped = "the IKE SA is gone";
            else if (wait_until(begin + offset(*requests.front(), *request)))
                hold(exchange);
            if (report_.interrupted) break;
            conclude(exchange);
        }
        return std::move(report_);
    }

private:
    static bool is_setup(const Recorded& request) {
        const auto exchange = request.message.header.exchange;
        return exchange == ExchangeType::ike_sa_init || exchange == ExchangeType::ike_auth;
    }
    Duration offset(const Recorded& first, const Recorded& request) const {
        const auto since = static_cast<double>(between(first.time, request.time).count());
        return Duration{static_cast<Duration::rep>(std::max(0.0, since / plan_.speed))};
    }
    bool wait_until(Instant when) {
        const auto ended = loop_.run_until([&] { return gone_; }, when);
        report_.interrupted |= ended == io::Ended::interrupted;
        return ended == io::Ended::deadline;
    }
    Reenacted& add(const Recorded& request) {
        Reenacted exchange;
        exchange.number = static_cast<unsigned>(report_.exchanges.size() + 1);
        exchange.request = &request;
        if (request.answer) exchange.answer = &recording_.messages[*request.answer];
        report_.exchanges.push_back(std::move(exchange));
        return report_.exchanges.back();
    }
    void establish(const Address& gateway) {
        const auto local = plan_.local.empty() ? std::optional<Address>{} : plan_.local.front();
        if (const auto begun = session_.initiate(0, gateway, local); !begun) {
            problem_ = begun.error().what;
            gone_ = true;
            return;
        }
        const auto ended = loop_.run_until([&] { return gone_ || settled_; });
        report_.interrupted |= ended == io::Ended::interrupted;
    }
    /// The last live exchange of the kind: before it the gateway may have asked for a cookie or another
    /// group.
    void take_setup(Reenacted& exchange) {
        const auto kind = exchange.request->message.header.exchange;
        const auto found = std::find_if(live_.rbegin(), live_.rend(), [&](const LiveExchange& each) {
            return each.request.header.exchange == kind;
        });
        if (found == live_.rend()) {
            exchange.skipped = problem_.empty() ? "the exchange before it failed" : problem_;
            return;
        }
        take(exchange, *found);
        if (kind != ExchangeType::ike_auth) return;
        live_.clear();
        remember_child(*exchange.request);
    }
    static void take(Reenacted& exchange, LiveExchange& live) {
        exchange.asked = live.asked;
        exchange.answered = live.answered;
        exchange.live_request = std::move(live.request);
        exchange.live_answer = std::move(live.answer);
    }
    /// The captured SPI that names a Child SA stands for ours.
    void remember_child(const Recorded& request) {
        const auto* sa = request.message.get<SaPayload>();
        if (sa == nullptr || newest_child_ == ChildSaId::none) return;
        for (const auto& proposal : sa->proposals)
            if (proposal.protocol != ProtocolId::ike && !proposal.spi.empty())
                children_[hex(proposal.spi)] = newest_child_;
    }
    void hold(Reenacted& exchange) {
        if (take_spare(exchange)) return;
        auto step = step_for(*exchange.request);
        if (!step.input) {
            exchange.skipped = step.skipped;
            return;
        }
        live_.clear();
        problem_.clear();
        session_.step(std::move(*step.input));
        const auto answered = [&] {
            return gone_ || !problem_.empty() || (!live_.empty() && live_.front().answer);
        };
        const auto ended = loop_.run_until(answered, io::now() + patience());
        report_.interrupted |= ended == io::Ended::interrupted;
        exchange.problem = problem_;
        if (live_.empty()) return;
        take(exchange, live_.front());
        live_.erase(live_.begin());
        remember_child(*exchange.request);
    }
    /// As long as the engine itself would try.
    Duration patience() const {
        const auto& policy = session_.engine().config().peers.front().timers.retransmit;
        Duration all{};
        for (unsigned attempt = 1; attempt <= policy.attempts; ++attempt) all += policy.interval(attempt);
        return all + std::chrono::seconds{1};
    }
    /// Some requests the engine sends by itself, as the Delete after a rekey.
    bool take_spare(Reenacted& exchange) {
        const auto* wanted = exchange.request->message.get<DeletePayload>();
        if (wanted == nullptr) return false;
        const auto found = std::find_if(live_.begin(), live_.end(), [&](const LiveExchange& each) {
            const auto* deleted = each.request.get<DeletePayload>();
            return deleted != nullptr && deleted->protocol == wanted->protocol;
        });
        if (found == live_.end()) return false;
        const auto at = found - live_.begin();
        loop_.run_until([&] { return gone_ || live_[static_cast<std::size_t>(at)].answer; },
                        io::now() + patience());
        take(exchange, live_[static_cast<std::size_t>(at)]);
        live_.erase(live_.begin() + at);
        return true;
    }

    Step step_for(const Recorded& request) {
        if (!request.opened) return {{}, "not decrypted: " + request.obstacle};
        const auto& message = request.message;
        if (message.header.exchange == ExchangeType::create_child_sa) return create_step(message);
        if (message.header.exchange != ExchangeType::informational)
            return {{}, fmt::format("{} cannot be re-enacted", to_string(message.header.exchange))};
        if (const auto* deleted = message.get<DeletePayload>()) return delete_step(*deleted);
        if (message.notify(NotifyType::update_sa_addresses) != nullptr)
            if (const auto local = stand_in(request.source.address); local && *local != current_local())
                return {MoveTo{ike_sa_, *local, {}}, {}};
        if (message.payloads.empty()) return {CheckLiveness{ike_sa_}, {}};
        return {SendInformational{ike_sa_, adapted(message.payloads)}, {}};
    }
    Step create_step(const Message& message) {
        const auto* sa = message.get<SaPayload>();
        const bool ike =
            sa != nullptr && !sa->proposals.empty() && sa->proposals.front().protocol == ProtocolId::ike;
        if (ike) return {RekeyIkeSa{ike_sa_}, {}};
        if (const auto* rekey = message.notify(NotifyType::rekey_sa)) {
            const auto child = children_.find(hex(rekey->spi));
            if (child == children_.end()) return {{}, "it rekeys a Child SA that was not re-enacted"};
            newest_child_ = child->second;
            return {RekeyChildSa{child->second}, {}};
        }
        const auto* local = message.get<TsPayload>(PayloadType::tsi);
        const auto* remote = message.get<TsPayload>(PayloadType::tsr);
        return {CreateChildSa{ike_sa_, local != nullptr ? local->selectors : std::vector<TrafficSelector>{},
                              remote != nullptr ? remote->selectors : std::vector<TrafficSelector>{}},
                {}};
    }
    Step delete_step(const DeletePayload& deleted) const {
        if (deleted.protocol == ProtocolId::ike) return {DeleteIkeSa{ike_sa_}, {}};
        for (const auto& spi : deleted.spis)
            if (const auto child = children_.find(hex(spi)); child != children_.end())
                return {DeleteChildSa{child->second}, {}};
        return {{}, "it deletes a Child SA that was not re-enacted"};
    }
    Address current_local() const {
        for (const auto& sa : session_.engine().status())
            if (sa.id == ike_sa_) return sa.path.local.address;
        return {};
    }
    /// The local address that stands for one of the captured initiator's.
    std::optional<Address> stand_in(const Address& captured) const {
        std::vector<Address> seen;
        for (const auto& recorded : recording_.messages) {
            if (!recorded.by_initiator) continue;
            if (std::find(seen.begin(), seen.end(), recorded.source.address) == seen.end())
                seen.push_back(recorded.source.address);
        }
        const auto at =
            static_cast<std::size_t>(std::find(seen.begin(), seen.end(), captured) - seen.begin());
        return at < plan_.local.size() ? std::optional{plan_.local[at]} : std::nullopt;
    }
    /// Captured payloads with what depends on SPIs and addresses computed anew (RFC 7296 section 2.23).
    std::vector<Payload> adapted(std::vector<Payload> payloads) const {
        for (const auto& sa : session_.engine().status()) {
            if (sa.id != ike_sa_) continue;
            for (auto& payload : payloads) {
                auto* notify = std::get_if<Notify>(&payload.body);
                if (notify == nullptr) continue;
                if (notify->type == NotifyType::nat_detection_source_ip)
                    notify->data = hashed(sa, sa.path.local);
                else if (notify->type == NotifyType::nat_detection_destination_ip)
                    notify->data = hashed(sa, sa.path.remote);
            }
        }
        return payloads;
    }
    static Bytes hashed(const IkeSaStatus& sa, const Endpoint& endpoint) {
        return to_bytes(ByteView{nat_detection_hash(sa.spi_i, sa.spi_r, endpoint)});
    }

    void conclude(Reenacted& exchange) {
        if (exchange.live_request)
            exchange.request_differences = compare(exchange.request->message, *exchange.live_request);
        if (exchange.live_answer && exchange.answer != nullptr)
            exchange.answer_differences = compare(exchange.answer->message, *exchange.live_answer);
        show_exchange(output_, exchange);
    }

    void hear(Instant now, const Event& event) {
        std::visit(Overloaded{[&](const MessageTrace& trace) { hear_message(now, trace); },
                              [&](const IkeEstablished& up) { ike_sa_ = up.ike_sa; },
                              [&](const ChildEstablished& child) {
                                  newest_child_ = child.child;
                                  settled_ = true;
                              },
                              [&](const ChildFailed& failed) {
                                  problem_ = failed.detail;
                                  settled_ = true;
                              },
                              [&](const MoveFailed& failed) { problem_ = failed.detail; },
                              [&](const IkeFailed& failed) {
                                  problem_ = failed.detail;
                                  gone_ = true;
                              },
                              [](const auto&) {}},
                   event);
    }
    void hear_message(Instant now, const MessageTrace& trace) {
        const auto& header = trace.message.header;
        if (trace.retransmission) return;
        if (trace.sent && !header.is_response()) {
            live_.push_back({now, trace.message, {}, {}});
        } else if (!trace.sent && header.is_response()) {
            for (auto each = live_.rbegin(); each != live_.rend(); ++each) {
                if (each->request.header.message_id != header.message_id || each->answer) continue;
                each->answered = now;
                each->answer = trace.message;
                return;
            }
        }
    }

    io::Loop& loop_;
    io::Session& session_;
    const Recording& recording_;
    const ReenactPlan& plan_;
    Output& output_;
    std::shared_ptr<Ear> ear_;
    ReenactReport report_;
    IkeSaId ike_sa_{};
    ChildSaId newest_child_{};
    std::map<std::string, ChildSaId> children_;  ///< by the captured initiator's SPI in hexadecimal
    std::vector<LiveExchange> live_;             ///< since the last step
    std::string problem_;
    bool settled_ = false;  ///< IKE_AUTH is over
    bool gone_ = false;
};

}  // namespace

bool Reenacted::same() const {
    if (!skipped.empty()) return false;
    return (answer == nullptr || live_answer) && answer_differences.empty();
}

bool ReenactReport::same() const {
    return std::all_of(exchanges.begin(), exchanges.end(), [](const Reenacted& each) { return each.same(); });
}

ReenactReport reenact(io::Loop& loop, io::Session& session, const Address& gateway,
                      const Recording& recording, const ReenactPlan& plan, Output& output) {
    return Reenactor{loop, session, recording, plan, output}.run(gateway);
}
