#include "tools/ikectl/connect.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/common/exit_codes.hpp"
#include "tools/common/prober.hpp"
#include "tools/common/report.hpp"
#include "tools/common/tunnel.hpp"
#include "tools/ikectl/follow_addresses.hpp"
#include "tools/ikectl/status.hpp"

namespace {

using namespace std::chrono_literals;

ike::Duration to_duration(double seconds) {
    return std::chrono::round<ike::Duration>(std::chrono::duration<double>{seconds});
}
double milliseconds(ike::Duration time) { return std::chrono::duration<double, std::milli>{time}.count(); }

/// Pings until there are enough, until interrupted or until the tunnel is gone; says what came back.
class Pings {
public:
    Pings(Tunnel& tunnel, Output& output, const Options& options, const ike::Address& to)
        : tunnel_{tunnel},
          output_{output},
          wanted_{options.count},
          interval_{to_duration(options.interval)},
          to_{to},
          prober_{tunnel.loop(), tunnel.session(), {tunnel.inner_local(), to, interval_, 84, 0}} {
        tunnel.session().on_inner([this](const ike::io::InnerArrival&) { show_answers(); });
    }
    Pings(const Pings&) = delete;
    Pings& operator=(const Pings&) = delete;
    /// True when anything was answered.
    bool run() {
        prober_.start();
        const auto enough = [&] {
            return tunnel_.has_failed() || (wanted_ != 0 && prober_.sent() >= wanted_);
        };
        tunnel_.loop().run_until(enough);
        prober_.stop();
        // The last ones may still be on their way.
        const auto patience = std::max<ike::Duration>(interval_, 1s);
        const auto all = [&] { return tunnel_.has_failed() || prober_.answered() == prober_.sent(); };
        tunnel_.loop().run_until(all, ike::io::now() + patience);
        summary();
        return prober_.answered() > 0;
    }

private:
    /// An answer that so many pings have overtaken is counted but not shown.
    static constexpr std::size_t window = 1000;

    /// Answers as they come, whatever was lost before them; the listener that notes them was there first.
    void show_answers() {
        const auto& probes = prober_.probes();
        shown_.resize(probes.size(), false);
        const auto late = std::min<std::size_t>(probes.size(), window);
        for (auto at = probes.size() - late; at < probes.size(); ++at) {
            if (!probes[at].answered || shown_[at]) continue;
            shown_[at] = true;
            show(probes[at]);
        }
    }
    void show(const Probe& probe) {
        const auto took = milliseconds(*probe.answered - probe.sent);
        output_.json(*probe.answered, "ping",
                     {{"number", probe.number}, {"to", to_string(to_)}, {"round_trip_ms", took}});
        output_.text(fmt::format("{:8.3f} ping {} from {}: {:.3f} ms", output_.seconds(*probe.answered),
                                 probe.number, to_string(to_), took));
    }
    void summary() {
        double least = 0, most = 0, sum = 0;
        std::uint64_t count = 0;
        for (const auto& probe : prober_.probes()) {
            if (!probe.answered) continue;
            const auto took = milliseconds(*probe.answered - probe.sent);
            least = count == 0 ? took : std::min(least, took);
            most = std::max(most, took);
            sum += took;
            ++count;
        }
        const auto mean = count == 0 ? 0 : sum / static_cast<double>(count);
        output_.json(ike::io::now(), "ping_summary",
                     {{"to", to_string(to_)},
                      {"sent", prober_.sent()},
                      {"answered", count},
                      {"min_ms", least},
                      {"mean_ms", mean},
                      {"max_ms", most}});
        output_.text(
            fmt::format("{:8.3f} {} pings to {}, {} answered{}", output_.seconds(ike::io::now()),
                        prober_.sent(), to_string(to_), count,
                        count == 0 ? ""
                                   : fmt::format(", round trip {:.3f} / {:.3f} / {:.3f} ms (min, mean, max)",
                                                 least, mean, most)));
    }
    Tunnel& tunnel_;
    Output& output_;
    std::uint64_t wanted_;
    ike::Duration interval_;
    ike::Address to_;
    Prober prober_;
    std::vector<bool> shown_;  // by number
};

ike::Result<ike::Address> ping_target(const Tunnel& tunnel, const Options& options) {
    if (!options.ping || options.ping->empty()) return tunnel.inner_remote();
    const auto address = ike::Address::parse(*options.ping);
    if (!address)
        return ike::failure(fmt::format("--ping {}: no address", *options.ping),
                            "give an address behind the gateway");
    return *address;
}

}  // namespace

ike::Result<int> connect(const Options& options) {
    const auto profile = resolve_profile(options.common, Role::initiator, options.gateway);
    if (!profile) return std::unexpected{profile.error()};
    ike::io::Loop loop;
    loop.catch_interrupts();
    Output output{"ikectl", options.common};
    auto tunnel = Tunnel::open(loop, *profile, options.common, output);
    if (!tunnel) return std::unexpected{tunnel.error()};
    const auto door = StatusDoor::open(loop, tunnel->session(), options, output);
    if (!door) return std::unexpected{door.error()};
    if (const auto up = tunnel->establish(); !up) {
        const bool interrupted = loop.interrupted();
        tunnel->close(interrupted ? 1s : 0s);
        report("ikectl", std::unexpected{up.error()});
        return exit_negative;
    }
    int code = exit_ok;
    const auto follow = follow_addresses(*tunnel, *profile, output);
    std::optional<Pings> pings;  // until after close(): its listener stays with the session
    if (options.ping) {
        const auto target = ping_target(*tunnel, options);
        if (!target) return std::unexpected{target.error()};
        pings.emplace(*tunnel, output, options, *target);
        if (!pings->run()) code = exit_negative;
    } else if (!options.once) {
        loop.run_until([&] { return tunnel->has_failed(); });
    }
    if (tunnel->has_failed()) return exit_negative;
    tunnel->close(2s);
    return code;
}
