#include "libike/engine/exchanges/notifies.hpp"

namespace ike::engine {

const Notify* first_error(const Message& message) {
    for (const auto& each : message.payloads) {
        const auto* body = std::get_if<Notify>(&each.body);
        if (body != nullptr && static_cast<unsigned>(body->type) < 16384) return body;
    }
    return nullptr;
}

Failure failure_of(NotifyType error) {
    switch (error) {
        case NotifyType::no_proposal_chosen:
            return Failure::no_proposal_chosen;
        case NotifyType::invalid_ke_payload:
            return Failure::invalid_ke;
        case NotifyType::authentication_failed:
            return Failure::authentication_failed;
        case NotifyType::ts_unacceptable:
            return Failure::ts_unacceptable;
        case NotifyType::unacceptable_addresses:
            return Failure::unacceptable_addresses;
        case NotifyType::unexpected_nat_detected:
            return Failure::unexpected_nat;
        case NotifyType::invalid_syntax:
            return Failure::invalid_syntax;
        default:
            return Failure::other_notify;
    }
}

std::vector<const Notify*> all_of(const Message& message, NotifyType type) {
    std::vector<const Notify*> found;
    for (const auto& each : message.payloads) {
        const auto* body = std::get_if<Notify>(&each.body);
        if (body != nullptr && body->type == type) found.push_back(body);
    }
    return found;
}

}  // namespace ike::engine
