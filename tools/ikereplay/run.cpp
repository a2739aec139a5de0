#include "tools/ikereplay/run.hpp"

#include <fmt/format.h>

#include "libike/io/host.hpp"
#include "tools/common/exit_codes.hpp"
#include "tools/ikereplay/show.hpp"

using namespace ike;

namespace {

Duration seconds(double value) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{value});
}

std::optional<IkeSpi> spi_of(const std::string& text) {
    const auto octets = from_hex(text);
    if (!octets || octets->size() != sizeof(IkeSpi)) return std::nullopt;
    Reader in{*octets};
    return in.number<IkeSpi>("spi");
}

std::vector<Address> addresses(const std::vector<std::string>& texts) {
    std::vector<Address> all;
    for (const auto& text : texts)
        if (const auto address = Address::parse(text)) all.push_back(*address);
    return all;
}

Result<Address> gateway_address(const std::string& name, const std::vector<Address>& local) {
    if (name.empty()) return failure("no gateway: name it after the capture, or in the --peer profile");
    const auto found = io::resolve(name);
    if (!found) return std::unexpected{found.error()};
    for (const auto& address : *found)
        if (local.empty() || local.front().family() == address.family()) return address;
    return found->empty() ? failure(name + " has no address") : Result<Address>{found->front()};
}

/// Ports by the flags alone: a replay of octets needs no identity and no secret.
Result<int> replay_octets(const Options& options, const Recording& recording, Output& output) {
    ReplayPlan plan;
    std::string gateway = options.gateway;
    const auto local = addresses(options.common.local);
    plan.ike_port = options.common.port.value_or(500);
    plan.nat_port = options.common.nat_port.value_or(
        plan.ike_port == 500 ? std::uint16_t{4500} : static_cast<std::uint16_t>(plan.ike_port + 1));
    if (!options.common.profiles.empty()) {
        const auto profile = read_profile(options.common.profiles.front(), Role::initiator);
        if (!profile) return std::unexpected{profile.error()};
        if (gateway.empty()) gateway = profile->gateway;
        if (!options.common.port) plan.ike_port = profile->gateway_port;
        if (!options.common.port && !options.common.nat_port) plan.nat_port = profile->gateway_nat_port;
        if (local.empty() && !profile->local.empty()) plan.local = profile->local.front();
    }
    const auto address = gateway_address(gateway, local);
    if (!address) return std::unexpected{address.error()};
    plan.gateway = *address;
    if (!local.empty()) plan.local = local.front();
    plan.speed = options.speed;
    plan.wait = seconds(options.wait);
    io::Loop loop;
    loop.catch_interrupts();
    const auto report = replay(loop, recording, plan, output);
    if (!report) return std::unexpected{report.error()};
    show_summary(output, recording, *report);
    return report->same() && !report->interrupted ? exit_ok : exit_negative;
}

Result<int> replay_rekeyed(const Options& options, const Recording& recording, Output& output) {
    const auto common = options_from(recording, options.common);
    if (!common) return std::unexpected{common.error()};
    auto profile = resolve_profile(*common, Role::initiator, options.gateway);
    if (!profile) return std::unexpected{profile.error()};
    adapt(recording, options.common, profile->peer);
    ReenactPlan plan{.speed = options.speed, .wait = seconds(options.wait), .local = profile->local};
    const auto gateway = gateway_address(profile->gateway, plan.local);
    if (!gateway) return std::unexpected{gateway.error()};
    std::vector<Profile> profiles;
    profiles.push_back(std::move(*profile));
    auto config = session_config(std::move(profiles), *common, Role::initiator, "ikereplay");
    config.engine.trace = true;
    io::Loop loop;
    loop.catch_interrupts();
    auto session = io::Session::open(loop, std::move(config));
    if (!session) return std::unexpected{session.error()};
    const auto report = reenact(loop, *session, *gateway, recording, plan, output);
    show_summary(output, report);
    session->close(std::chrono::seconds{2});
    return report.same() && !report.interrupted ? exit_ok : exit_negative;
}

}  // namespace

Result<int> run(const Options& options) {
    const auto recording = read_recording({options.file, options.keys, spi_of(options.spi)});
    if (!recording) return std::unexpected{recording.error()};
    Output output{"ikereplay", options.common};
    for (const auto& text : recording->remarks) output.remark(text);
    return options.mode == Options::Mode::rekeyed ? replay_rekeyed(options, *recording, output)
                                                  : replay_octets(options, *recording, output);
}
