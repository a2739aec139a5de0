#include "tools/ikectl/follow_addresses.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "libike/io/address_watch.hpp"
#include "libike/io/host.hpp"

namespace {

using namespace std::chrono_literals;

/// An interface that comes up brings several changes: they are looked at together.
constexpr ike::Duration settle = 200ms;

}  // namespace

class FollowAddresses {
public:
    FollowAddresses(Tunnel& tunnel, Output& output)
        : tunnel_{tunnel}, output_{output}, timer_{tunnel.loop()} {}
    ike::Result<bool> start() {
        auto watch =
            ike::io::AddressWatch::open(tunnel_.loop(), [this](const ike::io::AddressChange& change) {
                if (change.interface == tunnel_.session().tun_name()) return;
                output_.json(ike::io::now(), "address_changed", {{"what", to_string(change)}});
                output_.text(fmt::format("{:8.3f} {}", output_.seconds(ike::io::now()), to_string(change)));
                timer_.set(ike::io::now() + settle, [this] { look(); });
            });
        if (!watch) return std::unexpected{watch.error()};
        watch_ = std::move(*watch);
        return true;
    }

private:
    /// Moves to the address that the routing table prefers now; tells the peer about the others.
    void look() {
        const auto status = tunnel_.status();
        if (!status || !status->mobike) return;
        const auto source = tunnel_.session().source_for(status->path.remote.address);
        if (source && *source != status->path.local.address) {
            tunnel_.session().step(ike::MoveTo{tunnel_.ike_sa(), *source, {}});
        }
    }
    Tunnel& tunnel_;
    Output& output_;
    ike::io::Timer timer_;
    std::optional<ike::io::AddressWatch> watch_;
};

std::shared_ptr<FollowAddresses> follow_addresses(Tunnel& tunnel, const Profile& profile, Output& output) {
    if (!profile.local.empty() || !profile.peer.mobike.enabled) return nullptr;
    auto follow = std::make_shared<FollowAddresses>(tunnel, output);
    if (const auto started = follow->start(); !started) {
        output.remark(started.error().what + "; the tunnel stays on its address");
        return nullptr;
    }
    return follow;
}
