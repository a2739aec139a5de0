#include "tools/common/tunnel.hpp"

#include <fmt/format.h>

#include "libike/io/host.hpp"

using ike::Overloaded;
using ike::Result;

namespace {

/// Of a selector that names few addresses, one to speak from or to; nothing where it is wide open.
std::optional<ike::Address> address_in(std::span<const ike::TrafficSelector> selectors,
                                       ike::Address::Family family) {
    for (const auto& selector : selectors) {
        if (selector.start.family() != family || selector.start.is_unspecified()) continue;
        if (selector.start == selector.end) return selector.start;
        auto octets = ike::to_bytes(selector.start.octets());
        if (octets.back() == 0) octets.back() = 1;  // not the network's own address
        return ike::Address::from_octets(octets);
    }
    return std::nullopt;
}

bool serves(std::span<const ike::TrafficSelector> selectors, const ike::Address& address) {
    return std::ranges::any_of(selectors, [&](const auto& one) {
        return one.start.family() == address.family() && one.start <= address && address <= one.end;
    });
}

/// Every address of every gateway that one of ours can speak to, in order.
Result<std::vector<ike::Address>> reachable_gateways(const Profile& profile) {
    const auto reachable = [&](const ike::Address& address) {
        return profile.local.empty() || std::ranges::find(profile.local, address.family(),
                                                          &ike::Address::family) != profile.local.end();
    };
    auto names = profile.more_gateways;
    names.insert(names.begin(), profile.gateway);
    std::vector<ike::Address> all;
    std::optional<ike::Error> why_not;
    for (const auto& name : names) {
        const auto addresses = ike::io::resolve(name);
        if (!addresses) {
            if (!why_not) why_not = addresses.error();
            continue;
        }
        for (const auto& address : *addresses) {
            if (reachable(address) && std::ranges::find(all, address) == all.end()) all.push_back(address);
        }
    }
    if (!all.empty()) return all;
    if (why_not) return std::unexpected{*why_not};
    return ike::failure(fmt::format("{}: has no address of the family of our own", profile.gateway),
                        "name one of its family with --local");
}

}  // namespace

struct Tunnel::State {
    State(ike::io::Loop& on, const Profile& profile, const CommonOptions& options, Output& to)
        : loop{on},
          output{to},
          name{profile.gateway},
          patience{options.timeout},
          childless{profile.peer.childless == ike::Childless::ask},
          session{} {}

    void take(ike::Instant now, const ike::Event& event) {
        output.event(now, event);
        std::visit(Overloaded{[this](const ike::IkeEstablished& e) { ike_sa = e.ike_sa; },
                              [this](const ike::IkeStateChanged& e) {
                                  if (ike_sa == ike::IkeSaId::none) ike_sa = e.ike_sa;
                                  if (e.ike_sa == ike_sa && e.state == ike::IkeState::gone) gone = true;
                              },
                              [this](const ike::ChildEstablished& e) {
                                  if (!child || child->child == e.child) child = e;
                              },
                              [this](const ike::ChildDeleted& e) {
                                  if (child && child->child == e.child && !e.replaced) child.reset();
                              },
                              [this](const ike::IkeFailed& e) { fail(explain(e, name)); },
                              [this](const ike::ChildFailed& e) {
                                  if (!child) fail(explain(e));
                              },
                              [this](const ike::Moved& e) {
                                  if (e.by_us) moved = e;
                              },
                              [this](const ike::MoveFailed& e) { move_failed = e; }, [](const auto&) {}},
                   event);
    }
    void fail(ike::Error error) {
        if (!failed) failed = std::move(error);
    }

    ike::io::Loop& loop;
    Output& output;
    std::string name;
    double patience;
    bool childless;  ///< an IKE SA alone is what was asked for
    std::optional<ike::io::Session> session;
    std::vector<ike::Address> gateways;  ///< to be tried, in order
    ike::Address gateway, outer;         ///< in use
    ike::IkeSaId ike_sa{};
    std::optional<ike::ChildEstablished> child;
    std::optional<ike::Error> failed;
    std::optional<ike::Moved> moved;
    std::optional<ike::MoveFailed> move_failed;
    bool gone = false;
};

Result<Tunnel> Tunnel::open(ike::io::Loop& loop, const Profile& profile, const CommonOptions& options,
                            Output& output) {
    auto state = std::make_unique<State>(loop, profile, options, output);
    auto gateways = reachable_gateways(profile);
    if (!gateways) return std::unexpected{gateways.error()};
    state->gateways = std::move(*gateways);
    state->gateway = state->gateways.front();
    auto session =
        ike::io::Session::open(loop, session_config({profile}, options, Role::initiator, output.tool()));
    if (!session) return std::unexpected{session.error()};
    state->session = std::move(*session);
    state->session->on_event(
        [raw = state.get()](ike::Instant now, const ike::Event& event) { raw->take(now, event); });
    state->session->on_network_error(
        [raw = state.get()](ike::Instant now, const ike::io::NetworkError& error) {
            raw->output.network_error(now, error);
        });
    state->session->on_remark(
        [raw = state.get()](const ike::Error& error) { raw->output.remark(error.what); });
    return Tunnel{std::move(state)};
}

Tunnel::Tunnel(std::unique_ptr<State> state) : state_{std::move(state)} {}
Tunnel::~Tunnel() = default;
Tunnel::Tunnel(Tunnel&&) noexcept = default;
Tunnel& Tunnel::operator=(Tunnel&&) noexcept = default;

Result<bool> Tunnel::establish(std::optional<ike::Address> local) {
    auto& state = *state_;
    state.gone = false;
    state.failed.reset();
    if (const auto begun = state.session->initiate(0, state.gateways, std::move(local)); !begun) return begun;
    std::optional<ike::Instant> deadline;
    if (state.patience > 0)
        deadline =
            ike::io::now() + std::chrono::round<ike::Duration>(std::chrono::duration<double>{state.patience});
    const auto ended = state.loop.run_until([&] { return is_up() || state.failed || state.gone; }, deadline);
    if (ended == ike::io::Ended::interrupted)
        return ike::failure(fmt::format("{}: interrupted before the tunnel was up", state.name));
    if (ended == ike::io::Ended::deadline) {
        return ike::failure(fmt::format("{}: the tunnel is not up after {} s", state.name, state.patience),
                            "check address, port and firewalls, or give it longer with --timeout");
    }
    if (state.failed) return std::unexpected{*state.failed};
    if (state.gone) return ike::failure(fmt::format("{}: the IKE SA is gone", state.name));
    if (const auto now = status()) {
        state.outer = now->path.local.address;
        state.gateway = now->path.remote.address;
    }
    return true;
}

Result<ike::Moved> Tunnel::move(const ike::Address& local, ike::Duration patience,
                                std::optional<ike::Address> remote) {
    auto& state = *state_;
    if (const auto added = state.session->add_local(local); !added) return std::unexpected{added.error()};
    state.moved.reset();
    state.move_failed.reset();
    state.session->step(ike::MoveTo{state.ike_sa, local, std::move(remote)});
    const auto done = [&] {
        return (state.moved && state.moved->to.local.address == local) || state.move_failed || state.failed ||
               state.gone;
    };
    const auto ended = state.loop.run_until(done, ike::io::now() + patience);
    if (ended == ike::io::Ended::interrupted)
        return ike::failure(fmt::format("move to {}: interrupted", to_string(local)));
    if (ended == ike::io::Ended::deadline)
        return ike::failure(fmt::format("move to {}: no answer to the update so far", to_string(local)),
                            "is this address routed to the gateway?");
    if (state.failed) return std::unexpected{*state.failed};
    if (state.move_failed) return std::unexpected{explain(*state.move_failed)};
    if (state.gone) return ike::failure(fmt::format("move to {}: the IKE SA is gone", to_string(local)));
    return *state.moved;
}

void Tunnel::close(ike::Duration patience) { state_->session->close(patience); }

bool Tunnel::is_up() const {
    const auto now = status();
    return now && now->state == ike::IkeState::established &&
           (state_->child.has_value() || state_->childless);
}
bool Tunnel::has_failed() const { return state_->gone || state_->failed.has_value(); }
std::optional<ike::Error> Tunnel::failure() const { return state_->failed; }
ike::IkeSaId Tunnel::ike_sa() const { return state_->ike_sa; }
ike::ChildSaId Tunnel::child_sa() const {
    return state_->child ? state_->child->child : ike::ChildSaId::none;
}

std::optional<ike::IkeSaStatus> Tunnel::status() const {
    for (auto& sa : state_->session->engine().status()) {
        if (sa.id == state_->ike_sa) return std::move(sa);
    }
    return std::nullopt;
}

std::optional<ike::ChildTraffic> Tunnel::traffic() const {
    std::optional<ike::ChildTraffic> found;
    // While a rekey goes on there are two of one handle; the younger is listed later.
    for (auto& one : state_->session->traffic()) {
        if (state_->child && one.child == state_->child->child) found = std::move(one);
    }
    return found;
}

const ike::Address& Tunnel::gateway() const { return state_->gateway; }

ike::Address Tunnel::inner_local() const {
    const auto& child = state_->child;
    if (!child || serves(child->ts_local, state_->outer)) return state_->outer;
    for (const auto family : {state_->outer.family(), ike::Address::Family::v4, ike::Address::Family::v6}) {
        if (const auto found = address_in(child->ts_local, family)) return *found;
    }
    return state_->outer;
}

ike::Address Tunnel::inner_remote() const {
    const auto& child = state_->child;
    const auto family = inner_local().family();
    if (child && (state_->gateway.family() != family || !serves(child->ts_remote, state_->gateway))) {
        if (const auto found = address_in(child->ts_remote, family)) return *found;
    }
    return state_->gateway;
}

ike::io::Session& Tunnel::session() { return *state_->session; }
ike::io::Loop& Tunnel::loop() { return state_->loop; }
