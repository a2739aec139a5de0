#include "libike/engine/exchanges/establishment.hpp"

#include "libike/engine/sa_table.hpp"

namespace ike::engine {

void establish(IkeSa& sa, Turn& turn) {
    sa.half_open_at.reset();
    turn.table.remove_half_open({sa.spi_i, sa.half_open_from});
    sa.sk_pi = {};
    sa.sk_pr = {};
    sa.mobike.confirmed = sa.path;
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
    event.mobike = sa.mobike.on;
    event.nat_local = sa.nat.local;
    event.nat_remote = sa.nat.remote;
    event.peer_additional = sa.mobike.peer.additional();
    turn.say(std::move(event));
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
