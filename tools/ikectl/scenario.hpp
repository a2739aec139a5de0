#pragma once
// A scenario as its file describes it (ikectl(1), SCENARIOS).
#include <variant>

#include "libike/engine/events.hpp"
#include "tools/common/draft.hpp"

namespace scenario {

struct Host {
    std::string name;
    Role role = Role::initiator;
    Draft draft;
    std::string where;
};

/// A wanted value of a field: equal, or another relation with `!=`, `<`, `<=`, `>`, `>=` in front; of a list,
/// items that it must hold.
struct Wanted {
    std::string field;  ///< dots lead into objects and lists: "child_sas.0.suite"
    std::vector<std::string> values;
};

struct Initiate {
    bool wait = true;
};
struct Expect {
    enum class Subject : std::uint8_t { event, message, status } subject{};
    std::string event;  ///< its name
    std::vector<Wanted> fields;
    std::vector<std::string> payloads, notifies, without;  ///< of a message
    bool absent = false;                                   ///< it must not come within the time
};
/// Payloads in an INFORMATIONAL request.
struct Send {
    std::vector<ike::Payload> payloads;
};
struct Wait {};
struct Ping {
    std::optional<ike::Address> to;
    std::uint64_t count = 3;
    ike::Duration interval = std::chrono::milliseconds{50};
    std::size_t size = 84;
    std::uint64_t may_lose = 0;
};
struct Move {
    ike::Address local;
    std::optional<ike::Address> remote;
    bool wait = true;
};
enum class What : std::uint8_t { ike, child };
struct Rekey {
    What what = What::child;
    bool wait = true;
};
struct Delete {
    What what = What::ike;
    bool wait = true;
};
struct CreateChild {
    std::vector<ike::TrafficSelector> ts_local, ts_remote;
    bool wait = true;
};
struct Announce {
    std::vector<ike::Address> additional;
};
struct Liveness {};
struct Abandon {};

struct Step {
    std::string kind;        ///< its key
    std::string where;       ///< "FILE:LINE"
    std::size_t number = 0;  ///< from 1
    std::string host;
    ike::Duration time = std::chrono::seconds{5};  ///< `within`; of a wait its length
    std::variant<Initiate, Expect, Send, Wait, Ping, Move, Rekey, Delete, CreateChild, Announce, Liveness,
                 Abandon>
        action;
};

struct Scenario {
    std::string file, description;
    std::vector<Host> hosts;
    std::vector<Step> steps;
};

/// Errors are "FILE:LINE: KEY: what is wrong".
ike::Result<Scenario> load(const std::string& file);
/// One step; `map` is its list entry. What is wrong sticks to `map`.
Step read_step(YamlMap& map);
/// A payload for `send`.
std::optional<ike::Payload> read_payload(YamlMap& map);

}  // namespace scenario
