#include "libike/sim/duel.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "libike/sim/agreement.hpp"
#include "libike/sim/duel_eap.hpp"
#include "libike/sim/pair.hpp"

namespace ike::sim {

namespace {

constexpr std::size_t most_in_flight = 64;
constexpr std::size_t most_remembered = 64;
/// One step of an engine has no business to send more than this: a message of 64 fragments, an answer, a few
/// notifies.
constexpr std::size_t most_datagrams = 200;
constexpr std::size_t most_events = 2000;
constexpr std::size_t most_half_open = 16;
constexpr std::size_t most_sas = 64;

/// Of a seed: additional key exchanges in every other pair, windows above 1 in every other four, EAP in eight
/// of 32.
struct Variety {
    bool several_exchanges = false, wide_windows = false, traced = false;
    std::optional<EapType> eap;
    Variety(std::uint64_t seed, Duel::Told told)
        : several_exchanges{(seed / 2) % 2 != 0},
          wide_windows{(seed / 4) % 2 != 0},
          traced{told == Duel::Told::messages} {
        if ((seed / 8) % 4 == 0) eap = (seed / 32) % 2 == 0 ? EapType::ms_eap : EapType::md5_challenge;
    }
};

EngineConfig duel_config(bool responds, std::string_view mine, std::string_view theirs, Variety variety) {
    auto config = responds ? responder_config() : initiator_config();
    config.trace = variety.traced;
    config.respond = true;
    config.export_keys = true;
    config.cookie_threshold = 8;
    config.half_open_limit = most_half_open;
    auto& peer = config.peers[0];
    peer.local_id = Identity::parse(mine).value();
    peer.remote_id = Identity::parse(theirs).value();
    peer.timers.liveness = std::chrono::seconds{10};
    if (variety.wide_windows) peer.window = responds ? 3 : 5;
    if (variety.eap) use_eap(config, *variety.eap, mine, theirs);
    if (!variety.several_exchanges) return config;
    constexpr std::string_view of_ike =
        "aes128gcm16-prfsha256-x25519-ke1_ecp256,aes128gcm16-prfsha256-x25519";
    constexpr std::string_view of_esp = "aes128gcm16-x25519-ke1_ecp256,aes128gcm16-x25519,aes128gcm16";
    peer.ike_proposals = parse_proposals(ProtocolId::ike, of_ike).value();
    peer.esp_proposals = parse_proposals(ProtocolId::esp, of_esp).value();
    return config;
}

Bytes digest(std::initializer_list<ByteView> parts) {
    const std::vector<ByteView> all{parts};
    return crypto::digest(crypto::Hash::sha2_256, all);
}

}  // namespace

Duelist::Duelist(EngineConfig config, std::uint64_t seed, Endpoint at)
    : rng{seed}, engine{std::move(config), rng}, home{at} {}

Duel::Duel(Power power, std::uint64_t seed, Told told)
    : power_{power},
      left_{duel_config(false, "roamer.example", "gateway.example", Variety{seed, told}),
            seed * 2,
            {Address::v4({192, 0, 2, 1}), 500}},
      right_{duel_config(true, "gateway.example", "roamer.example", Variety{seed, told}),
             seed * 2 + 1,
             {Address::v4({203, 0, 113, 2}), 500}},
      forger_rng_{seed},
      eap_{Variety{seed, told}.eap.has_value()} {}

void Duel::expect(bool holds, std::string_view what) {
    if (!holds && broken_.empty()) broken_ = what;
}

// ---- what comes out of an engine
// ----------------------------------------------------------------------------

void Duel::give(Duelist& end, const Input& input) {
    if (!broken_.empty()) return;
    ++engine_steps_;
    take(end, end.engine.step(now_, input));
    check_bounds(end);
}

void Duel::take(Duelist& from, Outbox out) {
    expect(out.datagrams.size() <= most_datagrams, "an engine sends without bound in one step");
    expect(out.events.size() <= most_events, "an engine tells without bound in one step");
    for (auto& change : out.data_plane) {
        note(from, change);
        from.plane.apply(std::move(change));
    }
    for (const auto& event : out.events) note(from, event);
    for (auto& datagram : out.datagrams) {
        expect(!datagram.octets.empty(), "an engine sends nothing in a datagram");
        std::swap(datagram.path.local, datagram.path.remote);
        wire_.push_back({&other(from), std::move(datagram)});
    }
    while (wire_.size() > most_in_flight) wire_.pop_front();
    from.deadline = out.deadline;
}

void Duel::note(Duelist& from, const Event& event) {
    ++from.events[event.index()];
    if (watch) watch(*this, from, event);
    if (const auto* keys = std::get_if<KeysDerived>(&event)) {
        if (power_ == Power::keys) forger_.learn(keys->record);
        if (const auto* ike = std::get_if<IkeKeyRecord>(&keys->record)) {
            from.ike_keys[{ike->spi_i, ike->spi_r}] = digest({ike->keys.d, ike->keys.ei, ike->keys.er});
        }
    }
    if (const auto* failed = std::get_if<IkeFailed>(&event)) note_end(from, *failed);
    if (const auto* changed = std::get_if<IkeStateChanged>(&event)) {
        from.states[changed->ike_sa] = changed->state;
        if (changed->state == IkeState::gone) from.states.erase(changed->ike_sa);
    }
    if (const auto* made = std::get_if<IkeEstablished>(&event)) {
        // Whoever has authenticated a peer shares its keys: nobody can have stood between, or spoken for it.
        const auto own = from.ike_keys.find({made->spi_i, made->spi_r});
        const auto& peers = other(from).ike_keys;
        const auto peer = peers.find({made->spi_i, made->spi_r});
        expect(own != from.ike_keys.end() && peer != peers.end() && own->second == peer->second,
               "an IKE SA is established with one who is not the peer");
    }
}

/// Who has no keys can keep two ends apart, but not make them end what they share (RFC 7296 section 2.21.3).
void Duel::note_end(const Duelist& of, const IkeFailed& failed) {
    const auto state = of.states.find(failed.ike_sa);
    if (power_ == Power::keys || state == of.states.end()) return;
    if (state->second == IkeState::established) {
        expect(failed.failure == Failure::peer_silent || failed.failure == Failure::peer_deleted,
               fmt::format("one without keys ended an IKE SA: {}", failed.detail));
    }
    expect(failed.failure != Failure::invalid_syntax || state->second == IkeState::init_sent,
           fmt::format("one without keys made a message invalid: {}", failed.detail));
}

void Duel::note(Duelist& from, const DataPlaneChange& change) {
    if (const auto* child = std::get_if<InstallChild>(&change)) note_child(from, *child);
}

void Duel::note_child(Duelist& from, const InstallChild& child) {
    auto in = digest({child.encr_in, child.integ_in}), out = digest({child.encr_out, child.integ_out});
    // With the keys of the IKE SA in hand one can agree on a Child SA in the other's name.
    if (power_ == Power::wire) {
        const auto& peer = other(from);
        const auto same = [](const auto& known, std::uint32_t spi, const Bytes& keys) {
            const auto at = known.find(spi);
            return at == known.end() || at->second == keys;
        };
        expect(same(peer.esp_out, child.spi_in, in) && same(peer.esp_in, child.spi_out, out),
               "the ends hold different keys for one Child SA");
    }
    from.esp_in[child.spi_in] = std::move(in);
    from.esp_out[child.spi_out] = std::move(out);
    constexpr std::size_t most_remembered_children = 4096;
    if (from.esp_in.size() > most_remembered_children) from.esp_in.clear();
    if (from.esp_out.size() > most_remembered_children) from.esp_out.clear();
}

void Duel::check_bounds(const Duelist& end) {
    if (engine_steps_ % 32 != 0) return;
    const auto all = end.engine.status();
    std::size_t half_open = 0;
    for (const auto& sa : all) {
        if (!sa.initiator && sa.state != IkeState::established && sa.state != IkeState::deleting) ++half_open;
        expect(sa.children.size() <= most_sas, "Child SAs without bound");
    }
    expect(half_open <= most_half_open, "half-open SAs beyond the limit");
    expect(all.size() <= most_sas + most_half_open, "IKE SAs without bound");
}

// ---- the adversary's moves
// ----------------------------------------------------------------------------------

void Duel::step(Choices& choices) {
    if (!broken_.empty()) return;
    const auto kind = choices.below(100);
    if (kind < 45 && !wire_.empty())
        return deliver(choices.one_in(4) ? choices.below(static_cast<unsigned>(wire_.size())) : 0);
    if (kind < 55 && !wire_.empty()) return disturb(choices);
    if (kind < 63 && !wire_.empty()) return damage(choices);
    if (kind < 70 && !history_.empty()) return replay(choices);
    if (kind < 82) return command(choices);
    if (kind < 90 || power_ == Power::wire) return let_time_pass(choices);
    forge(choices);
}

void Duel::deliver(std::size_t index) {
    auto flight = std::move(wire_[index]);
    wire_.erase(wire_.begin() + static_cast<std::ptrdiff_t>(index));
    history_.push_back(flight);
    if (history_.size() > most_remembered) history_.pop_front();
    give(*flight.to, Received{std::move(flight.datagram)});
}

void Duel::disturb(Choices& choices) {
    const auto index = choices.below(static_cast<unsigned>(wire_.size()));
    auto& flight = wire_[index];
    switch (choices.below(4)) {
        case 0:
            wire_.erase(wire_.begin() + index);
            break;
        case 1: {
            auto copy = flight;
            wire_.push_back(std::move(copy));
            break;
        }
        case 2:  // as from another port or address
            if (choices.one_in(2))
                flight.datagram.path.remote.port ^= static_cast<std::uint16_t>(1 + choices.below(255));
            else
                flight.datagram.path.remote.address =
                    Address::v4({198, 51, 100, static_cast<std::uint8_t>(choices.below(4))});
            break;
        default:  // to the other end, which sent it
            flight.to = &other(*flight.to);
            break;
    }
}

void Duel::damage(Choices& choices) {
    auto flight = wire_[choices.below(static_cast<unsigned>(wire_.size()))];
    auto& octets = flight.datagram.octets;
    if (choices.one_in(3)) {
        octets.resize(choices.below(static_cast<unsigned>(octets.size()) + 1));
    } else {
        const auto flips = 1 + choices.below(3);
        for (unsigned i = 0; i < flips && !octets.empty(); ++i) {
            octets[choices.below(static_cast<unsigned>(octets.size()))] ^=
                static_cast<std::uint8_t>(1u << choices.below(8));
        }
    }
    // The good one stays on the wire.
    give(*flight.to, Received{std::move(flight.datagram)});
}

void Duel::replay(Choices& choices) {
    auto flight = history_[choices.below(static_cast<unsigned>(history_.size()))];
    give(*flight.to, Received{std::move(flight.datagram)});
}

void Duel::let_time_pass(Choices& choices) {
    // To the next deadline, or by some time.
    if (choices.one_in(2)) {
        const auto next = earliest(left_.deadline, right_.deadline);
        if (next && *next > now_) now_ = *next;
    } else {
        now_ += std::chrono::milliseconds{1 + choices.below(2000)};
    }
    wake(left_);
    wake(right_);
}

void Duel::wake(Duelist& end) {
    for (int i = 0; end.deadline && *end.deadline <= now_ && broken_.empty(); ++i) {
        expect(i < 1000, "an engine's deadline stays in the past");
        give(end, DeadlinePassed{});
    }
}

void Duel::command(Choices& choices) {
    auto& end = either(choices);
    std::vector<IkeSaStatus> sas = end.engine.status();
    constexpr std::size_t most_own = 4;
    if (sas.empty() || (sas.size() < most_own && choices.one_in(8))) {
        return give(end, Initiate{0, {end.home, other(end).home}});
    }
    const auto& sa = sas[choices.below(static_cast<unsigned>(sas.size()))];
    const auto child = sa.children.empty()
                           ? ChildSaId{choices.below(8)}
                           : sa.children[choices.below(static_cast<unsigned>(sa.children.size()))].id;
    const auto address = Address::v4({198, 51, 100, static_cast<std::uint8_t>(choices.below(4))});
    switch (choices.below(12)) {
        case 0:
        case 1:
            return give(end, RekeyChildSa{child});
        case 2:
            return give(end, RekeyIkeSa{sa.id});
        case 3:
            if (sa.children.size() < most_own) give(end, CreateChildSa{sa.id, {}, {}});
            return;
        case 4:
            return give(end, DeleteChildSa{child});
        case 5:
            return give(end, CheckLiveness{sa.id});
        case 6:
            return give(end, AnnounceAddresses{sa.id, {address}});
        case 7:
            if (choices.one_in(4)) give(end, DeleteIkeSa{sa.id});
            return;
        case 8:
            // An end that lies about what it does itself is one who has the keys.
            return give(end, SendInformational{sa.id, power_ == Power::keys ? any_payloads(choices, end)
                                                                            : harmless_payloads(choices)});
        case 9:
            return give(end, InboundEsp{sa.children.empty() ? choices.below(1000) : sa.children[0].spi_in,
                                        {sa.path.local, {address, 4500}}});
        case 10:
            if (choices.one_in(8)) return give(end, Abandon{sa.id});
            return give(end, IcmpError{sa.path});
        default:
            return give(end, MoveTo{sa.id, choices.one_in(3) ? end.home.address : address, {}});
    }
}

void Duel::forge(Choices& choices) {
    auto& victim = either(choices);
    auto sas = victim.engine.status();
    std::erase_if(sas, [&](const IkeSaStatus& sa) { return !forger_.knows({sa.spi_i, sa.spi_r}); });
    if (sas.empty()) return;
    const auto& sa = sas[choices.below(static_cast<unsigned>(sas.size()))];
    constexpr ExchangeType exchanges[] = {ExchangeType::informational,
                                          ExchangeType::create_child_sa,
                                          ExchangeType::ike_auth,
                                          ExchangeType::ike_sa_init,
                                          ExchangeType::ike_intermediate,
                                          ExchangeType::ike_followup_ke,
                                          ExchangeType{99}};
    Header header;
    // The first two are what an established SA takes.
    header.exchange = exchanges[choices.one_in(3) ? choices.below(7) : choices.below(2)];
    const bool is_response = choices.one_in(4);
    if (is_response) header.flags |= flag_response;
    header.message_id = is_response ? sa.next_request - 1 : sa.expected_request;
    if (choices.one_in(6)) header.message_id += choices.below(4) - 1;
    const bool as_peer = !choices.one_in(16);
    const auto as = sa.initiator == as_peer ? Forger::As::responder : Forger::As::initiator;
    auto payloads = any_payloads(choices, victim);
    if (eap_ && !choices.one_in(3)) payloads.push_back(some_eap(choices));
    auto octets = forger_.seal({sa.spi_i, sa.spi_r}, as, header, payloads, forger_rng_);
    if (!octets) return;
    Path path = sa.path;
    if (choices.one_in(6)) path.remote.address = Address::v4({198, 51, 100, 9});
    ++forged_;
    const auto before = wire_.size();
    give(victim, Received{{path, with_marker(path, std::move(*octets)), Carrier::udp}});
    if (wire_.size() > before) ++forged_answered_;
}

// ---- peace
// --------------------------------------------------------------------------------------------------

void Duel::settle(Duration time) {
    const auto end = now_ + time;
    for (int i = 0; broken_.empty(); ++i) {
        expect(i < 200'000, "the ends never come to rest");
        if (!wire_.empty()) {
            deliver(0);
            continue;
        }
        const auto next = earliest(left_.deadline, right_.deadline);
        if (!next || *next > end) break;
        now_ = std::max(now_, *next);
        wake(left_);
        wake(right_);
    }
    now_ = std::max(now_, end);
    if (broken_.empty()) check_agreement();
}

void Duel::check_agreement() {
    for (const auto& each : disagreements(left_.engine, right_.engine, Between::nat)) {
        // What was said in the name of an end, Child SAs made or deleted and Message IDs used, is no end's
        // fault.
        const bool said_by_another =
            each.find("Child SA") != each.npos || each.find("Message IDs") != each.npos;
        expect(power_ == Power::keys && said_by_another, each);
    }
}

}  // namespace ike::sim
