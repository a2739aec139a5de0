#pragma once
// The flags of tools that move an IKE SA among local addresses.
#include <optional>
#include <string>
#include <vector>

#include "tools/common/roamer.hpp"

namespace CLI {
class App;
}

struct CommonOptions;

struct MoveOptions {
    std::vector<std::string> via{};  ///< addresses or interfaces, as given
    unsigned count = 0;              ///< moves; 0: once around, back to where it began
    double interval = 0;             ///< from one move to the next, in the tool's unit
    double probe_interval = 0;       ///< milliseconds
    unsigned size = 84;              ///< octets of a probe
    std::string ping{};
};

/// Declares --via, --probe-interval, --probe-size and --ping; the default in `moves` is what --help says.
void declare_moves(CLI::App& app, MoveOptions& moves);
/// --count and --interval are the tool's own. What is wrong with the flags together; nothing: all is well.
std::optional<std::string> contradiction(const MoveOptions& moves, const CommonOptions& common);
/// The plan that the flags make, but for its interval.
RoamPlan plan_of(const MoveOptions& moves);
