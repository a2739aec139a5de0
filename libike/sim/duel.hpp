#pragma once
// Two engines and an adversary between them who decides about every datagram, every command and the time.
// Each step checks what must always hold; settle() then gives the two ends peace and checks what they hold to
// be true.
#include <deque>
#include <functional>

#include "libike/engine/data_plane.hpp"
#include "libike/engine/engine.hpp"
#include "libike/sim/choices.hpp"
#include "libike/sim/forger.hpp"

namespace ike::sim {

/// One of the two ends, and what is known of it.
class Duelist {
public:
    Duelist(EngineConfig config, std::uint64_t seed, Endpoint home);
    Duelist(const Duelist&) = delete;
    Duelist& operator=(const Duelist&) = delete;

    SeededRng rng;
    Engine engine;
    DataPlane plane;
    Endpoint home;
    std::optional<Instant> deadline;
    std::map<IkeSaId, IkeState> states;                              ///< the last told, until it is gone
    std::map<Forger::Spis, Bytes> ike_keys;                          ///< a digest of what it derived, by SPIs
    std::map<std::uint32_t, Bytes> esp_in, esp_out;                  ///< the same for Child SAs, by SPI
    std::array<std::uint64_t, std::variant_size_v<Event>> events{};  ///< by index in Event
    template <class E>
    std::uint64_t count() const {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return ((std::is_same_v<E, std::variant_alternative_t<I, Event>> ? events[I] : 0) + ...);
        }
        (std::make_index_sequence<std::variant_size_v<Event>>{});
    }
};

class Duel {
public:
    /// What the adversary can do: with datagrams alone, or with the keys of every IKE SA too.
    enum class Power : std::uint8_t { wire, keys };
    /// Whether `watch` hears of messages too, opened.
    enum class Told : std::uint8_t { events, messages };
    Duel(Power power, std::uint64_t seed, Told told = Told::events);

    /// One move of the adversary and all that both engines do at once in answer to it.
    void step(Choices& choices);
    /// Peace: everything is delivered for `time`, with liveness checks on. Afterwards both ends hold the same
    /// IKE SAs or none; unless the adversary has keys, the same Child SAs too. A request whose Message ID the
    /// adversary used is given up after five minutes (RFC 4555 section 3.11), a successor that it made in the
    /// other's name as many later, and then the other end has to notice.
    void settle(Duration time = std::chrono::minutes{14});

    /// What did not hold, in words; empty as long as all is well. It ends the duel: later steps do nothing.
    const std::string& broken() const { return broken_; }
    std::uint64_t engine_steps() const { return engine_steps_; }
    /// Messages sealed by the adversary with keys, and those of them that were answered.
    std::uint64_t forged() const { return forged_; }
    std::uint64_t forged_answered() const { return forged_answered_; }
    const Duelist& left() const { return left_; }
    const Duelist& right() const { return right_; }
    /// Hears of every event of both ends as it happens; for looking into a seed.
    std::function<void(const Duel&, const Duelist&, const Event&)> watch;
    Instant now() const { return now_; }

private:
    struct Flight {
        Duelist* to;
        Datagram datagram;  ///< as the receiver sees it
    };
    Duelist& other(const Duelist& end) { return &end == &left_ ? right_ : left_; }
    Duelist& either(Choices& choices) { return choices.one_in(2) ? left_ : right_; }
    void give(Duelist& end, const Input& input);
    void take(Duelist& from, Outbox out);
    void note(Duelist& from, const Event& event);
    void note_end(const Duelist& of, const IkeFailed& failed);
    void note(Duelist& from, const DataPlaneChange& change);
    void note_child(Duelist& from, const InstallChild& child);
    void expect(bool holds, std::string_view what);
    void check_bounds(const Duelist& end);
    void check_agreement();

    void deliver(std::size_t index);
    void disturb(Choices& choices);
    void damage(Choices& choices);
    void replay(Choices& choices);
    void command(Choices& choices);
    void let_time_pass(Choices& choices);
    void wake(Duelist& end);
    void forge(Choices& choices);

    Power power_;
    Instant now_{};
    Duelist left_, right_;
    Forger forger_;
    SeededRng forger_rng_;
    bool eap_;  ///< the ends use it, and the adversary forges it
    std::deque<Flight> wire_;
    std::deque<Flight> history_;
    std::string broken_;
    std::uint64_t engine_steps_ = 0, forged_ = 0, forged_answered_ = 0;
};

/// Payloads as an adversary with keys may put them into one message: each well-formed, in any number and
/// order.
std::vector<Payload> any_payloads(Choices& choices, const Duelist& about);
/// An EAP packet of any code and type, well-formed or not.
Payload some_eap(Choices& choices);
/// Payloads that change nothing at whoever gets them in an INFORMATIONAL request.
std::vector<Payload> harmless_payloads(Choices& choices);

}  // namespace ike::sim
