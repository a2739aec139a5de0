#include "libike/engine/exchanges/redirect.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/ike_sa_init.hpp"
#include "libike/engine/sa_table.hpp"

namespace ike::engine {
namespace {

// RFC 5685 section 7: MAX_REDIRECTS and REDIRECT_LOOP_DETECT_PERIOD.
constexpr std::size_t most_redirects = 5;
constexpr Duration loop_period = 300s;

// The initiator deletes the IKE SA; where it does not, we do.
constexpr Duration patience_after_redirect = 60s;

bool may_follow(const Approach& approach, Instant now) {
    const auto recent =
        std::ranges::count_if(approach.redirects, [&](Instant at) { return now - at < loop_period; });
    return static_cast<std::size_t>(recent) < most_redirects;
}

/// From where the other gateway can be spoken to; nothing where we have no address of its family.
std::optional<Path> path_to(const IkeSa& sa, const Turn& turn, const Address& gateway) {
    auto own = sa.path.local.address;
    if (own.family() != gateway.family() && sa.approach) {
        const auto found = std::ranges::find(sa.approach->paths, gateway.family(),
                                             [](const Path& each) { return each.local.address.family(); });
        if (found != sa.approach->paths.end()) own = found->local.address;
    }
    if (own.family() != gateway.family()) return std::nullopt;
    return Path{{own, turn.config.ike_port}, {gateway, turn.config.remote_ike_port}};
}

/// Why not to follow; nothing where there is no reason.
std::optional<std::string> objection(const IkeSa& sa, const Turn& turn, const Redirect& to) {
    if (!sa.peer->follow_redirects) return "redirects are not to be followed";
    if (sa.approach && !may_follow(*sa.approach, turn.now))
        return fmt::format("redirected more than {} times within {} s", most_redirects, loop_period / 1s);
    const auto* address = std::get_if<Address>(&to.gateway);
    if (address == nullptr) return "its address is not known here";
    if (!path_to(sa, turn, *address)) return "no address of our own is of its family";
    return std::nullopt;
}

void note_redirect(Approach& approach, const IkeSa& sa, Instant now, const Path& path) {
    approach.redirects.push_back(now);
    if (approach.redirects.size() > most_redirects) approach.redirects.erase(approach.redirects.begin());
    approach.redirected_from = sa.path.remote.address;
    approach.paths = {path};
    approach.at = approach.round = approach.nat_refusals = 0;
}

}  // namespace

void add_redirect_support(const IkeSa& sa, Payloads& to) {
    if (!sa.peer->follow_redirects) return;
    if (sa.approach && sa.approach->redirected_from) {
        to.push_back(redirected_from(*sa.approach->redirected_from));
    } else {
        to.push_back(notify(NotifyType::redirect_supported));
    }
}

bool supports_redirect(const Message& init_request) {
    return init_request.notify(NotifyType::redirect_supported) != nullptr ||
           init_request.notify(NotifyType::redirected_from) != nullptr;
}

bool is_foreign_redirect(const IkeSa& sa, const Message& init_response) {
    const auto* notify = init_response.notify(NotifyType::redirect);
    if (notify == nullptr) return false;
    const auto found = redirect(*notify);
    return !found || !equal(found->nonce, sa.negotiation->nonce_i);
}

bool take_redirect(IkeSa& sa, Turn& turn, const Message& reply, Stage stage) {
    const auto* notify = reply.notify(NotifyType::redirect);
    const auto to = notify == nullptr ? std::nullopt : redirect(*notify);
    if (!to) return false;
    const auto why_not = objection(sa, turn, *to);
    turn.say(Redirected{sa.id, sa.path.remote.address, to->gateway, !why_not});
    if (why_not) {
        const auto what = fmt::format("redirected to {}: {}", to_string(to->gateway), *why_not);
        // Section 6: after IKE_AUTH both sides have an IKE SA, and it is deleted.
        if (stage == Stage::init) {
            sa.fail(turn, Failure::redirected, what);
        } else {
            turn.say(IkeFailed{sa.id, Failure::redirected, std::nullopt, what});
            sa.close(turn);
        }
        return true;
    }
    const auto path = *path_to(sa, turn, std::get<Address>(to->gateway));
    note_redirect(*sa.approach, sa, turn.now, path);
    start_over(sa, turn, path, "redirected to " + to_string(to->gateway),
               stage == Stage::init ? Farewell::none : Farewell::deleted);
    return true;
}

void take_session_redirect(IkeSa& sa, Turn& turn, const Message& request) {
    const auto* notify = request.notify(NotifyType::redirect);
    if (notify == nullptr || !sa.decides_paths() || sa.phase != Phase::established) return;
    const auto to = redirect(*notify);
    if (!to) return turn.say(Dropped{sa.path, "a REDIRECT that cannot be read"});
    const auto why_not = objection(sa, turn, *to);
    turn.say(Redirected{sa.id, sa.path.remote.address, to->gateway, !why_not});
    if (why_not)
        return turn.say(Dropped{sa.path, "redirected to " + to_string(to->gateway) + ": " + *why_not});
    auto approach = sa.approach ? *sa.approach : Approach{};
    const auto path = *path_to(sa, turn, std::get<Address>(to->gateway));
    note_redirect(approach, sa, turn.now, path);
    succeed(sa, turn, std::move(approach));
}

bool redirects_after_auth(const IkeSa& sa) {
    return sa.peer->redirect && sa.peer->redirect->in == Redirection::In::ike_auth && sa.follows_redirects;
}

void add_redirect_after_auth(IkeSa& sa, const Turn& turn, Payloads& to) {
    to.push_back(redirect(Redirect{sa.peer->redirect->gateway, {}}));
    sa.expires_at = turn.now + patience_after_redirect;
}

}  // namespace ike::engine
