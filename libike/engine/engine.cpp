#include "libike/engine/engine.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/child_kinds.hpp"
#include "libike/engine/exchanges/create_child_sa.hpp"
#include "libike/engine/exchanges/ike_sa_init.hpp"
#include "libike/engine/mobike.hpp"
#include "libike/engine/sa_table.hpp"

namespace ike {

using engine::has_marker;
using engine::IkeSa;
using engine::Phase;
using engine::Turn;

class Engine::State {
public:
    State(EngineConfig given, Rng& random) : config{std::move(given)}, rng{random} {}

    Outbox step(Instant now, const Input& input) {
        Outbox out;
        Turn turn{now, config, rng, table, out};
        std::visit([&](const auto& each) { on(turn, each); }, input);
        finish(turn);
        out.deadline = table.timers.next();
        return out;
    }

    const EngineConfig config;
    Rng& rng;
    engine::SaTable table;
    engine::CookieJar jar;

private:
    void on(Turn& turn, const Received& input);
    void on(Turn& turn, const DeadlinePassed&);
    void on(Turn& turn, const Initiate& input);
    void on(Turn& turn, const MoveTo& input);
    void on(Turn& turn, const AnnounceAddresses& input);
    void on(Turn& turn, const CheckLiveness& input) { ask(turn, input.ike_sa, engine::LivenessExchange{}); }
    void on(Turn& turn, const RekeyIkeSa& input) { ask(turn, input.ike_sa, engine::RekeyIkeExchange{}); }
    void on(Turn& turn, const RekeyChildSa& input);
    void on(Turn& turn, const CreateChildSa& input);
    void on(Turn& turn, const PacketWaits& input);
    void on(Turn& turn, const DeleteChildSa& input);
    void on(Turn& turn, const DeleteIkeSa& input);
    void on(Turn& turn, const SendInformational& input) {
        ask(turn, input.ike_sa, engine::PlainInformational{input.payloads});
    }
    void on(Turn& turn, const InboundEsp& input);
    void on(Turn& turn, const LimitReached& input);
    void on(Turn& turn, const Abandon& input);
    void on(Turn& turn, const IcmpError& input);
    void on(Turn& turn, const RedirectPeer& input);

    /// The established SA of that handle; otherwise says why the command comes to nothing.
    IkeSa* established(Turn& turn, IkeSaId handle);
    void ask(Turn& turn, IkeSaId handle, engine::Exchange exchange) {
        if (auto* sa = established(turn, handle)) sa->ask(turn, std::move(exchange));
    }
    void ask_for_child(Turn& turn, ChildSaId child, engine::Exchange (*make)(const engine::ChildSa&));
    void deliver(Turn& turn, const Path& from, ByteView octets);
    /// What the step touched: sends what waits, sets timers, buries the dead.
    void finish(Turn& turn);
};

namespace {

void drop(Turn& turn, const Path& from, std::string reason) { turn.say(Dropped{from, std::move(reason)}); }

/// RFC 7296 section 2.5: a version we do not speak is told so, once for each request.
void refuse_version(Turn& turn, const Path& from, const Header& header) {
    Message message;
    message.header.initiator_spi = header.initiator_spi;
    message.header.responder_spi = header.responder_spi;
    message.header.exchange = header.exchange;
    message.header.flags = flag_response;
    message.header.message_id = header.message_id;
    message.payloads.push_back(notify(NotifyType::invalid_major_version));
    send_message(turn, from, write_message(message));
}

engine::Exchange rekey(const engine::ChildSa& child) { return engine::rekey_of(child); }
engine::Exchange removal(const engine::ChildSa& child) { return engine::DeleteChildExchange{{child.spi_in}}; }

}  // namespace

void Engine::State::on(Turn& turn, const Received& input) {
    const auto& [path, octets, carrier] = input.datagram;
    ByteView view = octets;
    if (has_marker(config, path)) {
        const std::array<std::uint8_t, 4> marker{};
        if (view.size() < marker.size() || !equal(view.first(marker.size()), marker)) {
            return drop(turn, path, view.size() == 1 ? "NAT keepalive" : "no non-ESP marker");
        }
        view = view.subspan(marker.size());
    }
    deliver(turn, path, view);
}

void Engine::State::deliver(Turn& turn, const Path& from, ByteView octets) {
    const auto read = read_header(octets);
    if (!read) return drop(turn, from, fmt::format("no IKE header: {}", to_string(read.error())));
    const auto& header = *read;
    if (header.major() != 2) {
        drop(turn, from, fmt::format("IKE version {}.{}", header.major(), header.version & 0xf));
        if (header.major() > 2 && !header.is_response()) refuse_version(turn, from, header);
        return;
    }
    if (header.length != octets.size()) return drop(turn, from, "its length is not that of the datagram");
    const auto own = header.from_initiator() ? header.responder_spi : header.initiator_spi;
    const auto theirs = header.from_initiator() ? header.initiator_spi : header.responder_spi;
    if (own == 0) {
        const bool first = header.exchange == ExchangeType::ike_sa_init && !header.is_response() &&
                           header.message_id == 0 && header.initiator_spi != 0;
        if (!first) return drop(turn, from, "an SPI of zero outside an IKE_SA_INIT request");
        return respond(turn, jar, from, octets);
    }
    auto* sa = table.find(own);
    if (sa == nullptr) {
        const auto* last_words = table.graves.find(turn.now, own, octets);
        if (last_words == nullptr)
            return drop(turn, from, fmt::format("no IKE SA has the SPI {}", spi_text(own)));
        for (const auto& datagram : *last_words) send_message(turn, from, datagram);
        return;
    }
    const auto known = sa->role == engine::Role::initiator ? sa->spi_r : sa->spi_i;
    if (known != 0 && known != theirs) return drop(turn, from, "the peer's SPI is not that of the IKE SA");
    table.touch(*sa);
    sa->receive(turn, from, header, octets);
}

void Engine::State::on(Turn& turn, const DeadlinePassed&) {
    while (auto* sa = table.timers.due(turn.now)) {
        table.touch(*sa);
        sa->on_deadline(turn);
        finish(turn);
        // A deadline that nothing came of must not hold the others up.
        if (table.timers.due(turn.now) == sa) table.timers.set(*sa, turn.now + std::chrono::milliseconds{1});
    }
}

void Engine::State::on(Turn& turn, const Initiate& input) {
    const auto fail = [&](std::string what) {
        turn.say(IkeFailed{IkeSaId::none, Failure::not_possible, std::nullopt, std::move(what)});
    };
    if (input.peer >= config.peers.size()) return fail("there is no such peer in the configuration");
    std::vector<Path> paths{input.path};
    paths.insert(paths.end(), input.others.begin(), input.others.end());
    const auto begun = engine::begin(turn, config.peers[input.peer], std::move(paths));
    if (!begun) fail(begun.error().what);
}

IkeSa* Engine::State::established(Turn& turn, IkeSaId handle) {
    auto* sa = table.find(handle);
    if (sa != nullptr && sa->phase == Phase::established) {
        table.touch(*sa);
        return sa;
    }
    drop(turn, sa == nullptr ? Path{} : sa->path,
         sa == nullptr ? "a command for an IKE SA that does not exist"
                       : "a command for an IKE SA that is not established");
    return nullptr;
}

void Engine::State::on(Turn& turn, const MoveTo& input) {
    auto* sa = table.find(input.ike_sa);
    if (sa == nullptr) {
        return turn.say(MoveFailed{input.ike_sa, {}, Failure::not_possible, "there is no such IKE SA"});
    }
    table.touch(*sa);
    engine::start_move(*sa, turn, input);
}

void Engine::State::on(Turn& turn, const AnnounceAddresses& input) {
    auto* sa = established(turn, input.ike_sa);
    if (sa == nullptr) return;
    if (!sa->mobike.on) return drop(turn, sa->path, "an address list for a peer without MOBIKE");
    sa->mobike.own = input.additional;
    sa->ask(turn, engine::AnnounceExchange{});
}

void Engine::State::ask_for_child(Turn& turn, ChildSaId child,
                                  engine::Exchange (*make)(const engine::ChildSa&)) {
    auto* sa = table.find_by_child(child);
    if (sa == nullptr) {
        return turn.say(
            ChildFailed{IkeSaId::none, child, Failure::not_possible, {}, "there is no such Child SA"});
    }
    for (const auto& each : sa->children) {
        if (each.id == child && each.state == engine::ChildSa::State::installed)
            return sa->ask(turn, make(each));
    }
    turn.say(ChildFailed{sa->id, child, Failure::not_possible, {}, "the Child SA is being closed already"});
}

void Engine::State::on(Turn& turn, const RekeyChildSa& input) { ask_for_child(turn, input.child, rekey); }
void Engine::State::on(Turn& turn, const DeleteChildSa& input) { ask_for_child(turn, input.child, removal); }

void Engine::State::on(Turn& turn, const CreateChildSa& input) {
    engine::ChildExchange exchange;
    exchange.ts_local = input.ts_local;
    exchange.ts_remote = input.ts_remote;
    exchange.name = input.name;
    ask(turn, input.ike_sa, std::move(exchange));
}

void Engine::State::on(Turn& turn, const PacketWaits& input) {
    for (const auto* each : table.current()) {
        auto* sa = table.find(each->id);
        const auto kind =
            sa->phase == Phase::established ? engine::kind_for(*sa->peer, input.packet) : std::nullopt;
        if (!kind || sa->is_asking_for_child() || sa->has_all_of(kind->name)) continue;
        table.touch(*sa);
        engine::ChildExchange exchange;
        exchange.name = kind->name;
        exchange.packet = input.packet;
        return sa->ask(turn, std::move(exchange));
    }
}

void Engine::State::on(Turn& turn, const DeleteIkeSa& input) {
    auto* sa = table.find(input.ike_sa);
    if (sa == nullptr) return drop(turn, {}, "a command for an IKE SA that does not exist");
    table.touch(*sa);
    sa->close(turn);
}

void Engine::State::on(Turn& turn, const Abandon& input) {
    auto* sa = table.find(input.ike_sa);
    if (sa == nullptr) return;
    table.touch(*sa);
    if (auto* rival = engine::rival_of(*sa, turn)) {
        table.touch(*rival);
        rival->end(turn, "abandoned");
    }
    sa->end(turn, "abandoned");
}

void Engine::State::on(Turn& turn, const RedirectPeer& input) {
    auto* sa = established(turn, input.ike_sa);
    if (sa == nullptr) return;
    // RFC 5685 section 10: only the original responder, and only who can be redirected.
    if (sa->decides_paths() || !sa->follows_redirects)
        return drop(turn, sa->path, "a redirect for a peer that is no initiator or does not support it");
    sa->ask(turn, engine::PlainInformational{{redirect(Redirect{input.gateway, {}})}});
}

void Engine::State::on(Turn& turn, const IcmpError& input) {
    for (auto* sa : table.established()) {
        const bool meant =
            sa->path.remote == input.path.remote &&
            (input.path.local.address.is_unspecified() || sa->path.local.address == input.path.local.address);
        if (!meant) continue;
        table.touch(*sa);
        sa->on_icmp(turn);
    }
}

void Engine::State::on(Turn& turn, const InboundEsp& input) {
    auto* sa = table.find_by_esp(input.spi);
    if (sa == nullptr) return;
    table.touch(*sa);
    sa->on_esp(turn, input.spi, input.path);
}

void Engine::State::on(Turn& turn, const LimitReached& input) {
    auto* sa = table.find_by_esp(input.spi_in);
    if (sa == nullptr) return;
    table.touch(*sa);
    sa->on_limit(turn, input);
}

void Engine::State::finish(Turn& turn) {
    for (auto touched = table.take_touched(); !touched.empty(); touched = table.take_touched()) {
        for (const auto spi : touched) {
            auto* sa = table.find(spi);
            if (sa == nullptr) continue;
            sa->pump(turn);
            if (sa->phase == Phase::gone)
                table.remove(*sa);
            else
                table.timers.set(*sa, sa->next_deadline());
        }
    }
}

Engine::Engine(EngineConfig config, Rng& rng) : state_{std::make_unique<State>(std::move(config), rng)} {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Outbox Engine::step(Instant now, const Input& input) { return state_->step(now, input); }
const EngineConfig& Engine::config() const { return state_->config; }

std::vector<IkeSaStatus> Engine::status() const {
    std::vector<IkeSaStatus> all;
    for (const auto* sa : state_->table.current()) all.push_back(engine::status_of(*sa));
    return all;
}

}  // namespace ike
