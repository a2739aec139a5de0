#pragma once
// Message IDs of one IKE SA: our requests in flight and the answers we may have to repeat (RFC 7296
// sections 2.1 to 2.3).
#include "libike/engine/exchanges/exchange.hpp"

namespace ike::engine {

/// A request of ours that waits for its response.
struct Request {
    std::uint32_t message_id = 0;
    ExchangeType type{};
    Exchange exchange;
    std::vector<Bytes> datagrams;  ///< sealed, without non-ESP marker; more than one where fragmented
    unsigned attempts = 0;
    Instant first_sent, due;
    Path path;  ///< of the last sending
    /// Went out on more than one path: its answer proves none of them (RFC 4555 section 3.7).
    bool several_paths = false;
    bool probing =
        false;  ///< went out on other pairs of addresses than the one in use too, to learn which work
};
/// What was answered to a request, octet for octet.
struct Answered {
    std::uint32_t message_id = 0;
    std::vector<Bytes> datagrams;
};

class Window {
public:
    // Our requests.
    bool has_room() const { return in_flight.size() < peer_size; }
    std::uint32_t take_id() { return next_request++; }
    Request* find(std::uint32_t message_id);
    Request take(std::uint32_t message_id);

    // The peer's requests.
    enum class Turn : std::uint8_t { fresh, answered, beyond, forgotten };
    Turn sort(std::uint32_t message_id) const;
    const Answered* answer_to(std::uint32_t message_id) const;
    void remember(std::uint32_t message_id, std::vector<Bytes> datagrams);

    std::uint32_t next_request = 0;
    std::uint32_t expected = 0;   ///< every request below was answered
    std::uint32_t peer_size = 1;  ///< requests the peer lets us have in flight
    std::uint32_t own_size = 1;   ///< requests we let the peer have in flight
    std::vector<Request> in_flight;

private:
    std::vector<Answered> answered_;  ///< at most own_size
};

}  // namespace ike::engine
