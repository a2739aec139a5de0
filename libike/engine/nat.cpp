#include "libike/engine/nat.hpp"

#include "libike/sa/notify_data.hpp"

namespace ike::engine {

void add_nat_detection(const IkeSa& sa, const Path& path, Payloads& to) {
    auto source = nat_detection_hash(sa.spi_i, sa.spi_r, path.local);
    // A hash that no address has: the peer sees a NAT and takes ESP in UDP.
    if (sa.peer->udp_encapsulation) source[0] ^= 0xff;
    to.push_back(notify(NotifyType::nat_detection_source_ip, to_bytes(ByteView{source})));
    const auto destination = nat_detection_hash(sa.spi_i, sa.spi_r, path.remote);
    to.push_back(notify(NotifyType::nat_detection_destination_ip, to_bytes(ByteView{destination})));
}

std::optional<NatState> detect_nat(const Path& path, const Message& message) {
    const auto any_matches = [&](NotifyType type, const Endpoint& endpoint) -> std::optional<bool> {
        std::optional<bool> matches;
        const auto expected =
            nat_detection_hash(message.header.initiator_spi, message.header.responder_spi, endpoint);
        for (const auto& each : message.payloads) {
            const auto* body = std::get_if<Notify>(&each.body);
            if (body == nullptr || body->type != type) continue;
            matches = matches.value_or(false) || equal(body->data, expected);
        }
        return matches;
    };
    // There may be several source hashes, one for each address the sender might use.
    const auto source = any_matches(NotifyType::nat_detection_source_ip, path.remote);
    const auto destination = any_matches(NotifyType::nat_detection_destination_ip, path.local);
    if (!source || !destination) return std::nullopt;
    return NatState{!*destination, !*source};
}

void take_nat_state(IkeSa& sa, Turn& turn, NatState found) {
    const bool changed = found != sa.nat;
    sa.nat = found;
    sa.encapsulation = found.local || found.remote || sa.peer->udp_encapsulation;
    const auto interval = sa.peer->timers.nat_keepalive;
    if (!found.local || interval == 0s)
        sa.keepalive_at.reset();
    else if (!sa.keepalive_at)
        sa.keepalive_at = turn.now + interval;
    if (changed && sa.phase == Phase::established) turn.say(NatChanged{sa.id, found.local, found.remote});
}

}  // namespace ike::engine
