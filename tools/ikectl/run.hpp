#pragma once
// `ikectl run`.
#include "libike/base/error.hpp"
#include "tools/ikectl/options.hpp"

/// Plays each scenario; exit code 1 when an expectation of any fails.
ike::Result<int> run(const Options& options);
