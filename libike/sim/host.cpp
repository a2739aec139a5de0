#include "libike/sim/host.hpp"

#include <stdexcept>

#include "libike/sim/world.hpp"

namespace ike::sim {

namespace {
constexpr Duration esp_report = std::chrono::seconds{1};
}  // namespace

Host::Host(World& world, HostSettings settings)
    : world_{world},
      settings_{std::move(settings)},
      addresses_{settings_.addresses},
      rng_{settings_.seed},
      engine_{settings_.engine, rng_},
      responder_{settings_.inner} {}

Instant Host::now() const { return world_.now(); }

// ---- commands
// -----------------------------------------------------------------------------------------------

void Host::give(const Input& input) { carry_out(engine_.step(now(), input)); }

void Host::initiate(const Address& gateway, std::size_t peer) {
    const auto& config = engine_.config();
    give(Initiate{peer, {{addresses_.at(0), config.ike_port}, {gateway, config.remote_ike_port}}});
}

void Host::move_to(const Address& local, std::optional<Address> remote) {
    add_address(local);
    give(MoveTo{ike_sa().id, local, remote});
}

void Host::add_address(const Address& address) {
    if (!has(address)) addresses_.push_back(address);
}

bool Host::has(const Address& address) const {
    return std::ranges::find(addresses_, address) != addresses_.end();
}

std::vector<IkeSaStatus> Host::established() const {
    auto all = engine_.status();
    std::erase_if(all, [](const IkeSaStatus& sa) { return sa.state != IkeState::established; });
    return all;
}

IkeSaStatus Host::ike_sa() const {
    auto all = established();
    if (all.empty()) throw std::logic_error{settings_.name + " has no established IKE SA"};
    return std::move(all.back());
}

// ---- out
// ----------------------------------------------------------------------------------------------------

void Host::carry_out(Outbox out) {
    for (auto& change : out.data_plane) plane_.apply(std::move(change));
    for (auto& event : out.events) log_.push_back({now(), std::move(event)});
    for (auto& datagram : out.datagrams) {
        // Who sends from an address that is gone sends nothing.
        if (!has(datagram.path.local.address)) continue;
        world_.network().send(
            now(), {datagram.path.local, datagram.path.remote, std::move(datagram.octets), datagram.carrier});
    }
    deadline_ = out.deadline;
}

/// To the engine, as a Session does.
void Host::tell_limits() {
    for (const auto& each : plane_.take_limits()) give(each);
}

bool Host::send_inner(ByteView packet) {
    Bytes room(plane_.room_for(packet.size()));
    const auto sealed = plane_.seal(now(), packet, room);
    tell_limits();
    if (!sealed && sealed.error() == DataPlane::OutFailure::no_selector) {
        if (const auto fields = packet_fields(packet)) give(PacketWaits{*fields});
    }
    if (!sealed) return false;
    room.resize(sealed->size);
    if (has(sealed->path.local.address)) {
        world_.network().send(now(), {sealed->path.local, sealed->path.remote, std::move(room),
                                      sealed->carrier, sealed->traffic_class});
    }
    return true;
}

void Host::start_probes(inner::Prober::Settings settings) {
    prober_.emplace(std::move(settings), now());
    probing_ = true;
    probe_if_due();
}

const Address* Host::inner_address(Address::Family family) const {
    const auto at = std::ranges::find(settings_.inner, family, &Address::family);
    return at == settings_.inner.end() ? nullptr : &*at;
}

void Host::probe_if_due() {
    if (!probing_) return;
    Bytes room(std::max(prober_->settings().size, inner::smallest_probe(Address::Family::v6)));
    while (prober_->due() <= now()) {
        const auto size = prober_->write_if_due(now(), room);
        if (size > 0) send_inner(ByteView{room}.first(size));
    }
}

// ---- in
// -----------------------------------------------------------------------------------------------------

void Host::receive(Packet packet) {
    if (packet.carrier == Carrier::native_esp) return on_esp(packet);
    if (packet.to.port == engine_.config().nat_port) {
        switch (esp::sort_port_4500(packet.octets)) {
            case esp::Sort::esp:
                return on_esp(packet);
            case esp::Sort::keepalive:
                return;
            case esp::Sort::ike:
            case esp::Sort::too_short:
                break;
        }
    } else if (packet.to.port != engine_.config().ike_port) {
        return;  // no socket
    }
    give(Received{{{packet.to, packet.from}, std::move(packet.octets), packet.carrier}});
}

void Host::on_esp(Packet& packet) {
    const Path path{packet.to, packet.from};
    const auto inner = plane_.open(now(), path, packet.octets, packet.traffic_class);
    tell_limits();
    if (inner) on_inner(*inner, path);
}

void Host::on_inner(const DataPlane::Inner& inner, const Path& path) {
    auto [told, first] = told_.try_emplace(inner.spi, now());
    auto packet = to_bytes(inner.packet);
    if (first || inner.path_changed || now() - told->second >= esp_report) {
        told->second = now();
        give(InboundEsp{inner.spi, path});
    }
    if (prober_ && prober_->take(now(), packet)) return;
    if (responder_.answer(packet) == inner::EchoResponder::Verdict::answered) send_inner(packet);
}

void Host::on_time() {
    if (deadline_ && *deadline_ <= now()) give(DeadlinePassed{});
    probe_if_due();
}

std::optional<Instant> Host::next() const {
    return probing_ ? earliest(deadline_, prober_->due()) : deadline_;
}

}  // namespace ike::sim
