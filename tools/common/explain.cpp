// Failures in words, and what to try.
#include <fmt/format.h>

#include "tools/common/output.hpp"

namespace {

using ike::Failure;

std::string advice_for(Failure failure) {
    switch (failure) {
        case Failure::peer_silent:
            return "check address and port, that a gateway runs there, and that no firewall drops UDP on the "
                   "way";
        case Failure::no_proposal_chosen:
            return "offer what the gateway accepts with --proposal and --esp-proposal; --verbose shows what "
                   "was offered";
        case Failure::invalid_ke:
            return "name a key exchange that both sides have with --proposal, as aes256-sha256-x25519";
        case Failure::authentication_failed:
            return "the gateway did not accept who we are: check --id, --psk-file or --cert, and the "
                   "gateway's log";
        case Failure::peer_not_authenticated:
            return "the gateway is not who we expect: check --remote-id, --psk-file or --ca, and both clocks";
        case Failure::ts_unacceptable:
            return "ask for networks that the gateway serves with --ts-local and --ts-remote";
        case Failure::unexpected_nat:
            return "a NAT is on the path though no_nats_allowed forbids it: allow it, or take another path";
        case Failure::unacceptable_addresses:
            return "the gateway's policy refuses this address: move to another";
        case Failure::cookie2_mismatch:
            return "an answer came that is not the peer's: something on the path plays false";
        case Failure::eap_failed:
            return "check the identity and the password or certificate of eap:, and which methods the "
                   "gateway "
                   "takes";
        case Failure::invalid_syntax:
            return "--verbose --capture FILE shows the message at fault";
        case Failure::peer_deleted:
            return "the peer closed it; its log says why";
        case Failure::expired:
            return "it carried as much as an SA may: rekey it sooner (child: rekey_octets, rekey_packets)";
        case Failure::half_open_timeout:
            return "the exchange was never finished: the other side's log says why";
        case Failure::redirected:
            return "the gateway sends us elsewhere: name that gateway, or let redirects be followed";
        case Failure::not_possible:
        case Failure::other_notify:
        case Failure::local:
            break;
    }
    return {};
}

template <class Failed>
std::string why(const Failed& failed) {
    auto text = std::string{to_string(failed.failure)};
    if (!failed.detail.empty()) text += ": " + failed.detail;
    return text;
}

}  // namespace

ike::Error explain(const ike::IkeFailed& failed, const std::string& gateway) {
    return {fmt::format("{}: {}", gateway, why(failed)), advice_for(failed.failure)};
}

ike::Error explain(const ike::ChildFailed& failed) {
    return {fmt::format("Child SA: {}", why(failed)), advice_for(failed.failure)};
}

ike::Error explain(const ike::MoveFailed& failed) {
    return {fmt::format("move to {}: {}", to_string(failed.wanted), why(failed)), advice_for(failed.failure)};
}
