#include "libike/render/path_follower.hpp"

#include <algorithm>

#include "libike/registry/notify_type.hpp"

namespace ike {
namespace {

constexpr std::size_t most_sas = 100'000;
constexpr std::size_t most_trials = 4096;

const Notify* find_notify(const IkeObservation& seen, bool (*wanted)(NotifyType)) {
    for (const auto& payload : seen.inner.payloads()) {
        const auto* notify = std::get_if<Notify>(&payload.body);
        if (notify != nullptr && wanted(notify->type)) return notify;
    }
    return nullptr;
}

bool is_update(const IkeObservation& seen) {
    return find_notify(seen, [](NotifyType type) { return type == NotifyType::update_sa_addresses; }) !=
           nullptr;
}
/// RFC 7296 section 3.10.1: types below 16384 report errors.
bool is_refusal(const IkeObservation& seen) {
    return find_notify(seen, [](NotifyType type) { return static_cast<unsigned>(type) < 16384; }) != nullptr;
}

PathEnds without_ports(PathEnds path) {
    path.initiator.port = path.responder.port = 0;
    return path;
}

}  // namespace

std::optional<PathFollower::Change> PathFollower::add(const Observation& seen) {
    switch (seen.what.kind) {
        case Kind::ike:
            return seen.ike.header_error || seen.ike.version1 ? std::nullopt : add_ike(seen);
        case Kind::esp:
        case Kind::keepalive:
            return add_traffic(seen.packet);
        default:
            return std::nullopt;
    }
}

std::optional<PathFollower::Change> PathFollower::add_ike(const Observation& seen) {
    const auto& header = seen.ike.header;
    const auto& packet = seen.packet;
    const bool forth = header.from_initiator();
    const PathEnds path{forth ? packet.source : packet.destination,
                        forth ? packet.destination : packet.source};
    const auto spi = header.initiator_spi;
    if (sas_.size() >= most_sas && !sas_.contains(spi)) sas_.clear();
    const auto [at, fresh] = sas_.try_emplace(spi, State{path, std::nullopt});
    auto& state = at->second;
    if (fresh) return std::nullopt;
    if (forth && !header.is_response() && is_update(seen.ike)) state.update = header.message_id;
    if (header.is_response() && !forth && state.update == header.message_id) {
        state.update.reset();
        if (!is_refusal(seen.ike)) return move(spi, state, path);
    }
    if (path == state.path) return std::nullopt;
    const bool setting_up =
        header.exchange == ExchangeType::ike_sa_init || header.exchange == ExchangeType::ike_auth;
    const bool answered = header.is_response() && header.exchange != ExchangeType::informational;
    if (setting_up || answered) return move(spi, state, path);
    note_trial(spi, path);
    return std::nullopt;
}

std::optional<PathFollower::Change> PathFollower::add_traffic(const Packet& packet) {
    if (trials_.empty()) return std::nullopt;
    const auto tried = trials_.find(PathEnds{packet.source, packet.destination});
    if (tried == trials_.end()) return std::nullopt;
    const auto sa = sas_.find(tried->second);
    if (sa == sas_.end()) return std::nullopt;
    auto path = tried->first;
    // Native ESP has no ports: IKE goes on with those it has.
    if (path.initiator.port == 0) path.initiator.port = sa->second.path.initiator.port;
    if (path.responder.port == 0) path.responder.port = sa->second.path.responder.port;
    return move(sa->first, sa->second, path);
}

std::optional<PathFollower::Change> PathFollower::move(IkeSpi spi, State& state, const PathEnds& to) {
    std::erase_if(trials_, [&](const auto& each) { return each.second == spi; });
    if (state.path == to) return std::nullopt;
    const auto before = std::exchange(state.path, to);
    // Both ports go from 500 to 4500 with IKE_AUTH, which is no move.
    if (without_ports(before) == without_ports(to) && before.responder.port != to.responder.port)
        return std::nullopt;
    return Change{spi, to};
}

void PathFollower::note_trial(IkeSpi spi, const PathEnds& path) {
    if (trials_.size() + 2 > most_trials) trials_.clear();
    trials_[path] = spi;
    trials_[without_ports(path)] = spi;
}

}  // namespace ike
