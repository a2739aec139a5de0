#pragma once
// What scenarios share: telling messages on the wire apart, disturbing them, and the commands to disturb.
#include <fmt/format.h>

#include "libike/sa/notify_data.hpp"
#include "libike/sa/traffic_selectors.hpp"
#include "libike/sim/forger.hpp"
#include "libike/sim/pair.hpp"
#include "tests/catch.hpp"

namespace Catch {
template <>
struct StringMaker<ike::Endpoint> {
    static std::string convert(const ike::Endpoint& endpoint) { return ike::to_string(endpoint); }
};
template <>
struct StringMaker<ike::Address> {
    static std::string convert(const ike::Address& address) { return ike::to_string(address); }
};
template <>
struct StringMaker<ike::Failure> {
    static std::string convert(ike::Failure failure) { return std::string{ike::to_string(failure)}; }
};
template <>
struct StringMaker<ike::sim::Ended> {
    static std::string convert(ike::sim::Ended ended) { return std::string{ike::sim::to_string(ended)}; }
};
}  // namespace Catch

namespace scenario {

using namespace ike;
using namespace std::chrono_literals;

inline Endpoint endpoint(std::string_view text) { return parse_endpoint(text).value(); }
inline Address address(std::string_view text) { return Address::parse(text).value(); }

/// The IKE header of a packet; nothing for ESP, keepalives and damage.
std::optional<Header> ike_header(const sim::Packet& packet);

/// A kind of message, by what its header shows to all.
struct Kind {
    ExchangeType exchange{};
    enum class Way : std::uint8_t { request, response, either } way = Way::either;
    bool matches(const Header& header) const;
};
inline Kind request(ExchangeType exchange) { return {exchange, Kind::Way::request}; }
inline Kind response(ExchangeType exchange) { return {exchange, Kind::Way::response}; }

/// How the network treats the messages of a kind; counted from the time it is set.
struct Disturbance {
    std::string_view name;
    unsigned drop = 0;     ///< the first so many vanish
    unsigned copies = 0;   ///< each comes so many times more
    Duration hold_back{};  ///< the first comes so much later
};
/// Makes `pair`'s network do so, in place of what was set before. Returns a counter of messages of the kind
/// that were sent.
std::shared_ptr<unsigned> disturb(sim::Pair& pair, Kind kind, const Disturbance& disturbance);

/// All that an end sent and got, opened; needs EngineConfig::trace.
std::vector<MessageTrace> messages(const sim::Host& host);
/// Those sent by the host, or come in.
std::vector<Message> sent(const sim::Host& host, ExchangeType exchange);
std::vector<Message> received(const sim::Host& host, ExchangeType exchange);

/// A setup whose engines tell of every message and key.
sim::Setup traced(sim::Setup setup = {});

/// Sits in the network with the keys in hand: sees all, opened, and may drop, redirect or rewrite. Needs a
/// traced() setup.
class Wiretap {
public:
    explicit Wiretap(sim::Pair& pair);
    struct Sight {
        Instant at;
        Endpoint from, to;
        Carrier carrier{};
        std::size_t size = 0;
        std::optional<Header> header;    ///< of IKE
        std::optional<Message> message;  ///< where it could be opened
        bool is_keepalive = false;
        bool is_esp() const { return !header && !is_keepalive; }
    };
    /// As sent, in order, before any rule.
    std::vector<Sight> seen;
    std::vector<Sight> all(Kind kind) const;
    std::size_t count(Kind kind) const { return all(kind).size(); }
    using Rule = std::function<sim::Network::Fate(sim::Packet&)>;
    /// Rules apply in the order they were given; the first drop decides.
    void on(Kind kind, Rule rule);
    void drop(Kind kind, unsigned first_so_many);
    /// Changes the message inside and seals it again.
    void rewrite(Kind kind, std::function<void(Message&)> change);
    void clear() { rules_.clear(); }
    sim::Forger& forger() { return forger_; }

private:
    sim::Network::Fate look(Instant now, sim::Packet& packet);
    void learn();
    Sight sight(Instant now, const sim::Packet& packet);
    sim::Pair& pair_;
    sim::Forger forger_;
    SeededRng rng_{99};
    std::array<std::size_t, 2> read_{};  ///< log entries seen, by end
    std::vector<std::pair<Kind, Rule>> rules_;
};

/// The notifies of a type in a message.
std::vector<Notify> notifies(const Message& message, NotifyType type);
bool has(const Message& message, NotifyType type);

/// Both ends agree, and an echo passes each way. Each is a check of its own.
void check_agreement(sim::Pair& pair, sim::Between between = sim::Between::nothing);
/// What the data plane of a host has beyond or short of the Child SAs its engine tells of.
std::vector<std::string> stray_children(const sim::Host& host);
/// How often an IKE SA failed; a half-open one, left by a repeated IKE_SA_INIT request, is none that was
/// lost.
std::size_t failures(const sim::Host& host);
/// One line.
std::string joined(const std::vector<std::string>& lines);

}  // namespace scenario
