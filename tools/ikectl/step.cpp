// The steps of a scenario, carried out.
#include <fmt/format.h>

#include "libike/io/loop.hpp"
#include "tools/common/prober.hpp"
#include "tools/ikectl/expectation.hpp"
#include "tools/ikectl/player.hpp"
#include "tools/ikectl/status.hpp"

namespace scenario {

using ike::Result;
using nlohmann::json;

namespace {

double seconds(ike::Duration time) { return std::chrono::duration<double>{time}.count(); }

std::unexpected<ike::Error> timed_out(const Step& step, std::string_view what) {
    return ike::failure(fmt::format("no {} within {} s", what, seconds(step.time)));
}

/// Waits for one of `good`; `ike_failed`, `child_failed` and `move_failed` end the wait too, and are the
/// difference.
Result<std::string> await_event(const Step& step, PlayedHost& host, std::size_t from, std::string_view good) {
    const auto found = host.await({good, "ike_failed", "child_failed", "move_failed"}, from, step.time);
    if (!found) return timed_out(step, good);
    const auto name = (*found)["event"].get<std::string>();
    if (name == good) return std::string{};
    return ike::failure(
        fmt::format("{}: {}: {}", name, found->value("failure", ""), found->value("detail", "")));
}

std::unexpected<ike::Error> no_sa(std::string_view what) {
    return ike::failure(fmt::format("there is no {}", what));
}

/// The names of the last events, for who waited for another.
std::string came(const PlayedHost& host, std::size_t from) {
    std::vector<std::string> names;
    for (auto at = from; at < host.log().size(); ++at) {
        auto name = host.log()[at]["event"].get<std::string>();
        if (name != "message" && name != "keys_derived") names.push_back(std::move(name));
    }
    if (names.size() > 8) names.erase(names.begin(), names.end() - 8);
    return names.empty() ? "nothing came" : fmt::format("came: {}", fmt::join(names, ", "));
}

Result<std::string> expect_status(const Step& step, const Expect& expect, PlayedHost& host) {
    std::optional<std::string> last;
    const auto look = [&] {
        const json status = status_json(host.session());
        const auto& all = status["ike_sas"];
        auto subject = all.empty() ? json::object() : json(all.back());
        subject["ike_sas"] = all.size();
        subject["children"] = subject.contains("child_sas") ? subject["child_sas"].size() : 0;
        subject["counters"] = status["counters"];
        last = difference(subject, expect.fields);
        return last.has_value() == expect.absent;
    };
    // Counters change without an event: asked again and again.
    const auto deadline = ike::io::now() + step.time;
    while (!look() && ike::io::now() < deadline && !host.loop().interrupted())
        host.loop().run_for(std::chrono::milliseconds{10});
    if (last.has_value() == expect.absent) return std::string{};
    return ike::failure(fmt::format("{}: status: {}", host.name(), last ? *last : "is as it should not be"));
}

Result<std::string> expect_event(const Step& step, const Expect& expect, PlayedHost& host) {
    const bool message = expect.subject == Expect::Subject::message;
    auto& cursor = message ? host.messages_seen : host.events_seen;
    const auto from = expect.absent ? host.log().size() : cursor;
    auto next = from;
    std::optional<std::string> nearest;
    bool found = false;
    const auto look = [&] {
        for (; next < host.log().size() && !found; ++next) {
            const auto& object = host.log()[next];
            if (object["event"] != expect.event) continue;
            const auto differs = difference(object, expect);
            found = !differs;
            if (differs) nearest = differs;
        }
        return found;
    };
    host.loop().run_until(look, ike::io::now() + step.time);
    if (found && expect.absent) return ike::failure(fmt::format("{}: {} came", host.name(), expect.event));
    if (expect.absent) return std::string{};
    if (found) {
        cursor = next;
        return fmt::format("{} {}", host.name(), expect.event);
    }
    if (nearest)
        return ike::failure(fmt::format("{}: the last {} {}{}", host.name(), expect.event,
                                        message ? "" : "differs: ", *nearest));
    return ike::failure(fmt::format("{}: no {} within {} s; {}", host.name(), expect.event,
                                    seconds(step.time), came(host, from)));
}

struct Take {
    const Step& step;
    PlayedHost& host;

    Result<std::string> operator()(const Initiate& initiate) const {
        if (!host.gateway())
            return ike::failure(host.name() + " is a responder: it has nobody to initiate with");
        const auto from = host.log().size();
        if (const auto begun = host.session().initiate(0, *host.gateway()); !begun)
            return std::unexpected{begun.error()};
        return initiate.wait ? await_event(step, host, from, "child_established")
                             : Result<std::string>{std::string{}};
    }
    Result<std::string> operator()(const Expect& expect) const {
        return expect.subject == Expect::Subject::status ? expect_status(step, expect, host)
                                                         : expect_event(step, expect, host);
    }
    Result<std::string> operator()(const Send& send) const {
        const auto sa = host.ike_sa();
        if (!sa) return no_sa("IKE SA");
        host.session().step(ike::SendInformational{sa->id, send.payloads});
        return std::string{};
    }
    Result<std::string> operator()(const Wait&) const { return std::string{}; }
    Result<std::string> operator()(const Ping& ping) const;
    Result<std::string> operator()(const Move& move) const {
        const auto sa = host.ike_sa();
        if (!sa) return no_sa("IKE SA");
        if (const auto added = host.session().add_local(move.local); !added)
            return std::unexpected{added.error()};
        const auto from = host.log().size();
        host.session().step(ike::MoveTo{sa->id, move.local, move.remote});
        return move.wait ? await_event(step, host, from, "moved") : Result<std::string>{std::string{}};
    }
    Result<std::string> operator()(const Rekey& rekey) const {
        const auto sa = host.ike_sa();
        const auto child = host.child_sa();
        if (!sa || (rekey.what == What::child && !child))
            return no_sa(rekey.what == What::child ? "Child SA" : "IKE SA");
        const auto from = host.log().size();
        if (rekey.what == What::child) {
            host.session().step(ike::RekeyChildSa{child->id});
        } else {
            host.session().step(ike::RekeyIkeSa{sa->id});
        }
        if (!rekey.wait) return std::string{};
        return await_event(step, host, from, rekey.what == What::child ? "child_established" : "ike_rekeyed");
    }
    Result<std::string> operator()(const Delete& wanted) const {
        const auto sa = host.ike_sa();
        const auto child = host.child_sa();
        if (!sa || (wanted.what == What::child && !child))
            return no_sa(wanted.what == What::child ? "Child SA" : "IKE SA");
        const auto from = host.log().size();
        if (wanted.what == What::child) {
            host.session().step(ike::DeleteChildSa{child->id});
            return wanted.wait ? await_event(step, host, from, "child_deleted")
                               : Result<std::string>{std::string{}};
        }
        host.session().step(ike::DeleteIkeSa{sa->id});
        if (!wanted.wait) return std::string{};
        const auto gone = [&] {
            return std::ranges::none_of(host.session().engine().status(), [&](const auto& one) {
                return one.id == sa->id && one.state != ike::IkeState::gone;
            });
        };
        host.loop().run_until(gone, ike::io::now() + step.time);
        return gone() ? Result<std::string>{std::string{}} : timed_out(step, "end of the IKE SA");
    }
    Result<std::string> operator()(const CreateChild& create) const {
        const auto sa = host.ike_sa();
        if (!sa) return no_sa("IKE SA");
        const auto from = host.log().size();
        host.session().step(ike::CreateChildSa{sa->id, create.ts_local, create.ts_remote});
        return create.wait ? await_event(step, host, from, "child_established")
                           : Result<std::string>{std::string{}};
    }
    Result<std::string> operator()(const Announce& announce) const {
        const auto sa = host.ike_sa();
        if (!sa) return no_sa("IKE SA");
        host.session().step(ike::AnnounceAddresses{sa->id, announce.additional});
        return std::string{};
    }
    Result<std::string> operator()(const Liveness&) const {
        const auto sa = host.ike_sa();
        if (!sa) return no_sa("IKE SA");
        const auto from = host.log().size();
        host.session().step(ike::CheckLiveness{sa->id});
        return await_event(step, host, from, "exchange_done");
    }
    Result<std::string> operator()(const Abandon&) const {
        const auto sa = host.ike_sa();
        if (!sa) return no_sa("IKE SA");
        host.session().step(ike::Abandon{sa->id});
        return std::string{};
    }
};

Result<std::string> Take::operator()(const Ping& ping) const {
    if (!host.child_sa()) return no_sa("Child SA");
    const auto to = ping.to.value_or(host.inner_remote());
    Prober prober{host.loop(), host.session(), {host.inner_local(), to, ping.interval, ping.size, 0}};
    prober.start();
    const auto enough = [&] { return prober.sent() >= ping.count; };
    host.loop().run_until(enough,
                          ike::io::now() + ping.interval * static_cast<std::int64_t>(ping.count) + step.time);
    prober.stop();
    host.loop().run_until([&] { return prober.answered() == prober.sent(); }, ike::io::now() + step.time);
    const auto text =
        fmt::format("{} of {} pings to {} answered", prober.answered(), prober.sent(), to_string(to));
    if (prober.answered() + ping.may_lose < ping.count) return ike::failure(text);
    return text;
}

}  // namespace

Result<std::string> take_step(const Step& step, PlayedHost* host, ike::io::Loop& loop) {
    auto done = Result<std::string>{std::string{}};
    if (host == nullptr) {
        loop.run_for(step.time);
    } else {
        done = std::visit(Take{step, *host}, step.action);
    }
    if (loop.interrupted()) return ike::failure("interrupted");
    return done;
}

}  // namespace scenario
