#pragma once
// Two engines that hand each other their datagrams in memory; the test decides which of them arrive, and
// when.
#include <deque>
#include <functional>

#include "libike/engine/engine.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::testing {

inline PeerConfig psk_peer(std::string_view mine, std::string_view theirs,
                           std::string_view secret = "a shared secret") {
    PeerConfig peer;
    auto local = std::make_shared<LocalCredentials>();
    auto remote = std::make_shared<RemoteCredentials>();
    local->psk = SecretBytes{to_bytes(secret)};
    remote->psk = SecretBytes{to_bytes(secret)};
    peer.local_id = Identity::parse(mine).value();
    peer.remote_id = Identity::parse(theirs).value();
    peer.local = std::move(local);
    peer.remote = std::move(remote);
    peer.ike_proposals = parse_proposals(ProtocolId::ike, "aes128gcm16-prfsha256-x25519").value();
    peer.esp_proposals = parse_proposals(ProtocolId::esp, "aes128gcm16-x25519,aes128gcm16").value();
    peer.ts_local = peer.ts_remote = {everything(Address::Family::v4)};
    peer.timers.liveness = 0s;
    return peer;
}

inline EngineConfig initiator_config() {
    EngineConfig config;
    config.peers = {psk_peer("client.example", "gateway.example")};
    config.trace = true;
    return config;
}
inline EngineConfig responder_config() {
    EngineConfig config;
    config.peers = {psk_peer("gateway.example", "client.example")};
    config.respond = true;
    config.trace = true;
    return config;
}

/// One engine and all it has said.
struct Side {
    SeededRng rng;
    Engine engine;
    std::vector<Event> events;
    std::vector<DataPlaneChange> orders;
    std::optional<Instant> deadline;

    Side(EngineConfig config, std::uint64_t seed) : rng{seed}, engine{std::move(config), rng} {}

    template <class E>
    std::vector<E> all() const {
        std::vector<E> found;
        for (const auto& each : events) {
            if (const auto* event = std::get_if<E>(&each)) found.push_back(*event);
        }
        return found;
    }
    template <class E>
    std::size_t count() const {
        return all<E>().size();
    }
    template <class E>
    E last() const {
        const auto found = all<E>();
        if (found.empty()) throw std::logic_error{"no such event"};
        return found.back();
    }
    template <class O>
    std::vector<const O*> ordered() const {
        std::vector<const O*> found;
        for (const auto& each : orders) {
            if (const auto* order = std::get_if<O>(&each)) found.push_back(order);
        }
        return found;
    }
    /// Messages of that exchange that were opened or sent.
    std::vector<Message> messages(ExchangeType exchange, bool sent) const {
        std::vector<Message> found;
        for (const auto& each : all<MessageTrace>()) {
            if (each.message.header.exchange == exchange && each.sent == sent) found.push_back(each.message);
        }
        return found;
    }
    IkeSaStatus sa() const {
        const auto status = engine.status();
        if (status.empty()) throw std::logic_error{"no IKE SA"};
        return status.back();
    }
    void forget() {
        events.clear();
        orders.clear();
    }
};

/// A datagram on its way, with the path as its receiver sees it.
struct Flight {
    bool to_responder = true;
    Datagram datagram;
};

class TwoEngines {
public:
    explicit TwoEngines(EngineConfig initiator_ = initiator_config(),
                        EngineConfig responder_ = responder_config(), std::uint64_t seed = 1)
        : initiator{std::move(initiator_), seed}, responder{std::move(responder_), seed + 1000} {}

    Side initiator, responder;
    Instant now{};
    std::deque<Flight> wire;
    /// Looks at each datagram before it is delivered; false: it is lost. May change it (a NAT does).
    std::function<bool(Flight&)> filter;

    Path path{{*Address::parse("192.0.2.1"), 500}, {*Address::parse("203.0.113.2"), 500}};

    void give(Side& side, const Input& input) { take(side, side.engine.step(now, input)); }
    /// Delivers until nothing is under way.
    void run(unsigned limit = 2000) {
        while (!wire.empty() && limit-- > 0) deliver_one();
    }
    void deliver_one() {
        auto flight = std::move(wire.front());
        wire.pop_front();
        if (filter && !filter(flight)) return;
        give(flight.to_responder ? responder : initiator, Received{std::move(flight.datagram)});
    }
    /// Lets time pass, deadline by deadline, delivering what comes of it.
    void pass(Duration time) {
        const auto end = now + time;
        run();
        for (;;) {
            const auto next = earliest(initiator.deadline, responder.deadline);
            if (!next || *next > end) break;
            now = std::max(now, *next);
            if (initiator.deadline && *initiator.deadline <= now) give(initiator, DeadlinePassed{});
            if (responder.deadline && *responder.deadline <= now) give(responder, DeadlinePassed{});
            run();
        }
        now = end;
    }
    bool establish() {
        give(initiator, Initiate{0, path});
        run();
        return initiator.count<ChildEstablished>() == 1 && responder.count<ChildEstablished>() == 1;
    }
    IkeSaId initiator_sa() const { return initiator.sa().id; }
    IkeSaId responder_sa() const { return responder.sa().id; }
    ChildSaId initiator_child() const { return initiator.sa().children.front().id; }
    ChildSaId responder_child() const { return responder.sa().children.front().id; }
    /// Both ends hold the same SPIs, of the IKE SA and of every Child SA.
    bool agree() const {
        const auto a = initiator.engine.status();
        const auto b = responder.engine.status();
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (a[i].spi_i != b[i].spi_i || a[i].spi_r != b[i].spi_r) return false;
            if (a[i].children.size() != b[i].children.size()) return false;
            for (const auto& child : a[i].children) {
                const auto same = [&](const ChildSaStatus& other) {
                    return other.spi_in == child.spi_out && other.spi_out == child.spi_in;
                };
                if (std::ranges::none_of(b[i].children, same)) return false;
            }
        }
        return true;
    }

private:
    void take(Side& side, Outbox out) {
        side.deadline = out.deadline;
        for (auto& each : out.events) side.events.push_back(std::move(each));
        for (auto& each : out.data_plane) side.orders.push_back(std::move(each));
        for (auto& each : out.datagrams) {
            if (each.octets.size() == 1) continue;  // NAT keepalive
            std::swap(each.path.local, each.path.remote);
            wire.push_back({&side == &initiator, std::move(each)});
        }
    }
};

inline Address address(std::string_view text) { return *Address::parse(text); }

}  // namespace ike::testing
