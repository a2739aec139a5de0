#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

IkeSaStatus status_of(const IkeSa& sa) {
    IkeSaStatus status;
    status.id = sa.id;
    status.state = ike_state(sa.phase);
    status.initiator = sa.role == Role::initiator;
    status.spi_i = sa.spi_i;
    status.spi_r = sa.spi_r;
    status.peer = sa.peer->name;
    status.path = sa.path;
    status.local_id = sa.local_id;
    status.remote_id = sa.remote_id;
    status.suite = sa.suite;
    if (sa.eap) status.eap = *sa.eap;
    status.mobike = sa.mobike.on;
    status.nat_local = sa.nat.local;
    status.nat_remote = sa.nat.remote;
    status.udp_encapsulation = sa.encapsulation;
    status.peer_additional = sa.mobike.peer.additional();
    status.inner_addresses = sa.inner_addresses;
    if (sa.approach) status.redirected_from = sa.approach->redirected_from;
    status.next_request = sa.window.next_request;
    status.expected_request = sa.window.expected;
    status.established = sa.established;
    for (const auto& each : sa.children) {
        status.children.push_back({each.id, each.spi_in, each.spi_out, each.suite, each.ts_local,
                                   each.ts_remote, each.established, each.terms});
    }
    return status;
}

}  // namespace ike::engine
