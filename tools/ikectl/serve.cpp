#include "tools/ikectl/serve.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/common/exit_codes.hpp"
#include "tools/common/output.hpp"
#include "tools/common/profile.hpp"
#include "tools/ikectl/status.hpp"

namespace {

/// The first line: where we answer, whatever the ports came to be.
void announce(const ike::io::Session& session, const std::vector<ike::Address>& local, Output& output) {
    const auto& config = session.engine().config();
    nlohmann::ordered_json addresses = nlohmann::ordered_json::array();
    std::string where;
    for (const auto& address : local) {
        addresses.push_back(to_string(address));
        where += (where.empty() ? "" : ", ") + to_string(address);
    }
    output.json(ike::io::now(), "serving",
                {{"addresses", addresses},
                 {"ike_port", config.ike_port},
                 {"nat_port", config.nat_port},
                 {"native_esp", session.has_native_esp()},
                 {"peers", config.peers.size()}});
    output.text(fmt::format(
        "serving {} peer{} on {}, ports {} and {}{}", config.peers.size(),
        config.peers.size() == 1 ? "" : "s", where.empty() ? "every address" : where, config.ike_port,
        config.nat_port, session.tun_name().empty() ? "" : ", inner packets through " + session.tun_name()));
}

}  // namespace

ike::Result<int> serve(const Options& options) {
    auto profiles = resolve_profiles(options.common);
    if (!profiles) return std::unexpected{profiles.error()};
    ike::io::Loop loop;
    loop.catch_interrupts();
    Output output{"ikectl", options.common};
    auto config = session_config(std::move(*profiles), options.common, Role::responder, "ikectl serve");
    const auto local = config.local;
    auto session = ike::io::Session::open(loop, std::move(config));
    if (!session) return std::unexpected{session.error()};
    session->on_event([&](ike::Instant now, const ike::Event& event) { output.event(now, event); });
    session->on_network_error(
        [&](ike::Instant now, const ike::io::NetworkError& error) { output.network_error(now, error); });
    session->on_remark([&](const ike::Error& error) { output.remark(error.what); });
    const auto door = StatusDoor::open(loop, *session, options, output);
    if (!door) return std::unexpected{door.error()};
    announce(*session, local, output);
    loop.run_until({});
    session->close(std::chrono::seconds{2});
    return exit_ok;
}
