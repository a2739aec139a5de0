// Datagrams out of an IKE SA.
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

bool has_marker(const EngineConfig& config, const Path& path) {
    if (path.local.port == config.nat_port) return true;
    return path.local.port != config.ike_port && path.remote.port == config.remote_nat_port;
}

void send_message(Turn& turn, const Path& to, ByteView octets) {
    Datagram out;
    out.path = to;
    const std::size_t marker = has_marker(turn.config, to) ? 4 : 0;
    out.octets.reserve(marker + octets.size());
    out.octets.resize(marker);
    append(out.octets, octets);
    turn.out.datagrams.push_back(std::move(out));
}

void IkeSa::send_again(Turn& turn, const Path& to, Request& request) {
    const bool before = request.attempts > 0 || request.several_paths;
    if (before && request.path != to) request.several_paths = true;
    request.path = to;
    if (auto* update = std::get_if<UpdateExchange>(&request.exchange); update != nullptr && update->check) {
        update->check->sent_to(to.remote.address);
    }
    if (auto* probe = std::get_if<LivenessExchange>(&request.exchange); probe != nullptr && probe->check) {
        probe->check->sent_to(to.remote.address);
    }
    // RFC 7296 section 2.1: the same octets again; only the path may differ.
    for (const auto& datagram : request.datagrams) send_message(turn, to, datagram);
}

void IkeSa::transmit(Turn& turn, Request& request) {
    send_again(turn, path, request);
    ++request.attempts;
    request.due = turn.now + peer->timers.retransmit.interval(request.attempts);
    if (request.attempts > 1) {
        turn.say(Retransmitted{id, request.type, request.message_id, request.attempts, path});
    }
}

Header IkeSa::header(ExchangeType exchange, std::uint32_t message_id, Direction direction) const {
    Header made;
    made.initiator_spi = spi_i;
    made.responder_spi = spi_r;
    made.exchange = exchange;
    made.flags = static_cast<std::uint8_t>((role == Role::initiator ? flag_initiator : 0) |
                                           (direction == Direction::response ? flag_response : 0));
    made.message_id = message_id;
    return made;
}

std::vector<Bytes> IkeSa::sealed(Turn& turn, const Header& header, const Payloads& payloads) {
    std::vector<Bytes> datagrams;
    datagrams.push_back(outbound->seal(header, payloads, turn.rng));
    const auto limit = peer->fragment_limit;
    const std::size_t around =
        (path.local.address.is_v4() ? 20u : 40u) + 8u + (has_marker(turn.config, path) ? 4u : 0u);
    if (!peer_fragments || limit == 0 || datagrams.front().size() + around <= limit) return datagrams;
    return outbound->seal_fragments(header, payloads, limit > around ? limit - around : 0, turn.rng);
}

void IkeSa::trace(Turn& turn, const Path& on, const Header& header, const Payloads& payloads) const {
    if (!turn.config.trace) return;
    turn.say(MessageTrace{id, true, false, on, Message{header, payloads}, true});
}

}  // namespace ike::engine
