#pragma once
// Plays a scenario: opens its hosts, takes its steps one after the other, stops at the first that fails.
#include "tools/ikectl/played_host.hpp"

namespace scenario {

/// How a scenario ended.
struct Verdict {
    std::size_t steps = 0;              ///< that went as wanted
    std::optional<std::size_t> failed;  ///< the number of the step that did not
    std::string where, kind, difference;
    bool passed() const { return !failed; }
};

/// An Error where the scenario could not be played at all: sockets, files.
ike::Result<Verdict> play(const Scenario& scenario, const CommonOptions& options, Output& output);

/// One step on its host (nullptr: a wait). The text says what came of it; an error is the difference.
ike::Result<std::string> take_step(const Step& step, PlayedHost* host, ike::io::Loop& loop);

}  // namespace scenario
