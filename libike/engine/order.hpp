#pragma once
// One table of what may arrive when. Right crypto in the wrong order ends here.
#include <array>

#include "libike/registry/exchange_type.hpp"

namespace ike::engine {

/// Where an IKE SA stands.
enum class Phase : std::uint8_t {
    init_sent,      ///< initiator: IKE_SA_INIT is on its way
    init_answered,  ///< responder: answered it, IKE_AUTH not finished
    auth_sent,      ///< initiator: IKE_AUTH not finished
    established,
    replaced,  ///< rekeyed: waits for its end, children are elsewhere
    deleting,  ///< our Delete is on its way
    gone,
};
inline constexpr std::size_t phases = 7;
enum class Direction : std::uint8_t { request, response };

/// The cells that are allowed: phase, exchange, direction. A response also needs a request of ours in flight,
/// a request its turn in the window; those are looked at afterwards.
struct Allowed {
    Phase phase;
    ExchangeType exchange;
    Direction direction;
};
inline constexpr std::array allowed_messages{
    Allowed{Phase::init_sent, ExchangeType::ike_sa_init, Direction::response},
    Allowed{Phase::init_answered, ExchangeType::ike_intermediate, Direction::request},  // where one is due
    Allowed{Phase::init_answered, ExchangeType::ike_auth, Direction::request},
    Allowed{Phase::init_answered, ExchangeType::informational, Direction::request},  // only to leave EAP
    Allowed{Phase::auth_sent, ExchangeType::ike_intermediate, Direction::response},
    Allowed{Phase::auth_sent, ExchangeType::ike_auth, Direction::response},
    Allowed{Phase::established, ExchangeType::ike_auth, Direction::request},  // its retransmission
    Allowed{Phase::established, ExchangeType::create_child_sa, Direction::request},
    Allowed{Phase::established, ExchangeType::create_child_sa, Direction::response},
    Allowed{Phase::established, ExchangeType::ike_followup_ke, Direction::request},
    Allowed{Phase::established, ExchangeType::ike_followup_ke, Direction::response},
    Allowed{Phase::established, ExchangeType::informational, Direction::request},
    Allowed{Phase::established, ExchangeType::informational, Direction::response},
    Allowed{Phase::replaced, ExchangeType::create_child_sa, Direction::request},
    Allowed{Phase::replaced, ExchangeType::create_child_sa, Direction::response},
    Allowed{Phase::replaced, ExchangeType::ike_followup_ke, Direction::request},
    Allowed{Phase::replaced, ExchangeType::ike_followup_ke, Direction::response},
    Allowed{Phase::replaced, ExchangeType::informational, Direction::request},
    Allowed{Phase::replaced, ExchangeType::informational, Direction::response},
    Allowed{Phase::deleting, ExchangeType::ike_auth, Direction::request},  // its retransmission
    Allowed{Phase::deleting, ExchangeType::create_child_sa, Direction::request},
    Allowed{Phase::deleting, ExchangeType::create_child_sa, Direction::response},
    Allowed{Phase::deleting, ExchangeType::ike_followup_ke, Direction::request},
    Allowed{Phase::deleting, ExchangeType::ike_followup_ke, Direction::response},
    Allowed{Phase::deleting, ExchangeType::informational, Direction::request},
    Allowed{Phase::deleting, ExchangeType::informational, Direction::response},
};

constexpr bool may_arrive(Phase phase, ExchangeType exchange, Direction direction) {
    for (const auto& cell : allowed_messages) {
        if (cell.phase == phase && cell.exchange == exchange && cell.direction == direction) return true;
    }
    return false;
}

}  // namespace ike::engine
