#include "libike/engine/exchanges/establishment.hpp"

#include "libike/engine/exchanges/methods.hpp"

#include "libike/engine/sa_table.hpp"

namespace ike::engine {

// More is of no use to either side, and costs memory for answers.
constexpr std::uint32_t largest_window = 64;

namespace {

/// RFC 8784 section 3: from the PPK on SK_d is another, and SK_pi and SK_pr were others in AUTH.
void tell_mixed_keys(IkeSa& sa, Turn& turn) {
    auto& told = sa.negotiation->told;
    if (!told || equal(told->keys.d, sa.sk_d)) return;
    told->keys.d = sa.sk_d.clone();
    told->keys.pi = sa.sk_pi.clone();
    told->keys.pr = sa.sk_pr.clone();
    turn.say(KeysDerived{std::move(*told)});
}

}  // namespace

void establish(IkeSa& sa, Turn& turn) {
    tell_mixed_keys(sa, turn);
    sa.half_open_at.reset();
    turn.table.remove_half_open({sa.spi_i, sa.half_open_from});
    sa.sk_pi = {};
    sa.sk_pr = {};
    if (sa.approach && sa.approach->redirects.empty()) sa.approach.reset();
    sa.mobike.confirmed = sa.path;
    sa.window.own_size = std::clamp<std::uint32_t>(sa.peer->window, 1, largest_window);
    sa.enter(turn, Phase::established);
    IkeEstablished event;
    event.ike_sa = sa.id;
    event.spi_i = sa.spi_i;
    event.spi_r = sa.spi_r;
    event.initiator = sa.role == Role::initiator;
    event.path = sa.path;
    event.local_id = sa.local_id;
    event.remote_id = *sa.remote_id;
    event.suite = *sa.suite;
    event.auth = sa.negotiation->how;
    if (sa.eap) event.eap = *sa.eap;
    event.mobike = sa.mobike.on;
    event.nat_local = sa.nat.local;
    event.nat_remote = sa.nat.remote;
    event.peer_additional = sa.mobike.peer.additional();
    event.inner_addresses = sa.inner_addresses;
    event.configuration = std::move(sa.negotiation->configuration);
    turn.say(std::move(event));
    // RFC 7296 section 2.8.3: the old IKE SA goes once the new one stands.
    auto* old = sa.reauthenticates == IkeSaId::none ? nullptr : turn.table.find(sa.reauthenticates);
    if (old == nullptr) return;
    turn.table.touch(*old);
    old->close(turn);
}

void add_window_size(const IkeSa& sa, Payloads& to) {
    if (sa.window.own_size <= 1) return;
    to.push_back(notify(NotifyType::set_window_size, Writer{}.number(sa.window.own_size).take()));
}

void take_window_size(IkeSa& sa, const Message& message) {
    const auto* size = message.notify(NotifyType::set_window_size);
    if (size == nullptr || size->data.size() != 4) return;
    // RFC 7296 section 2.3: a window never gets smaller.
    const auto value = std::min(Reader{size->data}.number<std::uint32_t>("window size"), largest_window);
    sa.window.peer_size = std::max(sa.window.peer_size, value);
}

void add_auth_notifies(const IkeSa& sa, Payloads& to) {
    add_window_size(sa, to);
    // RFC 9593 section 3.1: once the responder has.
    if (sa.role == Role::initiator && announces_methods(sa)) to.push_back(supported_methods(sa));
    const auto lifetime = std::chrono::duration_cast<std::chrono::seconds>(sa.peer->timers.auth_lifetime);
    if (sa.role == Role::initiator || lifetime == 0s) return;
    to.push_back(notify(NotifyType::auth_lifetime,
                        Writer{}.number(static_cast<std::uint32_t>(lifetime.count())).take()));
}

void take_auth_notifies(IkeSa& sa, Turn& turn, const Message& message) {
    take_window_size(sa, message);
    const auto& timers = sa.peer->timers;
    if (sa.role == Role::responder) {
        if (timers.auth_lifetime > 0s) sa.expires_at = turn.now + timers.auth_lifetime;
        return;
    }
    if (timers.reauthentication > 0s) sa.reauth_at = turn.now + timers.reauthentication;
    take_auth_lifetime(sa, turn, message);
}

void take_auth_lifetime(IkeSa& sa, const Turn& turn, const Message& message) {
    const auto* told = message.notify(NotifyType::auth_lifetime);
    if (told == nullptr || told->data.size() != 4) return;
    // RFC 4478 section 3: before the time is over, with room for the new IKE SA to come about.
    const auto lifetime = std::chrono::seconds{Reader{told->data}.number<std::uint32_t>("lifetime")};
    const auto at = turn.now + lifetime * 9 / 10;
    sa.reauth_at = sa.reauth_at ? std::min(*sa.reauth_at, at) : at;
}

void refuse_responder(IkeSa& sa, Turn& turn, std::string what) {
    const auto header = sa.header(ExchangeType::informational, sa.window.take_id(), Direction::request);
    const Payloads payloads{notify(NotifyType::authentication_failed)};
    sa.trace(turn, sa.path, header, payloads);
    // Once: who is not believed is not asked for an answer either.
    for (const auto& datagram : sa.sealed(turn, header, payloads)) send_message(turn, sa.path, datagram);
    sa.fail(turn, Failure::peer_not_authenticated, std::move(what), NotifyType::authentication_failed);
}

}  // namespace ike::engine
