// Names of states and failures, for people and for JSON.
#include <algorithm>
#include <cmath>

#include "libike/engine/config.hpp"
#include "libike/engine/events.hpp"

namespace ike {

Duration RetransmitPolicy::interval(unsigned attempt) const {
    const auto waits = static_cast<double>(initial.count()) * std::pow(factor, attempt > 0 ? attempt - 1 : 0);
    const auto most = static_cast<double>(limit.count());
    return Duration{static_cast<Duration::rep>(std::min(waits, most))};
}

std::string_view to_string(IkeState state) {
    switch (state) {
        case IkeState::init_sent:
            return "init_sent";
        case IkeState::init_answered:
            return "init_answered";
        case IkeState::auth_sent:
            return "auth_sent";
        case IkeState::established:
            return "established";
        case IkeState::deleting:
            return "deleting";
        case IkeState::gone:
            break;
    }
    return "gone";
}

std::string_view to_string(EspMode mode) { return mode == EspMode::transport ? "transport" : "tunnel"; }

std::string_view to_string(Failure failure) {
    switch (failure) {
        case Failure::peer_silent:
            return "peer_silent";
        case Failure::no_proposal_chosen:
            return "no_proposal_chosen";
        case Failure::invalid_ke:
            return "invalid_ke";
        case Failure::authentication_failed:
            return "authentication_failed";
        case Failure::peer_not_authenticated:
            return "peer_not_authenticated";
        case Failure::ts_unacceptable:
            return "ts_unacceptable";
        case Failure::cookie2_mismatch:
            return "cookie2_mismatch";
        case Failure::unacceptable_addresses:
            return "unacceptable_addresses";
        case Failure::unexpected_nat:
            return "unexpected_nat";
        case Failure::eap_failed:
            return "eap_failed";
        case Failure::invalid_syntax:
            return "invalid_syntax";
        case Failure::peer_deleted:
            return "peer_deleted";
        case Failure::half_open_timeout:
            return "half_open_timeout";
        case Failure::not_possible:
            return "not_possible";
        case Failure::expired:
            return "expired";
        case Failure::other_notify:
            return "other_notify";
        case Failure::redirected:
            return "redirected";
        case Failure::local:
            break;
    }
    return "local";
}

}  // namespace ike
