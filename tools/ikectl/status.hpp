#pragma once
// What a session holds, for people and as JSON; and ways to ask a running ikectl for it.
#include <nlohmann/json_fwd.hpp>

#include "libike/io/control.hpp"
#include "libike/io/session.hpp"
#include "tools/common/output.hpp"
#include "tools/ikectl/options.hpp"

/// {"ports": [...], "ike_sas": [{..., "child_sas": [...]}], "counters": {...}}.
nlohmann::ordered_json status_json(const ike::io::Session& session);
/// Several lines, each ended.
std::string status_text(const ike::io::Session& session);

/// SIGUSR1 prints the session's status; the control socket answers "status" and "status json".
class StatusDoor {
public:
    /// A control path of the user's must work; the default one may be taken, which is remarked.
    static ike::Result<StatusDoor> open(ike::io::Loop& loop, const ike::io::Session& session,
                                        const Options& options, Output& output);

private:
    std::optional<ike::io::ControlServer> server_;
};

/// `ikectl status`.
ike::Result<int> ask_status(const Options& options);
