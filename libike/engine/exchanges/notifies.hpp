#pragma once
// What notifications in a reply mean for us.
#include "libike/engine/exchanges/exchange.hpp"

namespace ike::engine {

/// The first error notification (types below 16384, RFC 7296 section 3.10.1), or nullptr.
const Notify* first_error(const Message& message);
Failure failure_of(NotifyType error);
/// Every notification of that type, in order.
std::vector<const Notify*> all_of(const Message& message, NotifyType type);

}  // namespace ike::engine
