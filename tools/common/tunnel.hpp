#pragma once
// One IKE SA with its Child SA, as initiator: what ikeroam, ikebench, ikemtu and `ikectl connect` have in
// common.
#include <memory>

#include "libike/io/session.hpp"
#include "tools/common/output.hpp"
#include "tools/common/profile.hpp"

class Tunnel {
public:
    /// Opens the session and sends nothing yet. `output` gets every event and must outlive the tunnel, as
    /// must `loop`.
    static ike::Result<Tunnel> open(ike::io::Loop& loop, const Profile& profile, const CommonOptions& options,
                                    Output& output);
    ~Tunnel();
    Tunnel(Tunnel&&) noexcept;
    Tunnel& operator=(Tunnel&&) noexcept;

    /// Establishes IKE SA and Child SA and waits for both. The error says which step failed, why, and what to
    /// try.
    ike::Result<bool> establish(std::optional<ike::Address> local = {});
    /// MoveTo, and waits for Moved or MoveFailed, at most `patience`.
    ike::Result<ike::Moved> move(const ike::Address& local, ike::Duration patience,
                                 std::optional<ike::Address> remote = {});
    /// Deletes the IKE SA and waits for the answer, at most `patience`.
    void close(ike::Duration patience = std::chrono::seconds{2});

    bool is_up() const;       ///< IKE SA and at least one Child SA
    bool has_failed() const;  ///< after establish(): the IKE SA is gone
    std::optional<ike::Error> failure() const;
    ike::IkeSaId ike_sa() const;
    ike::ChildSaId child_sa() const;  ///< the first
    std::optional<ike::IkeSaStatus> status() const;
    std::optional<ike::ChildTraffic> traffic() const;  ///< of the first Child SA
    const ike::Address& gateway() const;
    /// Our inner address: of the first local selector; where that is wide, the outer address at the time of
    /// establishing.
    ike::Address inner_local() const;
    /// An address behind the gateway to ping: of the remote selector; where that is wide, the gateway itself.
    ike::Address inner_remote() const;

    ike::io::Session& session();
    ike::io::Loop& loop();

private:
    struct State;
    explicit Tunnel(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};
