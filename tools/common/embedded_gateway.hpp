#pragma once
// A gateway of our own in the same process and loop, for --self: on a loopback address and free high ports,
// without any permission.
#include "libike/io/session.hpp"
#include "tools/common/profile.hpp"

class EmbeddedGateway {
public:
    /// Listens on 127.0.0.1 and knows one client by a secret made for this run. `options` gives proposals and
    /// seed.
    static ike::Result<EmbeddedGateway> open(ike::io::Loop& loop, const CommonOptions& options);

    /// The client that it knows, for a Tunnel. Addresses: it comes from `local`, or any where none is named.
    const Profile& client() const { return client_; }
    ike::io::Session& session() { return session_; }
    /// "127.0.0.1:41234"
    std::string text() const;

private:
    EmbeddedGateway(ike::io::Session session, Profile client)
        : session_{std::move(session)}, client_{std::move(client)} {}
    ike::io::Session session_;
    Profile client_;
};
